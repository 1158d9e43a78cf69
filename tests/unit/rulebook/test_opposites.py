"""Rules that can push one lever in opposite directions are found by reading them."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.rulebook.load import load
from agent.rulebook.opposites import Opposites, opposites
from agent.shipped import shipped

RULE = """rule: {name}
about: Moves bids.
judges: keyword
params: {{by: 20%, band: 10%}}
windows: {{recent: {{last: 30d}}, lately: {{last: 7d}}}}
let: {{usual: "was(bid, 30d)"}}
when: [{when}]
propose: {{set: bid, to: "{to}"}}
limits: {{cooldown: 3d}}
{more}"""


def pair(folder: Path, one: tuple[str, str], other: tuple[str, str], more: str = "") -> list[Opposites]:
    """Two rules, each given by ``when`` and ``to``."""
    for name, (when, to), extra in (("a", one, ""), ("b", other, more)):
        text = RULE.format(name=name, when=f"'{when}'", to=to, more=extra)
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return list(opposites(load([folder], lenient=True).rules))


ALWAYS = 'state == "enabled"'


@pytest.mark.parametrize(
    ("to", "way"),
    [
        ("bid * (1 + by)", "up"),
        ("bid * (1 - by)", "down"),
        ("bid - bid * by", "down"),
        ("bid / (1 - by)", "up"),
        ("bid * max(1 - by, 50%)", "down"),
        ("min(bid * (1 + by), usual)", "up or down"),
        ("usual", "up or down"),
        ("bid * target_acos / recent.acos", "up or down"),
        ("0.50", "up or down"),
    ],
)
def test_the_direction_follows_from_what_is_asked_for(tmp_path: Path, to: str, way: str) -> None:
    (found,) = pair(tmp_path, (ALWAYS, to), (ALWAYS, "0.30"))
    assert found.one_way == way


@pytest.mark.parametrize(
    ("when", "to", "way"),
    [
        ("recent.acos > target_acos * (1 + band)", "bid * max(1 - by, target_acos / recent.acos)", "down"),
        ("recent.acos < target_acos * (1 - band)", "bid * min(1 + by, target_acos / recent.acos)", "up"),
        ("recent.acos < target_acos", "bid * max(1 - by, target_acos / recent.acos)", "up"),
        ("bid < usual", "min(usual, bid * (1 + by))", "up"),
        ("bid > usual", "usual", "down"),
        ("bid > usual * (1 - by)", "usual * (1 - by)", "down"),
        ("recent.acos > target_acos or bid > 1", "bid * max(1 - by, target_acos / recent.acos)", "up or down"),
    ],
)
def test_conditions_tell_more_about_the_direction(tmp_path: Path, when: str, to: str, way: str) -> None:
    (found,) = pair(tmp_path, (when, to), (ALWAYS, "0.30"))
    assert found.one_way == way


def test_two_rules_that_push_the_same_way_are_no_conflict(tmp_path: Path) -> None:
    assert pair(tmp_path, (ALWAYS, "bid * (1 + by)"), ("bid > 1", "bid * 2")) == []


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("recent.acos > target_acos * (1 + band)", "recent.acos < target_acos * (1 - band)", "recent.acos"),
        ("recent.acos >= target_acos", "recent.acos <= target_acos", ""),
        ("recent.acos > target_acos", "recent.acos <= target_acos", "recent.acos"),
        ("recent.acos > target_acos", "lately.acos < target_acos", ""),
        ("target_acos < recent.acos", "recent.acos < target_acos", "target_acos"),
        ("recent.clicks >= 15", "recent.clicks < 15", "recent.clicks"),
        ("recent.clicks >= 15", "recent.clicks == 3", "recent.clicks"),
        ("recent.clicks > 3", "recent.clicks == 3", "recent.clicks"),
        ("recent.clicks >= 3", "recent.clicks == 3", ""),
        ("recent.clicks >= 15", "recent.impressions == 0", "recent.impressions"),
        ('state == "enabled"', 'state == "paused"', "state"),
        ('match_type in ["exact", "phrase"]', 'match_type == "broad"', "match_type"),
        ("recent.clicks >= 15", "not known(recent.clicks)", "recent.clicks"),
        ("not known(recent.clicks)", "recent.acos > target_acos", ""),
        ("not known(recent.cost)", "recent.acos > target_acos", "recent.cost"),
    ],
)
def test_conditions_that_leave_nothing_in_common_keep_rules_apart(
    tmp_path: Path, one: str, other: str, apart: str
) -> None:
    (found,) = pair(tmp_path, (one, "bid * (1 + by)"), (other, "bid * (1 - by)"))
    assert found.apart == apart


def codes(folder: Path) -> list[str]:
    return [str(each) for each in load([folder], lenient=True).warnings if each.code == "R108"]


def test_the_loader_warns_where_only_names_decide(tmp_path: Path) -> None:
    pair(tmp_path, (ALWAYS, "bid * (1 + by)"), (ALWAYS, "bid * (1 - by)"))
    (warning,) = codes(tmp_path)
    assert "a.yaml:8:16: R108 a (up) and b (down) can push the bid of one keyword in opposite directions" in warning


def test_a_priority_or_conditions_settle_it(tmp_path: Path) -> None:
    (found,) = pair(tmp_path, (ALWAYS, "bid * (1 + by)"), (ALWAYS, "bid * (1 - by)"), "priority: 3\n")
    assert (found.stronger, codes(tmp_path)) == ("b", [])
    pair(tmp_path, ("bid > 1", "bid * (1 + by)"), ("bid < 1", "bid * (1 - by)"))
    assert codes(tmp_path) == []


def test_states_push_apart_too(tmp_path: Path) -> None:
    text = "rule: {0}\nabout: x\njudges: keyword\nwhen: [bid > 1]\npropose: {{set: state, to: {1}}}\n"
    for name, state in (("a", "paused"), ("b", "enabled"), ("c", "paused")):
        (tmp_path / f"{name}.yaml").write_text(text.format(name, state), encoding="utf-8")
    found = [(each.one.name, each.one_way, each.other.name) for each in opposites(load([tmp_path], lenient=True).rules)]
    assert found == [("a", "down", "b"), ("b", "up", "c")]


def test_of_the_shipped_rules_every_pair_that_may_meet_has_a_declared_speaker() -> None:
    book = load([shipped("rules")])
    pairs = {(each.one.name, each.other.name): each for each in opposites(book.rules)}
    assert [each for each in book.warnings if each.code == "R108"] == []
    assert pairs["ads/bid-down-above-target", "ads/bid-up-below-target"].apart == "recent.acos"
    assert pairs["ads/winner", "inventory/stockout-ad-brake"].stronger == "inventory/stockout-ad-brake"
