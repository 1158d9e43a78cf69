"""One spelling for each value."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.ledger.stored import canonical, instant_of, instant_text, storable
from agent.model.money import Money

texts = st.text(st.characters())
trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@given(trees)
def test_json_comes_back_as_it_went_in_and_can_be_stored_anywhere(tree: object) -> None:
    text = canonical(tree)
    assert json.loads(text) == tree
    assert "\0" not in text
    assert text.encode().decode() == text


@given(st.dictionaries(texts, st.integers()))
def test_the_same_data_has_the_same_text(data: dict[str, int]) -> None:
    assert canonical(data) == canonical(dict(reversed(data.items())))


def test_values_of_ours_have_their_own_spelling() -> None:
    data = {"m": Money.of("0.82", "EUR"), "d": Decimal("1.50"), "on": date(2026, 3, 1), "s": {"b", "a"}}
    assert canonical(data) == (
        '{"d":"1.50","m":{"amount":"0.82","currency":"EUR"},"on":"2026-03-01","s":["a","b"]}'
    )  # fmt: skip
    assert canonical("无") == '"无"'


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_no_json(value: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical(value)


def test_an_unknown_kind_of_value_is_refused() -> None:
    with pytest.raises(TypeError, match="object has no place in the ledger"):
        canonical({"x": object()})


zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=zones)  # noqa: DTZ001 - hypothesis wants it


@given(moments, moments)
def test_instants_sort_as_text_and_come_back_to_the_microsecond(one: datetime, other: datetime) -> None:
    assert instant_of(instant_text(one)) == one
    assert instant_of(instant_text(one)).tzinfo == UTC
    assert (one < other) == (instant_text(one) < instant_text(other))


@given(texts)
def test_text_becomes_storable_once_and_for_all(text: str) -> None:
    clean = storable(text)
    assert "\0" not in clean
    assert storable(clean) == clean.encode().decode() == clean
