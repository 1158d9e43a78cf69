"""Judge one account by all rules, seal what they ask for.

The facts are those known at one moment, the day is the marketplace's. Nothing is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from agent.engine.caps import is_storm
from agent.engine.columns import Judgement
from agent.engine.columns import judge as judge_columns
from agent.engine.locks import locked_entities
from agent.engine.propose import Proposed, Scene, propose
from agent.engine.question import Question
from agent.facts.recent import newest_changes
from agent.model.belt import BeltLimits
from agent.model.entity import Entity
from agent.model.kinds import KINDS, STREAMS
from agent.model.marketplace import Marketplace
from agent.model.proposal import Proposal, Run
from agent.model.rule import Rule
from agent.model.setting import Scope
from agent.model.verdict import Tally, Verdict
from agent.ports import Clock, Facts, FactView, Mint

_SPELLED_OF_A_STORM = 20


class JudgeLedger(Protocol):
    """The part of the ledger judging needs."""

    def begin(self, run: Run) -> None: ...
    def end(self, run: Run) -> None: ...
    def add(self, proposals: Iterable[Proposal]) -> Sequence[Proposal]: ...
    def tally(self, run: str, tallies: Sequence[Tally]) -> None: ...
    def last_changes(self, account: str, kind: str, fields: Sequence[str]) -> Mapping[tuple[Entity, str], datetime]: ...


@dataclass(frozen=True, slots=True)
class Court:
    """One account and all that judging it takes."""

    account: str
    marketplace: Marketplace
    rules: Sequence[Rule]
    scopes: Sequence[Scope]
    limits: BeltLimits
    facts: Facts
    clock: Clock
    mint: Mint

    def today(self) -> date:
        """The marketplace's calendar day."""
        return self.clock.now().astimezone(ZoneInfo(self.marketplace.time_zone)).date()

    def question(self, moment: datetime | None = None) -> Question:
        return Question(self.account, self.today(), moment or self.clock.now(), self.marketplace.currency, self.scopes)

    def judgements(self, moment: datetime | None = None) -> Mapping[str, Judgement]:
        """Every rule's verdicts by entity kind, on the facts known at ``moment`` (now when left out)."""
        question = self.question(moment)
        return judge_columns(self.rules, self.facts.known_at(self.account, question.known_at), question)


@dataclass(frozen=True, slots=True)
class JudgeReport:
    """``fresh`` are the proposals this run sealed; those already known are not repeated."""

    run: str
    account: str
    as_of: date
    known_at: datetime
    entities: int
    tallies: Sequence[Tally]
    proposed: Proposed
    fresh: Sequence[Proposal]

    @property
    def verdicts(self) -> int:
        return sum(tally.judged for tally in self.tallies)


def judge(court: Court, ledger: JudgeLedger, told: Callable[[str], None] = lambda _: None) -> JudgeReport:
    """One pass: judge, put every match through belts and conflicts, seal the rest as proposals."""
    run = Run(court.mint("r"), "judge", court.account, court.clock.now())
    ledger.begin(run)
    counts: dict[str, int] = {}
    fault = "interrupted"
    try:
        report = _judge(court, ledger, run, told)
        counts = _counts(report)
        fault = ""
        return report
    finally:
        ledger.end(replace(run, ended=court.clock.now(), counts=counts, fault=fault))


def _judge(court: Court, ledger: JudgeLedger, run: Run, told: Callable[[str], None]) -> JudgeReport:
    question = court.question(run.started)
    view = court.facts.known_at(court.account, question.known_at)
    told("judging")
    judgements = judge_columns(court.rules, view, question)
    tallies = [tally for judgement in judgements.values() for tally in judgement.tallies]
    matched = [pair for rule in court.rules for pair in _matched(rule, judgements[rule.judges], tallies, court.limits)]
    told("weighing")
    proposed = propose(matched, _scene(court, ledger, run, question, view, judgements, matched), court.mint)
    ledger.tally(run.id, tallies)
    fresh = ledger.add(proposed.proposals)
    entities = sum(judgement.population for judgement in judgements.values())
    return JudgeReport(run.id, court.account, question.today, question.known_at, entities, tallies, proposed, fresh)


def _matched(
    rule: Rule, judgement: Judgement, tallies: Sequence[Tally], limits: BeltLimits
) -> Iterator[tuple[Rule, Verdict]]:
    """The rule's matches spelled out; of a storm, which changes nothing anyway, only a few to look at."""
    count = next(tally.matched for tally in tallies if tally.rule == rule.name)
    storm = is_storm(count, judgement.population, limits)
    return ((rule, verdict) for verdict in judgement.matches(rule.name, _SPELLED_OF_A_STORM if storm else None))


def _scene(court: Court, ledger: JudgeLedger, run: Run, question: Question, view: FactView,
           judgements: Mapping[str, Judgement], matched: Sequence[tuple[Rule, Verdict]]) -> Scene:  # fmt: skip
    fields: dict[str, set[str]] = {}
    for rule, _ in matched:
        if rule.propose is not None:
            fields.setdefault(rule.judges, set()).add(rule.propose.field)
    changes: dict[tuple[Entity, str], datetime] = {}
    for kind, names in fields.items():
        _keep_newest(changes, newest_changes(view, KINDS[kind], sorted(names)))
        _keep_newest(changes, ledger.last_changes(court.account, kind, sorted(names)))
    return Scene(
        account=court.account, marketplace=court.marketplace, run=run.id, now=court.clock.now(),
        today=question.today, known_at=question.known_at, limits=court.limits,
        population={kind: judgement.population for kind, judgement in judgements.items()},
        last_change=changes,
        observed={name: view.observed_at(stream) for name, stream in STREAMS.items()},
        titles=lambda entity: judgements[entity.kind].title(entity.id),
        locked=locked_entities(fields, view, question),
        matched={tally.rule: tally.matched for judgement in judgements.values() for tally in judgement.tallies},
    )  # fmt: skip


def _keep_newest(newest: dict[tuple[Entity, str], datetime], more: Mapping[tuple[Entity, str], datetime]) -> None:
    for lever, moment in more.items():
        newest[lever] = max(moment, newest.get(lever, moment))


def _counts(report: JudgeReport) -> dict[str, int]:
    return {
        "entities": report.entities,
        "verdicts": report.verdicts,
        "matched": sum(tally.matched for tally in report.tallies),
        "unknown": sum(tally.unknown for tally in report.tallies),
        "proposals": len(report.fresh),
        "told": len(report.proposed.told),
    }
