"""Run the tests that stand in the rules: through the set-based engine, the row-by-row engine, and the belts.

A test gives what is known of one entity; what it does not give is unknown. It fails when the outcome is another one,
and also when the two engines differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from agent.engine.columns import judge_rows
from agent.engine.propose import Scene, propose
from agent.engine.question import Question
from agent.engine.rowwise import judge_row
from agent.jobs.coverage import Branch, taken_branches
from agent.model.belt import BeltLimits
from agent.model.change import Value
from agent.model.creation import Creation
from agent.model.entity import Entity
from agent.model.expression import Literal, Name, Scalar, Source
from agent.model.kinds import STREAMS
from agent.model.marketplace import Marketplace
from agent.model.metric import Unit
from agent.model.money import Money
from agent.model.percent import Percent
from agent.model.proposal import Answer, Proposal
from agent.model.rule import Mode, Place, Rule, RuleTest
from agent.model.say import spelled
from agent.model.verdict import Outcome, Verdict
from agent.rulebook.given import values_given
from agent.rulebook.plain import scalar_of

NOW = datetime(2026, 3, 18, 20, tzinfo=UTC)
"""The moment at which every test is judged; nothing in a test depends on the day it is run."""

_POPULATION = 1_000
"""So many entities stand beside the one of a test, so that no share of them is exceeded by it."""

_ACCOUNT = "test"


@dataclass(frozen=True, slots=True)
class TestResult:
    """``message`` begins with the test's place and says what was expected and what came. ``lines``: each line's
    answer, and ``branches``: those of values that were taken, for coverage."""

    rule: str
    name: str
    path: str
    place: Place
    passed: bool
    message: str = ""
    lines: tuple[Outcome, ...] = ()
    branches: frozenset[Branch] = frozenset()


def run_tests(rules: Sequence[Rule], marketplace: Marketplace, limits: BeltLimits) -> Sequence[TestResult]:
    """Every test of every rule, in order."""
    bench = _Bench(marketplace, limits)
    return [bench.run(rule, test) for rule in rules for test in rule.tests]


@dataclass(frozen=True, slots=True)
class _Case:
    """One test, ready to be judged: the rule with the test's params, and the values of its names."""

    rule: Rule
    entity: Entity
    row: Mapping[str, Scalar]
    changed: Mapping[tuple[Entity, str], datetime]

    @classmethod
    def of(cls, rule: Rule, test: RuleTest) -> _Case:
        entity = Entity(_ACCOUNT, rule.judges, "given")
        values = list(values_given(rule, test.given))
        params = {name.name: Literal(value, name.unit) for name, value in values if name.source is Source.PARAM}
        return cls(
            replace(rule, params={**rule.params, **params}),
            entity,
            {name.key: value for name, value in values if name.source is not Source.PARAM},
            {(entity, name.name): _moment(value) for name, value in values if _is_own_change(name)},
        )


@dataclass(frozen=True, slots=True)
class _Bench:
    marketplace: Marketplace
    limits: BeltLimits

    def run(self, rule: Rule, test: RuleTest) -> TestResult:
        case = _Case.of(rule, test)
        question = Question(_ACCOUNT, NOW.date(), NOW, self.marketplace.currency)
        verdict = judge_row(case.rule, case.row, case.entity, question)
        (other,) = judge_rows(case.rule, [case.row], [case.entity], question)
        fault = _difference(verdict, other) or self._unmet(case, test, verdict)
        where = f"{rule.path}:{test.place.line}:{test.place.column}: "
        lines = tuple(step.outcome for step in verdict.trace[: len(rule.when)])
        taken = frozenset(taken_branches(case.rule, case.row, matched=verdict.outcome is Outcome.MATCH))
        return TestResult(rule.name, test.name, rule.path, test.place, not fault, fault and where + fault, lines, taken)

    def _unmet(self, case: _Case, test: RuleTest, verdict: Verdict) -> str:
        """What is not as the test expects, or nothing."""
        expect = test.expect
        if isinstance(expect, Mapping):
            return self._values_unmet(case, expect, verdict)
        if not expect.startswith("blocked by "):
            return "" if verdict.outcome == expect else f"expected '{expect}', got {self._came(verdict)}"
        if verdict.outcome is not Outcome.MATCH:
            return f"expected '{expect}', got {self._came(verdict)}"
        proposal = self._proposal(case, verdict)
        wanted = expect.removeprefix("blocked by ")
        return "" if wanted in _blocking(proposal) else f"expected '{expect}', got {_became(proposal)}"

    def _values_unmet(self, case: _Case, expect: Mapping[str, Any], verdict: Verdict) -> str:
        if verdict.outcome is not Outcome.MATCH:
            return f"expected {self._spelled(case.rule, expect)}, got {self._came(verdict)}"
        faults = [self._value_unmet(case, name, value, verdict) for name, value in expect.items()]
        return "; ".join(fault for fault in faults if fault)

    def _value_unmet(self, case: _Case, name: str, value: Decimal | str | bool | None, verdict: Verdict) -> str:
        unit = _unit_of(case.rule, name)
        expected = scalar_of(value, unit)
        proposes = _moved(case.rule) == name
        if proposes and case.rule.mode is not Mode.TELL:
            proposal = self._proposal(case, verdict)
            if proposal is None or _blocking(proposal):
                return f"expected {name} {self._one(expected, unit)}, got {_became(proposal)}"
            after = proposal.change.after
            got = _figure(after)
        else:
            got = verdict.wanted if proposes else verdict.values.get(name)
        same = _same(expected, got)
        return "" if same else f"expected {name} {self._one(expected, unit)}, got {self._one(got, unit)}"

    def _proposal(self, case: _Case, verdict: Verdict) -> Proposal | None:
        """The verdict after belts, in an account where nothing else is going on; None where nothing would change."""
        scene = Scene(
            account=_ACCOUNT, marketplace=self.marketplace, run="r-test", now=NOW, today=NOW.date(), known_at=NOW,
            limits=self.limits, population={case.rule.judges: _POPULATION}, last_change=case.changed,
            observed=dict.fromkeys(STREAMS, NOW), titles=lambda entity: entity.id, guarded={case.entity: case.row},
        )  # fmt: skip
        proposals = propose([(case.rule, verdict)], scene, lambda prefix: f"{prefix}-test").proposals
        return proposals[0] if proposals else None

    def _came(self, verdict: Verdict) -> str:
        """The outcome, with the line that decided it."""
        steps = [step for step in verdict.trace if step.outcome is verdict.outcome]
        if verdict.outcome is Outcome.MATCH or not steps:
            return f"'{verdict.outcome}'"
        because = f", {steps[0].because}" if steps[0].because else ""
        return f"'{verdict.outcome}' at  {steps[0].text}{because}"

    def _spelled(self, rule: Rule, expect: Mapping[str, Any]) -> str:
        units = {name: _unit_of(rule, name) for name in expect}
        return ", ".join(
            f"{name} {self._one(scalar_of(value, units[name]), units[name])}" for name, value in expect.items()
        )

    def _one(self, value: Scalar, unit: Unit) -> str:
        return spelled(value, unit, self.marketplace.currency)


def _difference(verdict: Verdict, other: Verdict) -> str:
    """Where the two engines differ, which is a fault of ours and never of a rule."""
    for what in ("outcome", "wanted", "before", "values"):
        one, two = getattr(verdict, what), getattr(other, what)
        if one != two:
            return f"the engines differ in {what}: row by row {one!r}, set by set {two!r}"
    return ""


def _moved(rule: Rule) -> str | None:
    """What a test calls the value that the rule asks for."""
    if rule.propose is None:
        return None
    return "bid" if rule.propose.creates else rule.propose.field


def _unit_of(rule: Rule, name: str) -> Unit:
    if rule.propose is not None and _moved(rule) == name:
        return rule.propose.to.unit
    return next((let.expression.unit for let in rule.lets if let.name == name), Unit.NUMBER)


def _figure(value: Value) -> Scalar:
    """A value of a change as the engines have it: money in micros, adjustments as ratios, of what is made its bid."""
    if isinstance(value, Money):
        return value.micros
    if isinstance(value, Creation):
        return value.bid.micros if value.bid is not None else None
    return value.ratio if isinstance(value, Percent) else value


def _same(expected: Scalar, got: Scalar) -> bool:
    """Equal, but for the dust of binary fractions."""
    figures = (int, float)
    if isinstance(expected, figures) and isinstance(got, figures) and not isinstance(expected, bool):
        return abs(expected - got) <= 1e-9 * max(abs(expected), abs(got))
    return expected == got


def _blocking(proposal: Proposal | None) -> Sequence[str]:
    answers = proposal.belts if proposal is not None else ()
    return [answer.belt for answer in answers if answer.answer is Answer.BLOCK]


def _became(proposal: Proposal | None) -> str:
    if proposal is None:
        return "a match that would change nothing"
    blocking = _blocking(proposal)
    return f"'blocked by {blocking[0]}'" if blocking else f"{proposal.change.after}, which no belt blocks"


def _is_own_change(name: Name) -> bool:
    return name.source is Source.SINCE and not name.path


def _moment(days: Scalar) -> datetime:
    return NOW - timedelta(days=float(days or 0))
