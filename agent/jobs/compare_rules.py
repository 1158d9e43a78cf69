"""Judges recorded days by two sets of rules, each day as it was known then, and says what differs.

Every day stands for itself: both sets go through the same facts, belts and conflicts in one pass, and nothing that one
day decided weighs on the next. So a decision that is named differs because of the edit alone. What a whole run may
change is no part of that unless it is asked for: under such a cap, one decision more holds back another of any rule.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC
from itertools import count

from agent.clock import SetClock
from agent.engine.columns import Judgement
from agent.engine.exposure import added_spend, exposes
from agent.engine.wish import Wish
from agent.facts.held import Held
from agent.jobs.difference import DayCompared, Difference, Edited, Made, RuleDiff
from agent.jobs.judge import Court, Judged, both_then
from agent.jobs.past_days import PastDay, past_days
from agent.jobs.shadow import Shadow
from agent.model.entity import Entity
from agent.model.kinds import KINDS
from agent.model.proposal import Answer, Run
from agent.model.rule import Rule
from agent.model.verdict import Outcome

_NEW = "\x01"
"""Ends the name of a text that takes the place of another of its name; sorts right after it."""

Subject = tuple[Entity, str, str]


def diff(court: Court, old: Sequence[Rule], new: Sequence[Rule], held: Held, runs: Sequence[Run], days: int,
         told: Callable[[str], None] = lambda _: None, *, caps: bool = False) -> RuleDiff:  # fmt: skip
    """``court``: the account; its own rules play no part. ``runs``: when it was judged, which gives the moments.
    ``caps``: what a whole run may change counts too."""
    edited = _edited(old, new)
    if not edited:
        return RuleDiff(court.account, None, edited, ())
    touched = [rule for rule in (*old, *new) if rule.name in edited]
    reach = past_days(touched, held, court.marketplace, runs, days)
    kinds = frozenset(KINDS) if caps else frozenset(rule.judges for rule in touched)
    mine, others = _apart([rule for rule in old if rule.judges in kinds], [r for r in new if r.judges in kinds], edited)
    compared = _Comparison(court, held, mine, others, caps)
    for number, day in enumerate(reach.days, 1):
        told(f"{day.day} ({number}/{len(reach.days)})")
        compared.day(day)
    storms = (sorted(compared.storms[0]), sorted(compared.storms[1]))
    return RuleDiff(court.account, reach, edited, compared.days, storms)


def _edited(old: Sequence[Rule], new: Sequence[Rule]) -> Edited:
    before, after = ({rule.name: rule.digest for rule in rules} for rules in (old, new))
    return Edited(
        sorted(after.keys() - before.keys()), sorted(before.keys() - after.keys()),
        sorted(name for name in before.keys() & after.keys() if before[name] != after[name]),
    )  # fmt: skip


def _apart(old: Sequence[Rule], new: Sequence[Rule], edited: Edited) -> tuple[Sequence[Rule], Sequence[Rule]]:
    """The two sets, with another name for each text that takes another one's place."""
    before = {rule.name: rule for rule in old}
    other = {name: replace(rule, name=name + _NEW) for name, rule in ((each.name, each) for each in new)
             if name in edited.edited}  # fmt: skip
    return list(old), [other.get(rule.name) or before.get(rule.name, rule) for rule in new]


@dataclass(slots=True)
class _Comparison:
    court: Court
    held: Held
    old: Sequence[Rule]
    new: Sequence[Rule]
    caps: bool
    days: list[DayCompared] = field(default_factory=list)
    storms: tuple[set[str], set[str]] = field(default_factory=lambda: (set(), set()))

    def day(self, past: PastDay) -> None:
        numbers, moment = count(1), past.moment.astimezone(UTC)
        court = replace(self.court, rules=self.old, facts=self.held, clock=SetClock(moment),
                        mint=lambda prefix: f"{prefix}_{next(numbers)}")  # fmt: skip
        run, view = (
            Run(f"r_{past.day:%Y%m%d}", "diff", court.account, moment),
            self.held.known_at(court.account, moment),
        )
        both = both_then(court, self.new, Shadow(), run, view, self._among)
        old, new = ({_subject(made): made for made in _decisions(judged)} for judged in both)
        for names, judged in zip(self.storms, both, strict=True):
            names |= {storm.rule.removesuffix(_NEW) for storm in judged.weighed.settled.storms}
        subjects = sorted(old.keys() | new.keys(), key=lambda each: (each[0].kind, each[0].id, *each[1:]))
        found = (Difference.of(past.day, old.get(each), new.get(each)) for each in subjects)
        self.days.append(DayCompared(past, [each for each in found if each is not None]))

    def _among(self, judgements: Mapping[str, Judgement], storms: Callable[[Rule], bool]
               ) -> Mapping[str, Collection[str]] | None:  # fmt: skip
        """By kind, the entities of which a rule that is not the same in both sets concludes otherwise, or asks on other
        terms. None for all."""
        if self.caps:
            return None
        old, new = ({rule.name: rule for rule in rules} for rules in (self.old, self.new))
        found: dict[str, set[str]] = {}
        for name in sorted(old.keys() ^ new.keys()):
            rule = old.get(name) or new[name]
            other = new.get(name + _NEW) or old.get(name.removesuffix(_NEW))
            judgement, some = judgements[rule.judges], found.setdefault(rule.judges, set())
            if other is not None and other is not rule and _alike(rule, other) and storms(rule) == storms(other):
                some |= judgement.differing(rule.name, other.name)
            else:
                some |= judgement.concluded(rule.name, Outcome.MATCH)
        return found


def _alike(rule: Rule, other: Rule) -> bool:
    """Whether what the two ask for differs by its value alone."""
    if rule.propose is None or other.propose is None:
        asks = rule.propose is other.propose
    else:
        asks = not rule.propose.creates and (rule.propose.action, rule.propose.field) == (
            other.propose.action, other.propose.field)  # fmt: skip
    terms = [(each.judges, each.limits, each.drift, each.mode, each.priority) for each in (rule, other)]
    return asks and terms[0] == terms[1]


def _subject(made: Made) -> Subject:
    """What there can be one decision of: a lever, or what a rule has to tell of a thing."""
    return made.entity, made.field, "" if made.field else made.rule


def _decisions(judged: Judged) -> Iterator[Made]:
    """What a day comes to, held or not."""
    settled, scene = judged.weighed.settled, judged.weighed.scene
    for wish in settled.wishes:
        change = wish.change
        risk = added_spend(change, scene.guarded.get(wish.looked_at, {})) if exposes(change) else 0
        yield Made(wish.rule.name.removesuffix(_NEW), change.entity, scene.titles(wish.match.entity), change.field,
                   change.before, change.after, _held(wish), risk or 0)  # fmt: skip
    for rule, match in settled.told:
        yield Made(rule.name.removesuffix(_NEW), match.entity, scene.titles(match.entity), "")


def _held(wish: Wish) -> str:
    return next((each.belt for each in wish.answers if each.answer is Answer.BLOCK), "")
