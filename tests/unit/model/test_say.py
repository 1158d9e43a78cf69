"""Values as people read them: units are shown, nothing is invented."""

import pytest

from agent.model.expression import Literal, Node, Scalar
from agent.model.metric import Unit
from agent.model.rule import Said
from agent.model.say import render, spelled


@pytest.mark.parametrize(
    ("value", "unit", "spec", "text"),
    [
        (1_234_560_000, Unit.MONEY, "", "1,234.56 EUR"),
        (850_000.0, Unit.MONEY, "", "0.85 EUR"),
        (856_700, Unit.MONEY, ".3f", "0.857 EUR"),
        (12_500_000, Unit.MONEY, ",", "12 EUR"),
        (0.356, Unit.RATIO, "", "35.6%"),
        (0.35, Unit.RATIO, "", "35%"),
        (0.356, Unit.RATIO, ".0%", "36%"),
        (0.356, Unit.RATIO, ".2f", "0.36"),
        (12_345, Unit.COUNT, "", "12,345"),
        (1.5, Unit.COUNT, "", "1.5"),
        (3.0, Unit.DAYS, "", "3"),
        (2.345, Unit.NUMBER, ".1f", "2.3"),
        (1_000_000.0, Unit.NUMBER, ",.2f", "1,000,000.00"),
        (2.5, Unit.NUMBER, ".1", "2.5"),
        ("usb c hub", Unit.TEXT, "", "usb c hub"),
        (True, Unit.FLAG, "", "true"),
        (None, Unit.MONEY, ".2f", "?"),
        (None, Unit.TEXT, "", "?"),
        (-0.04, Unit.RATIO, "", "-4%"),
    ],
)
def test_a_value_is_spelled_in_its_unit(value: Scalar, unit: Unit, spec: str, text: str) -> None:
    assert spelled(value, unit, "EUR", spec) == text


def test_yen_have_no_cents() -> None:
    assert spelled(1_234_000_000, Unit.MONEY, "JPY") == "1,234 JPY"


def test_text_and_values_are_put_together_in_order() -> None:
    acos, cost = Literal(0.7, Unit.RATIO), Literal(None, Unit.MONEY)
    values: dict[int, Scalar] = {id(acos): 0.7, id(cost): None}

    def value_of(node: Node) -> Scalar:
        return values[id(node)]

    said = (Said("ACoS "), Said(value=acos, spec=".0%"), Said(" for "), Said(value=cost))
    assert render(said, value_of, "USD") == "ACoS 70% for ?"
