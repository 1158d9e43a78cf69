"""A rule's own record in one account, with what mature figures say of the changes it was sent for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
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
"""So many of the newest judgings are judged again."""


class RecordLedger(Protocol):
    """The part of the ledger that records are made of."""

    def of(self, account: str, rule: str, since: datetime, through: str) -> RuleRecord: ...
    def sent(
        self, account: str, rule: str, digest: str, since: datetime, until: datetime
    ) -> Mapping[datetime, Sequence[Entity]]: ...


def record_of(court: Court, rule: Rule, ledger: RecordLedger, held: Held, over: timedelta) -> RuleRecord:
    """What became of the rule's proposals of the last ``over``.

    Regret counts the changes that its present text was sent for at least ``MATURE_AFTER`` days ago, and of those the
    ones that it would not ask for on the figures of the same days as they are known in the end.
    """
    now = court.clock.now()
    found = ledger.of(court.account, rule.name, now - over, THROUGH)
    until = now - timedelta(days=MATURE_AFTER)
    sent = ledger.sent(court.account, rule.name, rule.digest, now - over, until)
    measured = regretted = 0
    for moment, entities in islice(sent.items(), MOST_MOMENTS):
        question, view = court.question(moment), held.known_at(court.account, moment)
        judgement = judge_columns([rule], held.hindsight(view), question)[rule.judges]
        asked = judgement.concluded(rule.name, Outcome.MATCH)
        mine = [each for each in entities if each.kind == rule.judges]
        measured += len(mine)
        regretted += sum(each.id not in asked for each in mine)
    return replace(found, measured=measured, regretted=regretted)
