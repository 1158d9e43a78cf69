"""A rule's own record in one account, with what mature figures say of the changes it was sent for."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Protocol

from agent.engine.columns import judge as judge_columns
from agent.facts.held import Held
from agent.jobs.backtest import MATURE_AFTER
from agent.jobs.judge import Court
from agent.jobs.standing import THROUGH
from agent.model.entity import Entity
from agent.model.record import RuleRecord
from agent.model.rule import Rule
from agent.model.verdict import Outcome

MOST_MOMENTS = 20
"""Of the judgings that a rule was sent for, so many of the newest mature ones are judged again."""


class RecordLedger(Protocol):
    """The part of the ledger that records are made of."""

    def of(self, account: str, rule: str, digest: str, since: datetime, through: str) -> RuleRecord: ...
    def sent(
        self, account: str, rule: str, digest: str, since: datetime, until: datetime
    ) -> Mapping[datetime, Sequence[Entity]]: ...


@dataclass(frozen=True, slots=True)
class Measured:
    """On which day it was measured how many of a text's changes, and how many of them were regretted."""

    day: date
    changes: int
    regretted: int


Earlier = MutableMapping[tuple[str, str], Measured]
"""By account and text of a rule, what was measured last: nothing matures within a day that is worth judging again."""


def record_of(court: Court, rule: Rule, ledger: RecordLedger, held: Held, over: timedelta, kept: Earlier) -> RuleRecord:
    """What became of the proposals of the rule's present text in the last ``over``."""
    found = ledger.of(court.account, rule.name, rule.digest, court.clock.now() - over, THROUGH)
    last = kept.get((court.account, rule.digest))
    if last is None or last.day != court.today():
        last = kept[court.account, rule.digest] = _measured(court, rule, ledger, held, over)
    return replace(found, measured=last.changes, regretted=last.regretted)


def _measured(court: Court, rule: Rule, ledger: RecordLedger, held: Held, over: timedelta) -> Measured:
    """Of the changes that were sent at least ``MATURE_AFTER`` days ago, those that the rule would not ask for on the
    figures of the same days as they are known in the end."""
    now = court.clock.now()
    sent = ledger.sent(court.account, rule.name, rule.digest, now - over, now - timedelta(days=MATURE_AFTER))
    measured = regretted = 0
    for moment, entities in islice(sent.items(), MOST_MOMENTS):
        question, view = court.question(moment), held.known_at(court.account, moment)
        judgement = judge_columns([rule], held.hindsight(view), question)[rule.judges]
        asked = judgement.concluded(rule.name, Outcome.MATCH)
        mine = [each for each in entities if each.kind == rule.judges]
        measured += len(mine)
        regretted += sum(each.id not in asked for each in mine)
    return Measured(court.today(), measured, regretted)
