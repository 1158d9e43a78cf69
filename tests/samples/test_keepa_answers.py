"""Two real answers of Keepa."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from agent.model.marketplace import MARKETPLACES
from agent.model.window import Span
from connectors.keepa.products import BUY_BOX, NEW, RANK, RATING, by_day, history, product_of, rating_counts

pytestmark = pytest.mark.shared
_US = MARKETPLACES["US"]


def _product(shared: Path, asin: str) -> dict[str, Any]:
    answer = json.loads((shared / "samples" / "keepa" / f"{asin}.json").read_text(encoding="utf-8"))
    product: dict[str, Any] = answer["products"][0]
    return product


def test_the_newest_figures_are_those_of_its_own_statistics(shared: Path) -> None:
    product = product_of(_product(shared, "B0D8W1YVBX"), _US)
    assert (product.price, product.rank, product.offers) == (14_990_000, 23, 5)
    assert (product.rating, product.rating_count) == (4.3, 11_598)


def test_a_product_without_ratings_or_rank_says_so(shared: Path) -> None:
    product = product_of(_product(shared, "B0F7XPYCSJ"), _US)
    assert (product.price, product.rank, product.offers) == (25_990_000, None, 1)
    assert (product.rating, product.rating_count) == (None, None)


def test_all_histories_of_both_answers_are_made_of_whole_steps(shared: Path) -> None:
    for asin, slots in (("B0D8W1YVBX", (NEW, RANK, RATING, BUY_BOX)), ("B0F7XPYCSJ", (NEW, RANK))):
        answer = _product(shared, asin)
        for slot in slots:
            steps = history(answer, slot)
            assert steps
            assert [step.since for step in steps] == sorted(step.since for step in steps)


def test_the_count_that_stood_at_nothing_in_february_is_not_known_then(shared: Path) -> None:
    counts = rating_counts(_product(shared, "B0D8W1YVBX"))
    known = [step.value for step in counts if step.value is not None]
    assert min(known[1:]) > 0
    assert known[-1] == 11_598
    days = dict(by_day(counts, Span(date(2026, 4, 1), date(2026, 4, 30))))
    assert all(value is not None and value > 1_699 for value in days.values())
