"""What the facts say was known on a day is what the simulated Amazon had served by then: the small form of
``make bench-past``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.history import small_scenario
from tests.served import Served, compared, figures_of, random_moments, served

MORNINGS = 2


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, list[datetime]]]:
    folder = tmp_path_factory.mktemp("served")
    small = small_scenario(folder)
    small = replace(small, market=replace(small.market, history_days=20))
    with served(folder, small, 1, datetime(2026, 3, 7, 16, tzinfo=UTC)) as record:
        yield record, list(record.mornings(MORNINGS, edits=10, seed=2))


def test_every_figure_bid_and_state_was_known_as_it_had_been_served(record: tuple[Served, list[datetime]]) -> None:
    """Over the night in which clocks go forward, too."""
    kept, ends = record
    found = compared(kept, random_moments(ends, MORNINGS, seed=3))
    assert [fault for each in found for fault in each.otherwise] == []
    figures = figures_of(found)
    assert figures["equal"] == MORNINGS
    assert min(figures[name] for name in ("rows", "served that day", "things")) > 150


def test_what_was_served_a_day_later_is_known_otherwise(record: tuple[Served, list[datetime]]) -> None:
    """Else the comparison could not tell one day from another."""
    kept, ends = record
    early = {
        stream: [replace(some[0], rows=some[-1].rows, days=some[-1].days)] for stream, some in kept.answers.items()
    }
    (found,) = compared(replace(kept, answers=early), [ends[0] + timedelta(minutes=1)])
    wrong = {tuple(fault.partition(" at ")[::2]) for fault in found.otherwise}
    assert {stream for stream, _ in wrong} >= {"keyword_traffic", "campaign_traffic", "keywords", "campaigns"}
    assert {how.rpartition(" ")[2] for _, how in wrong} == {"tables", "held"}
