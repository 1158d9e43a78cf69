"""What one rule would have done on past days, each judged on what was known then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from starlette.responses import Response

from agent.errors import FactsError
from agent.jobs.backtest import Backtest
from agent.jobs.regret import advised
from agent.language import _
from agent.web.asking import Ask
from agent.web.bench import BusyError, TooMuchError
from agent.web.rule_decisions import judged_by
from agent.web.rulings import Shelf
from agent.web.screens.rule import MOST_DAYS, missing
from agent.wiring import backtest_of, marketplace_of

_SETTLE = 7
"""The longest wait for settled figures that regret is measured for, as on the command line."""


def run(ask: Ask) -> Response:
    """Work it out and show it; too much is refused, with the command that has the time."""
    shelf = Shelf.of(ask.desk, ask.field("account"))
    shelved = shelf.find(ask.field("rule"))
    if shelved is None or shelved.rule is None:
        return missing(ask, ask.field("rule"))
    rule, days, config = shelved.rule, _days(ask), ask.desk.config
    if shelf.account not in config.accounts:
        return ask.refuse(422, _("There is no account yet"), hint=_("Write one into steward.toml."))

    def page(status: int = 200, **values: Any) -> Response:
        return ask.page(
            "rule_backtest.html", status, shelved=shelved, rule=rule, account=shelf.account, days=days,
            most_days=MOST_DAYS, accounts=sorted(config.accounts), **values,
        )  # fmt: skip

    try:
        found = ask.desk.bench.work(
            judged_by(ask, shelf.account, rule.name) * days * (_SETTLE + 2),
            lambda told: backtest_of(config, shelf.account, ask.desk.ledger, [rule], days, _SETTLE, frozenset(), told),
        )
    except TooMuchError:
        command = f"steward backtest {rule.name} --days {days} --account {shelf.account}"
        return page(422, found=None, why_not=_("That takes longer than this page may. Choose fewer days, or run it in "
                                               "a terminal:"), command=command)  # fmt: skip
    except BusyError:
        return page(503, found=None, command="", why_not=_("Somebody else's question about past days is being worked "
                                                           "out: try again in a moment."))  # fmt: skip
    except FactsError as fault:
        return page(422, found=None, command="", why_not=f"{fault.message}: {fault.hint}")
    return page(
        found=found,
        done=found.rules[0],
        chart=_chart(found),
        notes=list(_notes(found)),
        best=advised(found.buffers),
        place=marketplace_of(config, shelf.account),
        belts=_belts(found),
    )


def _days(ask: Ask) -> int:
    text = ask.field("days")
    return min(max(int(text), 1), MOST_DAYS) if text.isascii() and text.isdigit() and len(text) < 10 else 30


def _chart(found: Backtest) -> dict[str, Any]:
    """Decisions by day, as the macro ``chart`` takes it."""
    lines = [(_("decisions"), [each.decisions for each in found.days]), (_("told"), [each.told for each in found.days]),
             (_("held"), [sum(each.belts.values()) for each in found.days]),
             (_("unknown"), [each.unknown for each in found.days])]  # fmt: skip
    return {"days": [each.day.day.isoformat() for each in found.days], "marks": [], "currency": "",
            "lines": [{"label": label, "unit": "number", "values": values} for label, values in lines
                      if any(values) or label == _("decisions")]}  # fmt: skip


def _belts(found: Backtest) -> Sequence[tuple[str, str, int]]:
    hit = sum((each.belts for each in found.days), Counter[Any]())
    return [(belt, str(answer), times) for (belt, answer), times in sorted(hit.items())]


def _notes(found: Backtest) -> Iterator[str]:
    """What the figures cannot know, and what they rest on."""
    yield _(
        "Every proposal counts as approved and done at once; what it would have sold nobody can know, so bids and "
        "figures go on as they were recorded."
    )
    reach = found.reach
    if len(reach.days) < reach.asked:
        yield _("The facts reach back to {day}: {count} of {asked} days were replayed.").format(
            day=reach.facts_from or reach.span.first, count=len(reach.days), asked=reach.asked)  # fmt: skip
    if found.buffers and not found.compared:
        yield _(
            "Regret cannot be measured yet: it takes days that were pulled as they happened and are at least {days} "
            "days old."
        ).format(days=found.mature_after)  # fmt: skip
