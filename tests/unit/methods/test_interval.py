"""How sure a mean is, beside figures from tables."""

import pytest

from agent.methods.interval import mean_interval


def test_a_mean_lies_in_students_interval() -> None:
    """2, 4, 6: mean 4, deviation 2, and t of 2 degrees of freedom is 2.920 for 90 %."""
    mean, low, high = mean_interval([2.0, 4.0, 6.0], 0.9)
    assert mean == 4.0
    assert low is not None and high is not None
    assert high - mean == pytest.approx(2.920 * 2 / 3**0.5, rel=1e-3)
    assert mean - low == pytest.approx(high - mean)


def test_one_value_says_nothing_of_how_sure_it_is() -> None:
    assert mean_interval([3.0], 0.9) == (3.0, None, None)
