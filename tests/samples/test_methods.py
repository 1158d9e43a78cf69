"""Methods against figures that others worked out, and texts that others wrote."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest

from agent.methods import cover
from agent.methods.reorder import safety_stock
from agent.methods.triage import triage

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def golden(shared: Path) -> dict[str, tuple[dict[str, float], str]]:
    """Inputs and the expected figure by the example's id."""
    with (shared / "samples" / "golden" / "worked_examples.csv").open(encoding="utf-8") as file:
        return {row["id"]: (_inputs(row["inputs"]), row["expected"]) for row in csv.DictReader(file)}


def _inputs(text: str) -> dict[str, float]:
    pairs = (pair.split("=", 1) for pair in text.split(";") if "=" in pair)
    return {name: float(value) for name, value in pairs if value.replace(".", "", 1).isdigit()}


@pytest.mark.parametrize(
    ("example", "units", "days"),
    [("cover-01", "units_7d", 7), ("cover-02", "units_30d", 28), ("cover-03", "units_90d", 91),
     ("cover-04", "units_180d", 182), ("cover-05", "units_365d", 364)],
)  # fmt: skip
def test_naive_cover_is_the_weeks_that_amazon_prints(
    golden: dict[str, tuple[dict[str, float], str]], example: str, units: str, days: int
) -> None:
    inputs, expected = golden[example]
    found = cover.naive([inputs["sellable"]], [inputs[units] / days])[0]
    assert found / 7 == pytest.approx(float(expected), abs=1e-3)


def test_stock_that_nobody_buys_lasts_longer_than_anybody_counts(
    golden: dict[str, tuple[dict[str, float], str]],
) -> None:
    inputs, expected = golden["cover-06"]
    assert expected == "Infinite" and cover.naive([inputs["sellable"]], [0.0])[0] == cover.FOREVER


def test_a_reorder_point_is_demand_over_the_lead_time_and_safety_stock(
    golden: dict[str, tuple[dict[str, float], str]],
) -> None:
    inputs, expected = golden["stock-01"]
    assert inputs["daily"] * inputs["lead_days"] + inputs["safety"] == float(expected)
    assert float(safety_stock(1.65, 25, 0, 15, 3)) == pytest.approx(1.65 * math.sqrt(25) * 3)


def test_fewer_than_one_ordinary_review_in_a_hundred_raises_an_alarm(shared: Path) -> None:
    folder = shared / "samples" / "reviews"
    lines = (folder / "amazon_cells_labelled.txt").read_text(encoding="utf-8").splitlines()
    with (folder / "womens_clothing_reviews_first_1000.csv").open(encoding="utf-8", newline="") as file:
        reviews = [f"{row['Title']}. {row['Review Text']}" for row in csv.DictReader(file)]
    alarms = [np.sum([triage(text).safety or triage(text).legal for text in texts]) for texts in (lines, reviews)]
    assert alarms[0] >= 4, "two phones that smoked, a counterfeit and one that blew up"
    assert sum(alarms) <= 20
