"""Values as people read them."""

from typing import Any

import pytest

from agent.language import speaking
from agent.model.metric import Unit
from agent.shown.figures import figure_text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (None, Unit.MONEY, "?"), (True, Unit.FLAG, "yes"), ("mature", Unit.TEXT, "mature"),
        ({"amount": "1234.5", "currency": "USD"}, Unit.MONEY, "$1,234.50"), (0.385, Unit.RATIO, "38.5%"),
        (0.3, Unit.RATIO, "30%"), (0.0004, Unit.RATIO, "0.04%"), (1234, Unit.COUNT, "1,234"),
        (3.14159, Unit.NUMBER, "3.14"), (0.0042, Unit.NUMBER, "0.0042"), (2.0, Unit.DAYS, "2"), (0, Unit.COUNT, "0"),
    ],
)  # fmt: skip
def test_a_value_is_written_with_no_more_digits_than_it_needs(value: Any, unit: Unit, text: str) -> None:
    with speaking("en"):
        assert figure_text(value, unit) == text
