"""The past of a lever can be asked for, and does not change when the present does."""

from datetime import UTC, datetime, timedelta

import numpy as np

from connectors.sandbox.levers import Levers

T0 = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_a_change_holds_from_its_moment_on_and_not_before() -> None:
    levers = Levers(np.array([1.0, 2.0]))
    levers.set(np.array([1.0, 5.0]), T0)
    assert levers.at(T0).tolist() == [1.0, 2.0]
    assert levers.at(T0 + HOUR).tolist() == [1.0, 5.0]


def test_the_past_stays_as_it_was_when_more_changes_follow() -> None:
    levers = Levers(np.array([1.0]))
    for hour, value in enumerate((2.0, 3.0, 2.0, 9.0)):
        levers.set(np.array([value]), T0 + hour * HOUR)
    assert [levers.at(T0 + hour * HOUR + HOUR / 2)[0] for hour in range(4)] == [2.0, 3.0, 2.0, 9.0]


def test_setting_what_is_already_so_is_no_turn() -> None:
    levers = Levers(np.array([1.0]))
    levers.set(np.array([1.0]), T0)
    assert levers.turns == []


def test_a_new_place_was_zero_in_all_the_past() -> None:
    levers = Levers(np.array([1.0]))
    levers.set(np.array([1.0, 7.0]), T0)
    assert levers.at(T0).tolist() == [1.0, 0.0]
    assert levers.at(T0 + HOUR).tolist() == [1.0, 7.0]
