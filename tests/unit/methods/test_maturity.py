"""The chain ladder on triangles whose answer is known."""

import numpy as np
import pytest

from agent.methods.maturity import completeness

PUBLISHED = np.array([0.0, 0.6, 0.8, 1.0, 1.0, 1.0])


def triangle(days: int, amount: float, shares: list[float], looked: int = 6) -> np.ndarray:
    """Days of one amount that comes in by these shares; the youngest have not been looked at often."""
    known = amount * np.array([shares] * days)
    for number in range(days):
        known[number, min(looked, days - number) :] = np.nan
    return known


def test_without_data_the_published_curve_stands() -> None:
    found = completeness(np.full((3, 6), np.nan), PUBLISHED)
    assert found.days == 0
    assert found.shares == pytest.approx(PUBLISHED)
    assert (found.low[1:3] < found.shares[1:3]).all() and (found.shares[1:3] < found.high[1:3]).all()


def test_much_data_of_its_own_outweighs_it() -> None:
    late = [0.0, 0.3, 0.5, 0.7, 0.9, 1.0]
    few, many = (completeness(triangle(40, amount, late), PUBLISHED).shares for amount in (1.0, 10_000.0))
    assert many[1:] == pytest.approx(late[1:], abs=0.01)
    assert late[1] < few[1] < PUBLISHED[1]


def test_what_is_taken_back_counts_as_more_than_remains() -> None:
    found = completeness(triangle(40, 10_000.0, [0.0, 1.03, 1.02, 1.01, 1.0, 1.0]), np.ones(6))
    assert found.shares[1:4] == pytest.approx([1.03, 1.02, 1.01], abs=0.002)


def test_more_data_narrow_the_interval() -> None:
    chance = np.random.default_rng(3)
    spreads = []
    for days in (10, 200):
        known = triangle(days, 100.0, [0.0, 0.6, 0.8, 1.0, 1.0, 1.0])
        known[:, 1] *= chance.normal(1.0, 0.1, days)
        found = completeness(known, PUBLISHED)
        spreads.append(found.high[1] - found.low[1])
        assert found.low[1] < 0.6 < found.high[1]
    assert spreads[1] < spreads[0] / 1.5


def test_nine_of_ten_intervals_hold_the_truth() -> None:
    """Days of Poisson orders, each order with a delay of its own."""
    chance, held = np.random.default_rng(7), 0
    shares = np.array([0.0, 0.6, 0.8, 1.0, 1.0, 1.0])
    for _ in range(200):
        arrivals = chance.multinomial(chance.poisson(60, 60), np.diff(shares))
        known = np.concatenate([np.zeros((60, 1)), np.cumsum(arrivals, axis=1)], axis=1)
        # A published curve that is off must not hide what the data say.
        found = completeness(known, np.array([0.0, 0.55, 0.78, 1.0, 1.0, 1.0]))
        held += bool(found.low[1] <= 0.6 <= found.high[1])
    assert 0.8 <= held / 200 <= 1.0


def test_money_weighs_by_the_orders_behind_it() -> None:
    """The same days in orders and in micros pull the same way."""
    late = [0.0, 0.3, 0.5, 0.7, 0.9, 1.0]
    orders = completeness(triangle(40, 5.0, late), PUBLISHED)
    money = completeness(triangle(40, 5.0 * 25_000_000, late), PUBLISHED, per_event=25_000_000)
    assert money.shares == pytest.approx(orders.shares)
    assert money.low == pytest.approx(orders.low)
