"""Taking answers apart: what may be missing, what must be there, and of which kind."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from agent.errors import ContractError
from agent.outbound import Reply
from connectors.selling_partner import reading
from connectors.selling_partner.reading import Unpromised, promised


def reply(body: object) -> Reply:
    return Reply("selling_partner", "op", 200, {"x-amzn-requestid": "R-1"}, json.dumps(body).encode())


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("READY_TO_SHIP", "ready_to_ship"),
        ("ServiceFee", "service_fee"),
        ("IN TRANSIT", "in_transit"),
        ("A-to-z", "a_to_z"),
    ],
)
def test_amazons_words_become_ours(said: str, word: str) -> None:
    assert reading.word(said) == word


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        ("2024-01-01T00:00Z", datetime(2024, 1, 1, tzinfo=UTC)),
        ("2024-01-01T01:30:15.217+01:00", datetime(2024, 1, 1, 0, 30, 15, 217000, tzinfo=UTC)),
        ("2023-03-07", datetime(2023, 3, 7, tzinfo=UTC)),
    ],
)
def test_moments_are_read_with_and_without_seconds_and_zone(said: str, moment: datetime) -> None:
    assert reading.instant(said) == moment


@pytest.mark.parametrize(
    ("said", "micros"), [("100.00", 100_000_000), (Decimal("0.30000000000000004"), 300_000), (-3, -3_000_000)]
)
def test_amounts_are_exact_to_the_micro(said: object, micros: int) -> None:
    assert reading.micros(said) == micros


@pytest.mark.parametrize("said", [True, None, "free", [], "NaN", "Infinity", "1e40"])
def test_what_is_no_amount_is_a_fault(said: object) -> None:
    with pytest.raises((ValueError, ArithmeticError)):
        reading.micros(said)


@pytest.mark.parametrize("said", [-1, Decimal("1.5"), True, "3"])
def test_what_is_no_count_is_a_fault(said: object) -> None:
    with pytest.raises(ValueError, match="no count"):
        reading.count(said)


def test_a_percentage_is_a_fraction() -> None:
    assert reading.percent(Decimal("17.31")) == 0.1731


def test_what_may_be_missing_is_none_and_what_must_be_there_is_a_fault() -> None:
    assert reading.may({"a": {}}, "a.b.c", reading.text) is None
    with pytest.raises(Unpromised, match=r"lacks a\.b"):
        reading.need({"a": None}, "a.b", reading.text)
    with pytest.raises(Unpromised, match="has an unreadable a"):
        reading.may({"a": "x"}, "a", reading.count)
    with pytest.raises(Unpromised, match="has no list a"):
        reading.each({"a": {}}, "a")


def test_a_fault_names_the_call_and_shows_nothing_of_the_answer() -> None:
    answer = reply({"price": "secret words"})
    with pytest.raises(ContractError, match="The answer to op has an unreadable price") as caught, promised(answer):
        reading.need(reading.root(answer), "price", reading.micros)
    assert caught.value.request_id == "R-1"
    assert "secret" not in repr(caught.value.__context__)


def test_money_of_another_currency_is_refused() -> None:
    assert reading.money({"p": {"amount": "2", "currencyCode": "EUR"}}, "p", "EUR") == 2_000_000
    with pytest.raises(Unpromised, match="in USD, and the marketplace uses EUR"):
        reading.money({"p": {"amount": "2", "currencyCode": "USD"}}, "p", "EUR")


def test_an_empty_token_ends_the_pages() -> None:
    token = reading.next_token("pagination.nextToken")
    assert token(reply({"pagination": {"nextToken": "t"}})) == "t"
    assert token(reply({"pagination": {"nextToken": ""}})) is None
    assert token(reply({})) is None
