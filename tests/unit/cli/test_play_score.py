"""What counts as a report of an incident."""

from datetime import UTC, date, datetime, timedelta

import pytest

from agent.cli.play_score import Finding, judged
from connectors.sandbox.office_rows import Expectation

DAY = date(2026, 3, 20)
NOON = datetime(2026, 3, 20, 12, tzinfo=UTC)


def ago(days: int) -> date:
    return DAY - timedelta(days=days)


@pytest.mark.parametrize(
    ("told", "closed", "counts"),
    [(0, None, True), (-1, None, True), (-2, None, False), (5, None, True), (5, 2, False), (5, -1, True), (5, 0, True),
     (1, 1, False)],
)  # fmt: skip
def test_an_alert_counts_when_it_is_told_in_time_or_was_told_before_and_still_holds(
    told: int, closed: int | None, counts: bool
) -> None:
    finding = Finding("inventory/gap", "S1", ago(told), NOON, "S1", None if closed is None else ago(closed))
    assert finding.stands(DAY, DAY + timedelta(days=1)) is counts


@pytest.mark.parametrize(("hours", "days", "spoke"), [(-1, 0, False), (0, 0, True), (71, 2, True), (97, 4, False)])
def test_what_must_not_be_spoken_of_counts_from_the_moment_it_strikes_to_its_deadline(
    hours: int, days: int, spoke: bool
) -> None:
    """A bid that we asked for in the morning is no answer to one that somebody sets at noon."""
    by_hand = Expectation(1, DAY, "S1", "bids_by_hand", (), ("ads/*",), DAY + timedelta(days=3), NOON)
    asked = DAY + timedelta(days=days)
    said = [Finding("ads/winner", sku, asked, NOON + timedelta(hours=hours), "S4", asked) for sku in ("S1", "S2")]
    assert judged(by_hand, said[:1], DAY)["met"] is not spoke
    assert judged(by_hand, said[1:], DAY)["met"] is True
