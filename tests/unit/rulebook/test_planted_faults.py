"""What is planted in generated rule files is found, in ten shapes each: conditions that always hold, conditions that
never do, and pairs that push one lever in opposite directions. What only looks alike is left alone."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from agent.errors import RuleError
from agent.rulebook.load import load
from agent.rulebook.opposites import opposites

RULE = """\
rule: {name}
about: Generated.
judges: {kind}
params: {{min_clicks: 15, band: 10%, none: 0}}
windows: {{recent: {{last: 30d}}, lately: {{last: 7d}}}}
let:
  usual: {usual}
  share: recent.clicks / recent.impressions
when:
  - '{when}'
  - recent.clicks > min_clicks
propose: {{set: {field}, to: '{to}'}}
limits: {{cooldown: 3d}}
"""
OTHERS = ('state == "enabled"', "lately.clicks > min_clicks * 3")


def write(folder: Path, name: str, when: str, *, to: str = "bid * 0.9", field: str = "bid", kind: str = "keyword"
          ) -> None:  # fmt: skip
    usual = "was(bid, 30d)" if kind == "keyword" else "was(budget, 30d)"
    text = RULE.format(name=name, kind=kind, when=when, to=to, field=field, usual=usual)
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")


ALWAYS = {
    "an amount at or above zero": ["recent.{m} >= 0", "0 <= recent.{m}", "not recent.{m} < 0", "recent.{m} * 2 > -1"],
    "a thing beside itself": ["recent.{m} == recent.{m}", "recent.{m} <= recent.{m} * 1.2", "bid >= bid"],
    "one or the other": ["recent.{m} > {n} or recent.{m} <= {n}", 'state == "paused" or state != "paused"'],
    "ranges that cover everything": ["recent.{m} < {n} or recent.{m} >= {n} - 2", "recent.{m} != 3 or recent.{m} > 1"],
    "every text there is": ['state in ["enabled", "paused", "archived"]', 'match_type != "nothing"'],
    "more days than the window has": ["recent.{m}.days <= 30", "lately.{m}.days < 8"],
    "the least of what it is": ["min(recent.{m}, {n}) <= {n}", "max(bid, usual) >= usual", "clip(bid, 1, 2) <= 2"],
    "a choice whose sides both hold": ["(recent.{m} >= 0 if locked else bid >= 0)", "default(recent.{m}, 3) >= 0"],
    "a size without its sign": ["abs(recent.{m} - lately.{m}) >= 0", "since_change(bid) >= 0", "share >= 0"],
    "whole numbers without a gap": ["recent.clicks > {n} or recent.clicks < {n} + 1", "changes(bid, 9d) > -1"],
}


def planted(shapes: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    for shape, forms in shapes.items():
        for form, (measure, number) in product(forms, (("clicks", 7), ("purchases", 20))):
            yield shape, form.replace("{m}", measure).replace("{n}", str(number))


@pytest.mark.parametrize("shape", ALWAYS)
def test_a_condition_that_always_holds_is_refused_where_it_stands(shape: str, tmp_path: Path) -> None:
    for number, (_, when) in enumerate(planted({shape: ALWAYS[shape]})):
        (tmp_path / str(number)).mkdir()
        write(tmp_path / str(number), "x", when)
        with pytest.raises(RuleError) as caught:
            load([tmp_path / str(number) / "x.yaml"])
        assert {(each.line, each.code) for each in caught.value.diagnostics} & {(10, "R102"), (10, "R045")}, when


NEVER = {
    "nothing lies between": ["{n} < recent.{m} < {n}", "recent.{m} > {n} and recent.{m} < {n} - 1"],
    "a text and another": ['state == "enabled" and state == "paused"', 'state in ["paused"] and state == "enabled"'],
    "the line below says otherwise": ["recent.clicks <= min_clicks", "not recent.clicks > min_clicks"],
    "below zero": ["recent.{m} < 0", "recent.{m} + lately.{m} < 0"],
    "more days than there are": ["recent.{m}.days > 30", "lately.{m}.days >= 8"],
    "unknown and above": ["not known(recent.{m}) and recent.{m} > 3"],
    "above one, below the other": ["recent.{m} > lately.{m} and recent.{m} < lately.{m}"],
    "above more, below less": ["bid > usual * 1.2 and bid < usual * 1.1"],
    "the most of it": ["max(recent.{m}, {n}) < {n}"],
    "a whole number between two": ["{n} < recent.clicks < {n} + 1"],
}


@pytest.mark.parametrize("shape", NEVER)
def test_a_condition_that_never_holds_is_refused(shape: str, tmp_path: Path) -> None:
    for number, (_, when) in enumerate(planted({shape: NEVER[shape]})):
        (tmp_path / str(number)).mkdir()
        write(tmp_path / str(number), "x", when)
        with pytest.raises(RuleError) as caught:
            load([tmp_path / str(number) / "x.yaml"])
        assert {(each.line, each.code) for each in caught.value.diagnostics} & {(10, "R102"), (11, "R102")}, when


@pytest.mark.parametrize(
    "when",
    [
        "recent.clicks > 0", "recent.clicks >= lately.clicks", "recent.sales > recent.cost * 1.2", "bid > 0",
        "recent.clicks > 7 or recent.clicks < 7", "recent.clicks.days <= 29", "lately.clicks.trend >= 0",
        'state in ["enabled", "paused"]', "known(recent.clicks)", "default(recent.clicks, 0) > 0",
        "max(bid, usual) > usual", "recent.cost >= none", "recent.cost > 1.5 and recent.cost < 1.6",
        "abs(recent.clicks - lately.clicks) > 0", "min(bid, usual) < usual", "usual >= 0.01", "target_acos >= 0",
        "recent.clicks - lately.clicks >= 0",
    ],
)  # fmt: skip
def test_a_condition_that_can_come_out_either_way_is_left_alone(when: str, tmp_path: Path) -> None:
    write(tmp_path, "x", when)
    found = load([tmp_path / "x.yaml"], lenient=True).warnings
    assert [each for each in found if each.code == "R102"] == []


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("recent.cost >= none", "with the params as they stand this line is always true"),
        ("recent.cost < none", "with the params as they stand this line is never true"),
        ("min_clicks > 3", "nothing that is measured decides this line"),
    ],
)
def test_what_only_the_params_decide_is_a_warning(when: str, said: str, tmp_path: Path) -> None:
    write(tmp_path, "x", when)
    found = [each for each in load([tmp_path / "x.yaml"], lenient=True).warnings if each.code == "R109"]
    assert [each.message.partition(", so")[0] for each in found] == [said]


def test_a_line_that_those_above_it_say_already_is_a_warning(tmp_path: Path) -> None:
    write(tmp_path, "x", "recent.clicks > 20")
    (found,) = [each for each in load([tmp_path / "x.yaml"]).warnings if each.code == "R109"]
    assert (found.line, found.message) == (11, "the lines above say this already")


CONFLICTS = [
    ("bid", "keyword", "bid * 1.1", "bid * 0.9"),
    ("bid", "keyword", "bid * (1 + band)", "bid * (1 - band)"),
    ("bid", "keyword", "bid / 0.8", "bid - bid * band"),
    ("bid", "keyword", "max(bid, usual)", "min(bid, usual)"),
    ("bid", "keyword", "usual", "bid * 0.7"),
    ("bid", "keyword", "clip(bid * 2, 0.5, 3)", "0.40"),
    ("bid", "keyword", "(bid * 1.2 if locked else bid * 1.1)", "bid * min(1 - band, 50%)"),
    ("state", "keyword", '"enabled"', '"paused"'),
    ("budget", "campaign", "budget * 1.5", "budget * 0.5"),
    ("placement_top", "campaign", "placement_top * 2", "placement_top / 2"),
]


@pytest.mark.parametrize(("field", "kind", "up", "down"), CONFLICTS)
@pytest.mark.parametrize("other", OTHERS)
def test_a_pair_that_pushes_one_lever_both_ways_is_found_where_it_stands(
    field: str, kind: str, up: str, down: str, other: str, tmp_path: Path
) -> None:
    write(tmp_path, "one", 'state == "enabled"', to=up, field=field, kind=kind)
    write(tmp_path, "two", other, to=down, field=field, kind=kind)
    book = load([tmp_path], lenient=True)
    assert [(pair.one.name, pair.other.name, pair.apart) for pair in opposites(book.rules)] == [("one", "two", "")]
    (found,) = [each for each in book.warnings if each.code == "R108"]
    assert (Path(found.path).name, found.line) == ("one.yaml", 12)


@pytest.mark.parametrize(("field", "kind", "up", "down"), CONFLICTS)
def test_a_pair_that_can_never_meet_is_no_conflict(field: str, kind: str, up: str, down: str, tmp_path: Path) -> None:
    write(tmp_path, "one", 'state == "enabled"', to=up, field=field, kind=kind)
    write(tmp_path, "two", 'state == "paused"', to=down, field=field, kind=kind)
    assert [each for each in load([tmp_path], lenient=True).warnings if each.code == "R108"] == []
