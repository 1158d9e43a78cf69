"""What counts as a report of an incident."""

from datetime import date, timedelta

import pytest

from agent.cli.play_score import Finding

DAY = date(2026, 3, 20)


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
    finding = Finding("inventory/gap", "S1", ago(told), "S1", None if closed is None else ago(closed))
    assert finding.stands(DAY, DAY + timedelta(days=1)) is counts
