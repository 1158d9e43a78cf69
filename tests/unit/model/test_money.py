"""Money never becomes a float and never grows by rounding."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.model.money import Money, to_step


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=6, allow_nan=False))
def test_an_amount_survives_the_way_in_and_out(amount: Decimal) -> None:
    assert Money.of(Money.of(amount, "EUR").amount, "EUR").amount == amount


@pytest.mark.parametrize("bad", ["abc", "NaN", "Infinity", "0.0000001", "1e999999999", ""])
def test_what_is_no_exact_amount_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match=r"amount|finer"):
        Money.of(bad, "USD")


def test_two_currencies_are_never_compared_or_added() -> None:
    with pytest.raises(ValueError, match="different currencies"):
        Money.of("1", "USD") < Money.of("1", "EUR")  # noqa: B015
    with pytest.raises(ValueError, match="different currencies"):
        Money.of("1", "USD") + Money.of("1", "EUR")


@given(st.integers(0, 10**10), st.sampled_from([10_000, 1_000_000]))
def test_rounding_never_spends_more_than_was_asked(micros: int, step: int) -> None:
    rounded = to_step(micros, step)
    assert rounded % step == 0
    assert micros - step < rounded <= micros


def test_the_dust_of_binary_fractions_costs_no_cent() -> None:
    assert to_step(1_000_000 * 0.29 * 100 / 100, 10_000) == 290_000
    assert to_step(749_999.9999999999, 10_000) == 750_000


def test_amounts_of_one_currency_add_up() -> None:
    assert Money.of("1.20", "EUR") + Money.of("0.05", "EUR") == Money.of("1.25", "EUR")


def test_amounts_of_one_currency_are_ordered_and_taken_from_each_other() -> None:
    less, more = Money.of("1.20", "EUR"), Money.of("1.25", "EUR")
    assert (less < more, less < less, more < less) == (True, False, False)
    assert (less <= more, less <= less, more <= less) == (True, True, False)
    assert more - less == Money.of("0.05", "EUR")
    assert less - more == Money(-50_000, "EUR")


def test_an_amount_is_shown_with_two_decimals_or_as_many_as_it_needs() -> None:
    shown = [str(Money(micros, "EUR")) for micros in (1_200_000, 1_000_000, 1_205_000, 1, -50_000)]
    assert shown == ["1.20 EUR", "1.00 EUR", "1.205 EUR", "0.000001 EUR", "-0.05 EUR"]
