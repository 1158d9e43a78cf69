"""Numbers go out and come in digit by digit."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.outbound import Encodable, json_bytes
from agent.outbound.written import json_value

_amounts = st.decimals(allow_nan=False, allow_infinity=False, places=6)
_values: st.SearchStrategy[Encodable] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | _amounts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@settings(max_examples=50, deadline=None)
@given(_values)
def test_what_is_written_is_read_back_exactly_and_by_any_reader(value: Encodable) -> None:
    written = json_bytes(value)
    assert json_value(written) == value
    json.loads(written)


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_not_written(amount: str) -> None:
    with pytest.raises(ValueError, match="not a number"):
        json_bytes({"bid": Decimal(amount)})


def test_an_amount_is_never_written_with_an_exponent() -> None:
    assert json_bytes([Decimal("1E+3"), Decimal("1E-6")]) == b"[1000,0.000001]"
