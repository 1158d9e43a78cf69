"""Scenario files: what is shipped loads, and every fault names its place and a way out."""

import re
import shutil
from pathlib import Path

import pytest

from agent.errors import ConfigError
from agent.model.money import Money
from agent.model.setting import Scope
from connectors.sandbox import scenario_file
from connectors.sandbox.scenario import Scenario, settings
from connectors.sandbox.scenario_file import load_scenario

SHIPPED = Path(scenario_file.__file__).with_name("scenarios")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A copy of the demo scenario to spoil."""
    shutil.copytree(SHIPPED, tmp_path / "own")
    return tmp_path / "own" / "demo.yaml"


def spoil(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_what_is_shipped_loads_under_its_name(path: Path) -> None:
    assert load_scenario(path.stem).name == path.stem
    assert load_scenario(path) == load_scenario(path.stem)


def test_settings_reach_every_campaign_of_their_product_and_no_other(demo: Scenario) -> None:
    scopes = [Scope("campaign", pattern, {}) for pattern, _ in settings(demo)]
    for product, scope in zip(demo.products, scopes, strict=True):
        assert scope.fits(f"{product.sku} exact")
        assert not any(other.fits(f"{product.sku} exact") for other in scopes if other is not scope)


def test_settings_steer_below_break_even_by_stage(demo: Scenario) -> None:
    values = dict(settings(demo))["DM-01 *"]
    assert values["stage"] == "mature"
    assert str(values["target_acos"]) == "0.266"
    assert str(values["break_even_acos"]) == "0.38"
    assert values["price"] == Money.of("32.99", "USD")


def test_a_fixed_start_is_an_instant(own: Path) -> None:
    spoil(own, "start: now", "start: 2026-11-01T09:00:00-08:00")
    start = load_scenario(own).start
    assert start is not None
    assert start.isoformat() == "2026-11-01T17:00:00+00:00"


def test_a_country_that_looks_like_a_truth_value_stays_a_country(own: Path) -> None:
    spoil(own, "marketplace: US", "marketplace: NO")
    with pytest.raises(ConfigError, match="'NO'"):
        load_scenario(own)


@pytest.mark.parametrize(
    ("before", "after", "said", "hint"),
    [
        ("scale: 0.35", "scale: lots", "market scale is 'lots'", ""),
        ("scale: 0.35", "scale: -1", "market scale is -1", "between"),
        ("zipf: 1.1", "zipff: 1.1", "market knows no zipff", "zipf"),
        ("marketplace: US", "marketplace: USA", "marketplace is 'USA'", "did you mean US"),
        ("stages: [growth, mature]", "stages: [grown]", "stages names 'grown'", "growth"),
        ("kind: auto,", "kind: automatic,", "kind is 'automatic'", "auto"),
        ("match_types: [exact], ", "", "keywords without match types", "match_types"),
        ("profile: 4815162342108", "profile: none", "profile is 'none'", ""),
        ("products: demo-skus.csv", "products: none.csv", "table none.csv", ""),
        ("sku: DM-16", "sku: DM-99", "incident for DM-99", "no product"),
        ("kind: rival", "kind: rivals", "kind is 'rivals'", "rival"),
        ("start: now", "start: soon", "start is 'soon'", "2026-11-01"),
        ("target_acos: {launch: 1.0, ", "target_acos: {", "has no launch", ""),
        ("mature: 0.70", "mature: much", "mature is 'much'", "0.7"),
        ("wire:", "wires:", "knows no wires", "wire"),
        ("market:", "market: 7\nmarkets:", "must be a mapping", ""),
        ("account:", "account: &a\n  x: *a\nold:", "aliases", ""),
        ("incidents:", "incidents: 5\nold:", "must be a list", ""),
        ("start: now", "start: now\nstart: now", "says start twice", ""),
        ("refresh_minutes: 60", "refresh_minutes: 0.5", "no whole number", ""),
        ("page: 1000", "page: [1]", "page must be a single value", ""),
    ],
)
def test_a_fault_names_its_line_and_a_way_out(own: Path, before: str, after: str, said: str, hint: str) -> None:
    spoil(own, before, after)
    with pytest.raises(ConfigError) as caught:
        load_scenario(own)
    assert said in caught.value.message
    assert hint in caught.value.hint
    assert caught.value.place.startswith(str(own))


def test_the_place_is_the_very_line_and_column(own: Path) -> None:
    spoil(own, "scale: 0.35", "scale: lots")
    line = next(n for n, text in enumerate(own.read_text().splitlines(), 1) if "scale: lots" in text)
    with pytest.raises(ConfigError) as caught:
        load_scenario(own)
    assert caught.value.place == f"{own}:{line}:10"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("sku,title", "sku,name", "no column title"),
        ("garlic press,Kitchen,mature,32.99", "garlic press,Kitchen,old,32.99", "stage is 'old'"),
        (",0.88\n", ",free\n", "free"),
        (",0.88\n", ",0\n", "cpc above 0"),
        ("DM-02,", "DM-01,", "stands twice"),
        (",q4mild,", ",q5,", "season is 'q5'"),
    ],
)
def test_a_fault_in_the_products_table_names_its_row(own: Path, before: str, after: str, said: str) -> None:
    table = own.with_name("demo-skus.csv")
    spoil(table, before, after)
    with pytest.raises(ConfigError) as caught:
        load_scenario(own)
    assert said in caught.value.message
    assert re.fullmatch(rf"{re.escape(str(table))}:\d+", caught.value.place)


def test_a_table_without_rows_is_refused(own: Path) -> None:
    table = own.with_name("demo-skus.csv")
    table.write_text(table.read_text().splitlines()[0] + "\n")
    with pytest.raises(ConfigError, match="no products"):
        load_scenario(own)


@pytest.mark.parametrize("text", ["", "just words", "a: [1", "a: !!python/object:x {}\n", "- 1\n", "\x00", "[" * 9_000])
def test_what_is_no_scenario_is_refused_with_its_place(tmp_path: Path, text: str) -> None:
    path = tmp_path / "odd.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_scenario(path)
    assert str(path) in caught.value.place


def test_a_scenario_that_does_not_exist_names_those_that_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_scenario("dmeo")
    assert "demo" in caught.value.hint
    with pytest.raises(ConfigError, match="cannot be read"):
        load_scenario(tmp_path / "none.yaml")


def test_faults_of_a_scenario_are_checked_when_it_is_loaded(own: Path) -> None:
    spoil(own, "incidents:", "faults:\n  - {day: 2, kind: throttle, retry_afterr: 5}\n\nincidents:")
    with pytest.raises(ConfigError, match="retry_afterr"):
        load_scenario(own)
