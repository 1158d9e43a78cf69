"""Judge one account by all rules, seal what they ask for.

The facts are those known at one moment, the day is the marketplace's. Nothing is sent.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from agent.engine.caps import is_storm
from agent.engine.columns import Judgement
from agent.engine.columns import judge as judge_columns
from agent.engine.locks import guarded_facts, locked_entities
from agent.engine.match import Match
from agent.engine.propose import Proposed, Scene, Settled, settle
from agent.engine.question import Question
from agent.facts.maturity import maturity_of
from agent.facts.recent import enabled, highest_bids
from agent.jobs.given import KIND, Given
from agent.jobs.past import Past, PastLedger, past_of, plain
from agent.jobs.tell import alerts_of, ended
from agent.jobs.warn import OWN, Warner, over
from agent.jobs.watch import ELSEWHERE
from agent.model.actions import CREATE
from agent.model.alert import Alert
from agent.model.belt import BeltLimits
from agent.model.entity import Entity
from agent.model.kinds import KINDS, STREAMS
from agent.model.marketplace import Marketplace
from agent.model.past import Lever, Outside
from agent.model.proposal import Proposal, Run
from agent.model.rule import Mode, OnDrift, Rule
from agent.model.setting import Scope
from agent.model.verdict import Outcome, Tally, Verdict
from agent.ports import Clock, Facts, FactView, FigureShelf, Mint
from agent.rulebook.overrides import Params

_LOOKED_AT_IN_A_STORM = 20


class SceneLedger(PastLedger, Protocol):
    """The part of the ledger that the belts' scene is made of."""

    def last_changes(self, account: str, kind: str, fields: Sequence[str]) -> Mapping[tuple[Entity, str], datetime]: ...


class JudgeLedger(SceneLedger, Protocol):
    """The part of the ledger judging needs."""

    def begin(self, run: Run) -> None: ...
    def end(self, run: Run) -> None: ...
    def judged(self, run: Run, kind: str, payload: str) -> int: ...
    def add(self, proposals: Iterable[Proposal]) -> Sequence[Proposal]: ...
    def tally(self, run: str, tallies: Sequence[Tally]) -> None: ...
    def open_alerts(self, account: str) -> Sequence[Alert]: ...
    def alert(
        self, told: Iterable[Alert], ended: Sequence[tuple[Alert, str]], at: datetime, run: str
    ) -> Sequence[Alert]: ...


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
    whole: bool = True
    """Whether these are all rules. Where some are left out, nothing is told: an alert that is not renewed would end."""

    params: Params = dataclasses.field(default_factory=dict)
    """The configuration's values for the rules' params, which the rules have already taken over."""

    shelf: FigureShelf | None = None
    """Where figures are kept from one judging to the next; None: all are gathered each time."""

    def today(self, moment: datetime | None = None) -> date:
        """The marketplace's calendar day."""
        return (moment or self.clock.now()).astimezone(ZoneInfo(self.marketplace.time_zone)).date()

    def question(self, moment: datetime | None = None) -> Question:
        at = moment or self.clock.now()
        today, zone = self.today(at), ZoneInfo(self.marketplace.time_zone)
        maturity = maturity_of(self.facts.known_at(self.account, at), zone)
        return Question(self.account, today, at, self.marketplace.currency, self.scopes, maturity)

    def given(self) -> str:
        """All that judging depends on besides facts and ledger, as text."""
        return Given.of(self.account, self.marketplace, self.scopes, self.limits, self.params, self.rules).text()

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
    alerts: Sequence[Alert] = ()
    """What was told for the first time."""

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
    told("judging")
    sitting = _Sitting.of(court, run)
    told("weighing")
    ledger.judged(run, KIND, court.given())
    weighed = sitting.weighed(ledger)
    proposed, past = weighed.settled.proposed(weighed.scene, court.mint), weighed.past
    ledger.tally(run.id, list(sitting.tallies.values()))
    fresh = ledger.add(proposed.proposals)
    alerts = sitting.tell(ledger, proposed, past) if court.whole else ()
    question, entities = sitting.question, sum(each.population for each in sitting.judgements.values())
    return JudgeReport(run.id, court.account, question.today, question.known_at, entities,
                       list(sitting.tallies.values()), proposed, fresh, alerts)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Weighed:
    """What becomes of the matches. ``past``: what the belts were told of what went before.

    ``rested``: by rule, whose matches were left out because their lever rests.
    """

    settled: Settled
    scene: Scene
    past: Past
    rested: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Judged:
    """One moment judged: what every rule concluded, and what would become of the matches. Nothing of it is kept."""

    question: Question
    judgements: Mapping[str, Judgement]
    tallies: Mapping[str, Tally]
    weighed: Weighed
    mint: Mint

    def proposed(self) -> Proposed:
        """Spelled out as it would be sealed."""
        return self.weighed.settled.proposed(self.weighed.scene, self.mint)


def judged_then(
    court: Court, ledger: SceneLedger, run: Run, view: FactView | None = None, *, beside: Sequence[Rule] = (),
    feigned: bool = False, rests: bool = False,
) -> Judged:  # fmt: skip
    """What judging came to at ``run.started``, by the same way as ever. This is the one way to a past moment.

    ``court.clock`` stands at the moment of the weighing; ``ledger`` is as it was then; ``view``: the facts to judge on,
    those known at ``run.started`` when left out. ``beside``: rules judged in the same pass that ask for nothing.
    ``feigned``: the ledger's changes never reached anybody, so that a value that is not ours was not changed by
    somebody else. ``rests``: matches on levers that rest by the cooldown for all are left out, and named, instead of
    being weighed only to be held.
    """
    sitting = _Sitting.of(court, run, view, beside)
    weighed = sitting.weighed(ledger, feigned=feigned, rests=rests)
    return Judged(sitting.question, sitting.judgements, sitting.tallies, weighed, court.mint)


Among = Callable[[Mapping[str, Judgement], Callable[[Rule], bool]], Mapping[str, Collection[str]] | None]
"""By kind, the entities whose matches are weighed, from how all were judged and which rules storm; None for all."""


def both_then(court: Court, others: Sequence[Rule], ledger: SceneLedger, run: Run, view: FactView, among: Among
              ) -> tuple[Judged, Judged]:  # fmt: skip
    """A past moment by the court's rules, and by ``others`` instead, judged in one pass. A rule that is in both with
    another text needs another name. Where only some are weighed, what a whole run may change is left aside."""
    mine = {rule.name for rule in court.rules}
    every = [*court.rules, *(rule for rule in others if rule.name not in mine)]
    question = court.question(run.started)
    judgements = judge_columns(every, view, question)
    tallies = {rule.name: judgements[rule.judges].tally(rule.name, because=False) for rule in every}
    population = {kind: enabled(view, KINDS[kind]) for kind in judgements}
    weighed = among(judgements, lambda rule: is_storm(tallies[rule.name].matched, population[rule.judges],
                                                      court.limits))  # fmt: skip
    sitting = _Sitting(court, run, question, view, judgements, tallies, population, weighed)
    fields = _fields_of(every)
    past = replace(past_of(view, ledger, court.marketplace, court.limits, question.today, run.started, fields),
                   outside={})  # fmt: skip
    mine_asked, others_asked = sitting.matched({}), sitting.instead(others).matched({})
    scene = sitting.scene(past, fields, [], sitting.last_changes(ledger, past, fields), [*mine_asked, *others_asked])
    old, new = (Weighed(settle(asked, scene, caps=weighed is None), scene, past, {})
                for asked in (mine_asked, others_asked))  # fmt: skip
    return (Judged(question, judgements, tallies, old, court.mint),
            Judged(question, judgements, tallies, new, court.mint))  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Sitting:
    """One judging under way: what was asked, what was known, what the rules concluded.

    ``enabled``: how many entities of a kind are switched on; shares of a population are shares of these.
    """

    court: Court
    run: Run
    question: Question
    view: FactView
    judgements: Mapping[str, Judgement]
    tallies: Mapping[str, Tally]
    enabled: Mapping[str, int]
    among: Mapping[str, Collection[str]] | None = None
    """By kind, the entities whose matches are weighed; None for all."""
    found: dict[str, Sequence[Match]] = dataclasses.field(default_factory=dict)
    """By rule, the matches looked up so far."""

    @classmethod
    def of(cls, court: Court, run: Run, view: FactView | None = None, beside: Sequence[Rule] = ()) -> _Sitting:
        question = court.question(run.started)
        view = view or court.facts.known_at(court.account, question.known_at)
        judgements = judge_columns([*court.rules, *beside], view, question, court.shelf)
        tallies = {rule.name: judgements[rule.judges].tally(rule.name) for rule in court.rules}
        return cls(court, run, question, view, judgements, tallies,
                   {kind: enabled(view, KINDS[kind]) for kind in judgements})  # fmt: skip

    def instead(self, rules: Sequence[Rule]) -> _Sitting:
        """The same with other rules, all of which have been judged."""
        return replace(self, court=replace(self.court, rules=rules))

    def weighed(self, ledger: SceneLedger, *, feigned: bool = False, rests: bool = False) -> Weighed:
        """What becomes of the matches."""
        court = self.court
        matching = [rule for rule in court.rules if self.tallies[rule.name].matched]
        fields = _fields_of([*matching, *filter(_pins, court.rules)])
        past = past_of(self.view, ledger, court.marketplace, court.limits, self.question.today, self.run.started,
                       fields)  # fmt: skip
        past = replace(past, outside={}) if feigned else past
        pins, changed = list(self.pinned(past)), self.last_changes(ledger, past, fields)
        rested = self._rested(self._resting(changed)) if rests else {}
        asked = with_pins(self.matched(rested), pins)
        scene = self.scene(past, fields, pins, changed, asked)
        return Weighed(settle(asked, scene), scene, past, rested)

    def matched(self, without: Mapping[str, Collection[str]]) -> list[tuple[Rule, Match]]:
        """Every match, by rule but for these; of a storm, which changes nothing anyway, only a few."""
        return [(rule, match) for rule in self.court.rules for match in self._matches(rule, without.get(rule.name, ()))]

    def _matches(self, rule: Rule, without: Collection[str]) -> Sequence[Match]:
        if not self.tallies[rule.name].matched:
            return ()
        if rule.name not in self.found:
            among = None if self.among is None else self.among.get(rule.judges, ())
            found = self.judgements[rule.judges].matches(rule.name, self._most(rule), without, among)
            self.found[rule.name] = found
        return self.found[rule.name]

    def _rested(self, resting: Mapping[tuple[str, str], Collection[str]]) -> Mapping[str, frozenset[str]]:
        concluded = {rule.name: self.judgements[rule.judges].concluded(rule.name, Outcome.MATCH)
                     for rule in self.court.rules if _lever_of(rule) in resting}  # fmt: skip
        rested = {rule.name: concluded[rule.name] & frozenset(resting[_lever_of(rule)])
                  for rule in self.court.rules if rule.name in concluded}  # fmt: skip
        return {rule: ids for rule, ids in rested.items() if ids}

    def _resting(self, changed: Mapping[Lever, datetime]) -> Mapping[tuple[str, str], Collection[str]]:
        """By kind and field, the entities that the cooldown holds for whichever rule."""
        found: dict[tuple[str, str], set[str]] = {}
        for (entity, field), at in changed.items():
            if self.run.started - at < self.court.limits.cooldown.get(field, timedelta()):
                found.setdefault((entity.kind, field), set()).add(entity.id)
        return found

    def _most(self, rule: Rule) -> int | None:
        storm = is_storm(self.tallies[rule.name].matched, self.enabled[rule.judges], self.court.limits)
        return _LOOKED_AT_IN_A_STORM if storm else None

    def pinned(self, past: Past) -> Iterator[tuple[Rule, Verdict]]:
        """What rules ask for because they hold on to a value of ours that somebody else has changed."""
        rules = {rule.name: rule for rule in self.court.rules if rule.drift.on is OnDrift.PIN}
        for (entity, field), found in past.outside.items():
            rule = rules.get(found.ours.rule)
            if rule is None or rule.propose is None or rule.propose.field != field:
                continue
            until = found.ours.at + rule.drift.pin
            verdict = self.judgements[rule.judges].verdict(rule.name, entity.id)
            if verdict is not None and self.run.started < until:
                yield rule, held_on_to(verdict, found, until)

    def scene(self, past: Past, fields: Mapping[str, set[str]], pins: Sequence[tuple[Rule, Verdict]],
              changed: Mapping[Lever, datetime], asked: Sequence[tuple[Rule, Match]]) -> Scene:  # fmt: skip
        """What the belts must know of what is ``asked``."""
        court, question = self.court, self.question
        return Scene(
            account=court.account, marketplace=court.marketplace, run=self.run.id, now=court.clock.now(),
            today=question.today, known_at=question.known_at, limits=court.limits, population=self.enabled,
            last_change=changed,
            observed={name: self.view.observed_at(stream) for name, stream in STREAMS.items()},
            titles=lambda entity: self.judgements[entity.kind].title(entity.id),
            locked=locked_entities(fields, self.view, question),
            matched={rule: tally.matched for rule, tally in self.tallies.items()},
            guarded=guarded_facts((match.entity for rule, match in asked if rule.propose), self.view, question),
            daily_budgets=past.daily_budgets,
            highest_bids={} if court.limits.most_cpc is None else highest_bids(self.view),
            at_risk=past.at_risk, risked=past.risked, own=past.own, outside=past.outside, breakers=past.breakers,
            pinned=frozenset((verdict.entity, rule.propose.field) for rule, verdict in pins if rule.propose),
        )  # fmt: skip

    def tell(self, ledger: JudgeLedger, proposed: Proposed, past: Past) -> Sequence[Alert]:
        """Alert of what rules and belts tell, and close what no longer holds."""
        court, at = self.court, self.run.started
        alerts = alerts_of(proposed.told, self.judgements, court.marketplace, self.run.id, at, court.mint)
        warned = list(Warner(court.account, self.run.id, at, court.mint, self._title).of(proposed.storms, past))
        standing = [alert for alert in ledger.open_alerts(court.account) if alert.rule not in ELSEWHERE]
        gone = ended([alert for alert in standing if alert.rule not in OWN], court.rules, self.judgements)
        return ledger.alert([*alerts, *warned], [*gone, *over(standing, warned)], at, self.run.id)

    def _title(self, entity: Entity) -> str:
        """As people call it; its id where no rule judges its kind."""
        judgement = self.judgements.get(entity.kind)
        return judgement.title(entity.id) if judgement is not None else entity.id

    def last_changes(self, ledger: SceneLedger, past: Past, fields: Mapping[str, set[str]]
                      ) -> dict[Lever, datetime]:  # fmt: skip
        """By anybody, as pulls saw it; by us, as soon as it was sent."""
        newest = {lever: moved.at for lever, moved in past.moves.items()}
        for kind, names in fields.items():
            _keep_newest(newest, ledger.last_changes(self.court.account, kind, sorted(names)))
        return newest


def held_on_to(verdict: Verdict, found: Outside, until: datetime) -> Verdict:
    """The rule asks for our value again, whatever it says of the entity now."""
    reason = f"somebody else set {found.now}; the rule holds on to {found.ours.after} until {until:%Y-%m-%d %H:%M}"
    return replace(verdict, outcome=Outcome.MATCH, reason=reason, before=plain(found.now),
                   wanted=plain(found.ours.after))  # fmt: skip


def with_pins(
    matched: Sequence[tuple[Rule, Match]], pins: Sequence[tuple[Rule, Verdict]]
) -> Sequence[tuple[Rule, Match]]:
    """A rule that holds on to a value wants nothing else of the same entity."""
    held = {(rule.name, verdict.entity) for rule, verdict in pins}
    return [*((rule, match) for rule, match in matched if (rule.name, match.entity) not in held), *pins]


def _fields_of(rules: Iterable[Rule]) -> dict[str, set[str]]:
    """The levers that rules ask for, by kind."""
    fields: dict[str, set[str]] = {}
    for rule in rules:
        if rule.propose is not None and rule.propose.creates:
            fields.setdefault(rule.propose.field, set()).add(CREATE)
            fields.setdefault(rule.judges, set())
        elif rule.propose is not None:
            fields.setdefault(rule.judges, set()).add(rule.propose.field)
    return fields


def _lever_of(rule: Rule) -> tuple[str, str]:
    """Kind and field of what a rule sets; of one that sets nothing, no lever."""
    sets = rule.propose is not None and not rule.propose.creates and rule.mode is not Mode.TELL
    return (rule.judges, rule.propose.field) if rule.propose is not None and sets else ("", "")


def _pins(rule: Rule) -> bool:
    return rule.drift.on is OnDrift.PIN


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
        "alerts": len(report.alerts),
    }
