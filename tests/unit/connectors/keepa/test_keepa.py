"""Keepa within its tokens, and its histories as they are."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from agent.errors import ContractError, CredentialError
from agent.model.fact import Delivered, Pending, Rows
from agent.model.kinds import STREAMS
from agent.model.marketplace import MARKETPLACES
from agent.model.window import Span
from agent.outbound import Outbound
from connectors.keepa import Keepa, Watched
from connectors.keepa.client import Client
from connectors.keepa.products import (
    BUY_BOX,
    RATING,
    RATING_COUNT,
    by_day,
    history,
    moment_of,
    product_of,
    rating_counts,
)

_US = MARKETPLACES["US"]
_NOW = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
_SPAN = Span(date(2026, 3, 1), date(2026, 3, 19))


class DrivenClock:
    """Stands still until somebody sleeps."""

    def __init__(self) -> None:
        self.moment = _NOW

    def now(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


class ScriptedKeepa:
    """Pays each product with four tokens out of its store and refuses when they are gone."""

    def __init__(self, tokens: int) -> None:
        self.tokens, self.asked = tokens, list[list[str]]()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        asins = request.url.params["asin"].split(",")
        if self.tokens < 4 * len(asins):
            return httpx.Response(429, json=self._answer())
        self.tokens -= 4 * len(asins)
        self.asked.append(asins)
        products = [{"asin": asin, "title": "T", "csv": None, "stats": {"current": _current(1999)}} for asin in asins]
        return httpx.Response(200, json={**self._answer(), "products": products})

    def _answer(self) -> dict[str, Any]:
        return {"tokensLeft": self.tokens, "refillIn": 30_000, "refillRate": 8}


def _current(price: int) -> list[int]:
    current = [-1] * 20
    current[1], current[3], current[11], current[16], current[17], current[18] = price, 120, 3, 45, 800, price
    return current


def _keepa(answers: Callable[[httpx.Request], httpx.Response], clock: DrivenClock, rivals: int, own: Sequence[str] = (),
           most: int = 100) -> Keepa:  # fmt: skip
    outbound = Outbound(clock, transport=httpx.MockTransport(answers))
    client = Client("main", _US, SecretStr("k-secret"), outbound)
    watched = Watched({f"SKU/R{number}": f"R{number}" for number in range(rivals)}, own)
    return Keepa(client, _US, clock, lambda: watched, most)


def _rows(delivered: Delivered | Pending) -> Rows:
    assert isinstance(delivered, Delivered)
    (batch,) = delivered.batches
    assert isinstance(batch, Rows)
    return batch


def test_one_answer_serves_both_streams() -> None:
    source = ScriptedKeepa(1000)
    keepa = _keepa(source, DrivenClock(), 2, ["B0OURS"])
    offers = _rows(keepa.pull(STREAMS["rival_offers"], _SPAN, None))
    ratings = _rows(keepa.pull(STREAMS["ratings"], _SPAN, None))
    assert source.asked == [["R0", "R1", "B0OURS"]]
    assert offers.columns == {
        "entity": ["SKU/R0", "SKU/R1"], "rival_price": [19_990_000] * 2, "rival_rank": [120] * 2,
        "rival_rating": [4.5] * 2, "rival_rating_count": [800] * 2, "rival_offers": [3] * 2,
    }  # fmt: skip
    assert ratings.columns == {"entity": ["B0OURS"], "rating": [4.5], "rating_count": [800]}


def test_a_pull_waits_for_tokens_and_goes_on_where_it_stopped() -> None:
    source, clock = ScriptedKeepa(400), DrivenClock()
    keepa = _keepa(source, clock, 130, most=200)
    first = keepa.pull(STREAMS["rival_offers"], _SPAN, None)
    assert isinstance(first, Pending)
    assert first.look_again_seconds >= 30
    assert [len(asked) for asked in source.asked] == [100]
    clock.sleep(first.look_again_seconds)
    source.tokens = 1000
    waited = 0
    while isinstance(delivered := keepa.pull(STREAMS["rival_offers"], _SPAN, "tokens"), Pending):
        clock.sleep(delivered.look_again_seconds)
        waited += 1
        assert waited < 10
    assert len(_rows(delivered)) == 130
    assert len({asin for asked in source.asked for asin in asked}) == sum(map(len, source.asked)) == 130


def test_more_than_allowed_is_left_out_and_said() -> None:
    delivered = _keepa(ScriptedKeepa(1000), DrivenClock(), 5, most=3).pull(STREAMS["rival_offers"], _SPAN, None)
    assert isinstance(delivered, Delivered)
    assert (len(_rows(delivered)), delivered.partial) == (3, True)
    assert "2 ASINs" in delivered.note


def test_nothing_watched_costs_nothing() -> None:
    source = ScriptedKeepa(0)
    delivered = _keepa(source, DrivenClock(), 0).pull(STREAMS["ratings"], _SPAN, None)
    assert isinstance(delivered, Delivered)
    assert (delivered.batches, source.asked) == ([], [])


def test_a_demand_for_payment_is_for_a_person() -> None:
    keepa = _keepa(lambda _: httpx.Response(402, json={"error": {}}), DrivenClock(), 1)
    with pytest.raises(CredentialError, match="payment") as caught:
        keepa.pull(STREAMS["ratings"], _SPAN, None)
    assert "k-secret" not in f"{caught.value!r} {caught.value.hint}"


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"products": 1}', b'{"products": [1]}', b"<html>"])
def test_an_answer_that_is_none_is_refused(body: bytes) -> None:
    keepa = _keepa(lambda _: httpx.Response(200, content=body), DrivenClock(), 1)
    with pytest.raises(ContractError):
        keepa.pull(STREAMS["ratings"], _SPAN, None)


def _with(slot: int, flat: list[int]) -> dict[str, Any]:
    csv: list[list[int] | None] = [None] * 36
    csv[slot] = flat
    return {"asin": "B0X", "csv": csv}


def test_minutes_count_from_2011() -> None:
    assert moment_of(0) == datetime(2011, 1, 1, tzinfo=UTC)


def test_slots_with_shipping_are_triples_and_minus_one_is_no_offer() -> None:
    steps = history(_with(BUY_BOX, [10, 1999, 0, 20, 1499, 300, 30, -1, -1]), BUY_BOX)
    assert [(step.value, step.shipping) for step in steps] == [(1999, 0), (1499, 300), (None, None)]
    assert product_of(_with(BUY_BOX, [10, 1999, 0, 20, 1499, 300]), _US).price == 17_990_000
    assert product_of(_with(BUY_BOX, [10, 1999, 0, 20, -1, -1]), _US).price is None


def test_a_torn_history_is_refused() -> None:
    with pytest.raises(ContractError, match="pairs"):
        history(_with(RATING, [1, 45, 2]), RATING)


def test_steps_are_carried_forward_day_by_day() -> None:
    minutes = [0, 3 * 1440]
    steps = history(_with(RATING, [minutes[0], 45, minutes[1], 44]), RATING)
    days = dict(by_day(steps, Span(date(2010, 12, 31), date(2011, 1, 5))))
    assert list(days.values()) == [None, 45, 45, 45, 44, 44]


def test_a_count_that_falls_to_nothing_is_not_known_and_a_small_fall_stays() -> None:
    counts = rating_counts(_with(RATING_COUNT, [1, 0, 2, 47, 3, 41, 4, 0, 5, 1699]))
    assert [step.value for step in counts] == [0, 47, 41, None, 1699]


def test_yen_have_no_smaller_coin() -> None:
    assert product_of(_with(1, [5, 1980]), MARKETPLACES["JP"]).price == 1_980_000_000
