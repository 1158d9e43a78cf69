"""The law of judging: set by set and row by row, the same rules on the same facts conclude the same, bit for bit.

Rules are generated over every node of the language, facts with corrections, gaps, missing parents and empty figures.
The columns read the facts through a ``FactView``; the row-by-row engine gets its inputs from ``gathering``, which
computes them in plain Python from the same rows.
"""

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from agent.engine.columns import judge, judge_rows
from agent.engine.lookups import looked_up
from agent.engine.question import Question
from agent.engine.rowwise import judge_row
from agent.model.entity import Entity
from agent.model.expression import (
    AllOf,
    AnyOf,
    Arithmetic,
    Call,
    Compare,
    Formula,
    How,
    IfElse,
    In,
    Literal,
    Name,
    Negative,
    Node,
    Not,
    Scalar,
    Source,
)
from agent.model.kinds import STREAMS
from agent.model.maturity import DEFAULT, SPONSORED_PRODUCTS, Curve, Maturity
from agent.model.metric import Unit
from agent.model.rule import Let, Line, Mode, Place, Propose, Rule, Severity
from agent.model.setting import Scope
from agent.model.verdict import Outcome, Verdict
from agent.model.window import Anchor, Span, Window
from tests.laws.gathering import Gatherer
from tests.unit.engine.memory_facts import NOW, TODAY, MemoryFacts, days_ago, keyword, traffic

FULL = bool(os.environ.get("STEWARD_FULL"))
law = settings(
    max_examples=2500 if FULL else 200,
    deadline=None,
    derandomize=not FULL,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate, *([Phase.shrink] if FULL else [])],  # shrinking takes minutes
)
HERE = Place(1, 1)
MONTH = Span(days_ago(30), TODAY)
FIGURES, TEXTS, FLAGS = (Unit.NUMBER, Unit.TEXT, Unit.FLAG)


# ── facts ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def rows_of(entities: Sequence[str], share: bool) -> st.SearchStrategy[list[dict[str, object]]]:
    """Booked rows: amounts that may be corrections, several on one day; shares restated later or unknown."""
    figures = {
        "clicks": st.integers(-3, 40),
        "impressions": st.sampled_from([0, 1, 7, 2_000_000_000]),
        "cost": st.integers(-(10**6), 10**9) | st.just(2**52 + 1),
        "sales": st.sampled_from([0, 0, 1, 19_990_000]),
    }
    if share:
        figures["top_of_search_share"] = st.none() | st.sampled_from([0.0, 0.1, 1 / 3]) | st.floats(0, 1)
    row = st.builds(
        lambda entity, ago, late, values: traffic(entity, ago, observed_at=NOW - timedelta(days=late), **values),
        st.sampled_from(entities), st.integers(0, 20), st.integers(0, 2), st.fixed_dictionaries(figures),
    )  # fmt: skip
    return st.lists(row, max_size=25).map(_one_answer_per_pull)


def _one_answer_per_pull(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """Two rows of one entity and day come from two pulls."""
    return list({(row["entity"], row["day"], row["observed_at"]): row for row in rows}.values())


money = st.none() | st.integers(0, 5_000_000) | st.just(2**62)
state_text = st.sampled_from([None, "enabled", "paused", "Hubs · exact", ""])
campaigns = st.lists(
    st.fixed_dictionaries({"entity": st.sampled_from(["c1", "c2"]), "name": state_text, "state": state_text,
                           "budget": money}),
    max_size=2, unique_by=lambda row: row["entity"],
)  # fmt: skip
ad_groups = st.lists(
    st.fixed_dictionaries(
        {"entity": st.sampled_from(["g1", "g2"]), "name": state_text, "state": state_text, "default_bid": money,
         "campaign_id": st.sampled_from(["c1", "c2", "c9", None])}
    ),
    max_size=2, unique_by=lambda row: row["entity"],
)  # fmt: skip
keywords = st.lists(
    st.builds(
        keyword, st.sampled_from(["k1", "k2", "k3", "k4"]), text=state_text, state=state_text, bid=money,
        campaign_id=st.sampled_from(["c1", "c2", "c9", None]), ad_group_id=st.sampled_from(["g1", "g2", "g9", None]),
    ),
    max_size=4, unique_by=lambda row: row["entity"],
)  # fmt: skip
moves = st.lists(
    st.fixed_dictionaries(
        {"entity": st.sampled_from(["k1", "k2", "c1"]), "before": st.none(), "after": st.just(1),
         "first": st.booleans(),
         "at": st.integers(-(10**11), 4 * 10**12).map(lambda micros: NOW - timedelta(microseconds=micros))}
    ),
    max_size=6,
)  # fmt: skip
coverage = st.sets(st.integers(0, 30), max_size=2).map(lambda gone: frozenset(MONTH) - {days_ago(n) for n in gone})
FULLY = frozenset(MONTH)


@st.composite
def facts(draw: st.DrawFn) -> MemoryFacts:
    rows = {
        "campaigns": draw(campaigns),
        "ad_groups": draw(ad_groups),
        "keywords": draw(keywords),
        "keyword_traffic": draw(rows_of(["k1", "k2", "k3", "k5"], share=True)),
        "campaign_traffic": draw(rows_of(["c1", "c2"], share=False)),
        "ad_group_traffic": draw(rows_of(["g1", "g9"], share=False)),
    }
    days = {
        "keyword_traffic": draw(st.just(FULLY) | coverage),
        "campaign_traffic": draw(st.just(FULLY) | coverage),
        "ad_group_traffic": FULLY,
    }
    return MemoryFacts(rows=rows, days=days, moves=draw(moves))


scopes = st.lists(
    st.builds(
        Scope, st.sampled_from(["account", "campaign", "ad_group", "keyword", "product_target"]),
        st.sampled_from(["*", "c1", "g?", "k1", "Hubs*", "enabled"]),
        st.fixed_dictionaries({}, optional={
            "target_acos": st.sampled_from([0.25, 1, None]), "stage": st.sampled_from(["launch", "mature"]),
            "locked": st.booleans(), "price": st.integers(0, 10**8),
        }),
    ),
    max_size=4,
)  # fmt: skip


# ── rules ──────────────────────────────────────────────────────────────────────────────────────────────────────────

windows = st.builds(Window, st.integers(1, 9), st.sampled_from(Anchor), st.sampled_from([0, 0, 3]))
paths = st.sampled_from([(), (), (), ("campaign",), ("ad_group",), ("ad_group", "campaign")])
SETTINGS = {"target_acos": Unit.RATIO, "price": Unit.MONEY, "stage": Unit.TEXT, "locked": Unit.FLAG}


def _labelled(name: Name) -> Name:
    return replace(name, label=name.key)


def _measure(path: tuple[str, ...], column: str, window: Window, how: How) -> Name:
    if path and column == "top_of_search_share":
        column = "clicks"
    found = STREAMS["keyword_traffic"].column(column)
    assert found is not None
    return _labelled(Name(Source.MEASURE, column, found.unit, "", path, window, how))


def _state(path: tuple[str, ...], unit: Unit) -> Name:
    if unit is Unit.TEXT:
        return _labelled(Name(Source.STATE, "state", unit, "", path))
    column = {(): "bid", ("ad_group",): "default_bid"}.get(path, "budget")
    return _labelled(Name(Source.STATE, column, unit, "", path))


measures = st.builds(
    _measure, paths, st.sampled_from(["clicks", "cost", "sales", "impressions", "top_of_search_share"]), windows,
    st.sampled_from([How.SUM, How.SUM, How.SUM, *(how for how in How if how is not How.MATURE)]),
) | st.builds(
    _measure, paths, st.sampled_from(["clicks", "cost", "impressions"]), windows, st.just(How.MATURE)
)  # fmt: skip
learned = st.lists(st.sampled_from([0.0, 0.3, 0.61239, 0.95, 1.02]), max_size=9).map(
    lambda shares: Maturity({SPONSORED_PRODUCTS: {"purchases": Curve(tuple(shares)), "sales": Curve((0.0, 0.5))}})
)
history = st.builds(
    lambda source, last: _labelled(Name(source, "bid", Unit.DAYS, "", (), Window(last, Anchor.NOW))),
    st.sampled_from([Source.SINCE, Source.CHANGES]), st.integers(1, 40),
)  # fmt: skip
# No literal is minus zero: a rule writes that as the negative of zero, and polars takes the two literals for one.
numbers = st.sampled_from([0, 1, -1, 2.5, 0.5, 0.1, 1e300, 1e-300, 15, 0.0, 1_000_000]) | st.floats(-100, 100).map(
    lambda value: value + 0.0
)
Lets = tuple[tuple[str, Unit], ...]
TEXT_CHOICES: tuple[Scalar, ...] = ("enabled", "paused", "", None, "b")


def _setting(unit: Unit) -> st.SearchStrategy[Name]:
    fitting = [name for name, of in SETTINGS.items() if of is unit or (unit is FIGURES and of not in (TEXTS, FLAGS))]
    return st.builds(lambda name, path: _labelled(Name(Source.SETTING, name, SETTINGS[name], "", path)),
                     st.sampled_from(fitting), paths)  # fmt: skip


def _own(unit: Unit, lets: Lets) -> list[st.SearchStrategy[Node]]:
    """The rule's params and the lets written so far."""
    fitting = [name for name, of in lets if of is unit]
    own: list[st.SearchStrategy[Node]] = [st.just(Name(Source.PARAM, str(unit), unit, f"param {unit}"))]
    if fitting:
        own.append(st.sampled_from(fitting).map(lambda name: Name(Source.LET, name, unit, name)))
    return own


def leaves(unit: Unit, lets: Lets) -> st.SearchStrategy[Node]:
    literal: st.SearchStrategy[Scalar] = {
        FIGURES: st.none() | numbers, TEXTS: st.sampled_from(TEXT_CHOICES), FLAGS: st.none() | st.booleans(),
    }[unit]  # fmt: skip
    options: list[st.SearchStrategy[Node]] = [literal.map(lambda value: Literal(value, unit)), _setting(unit)]
    if unit is FIGURES:
        options += [measures, measures, measures, history, paths.map(lambda path: _state(path, Unit.MONEY))]
    if unit is TEXTS:
        options.append(paths.map(lambda path: _state(path, Unit.TEXT)))
    return st.one_of(options + _own(unit, lets))


@cache  # building a strategy costs more than drawing from it
def trees(unit: Unit, depth: int, lets: Lets) -> st.SearchStrategy[Node]:
    if depth == 0:
        return leaves(unit, lets)
    below = {of: st.deferred(lambda of=of: trees(of, depth - 1, lets)) for of in (FIGURES, TEXTS, FLAGS)}
    of_any_unit: list[st.SearchStrategy[Node]] = [
        st.builds(IfElse, below[FLAGS], below[unit], below[unit], st.just(unit)),
        st.builds(lambda *parts: Call("default", parts, unit), below[unit], below[unit]),
    ]
    of_this = {FIGURES: _figures, TEXTS: lambda _: [], FLAGS: _flags}[unit](below)
    return st.one_of(leaves(unit, lets), *of_this, *of_this, *of_any_unit)


def _figures(below: dict[Unit, st.SearchStrategy[Node]]) -> list[st.SearchStrategy[Node]]:
    figure = below[FIGURES]
    return [
        st.builds(Arithmetic, st.sampled_from("+-*/"), figure, figure, st.just(FIGURES)),
        st.builds(Negative, figure, st.just(FIGURES)),
        st.builds(lambda body: Formula("a metric", body, FIGURES), figure),
        st.builds(lambda word, parts: Call(word, tuple(parts), FIGURES), st.sampled_from(["min", "max"]),
                  st.lists(figure, min_size=1, max_size=3)),
        st.builds(lambda *parts: Call("clip", parts, FIGURES), figure, figure, figure),
        st.builds(lambda part: Call("abs", (part,), FIGURES), figure),
        st.builds(lambda *parts: Call("round", parts, FIGURES), figure, figure),
        st.builds(lambda part: Call("round", (part,), FIGURES), figure),
    ]  # fmt: skip


def _flags(below: dict[Unit, st.SearchStrategy[Node]]) -> list[st.SearchStrategy[Node]]:
    some = st.lists(below[FLAGS], min_size=1, max_size=3).map(tuple)
    choices = st.lists(st.none() | st.sampled_from([0, 1, 3.0]), max_size=3).map(tuple)
    words = st.lists(st.sampled_from(TEXT_CHOICES), max_size=3).map(tuple)
    return [
        st.builds(Compare, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), below[FIGURES], below[FIGURES]),
        st.builds(Compare, st.sampled_from(["==", "!="]), below[TEXTS], below[TEXTS]),
        st.builds(AllOf, some),
        st.builds(AnyOf, some),
        st.builds(Not, below[FLAGS]),
        st.builds(In, below[FIGURES], choices),
        st.builds(In, below[TEXTS], words),
        st.builds(lambda part: Call("known", (part,), FLAGS), below[FIGURES]),
        st.builds(lambda *parts: Call("contains", parts, FLAGS), below[TEXTS], below[TEXTS]),
    ]


@st.composite
def rules(draw: st.DrawFn, name: str) -> Rule:
    lets: Lets = ()
    written: list[Let] = []
    for number in range(draw(st.integers(0, 2))):
        unit = draw(st.sampled_from([FIGURES, FIGURES, TEXTS, FLAGS]))
        written.append(Let(f"let{number}", draw(trees(unit, 2, lets)), HERE))
        lets = (*lets, (f"let{number}", unit))
    lines = [draw(trees(FLAGS, 3, lets)) for _ in range(draw(st.integers(0, 2)))]
    to = draw(st.none() | trees(draw(st.sampled_from([FIGURES, FIGURES, TEXTS])), 3, lets))
    return Rule(
        name=name, path=name, digest="d", text="", about="", judges="keyword", mode=Mode.ASK, severity=Severity.S3,
        when=tuple(Line(f"line {number}", line, HERE) for number, line in enumerate(lines)), lets=tuple(written),
        params={FIGURES: Literal(draw(numbers), FIGURES), TEXTS: Literal("enabled", TEXTS),
                FLAGS: Literal(True, FLAGS)},
        propose=None if to is None else Propose("set", "bid", to, HERE),
    )  # fmt: skip


# ── the law ────────────────────────────────────────────────────────────────────────────────────────────────────────


def bits(value: object) -> object:
    """Equal only where every bit is: 0.0 is not -0.0, 1 is not 1.0."""
    if isinstance(value, dict):
        return {key: bits(part) for key, part in value.items()}
    return (type(value), repr(value))


def told(verdict: Verdict) -> object:
    trace = [(step.text, step.outcome, bits(dict(step.values)), step.because) for step in verdict.trace]
    return verdict.outcome, trace, bits(verdict.wanted), bits(verdict.before), bits(dict(verdict.values))


@law
@given(
    view=facts(),
    asked=st.tuples(*(rules(f"ads/{number}") for number in range(4))),
    chosen=scopes,
    maturity=st.just(DEFAULT) | learned,
)
def test_set_by_set_and_row_by_row_conclude_the_same(
    view: MemoryFacts, asked: tuple[Rule, ...], chosen: list[Scope], maturity: Maturity
) -> None:
    question = Question("demo", TODAY, NOW, "EUR", chosen, maturity)
    judgement = judge(asked, view, question)["keyword"]
    gatherer = Gatherer(view, question)
    for rule in asked:
        expected = {}
        for row in view.rows["keywords"]:
            entity = Entity("demo", "keyword", str(row["entity"]))
            inputs = {name.key: gatherer.value("keyword", entity.id, name) for name in looked_up(rule)}
            expected[entity.id] = judge_row(rule, inputs, entity, question, gatherer.gaps(rule))
        assert_same(rule, judgement, expected)


def assert_same(rule, judgement, expected: dict[str, Verdict]) -> None:
    found = {verdict.entity.id: verdict for verdict in judgement.verdicts(rule.name)}
    assert found.keys() == expected.keys()
    for id, verdict in found.items():
        for told_by_columns, told_by_rows in zip(told(verdict), told(expected[id]), strict=True):
            assert told_by_columns == told_by_rows, id
    matched = {id: verdict for id, verdict in expected.items() if verdict.outcome is Outcome.MATCH}
    asked = judgement.matches(rule.name)
    assert [match.entity.id for match in asked] == sorted(matched)
    for match in asked:
        verdict = matched[match.entity.id]
        assert (bits(match.wanted), bits(match.before)) == (bits(verdict.wanted), bits(verdict.before))
        assert match.cost == verdict.cost
        assert told(match.spelled()) == told(verdict)
    decided = dict(judgement.decisions(rule.name).iter_rows())
    assert {id: bits(wanted) for id, wanted in decided.items()} == {id: bits(one.wanted) for id, one in matched.items()}
    unknown = [verdict for verdict in expected.values() if verdict.outcome is Outcome.UNKNOWN]
    because = [next(step.because for step in one.trace if step.outcome is Outcome.UNKNOWN) for one in unknown]
    tally = next(tally for tally in judgement.tallies if tally.rule == rule.name)
    assert (tally.judged, tally.matched, tally.unknown) == (len(expected), len(matched), len(unknown))
    assert tally.unknown_because == {text: because.count(text) for text in because}


@law
@given(asked=rules("ads/rows"), drawn=st.data())
def test_given_rows_are_judged_alike_by_both(asked: Rule, drawn: st.DataObject) -> None:
    """The same compiled columns over rows that somebody wrote down, as the tests of a rule do."""
    by_unit = {Unit.TEXT: st.sampled_from(["enabled", "b"]), Unit.FLAG: st.booleans()}
    rows = [
        {
            name.key: drawn.draw(by_unit.get(name.unit, st.integers(-5, 5) | st.just(10**6)))
            for name in looked_up(asked)
            if drawn.draw(st.booleans())
        }
        for _ in range(3)
    ]
    entities = [Entity("demo", "keyword", str(number)) for number in range(3)]
    question = Question("demo", TODAY, datetime(2026, 3, 20, tzinfo=UTC), "EUR")
    found = judge_rows(asked, rows, entities, question)
    for verdict, row, entity in zip(found, rows, entities, strict=True):
        expected = judge_row(asked, row, entity, question)
        assert (verdict.outcome, verdict.wanted, verdict.entity) == (expected.outcome, expected.wanted, entity)
