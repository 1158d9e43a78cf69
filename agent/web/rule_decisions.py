"""What another text of a rule would have decided on past days, as far as a request has the time to find out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from agent.errors import FactsError
from agent.jobs.difference import Named, RuleDiff, by_name
from agent.language import _
from agent.model.marketplace import Marketplace
from agent.model.rule import Rule
from agent.web.asking import Ask
from agent.web.bench import BusyError, TooMuchError
from agent.web.rulings import judged_last
from agent.wiring import marketplace_of, rule_diff_of

MOST_DAYS = 60
MOST_ROWS = 50


@dataclass(frozen=True, slots=True)
class Decisions:
    """``why_not``: why they are not known here; else the difference, its first rows, and how many of each kind."""

    why_not: str = ""
    diff: RuleDiff | None = None
    rows: Sequence[Named] = ()
    counts: Counter[str] | None = None
    place: Marketplace | None = None
    too_much: bool = False


def compared(ask: Ask, account: str, name: str, old: Sequence[Rule], new: Sequence[Rule], days: int) -> Decisions:
    """By the account's facts. What cannot be found out here is said, and does not hold the edit back."""
    place = marketplace_of(ask.desk.config, account)
    try:
        found = ask.desk.bench.work(
            judged_by(ask, account, name) * days,
            lambda told: rule_diff_of(ask.desk.config, account, ask.desk.ledger, old, new, days, told),
        )
    except TooMuchError:
        return Decisions(_("That takes longer than this page may."), too_much=True)
    except BusyError:
        return Decisions(_("Somebody else's question about past days is being worked out: try again in a moment."))
    except FactsError as fault:
        return Decisions(f"{fault.message}. {fault.hint}" if fault.hint else fault.message)
    rows = by_name(found.differences)
    counts = Counter(str(row.newest.kind) for row in rows)
    return Decisions("", found, rows[:MOST_ROWS], counts, place)


def judged_by(ask: Ask, account: str, name: str) -> int:
    """How many things the rule judged last; none where it never did."""
    _run, tallies, _proposed = judged_last(ask.desk, account)
    return tallies[name].judged if name in tallies else 0
