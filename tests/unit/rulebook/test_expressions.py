"""What an expression means: how it is read, and which unit every figure takes."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from agent.errors import RuleError
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
    Source,
    names,
    walk,
)  # fmt: skip
from agent.model.kinds import KINDS, STREAMS
from agent.model.metric import Unit
from agent.model.rule import Rule
from agent.model.say import units_of
from agent.model.window import Anchor, Window
from agent.rulebook.keys import LEVERS
from agent.rulebook.load import load

Judge = Callable[..., Rule]


@pytest.fixture
def rule(tmp_path: Path) -> Judge:
    """Loads a rule of these lines, params and lets."""

    def loaded(*when: str, params: str = "{}", let: str = "{}", to: str = "bid", judges: str = "keyword") -> Rule:
        path = tmp_path / "x.yaml"
        lines = "".join(f"  - '{line}'\n" for line in when)
        windows = "{recent: {last: 30d}, before: {last: 14d, until: recent}, day: {last: 1d, until: yesterday}}"
        path.write_text(
            f"rule: x\nabout: a test\njudges: {judges}\nparams: {params}\nwindows: {windows}\nlet: {let}\n"
            f"when:\n{lines}" + (f"propose: {{set: bid, to: '{to}'}}\n" if "bid" in LEVERS[judges] else "")
        )
        return load([path], lenient=True).rules[0]

    return loaded


def figures(node: Node) -> list[tuple[object, Unit]]:
    """The literals of an expression, left to right."""
    return [(part.value, part.unit) for part in walk(node) if isinstance(part, Literal)]


def faults(caught: pytest.ExceptionInfo[RuleError]) -> list[str]:
    return [fault.code for fault in caught.value.diagnostics]


def spelled(node: Node) -> str:
    """An expression with all of its parentheses."""
    match node:
        case Name(label=label) | Formula(label=label):
            return label
        case Literal(value=value):
            return str(value)
        case Arithmetic(operator=operator, left=left, right=right) | Compare(operator=operator, left=left, right=right):
            return f"({spelled(left)} {operator} {spelled(right)})"
        case Negative(operand=operand):
            return f"-{spelled(operand)}"
        case Not(operand=operand):
            return f"not {spelled(operand)}"
        case AllOf(terms=terms):
            return f"({' and '.join(map(spelled, terms))})"
        case AnyOf(terms=terms):
            return f"({' or '.join(map(spelled, terms))})"
        case In(item=item, choices=choices):
            return f"({spelled(item)} in {list(choices)})"
        case IfElse(condition=condition, then=then, otherwise=otherwise):
            return f"({spelled(then)} if {spelled(condition)} else {spelled(otherwise)})"
        case Call(function=function, arguments=arguments):
            return f"{function}({', '.join(map(spelled, arguments))})"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("recent.clicks > 1 + 2 * 3", "(recent.clicks > (1 + (2 * 3)))"),
        ("recent.clicks > 9 - 2 - 3", "(recent.clicks > ((9 - 2) - 3))"),
        ("recent.clicks > 9 / 3 * 2", "(recent.clicks > ((9 / 3) * 2))"),
        ("recent.clicks > -2 * 3", "(recent.clicks > (-2 * 3))"),
        ("recent.clicks > 1 - -2", "(recent.clicks > (1 - -2))"),
        ("recent.clicks + 1 > 2 and recent.units < 3 or recent.clicks == 4",
         "((((recent.clicks + 1) > 2) and (recent.units < 3)) or (recent.clicks == 4))"),
        ("not recent.clicks > 1 and recent.units > 2", "(not (recent.clicks > 1) and (recent.units > 2))"),
        ("not not locked", "not not locked"),
        ("0.1 < recent.acos < 0.3", "((0.1 < recent.acos) and (recent.acos < 0.3))"),
        ("1 < recent.clicks <= 5 != 7", "((1 < recent.clicks) and (recent.clicks <= 5) and (5 != 7))"),
        ('match_type in ["exact", "phrase"]', "(match_type in ['exact', 'phrase'])"),
        ('match_type not in ["exact"] and locked', "(not (match_type in ['exact']) and locked)"),
        ("recent.clicks in [1, -2]", "(recent.clicks in [1, -2])"),
        ("recent.clicks > (1 if locked else 2 if known(bid) else 3)",
         "(recent.clicks > (1 if locked else (2 if known(bid) else 3)))"),
        ('locked if state == "paused" or locked else not locked',
         "(locked if ((state == paused) or locked) else not locked)"),
        ("(((locked)))", "locked"),
        ("locked == true", "(locked == True)"),
        ("max(1, recent.clicks, 2) > round(recent.cpc, 0.01) / recent.cpc",
         "(max(1, recent.clicks, 2) > (round(recent.cpc, 10000) / recent.cpc))"),
        ('contains(text, "usb c")', "contains(text, usb c)"),
    ],
)  # fmt: skip
def test_operators_bind_as_in_arithmetic(text: str, read: str, rule: Judge) -> None:
    assert spelled(rule(text).when[0].expression) == read


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("recent.cost >= 20", [(20_000_000, Unit.MONEY)]),
        ("20 <= recent.cost", [(20_000_000, Unit.MONEY)]),
        ("recent.cost >= 0.000001", [(1, Unit.MONEY)]),
        ("recent.cost > 2 * price * break_even_acos", [(2, Unit.NUMBER)]),
        ("recent.cost > 2 * 10", [(2_000_000, Unit.MONEY), (10, Unit.NUMBER)]),
        ("recent.cost > recent.clicks * 0.5", [(500_000, Unit.MONEY)]),
        ("recent.cost > 0.5 * recent.clicks + 3", [(500_000, Unit.MONEY), (3_000_000, Unit.MONEY)]),
        ("recent.cost > max(5, price)", [(5_000_000, Unit.MONEY)]),
        ("recent.cost > -5", [(5_000_000, Unit.MONEY)]),
        ("default(recent.cpc, 0.4) < bid", [(400_000, Unit.MONEY)]),
        ("clip(bid, 0.1, 2) < bid", [(100_000, Unit.MONEY), (2_000_000, Unit.MONEY)]),
        ("bid in [0.5, 1]", []),
        ("bid > (1 if locked else 2)", [(1_000_000, Unit.MONEY), (2_000_000, Unit.MONEY)]),
        ("recent.cost / recent.clicks > 0.5", [(500_000, Unit.MONEY)]),
        ("recent.cost / 30 > 1", [(30, Unit.NUMBER), (1_000_000, Unit.MONEY)]),
        ("10 / recent.cpc > 3", [(10_000_000, Unit.MONEY), (3, Unit.NUMBER)]),
        ("recent.acos > 0.35", [(0.35, Unit.RATIO)]),
        ("recent.acos > 35%", [(0.35, Unit.RATIO)]),
        ("recent.acos > target_acos * 1.5", [(1.5, Unit.NUMBER)]),
        ("recent.acos > target_acos * 5", [(5, Unit.NUMBER)]),
        ("recent.acos / target_acos > 5", [(5, Unit.NUMBER)]),
        ("recent.roas < 4", [(4, Unit.NUMBER)]),
        ("recent.clicks > 15", [(15, Unit.COUNT)]),
        ("recent.clicks > 2 / recent.cvr", [(2, Unit.COUNT)]),
        ("since_change(bid) > 3d", [(3, Unit.DAYS)]),
        ("since_change(bid) > 36h", [(1.5, Unit.DAYS)]),
        ("since_change(bid) > 3", [(3, Unit.DAYS)]),
        ("recent.clicks.days >= 5", [(5, Unit.DAYS)]),
        ("changes(bid, 14d) < 4", [(4, Unit.COUNT)]),
        ("recent.clicks.mean > 0.5", [(0.5, Unit.COUNT)]),
    ],
)
def test_a_bare_figure_takes_the_unit_of_what_it_stands_beside(
    text: str, expected: list[tuple[object, Unit]], rule: Judge
) -> None:
    assert figures(rule(text).when[0].expression) == expected


@pytest.mark.parametrize(
    ("params", "lines", "expected"),
    [
        ("{low: 20}", ["recent.cost > low"], {"low": (20_000_000, Unit.MONEY)}),
        ("{low: 20}", ["recent.cost > low * 2"], {"low": (20_000_000, Unit.MONEY)}),
        ("{low: 20}", ["recent.cost / recent.clicks > low"], {"low": (20_000_000, Unit.MONEY)}),
        ("{low: 0.5}", ["recent.clicks * low < recent.cost"], {"low": (500_000, Unit.MONEY)}),
        ("{low: 20, factor: 150%}", ["recent.cost > low * factor"],
         {"low": (20_000_000, Unit.MONEY), "factor": (1.5, Unit.RATIO)}),
        ("{factor: 2}", ["recent.cost > price * factor"], {"factor": (2, Unit.NUMBER)}),
        ("{limit: 0.3}", ["recent.acos > limit"], {"limit": (0.3, Unit.RATIO)}),
        ("{limit: 30%}", ["recent.acos > target_acos * (1 + limit)"], {"limit": (0.3, Unit.RATIO)}),
        ("{low: 3, high: 20}", ["low < recent.clicks < high"], {"low": (3, Unit.COUNT), "high": (20, Unit.COUNT)}),
        ("{rest: 7}", ["since_change(bid) > rest"], {"rest": (7, Unit.DAYS)}),
        ("{rest: 36h}", ["since_change(bid) > rest"], {"rest": (1.5, Unit.DAYS)}),
        ("{wanted_stage: launch}", ["stage == wanted_stage"], {"wanted_stage": ("launch", Unit.TEXT)}),
        ("{strict: true}", ["strict or locked"], {"strict": (True, Unit.FLAG)}),
    ],
)  # fmt: skip
def test_a_param_takes_its_unit_from_its_use(
    params: str, lines: list[str], expected: dict[str, tuple[object, Unit]], rule: Judge
) -> None:
    found = rule(*lines, params=params).params
    assert {name: (param.value, param.unit) for name, param in found.items()} == expected


def test_texts_that_other_readers_of_yaml_would_change_survive(rule: Judge) -> None:
    params = '{asin: "0060256654", country: NO, hour: 12:30, yes_or_no: off}'
    found = rule('text in ["x"] or text == asin or text == country or text == hour or text == yes_or_no', params=params)
    assert [param.value for param in found.params.values()] == ["0060256654", "NO", "12:30", "off"]


def test_bare_digits_are_a_figure_until_they_stand_in_quotes(rule: Judge) -> None:
    with pytest.raises(RuleError) as caught:
        rule("text == asin", params="{asin: 0060256654}")
    assert faults(caught) == ["R042"]


def test_a_let_of_bare_figures_takes_its_unit_from_its_use_too(rule: Judge) -> None:
    found = rule("recent.cost > floor", params="{low: 20}", let="{floor: low * 2, wanted: bid * 0.5}", to="wanted")
    assert found.params["low"].value == 20_000_000
    assert {let.name: let.expression.unit for let in found.lets} == {"floor": Unit.MONEY, "wanted": Unit.MONEY}


def test_lets_come_in_an_order_in_which_each_uses_only_earlier_ones(rule: Judge) -> None:
    found = rule("c > 3", let="{c: b + a, b: a * 2, a: recent.clicks}")
    assert [let.name for let in found.lets] == ["a", "b", "c"]


def test_a_window_before_another_is_a_span_of_its_own(rule: Judge) -> None:
    assert rule("recent.clicks > 1").windows == {
        "recent": Window(30, Anchor.SETTLED),
        "before": Window(14, Anchor.SETTLED, back=30),
        "day": Window(1, Anchor.YESTERDAY),
    }


def test_a_window_may_wait_longer_than_figures_are_known_to_take(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(
        "rule: x\nabout: a test\njudges: keyword\nwhen: [recent.clicks > 1]\n"
        "windows: {recent: {last: 30d, settle: 5d}, before: {last: 7d, until: recent}}\n"
    )
    windows = load([tmp_path / "x.yaml"], lenient=True).rules[0].windows
    assert windows == {"recent": Window(30, settle=5), "before": Window(7, back=30, settle=5)}
    assert windows["recent"].span(date(2026, 3, 20), 3).last == date(2026, 3, 14)


@pytest.mark.parametrize("figure", ["clicks", "cost", "impressions"])
def test_what_orders_are_held_against_may_be_weighed_by_how_many_have_come(rule: Judge, figure: str) -> None:
    (line,) = rule(f"recent.{figure}.mature > 0").when
    assert next(names(line.expression)).how is How.MATURE


@pytest.mark.parametrize(
    "wrong", ["recent.sales.mature", "recent.purchases.mature", "recent.top_of_search_share.mature"]
)
def test_what_still_comes_in_is_not_weighed_by_itself(rule: Judge, wrong: str) -> None:
    with pytest.raises(RuleError, match="R031"):
        rule(f"{wrong} > 0")


def test_a_metric_is_spelled_out_over_the_sums_of_its_window(rule: Judge) -> None:
    (line,) = rule("ad_group.recent.ctr > 1%").when
    assert isinstance(line.expression, Compare)
    metric = line.expression.left
    assert isinstance(metric, Formula)
    assert (metric.label, metric.unit, spelled(metric.body)) == (
        "ad_group.recent.ctr", Unit.RATIO, "(ad_group.recent.clicks / ad_group.recent.impressions)",
    )  # fmt: skip
    names = [part for part in walk(metric.body) if isinstance(part, Name)]
    assert {(name.path, name.window, name.how) for name in names} == {(("ad_group",), Window(30), How.SUM)}


@pytest.mark.parametrize("kind", [kind for kind in KINDS.values() if kind.metrics], ids=lambda kind: kind.name)
def test_every_metric_of_the_dictionary_can_be_named(kind: object, rule: Judge) -> None:
    assert hasattr(kind, "metrics")
    lines = [f"recent.{metric.name} > 0.1" for metric in kind.metrics]
    loaded = rule(*lines, judges=kind.name)
    for metric, line in zip(kind.metrics, loaded.when, strict=True):
        assert isinstance(line.expression, Compare)
        assert line.expression.left.unit is metric.unit


def test_every_name_of_the_dictionary_can_be_named(rule: Judge) -> None:
    """State, measures in all their ways, and settings of every related kind."""
    for prefix, kind in (("", KINDS["keyword"]), ("campaign.", KINDS["campaign"]), ("ad_group.", KINDS["ad_group"])):
        for column in (column for stream in kind.states for column in STREAMS[stream].columns):
            (line,) = rule(f"known({prefix}{column.name})").when
            (name,) = [part for part in walk(line.expression) if isinstance(part, Name)]
            assert (name.source, name.name, name.unit) == (Source.STATE, column.name, column.unit)
        for column in (column for stream in kind.traffics for column in STREAMS[stream].columns):
            for how in ("", ".mean", ".max", ".min", ".days", ".trend") if column.additive else (".mean", ".trend"):
                (line,) = rule(f"known({prefix}recent.{column.name}{how})").when
                (name,) = [part for part in walk(line.expression) if isinstance(part, Name)]
                assert name.how is How(how[1:] or "sum")
                assert name.unit is (Unit.DAYS if how == ".days" else column.unit)


def test_relations_lead_on(rule: Judge) -> None:
    (line,) = rule('ad_group.campaign.state == "enabled"').when
    (name,) = [part for part in walk(line.expression) if isinstance(part, Name)]
    assert (name.path, name.name) == (("ad_group", "campaign"), "state")


def test_history_is_asked_of_state_columns(rule: Judge) -> None:
    since, changes = (
        line.expression for line in rule("since_change(campaign.budget) > 3d", "changes(bid, 48h) > 1").when
    )
    assert isinstance(since, Compare)
    assert isinstance(changes, Compare)
    assert since.left == Name(Source.SINCE, "budget", Unit.DAYS, "since_change(campaign.budget)", ("campaign",), at=0)
    assert changes.left == Name(Source.CHANGES, "bid", Unit.COUNT, "changes(bid, 2d)", (), Window(2, Anchor.NOW), at=0)


def test_what_a_column_was_has_its_own_unit(rule: Judge) -> None:
    (line,) = rule("bid < was(bid, 21d) * 0.9").when
    (was,) = [part for part in walk(line.expression) if isinstance(part, Name) and part.source is Source.WAS]
    assert (was.name, was.unit, was.window) == ("bid", Unit.MONEY, Window(21, Anchor.NOW))


def test_a_state_has_a_mean_over_a_window(rule: Judge) -> None:
    (line,) = rule("bid < recent.bid.mean * 0.9").when
    (held,) = [part for part in walk(line.expression) if isinstance(part, Name) and part.source is Source.HELD]
    assert (held.name, held.unit, held.how, held.window) == ("bid", Unit.MONEY, How.MEAN, Window(30))


@pytest.mark.parametrize("text", ["recent.state.mean == 1", "recent.bid.max > 1", "recent.bid > 1"])
def test_of_a_state_over_a_window_there_is_nothing_but_the_mean_of_a_figure(rule: Judge, text: str) -> None:
    with pytest.raises(RuleError) as caught:
        rule(text)
    assert faults(caught) == ["R031"]


def test_moments_are_asked_of_moments_only(rule: Judge) -> None:
    (line,) = rule("age(returned_at) <= 3d", judges="return").when
    assert isinstance(line.expression, Compare)
    assert line.expression.left == Name(Source.AGE, "returned_at", Unit.DAYS, "age(returned_at)", at=0)
    with pytest.raises(RuleError) as caught:
        rule("age(bid) <= 3d")
    assert faults(caught) == ["R042"]


def test_the_same_value_has_the_same_key_whatever_its_window_is_called(tmp_path: Path) -> None:
    keys = []
    for window in ("recent", "lately"):
        path = tmp_path / f"{window}.yaml"
        path.write_text(
            f"rule: {window}\nabout: a test\njudges: keyword\nwindows: {{{window}: {{last: 30d}}}}\n"
            f"when:\n  - {window}.clicks > 3\n"
        )
        (line,) = load([path], lenient=True).rules[0].when
        keys.append([part.key for part in walk(line.expression) if isinstance(part, Name)])
    assert keys[0] == keys[1]


def test_every_value_of_a_trace_has_a_unit_to_be_spelled_in(rule: Judge) -> None:
    units = units_of(rule("recent.acos > limit", params="{limit: 30%}", let="{half: bid * 0.5}", to="half"))
    assert units == {
        "recent.acos": Unit.RATIO, "recent.cost": Unit.MONEY, "recent.sales": Unit.MONEY, "limit": Unit.RATIO,
        "bid": Unit.MONEY, "half": Unit.MONEY,
    }  # fmt: skip


@pytest.mark.parametrize("state", ["paused", '"paused"', '"enabled" if locked else "paused"'])
def test_a_state_to_set_is_written_out(state: str, tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(
        f"rule: x\nabout: a test\njudges: keyword\nwhen: [known(bid)]\npropose: {{set: state, to: '{state}'}}\n"
    )
    (rule,) = load([path], lenient=True).rules
    assert rule.propose is not None
    assert rule.propose.to.unit is Unit.TEXT


def test_every_node_knows_its_column_in_the_text(rule: Judge) -> None:
    text = 'state == "enabled" and recent.acos > target_acos * (1 + 10%)'
    for part in walk(rule(text).when[0].expression):
        match part:
            case Name(label=label, at=at) | Formula(label=label, at=at) if "." not in label or label == "recent.acos":
                assert text[at:].startswith(label) or label in ("cost", "sales")
            case Arithmetic(operator=operator, at=at) | Compare(operator=operator, at=at) if at:
                assert text[at:].startswith(operator)
