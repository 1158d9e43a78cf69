"""One rule: what it does, its text as read, its tests, how it judged day by day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from starlette.responses import Response

from agent.jobs.edit_rule import why_not
from agent.jobs.rule_shelf import Shelved, Standing
from agent.language import _
from agent.ledger.rule_history import Activity
from agent.model.marketplace import MARKETPLACES
from agent.model.record import RuleRecord
from agent.model.rule import Rule
from agent.model.window import Span
from agent.web.asking import Ask
from agent.web.rulings import Shelf, asks_because, judged_last, place_of, record_in, results_of
from agent.wiring import policy_of, rule_folders

DAYS = 60
MOST_DAYS = 90
"""A backtest on the page goes back no further."""


def show(ask: Ask) -> Response:
    found = Shelf.of(ask.desk, ask.query("account"))
    shelved = found.find(ask.param("name"))
    if shelved is None:
        return missing(ask, ask.param("name"))
    run, tallies, proposed = judged_last(ask.desk, found.account)
    rule, tally = shelved.rule, tallies.get(shelved.name)
    record, measured = record_in(ask.desk, found.account, rule, tally) if rule is not None else (RuleRecord(), False)
    return ask.page(
        "rule.html", shelved=shelved, rule=rule, account=found.account, accounts=sorted(ask.desk.config.accounts),
        held=shelved.standing is Standing.HELD_BACK, fault=found.force.fault, run=run, tally=tally,
        proposed=proposed.get(shelved.name, 0), results=results_of(rule) if rule is not None else (),
        asks=asks_because(ask.desk, found.account, rule, tally, record) if rule is not None else None,
        record=record, measured=measured, policy=policy_of(ask.desk.config),
        standing=ask.desk.ledger.records.standings(found.account).get(shelved.name),
        warnings=[each for each in found.force.warnings if each.path == str(shelved.path)],
        since=_since(ask, found, rule), chart=_chart(ask, found, shelved), own=_own(ask, found, shelved),
        refusal=why_not(shelved, rule_folders(ask.desk.config)), saved=ask.query("saved"), most_days=MOST_DAYS,
        place=place_of(ask.desk, shelved), causes=_causes(tally.unknown_because if tally is not None else {}),
    )  # fmt: skip


def missing(ask: Ask, name: str) -> Response:
    return ask.refuse(404, _("There is no rule {name}").format(name=name), hint=_("See the list of rules."))


def _since(ask: Ask, found: Shelf, rule: Rule | None) -> Any:
    """When the account was first judged by the present text."""
    return None if rule is None else ask.desk.ledger.rules.text_since(rule.name, rule.digest, found.account or None)


def _own(ask: Ask, found: Shelf, shelved: Shelved) -> Sequence[tuple[str, str]]:
    """Values that the configuration sets for this account, whatever the file says."""
    here = ask.desk.config.accounts.get(found.account)
    return [(name, str(value)) for name, value in (here.params.get(shelved.name, {}) if here else {}).items()]


def _causes(because: Any) -> list[tuple[str, int]]:
    """Why things were unknown to the rule, the commonest first."""
    return sorted(because.items(), key=lambda each: (-each[1], each[0]))[:5]


def _chart(ask: Ask, found: Shelf, shelved: Shelved) -> dict[str, Any] | None:
    """The rule's last days, as the macro ``chart`` takes it; None where it never judged."""
    here = ask.desk.config.accounts.get(found.account)
    if here is None:
        return None
    zone, now = ZoneInfo(MARKETPLACES[here.marketplace].time_zone), ask.desk.clock.now()
    activity = ask.desk.ledger.rules.activity(shelved.name, found.account, now - timedelta(days=DAYS), zone)
    if not activity:
        return None
    days = {each.day: each for each in activity}
    span = Span(activity[0].day, max(activity[-1].day, now.astimezone(zone).date()))
    tells = shelved.rule is None or shelved.rule.propose is None
    lines = [(_("matched"), [_of(days, day).matched for day in span])]
    lines += [(_("unknown"), [_of(days, day).unknown for day in span])]
    if not tells:
        lines += [(_("proposed"), [_of(days, day).proposed for day in span]),
                  (_("done"), [_of(days, day).done for day in span])]  # fmt: skip
    return {"days": [day.isoformat() for day in span], "marks": [], "currency": "",
            "lines": [{"label": label, "unit": "number", "values": values} for label, values in lines]}  # fmt: skip


def _of(days: dict[date, Activity], day: date) -> Activity:
    return days.get(day) or Activity(day)
