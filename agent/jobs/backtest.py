"""What rules would have done on each of the past days, judged as the facts were known on that day.

Every day goes the way that judging goes: the same engine, belts, conflicts and caps. What is proposed counts as
approved and done at once, so that later days rest by it; that history exists only here, and nothing is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import count

from agent.clock import SetClock
from agent.engine.columns import judge as judge_columns
from agent.engine.history import REMEMBERED
from agent.engine.propose import asking_of
from agent.engine.settle import own_buffer, waits
from agent.engine.streams import streams_of
from agent.engine.wish import Wish
from agent.facts.held import Held
from agent.facts.recent import spend_of
from agent.jobs.judge import Court, Judged, judged_then
from agent.jobs.past_days import PastDay, Reach, past_days
from agent.jobs.regret import Buffer, Regrets
from agent.jobs.shadow import Shadow
from agent.model.change import Change, Value
from agent.model.kinds import KINDS, STREAMS
from agent.model.maturity import Maturity
from agent.model.money import Money
from agent.model.past import Asking, Lever
from agent.model.percent import Percent
from agent.model.proposal import Answer, Run
from agent.model.risk import risked
from agent.model.rule import Rule
from agent.model.verdict import Outcome
from agent.model.window import Span
from agent.ports import FactView

SPEND_DAYS = 30
"""The spend of what was changed is that of so many days before, by day."""
MATURE_AFTER = 14
"""Days after which the figures of a day count as what they are in the end."""


@dataclass(slots=True)
class DayDone:
    """One replayed day. ``held``: by belt and answer. ``spend``: what the changed entities cost a day, in micros;
    ``at_risk``: what the changes may add to a day's spend at worst. ``rests``: the decisions by rules that read
    something first pulled later. ``to_and_fro``: levers moved against their last move."""

    day: PastDay
    decisions: int = 0
    told: int = 0
    judged: int = 0
    unknown: int = 0
    spend: int = 0
    at_risk: int = 0
    rests: int = 0
    to_and_fro: int = 0
    belts: Counter[tuple[str, Answer]] = field(default_factory=Counter)


@dataclass(slots=True)
class RuleDone:
    """One rule over all days."""

    rule: str
    digest: str
    decisions: int = 0
    told: int = 0
    held: int = 0
    suppressed: int = 0
    judged: int = 0
    unknown: int = 0
    rests: int = 0
    to_and_fro: int = 0
    storms: int = 0
    unknown_because: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Backtest:
    """``buffers``: the regret of every rule that waits for figures; ``compared``: on how many days it was measured.
    ``unseen``: entities that were asked for and never judged."""

    account: str
    reach: Reach
    days: Sequence[DayDone]
    rules: Sequence[RuleDone]
    buffers: Sequence[Buffer]
    compared: int
    mature_after: int
    unseen: Sequence[str]


def backtest(court: Court, held: Held, runs: Sequence[Run], days: int, settle: int, entities: frozenset[str],
             told: Callable[[str], None] = lambda _: None) -> Backtest:  # fmt: skip
    """``court.rules`` are those replayed; ``settle``: the longest buffer that regret is measured for; ``entities``:
    only these are counted (all are judged, for caps and storms hold over all). ``runs``: when the account was judged.
    """
    reach = past_days(court.rules, held, court.marketplace, runs, days)
    replayed = _Replayed.of(court, held, reach, settle, entities)
    for number, day in enumerate(reach.days, 1):
        told(f"{day.day} ({number}/{len(reach.days)})")
        replayed.day(day)
    return replayed.outcome()


@dataclass(slots=True)
class _Replayed:
    """The days so far."""

    court: Court
    held: Held
    reach: Reach
    entities: frozenset[str]
    rules: Mapping[str, RuleDone]
    regrets: Regrets
    shadow: Shadow = field(default_factory=Shadow)
    ways: dict[Lever, tuple[int, datetime]] = field(default_factory=dict)
    days: list[DayDone] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, court: Court, held: Held, reach: Reach, settle: int, entities: frozenset[str]) -> _Replayed:
        numbers = count(1)
        court = replace(court, facts=held, mint=lambda prefix: f"{prefix}_{next(numbers)}")
        maturity = court.question(reach.days[-1].moment).maturity
        waiting = {rule.name: (rule, own_buffer(rule, _settle_days(rule, maturity)))
                   for rule in court.rules if waits(rule)}  # fmt: skip
        return cls(court, held, reach, entities, {rule.name: RuleDone(rule.name, rule.digest) for rule in court.rules},
                   Regrets.of(waiting, settle, court.limits, entities))  # fmt: skip

    def day(self, past: PastDay) -> None:
        compared = past.day - timedelta(days=1) <= self.reach.span.last - timedelta(days=1 + MATURE_AFTER)
        beside = self.regrets.variants if compared else ()
        court = replace(self.court, clock=SetClock(past.moment))
        run = Run(f"r_{past.day:%Y%m%d}", "backtest", court.account, past.moment)
        view = self.held.known_at(court.account, past.moment)
        judged = judged_then(court, self.shadow, run, view, beside=beside, feigned=True, rests=True)
        known = frozenset(rule.name for rule in court.rules if not self._rests(rule, past))
        if compared and known:
            mature = judge_columns(beside, self.held.hindsight(view), judged.question)
            self.regrets.count(past.day, judged.judgements, mature, known)
        self._count(past, judged, view, known)

    def outcome(self) -> Backtest:
        return Backtest(
            self.court.account, self.reach, self.days, list(self.rules.values()), self.regrets.buffers,
            self.regrets.days, MATURE_AFTER, sorted(self.entities - self.seen),
        )  # fmt: skip

    def _rests(self, rule: Rule, past: PastDay) -> bool:
        return self.held.backfilled(streams_of(rule), past.moment)

    def _count(self, past: PastDay, judged: Judged, view: FactView, known: frozenset[str]) -> None:
        done = DayDone(past)
        self._tally(done, judged)
        settled, scene = judged.weighed.settled, judged.weighed.scene
        for wish in settled.wishes:
            if self._counts(wish.change):
                self._weighed(done, wish)
        done_now = [asking_of(wish, scene, self.court.mint("p")) for wish in settled.wishes if not wish.blocked]
        self.shadow.carry_out(done_now, past.moment)
        made = [each for each in done_now if self._counts(each.change)]
        for each in made:
            self._made(done, each, known)
            if self._turns(each, past.moment):
                done.to_and_fro += 1
                self.rules[each.rule].to_and_fro += 1
        for rule, match in settled.told:
            if not self.entities or match.entity.id in self.entities:
                done.told += 1
                self.rules[rule.name].told += 1
        for lost in settled.suppressed:
            self.rules[lost.rule].suppressed += not self.entities or lost.change.entity.id in self.entities
        for storm in settled.storms:
            self.rules[storm.rule].storms += 1
        for name, ids in judged.weighed.rested.items():
            resting = len(ids & self.entities if self.entities else ids)
            done.belts["cooldown", Answer.BLOCK] += resting
            self.rules[name].held += resting
        done.spend = self._spend(made, view, past.day)
        self.days.append(done)

    def _tally(self, done: DayDone, judged: Judged) -> None:
        for name, tally in judged.tallies.items():
            mine, there, unknown = self.rules[name], tally.judged, tally.unknown
            if self.entities:
                judgement = judged.judgements[self._rule(name).judges]
                outcomes = {each: judgement.concluded(name, each) & self.entities for each in Outcome}
                self.seen |= set().union(*outcomes.values())
                there, unknown = sum(map(len, outcomes.values())), len(outcomes[Outcome.UNKNOWN])
            else:
                mine.unknown_because.update(tally.unknown_because)
            mine.judged, mine.unknown = mine.judged + there, mine.unknown + unknown
            done.judged, done.unknown = done.judged + there, done.unknown + unknown

    def _weighed(self, done: DayDone, wish: Wish) -> None:
        for answer in wish.answers:
            if answer.answer is not Answer.PASS:
                done.belts[answer.belt, answer.answer] += 1
        self.rules[wish.rule.name].held += wish.blocked

    def _made(self, done: DayDone, one: Asking, known: frozenset[str]) -> None:
        mine, rests = self.rules[one.rule], one.rule not in known
        mine.decisions, done.decisions = mine.decisions + 1, done.decisions + 1
        mine.rests, done.rests = mine.rests + rests, done.rests + rests
        done.at_risk += risked(one)

    def _turns(self, one: Asking, at: datetime) -> bool:
        """Whether a lever goes the other way than it last went, within the days that are remembered."""
        lever, way = one.lever, _way(one.change.before, one.change.after)
        last = self.ways.get(lever)
        if way:
            self.ways[lever] = (way, at)
        return last is not None and way * last[0] < 0 and at - last[1] < REMEMBERED

    def _spend(self, made: Sequence[Asking], view: FactView, day: date) -> int:
        span = Span(day - timedelta(days=SPEND_DAYS), day - timedelta(days=1))
        ids: dict[str, set[str]] = {}
        for each in made:
            ids.setdefault(each.change.entity.kind, set()).add(each.change.entity.id)
        return sum(spend_of(view, KINDS[kind], some, span) for kind, some in ids.items() if kind in KINDS) // SPEND_DAYS

    def _counts(self, change: Change) -> bool:
        return not self.entities or change.entity.id in self.entities

    def _rule(self, name: str) -> Rule:
        return next(rule for rule in self.court.rules if rule.name == name)


def _settle_days(rule: Rule, maturity: Maturity) -> int:
    return max((maturity.settle_days(STREAMS[name]) for name in streams_of(rule)), default=0)


def _way(before: Value, after: Value) -> int:
    """1 for up, -1 for down, 0 for what has no size."""
    if isinstance(before, Money) and isinstance(after, Money):
        return (after.micros > before.micros) - (after.micros < before.micros)
    if isinstance(before, Percent) and isinstance(after, Percent):
        return (after.points > before.points) - (after.points < before.points)
    return 0
