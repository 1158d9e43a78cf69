"""Rules that ask for something new: what they ask for, when they do not know, and what belts make of it."""

from pathlib import Path

import pytest

from agent.errors import RuleError
from agent.jobs.check import run_tests
from agent.model.belt import BeltLimits
from agent.model.change import value_from_json, value_to_json
from agent.model.creation import Creation
from agent.model.marketplace import MARKETPLACES
from agent.model.money import Money
from agent.rulebook.load import load

RULE = """
rule: ads/new
about: Make something new.
judges: search_term
windows: {recent: {last: 30d}}
when: [recent.clicks > 0]
propose: {PROPOSE}
tests:
  - name: it is as expected
    given: {term: usb c hub, ad_group_id: "427", recent: {clicks: 4, cost: COST}}
    expect: EXPECTED
"""
KEYWORD = "create: keyword, text: term, match_type: exact, bid: recent.cpc"


def _written(folder: Path, propose: str, expected: str = "match", cost: str = "2.00", without: str = "") -> Path:
    path = folder / "ads" / "new.yaml"
    path.parent.mkdir()
    text = RULE.replace("PROPOSE", propose).replace("EXPECTED", expected).replace("COST", cost)
    path.write_text(text.replace(without, "") if without else text)
    return folder


@pytest.mark.parametrize(
    ("propose", "cost", "expected"),
    [
        (KEYWORD, "2.00", "{bid: 0.50}"),
        (KEYWORD, "2.019", "{bid: 0.50}"),
        (KEYWORD, "0.02", "blocked by floor"),
        (KEYWORD, "9000.00", "{bid: 1000.00}"),
        ("create: product_target, asin: term, bid: recent.cpc", "2.00", "{bid: 0.50}"),
        ("create: negative_keyword, text: term, match_type: phrase", "2.00", "match"),
        (
            "create: keyword, text: term, match_type: exact, bid: recent.cpc, ad_group: exact_ad_group_id",
            "2",
            "unknown",
        ),
    ],
)
def test_what_is_asked_for_begins_inside_the_limits(tmp_path: Path, propose: str, cost: str, expected: str) -> None:
    (result,) = run_tests(load([_written(tmp_path, propose, expected, cost)]).rules, MARKETPLACES["US"], BeltLimits())
    assert result.message == ""


@pytest.mark.parametrize("gone", ["term: usb c hub, ", 'ad_group_id: "427", '])
def test_without_words_or_a_place_nothing_is_concluded(tmp_path: Path, gone: str) -> None:
    rules = load([_written(tmp_path, KEYWORD, "unknown", without=gone)]).rules
    (result,) = run_tests(rules, MARKETPLACES["US"], BeltLimits())
    assert result.message == ""


@pytest.mark.parametrize(
    ("propose", "said"),
    [
        ("create: keywort, text: term, match_type: exact, bid: 0.5", "R050"),
        ("create: keyword, text: term, match_type: exact", "'bid'"),
        ("create: keyword, text: term, match_type: negative_exact, bid: 0.5", "cannot match"),
        ("create: negative_keyword, text: term, match_type: broad", "cannot match"),
        ("create: negative_keyword, text: term, match_type: exact, bid: 0.5", "without 'bid'"),
        ("create: product_target, text: term, bid: 0.5", "'asin'"),
        ("create: keyword, text: recent.clicks, match_type: exact, bid: 0.5", "R0"),
        ("create: keyword, set: bid, to: 1", "R01"),
    ],
)
def test_what_cannot_be_made_is_refused_when_the_rule_is_read(tmp_path: Path, propose: str, said: str) -> None:
    with pytest.raises(RuleError, match=said):
        load([_written(tmp_path, propose)])


def test_what_is_to_be_made_is_written_down_and_read_again() -> None:
    made = Creation.of("keyword", "427", "exact", " USB  c hub ", Money.of("0.50", "USD"))
    back = value_from_json(value_to_json(made))
    assert back == made
    assert isinstance(back, Creation)
    assert (back.text, back.bid) == ("usb c hub", Money.of("0.50", "USD"))
    assert Creation.of_key("keyword", made.key) == made


def test_two_are_the_same_where_amazon_takes_them_for_the_same() -> None:
    one = Creation.of("keyword", "427", "exact", "hub", Money.of("0.50", "USD"))
    assert one == Creation.of("keyword", "427", "exact", "HUB", Money.of("9", "USD"))
    assert one != Creation.of("keyword", "427", "phrase", "hub")
    assert one != Creation.of("keyword", "428", "exact", "hub")
