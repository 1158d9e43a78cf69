"""The real Selling Partner client and the simulated Amazon over real HTTP: what is told arrives, what is sent holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from agent.clock import SetClock
from agent.facts.book import Book
from agent.facts.known import KnownState
from agent.model.change import Change
from agent.model.entity import Entity
from agent.model.fact import Grain, Pending
from agent.model.kinds import STREAMS
from agent.model.money import Money
from agent.model.proposal import Fate
from agent.model.window import Span
from agent.outbound import Outbound
from connectors.sandbox.scenario import Scenario
from connectors.sandbox.scenario_file import load_scenario
from connectors.sandbox.server import SandboxServer
from connectors.selling_partner import Credentials, SellingPartner

NOW = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
WEEK, TODAY = Span(date(2026, 11, 14), date(2026, 11, 20)), Span(date(2026, 11, 24), date(2026, 11, 24))
STREAMS_READ = (
    "inventory", "listings", "listing_issues", "offer_prices", "offers", "shipments", "orders", "transactions",
    "catalog", "fees", "economics", "review_topics",
)  # fmt: skip


@dataclass
class Met:
    """A seller who met the simulated Amazon, with a book of what was told."""

    partner: SellingPartner
    amazon: SandboxServer
    clock: SetClock
    book: Book

    @property
    def shop(self) -> Any:
        return self.amazon.sandbox.shop

    def pull(self, name: str) -> int:
        """Pull a stream to its end and book it; returns the number of rows."""
        stream, cursor = STREAMS[name], None
        span = WEEK if stream.grain is Grain.DAY else TODAY
        while isinstance(answer := self.partner.pull(stream, span, cursor), Pending):
            cursor = answer.cursor
            self.clock.sleep(answer.look_again_seconds)
        return self.book.book("demo", stream, answer, self.clock.now(), "r").rows

    def known(self, name: str) -> Mapping[str, Mapping[str, Any]]:
        return {row["entity"]: row for row in KnownState(self.book, "demo", self.clock).newest(name) or ()}

    def live(self, entity: Entity, field: str) -> object:
        return self.partner.live([entity], field).get(entity)


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    demo = load_scenario("demo")
    return replace(demo, products=demo.products[:2], incidents=())


@pytest.fixture(scope="module")
def met(scenario: Scenario, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Met]:
    clock, folder, account = SetClock(NOW), tmp_path_factory.mktemp("met"), scenario.account
    with SandboxServer(scenario, clock=clock) as server, Outbound(clock, dice=lambda: 1.0) as outbound:
        keys, book = server.credentials, Book(folder / "facts")
        secrets = Credentials(SecretStr(keys.client_id), SecretStr(keys.client_secret), SecretStr(keys.refresh_token))
        partner = SellingPartner(
            "demo", secrets, account.seller, account.marketplace, outbound, clock, downloads=Path(folder), region="NA",
            endpoint=server.url, token_endpoint=f"{server.url}/auth/o2/token",
            known=KnownState(book, "demo", clock).newest, asked=dict,
        )  # fmt: skip
        yield Met(partner, server, clock, book)


@pytest.fixture(scope="module")
def pulled(met: Met) -> Mapping[str, int]:
    return {name: met.pull(name) for name in STREAMS_READ}


def test_every_stream_brings_rows_that_the_book_takes(pulled: Mapping[str, int]) -> None:
    assert all(pulled.values()), pulled
    assert [pulled[name] for name in ("inventory", "listings", "offer_prices", "catalog", "fees")] == [2] * 5


def test_stock_is_what_the_shop_has(met: Met, pulled: Mapping[str, int]) -> None:
    skus = {each.sku for each in met.amazon.scenario.products}
    known = met.known("inventory")
    assert known.keys() == skus
    assert all(row["asin"] and row["fulfillable"] >= 0 for row in known.values())


def test_listings_offers_and_fees_speak_of_the_same_price(met: Met, pulled: Mapping[str, int]) -> None:
    offers, fees = met.known("offers"), met.known("fees")
    for sku, listing in met.known("listings").items():
        assert listing["title"]
        assert listing["bullets"]
        assert (listing["state"], listing["channel"]) == ("enabled", "fba")
        assert offers[f"{listing['asin']}/{met.amazon.scenario.account.seller}"]["price"] == listing["price"]
        assert 0 < fees[sku]["referral_fee"] < listing["price"]


def test_orders_tell_their_promise_and_money_its_sku(met: Met, pulled: Mapping[str, int]) -> None:
    orders = met.known("orders").values()
    assert all(row["delivery_earliest"] <= row["delivery_latest"] for row in orders)
    assert {row["review_request"] for row in orders} == {"open"}
    money = met.known("transactions").values()
    assert {row["sku"] for row in money if row["type"] == "order"} == set(met.known("listings"))
    assert any(row["amount"] < 0 for row in money)


def test_a_price_is_written_once_and_is_read_back_when_it_holds(met: Met, pulled: Mapping[str, int]) -> None:
    sku, listing = next(iter(met.known("listings").items()))
    entity, currency = Entity("demo", "listing", sku), met.amazon.scenario.account.marketplace.currency
    before, after = Money(listing["price"], currency), Money(listing["price"] - 500_000, currency)
    assert met.live(entity, "price") == before
    (receipt,) = met.partner.apply({"p1": Change(entity, "price", before, after)})
    assert receipt.fate is Fate.ACCEPTED, receipt
    met.clock.sleep(timedelta(minutes=20).total_seconds())
    assert met.live(entity, "price") == after
    (again,) = met.partner.apply({"p2": Change(entity, "price", before, Money(before.micros + 10_000, currency))})
    assert (again.fate, again.code) == (Fate.REFUSED, "NOT_SENT")
    assert "is not the one that was approved" in again.message


def test_a_review_is_asked_for_once_where_amazon_offers_it(met: Met, pulled: Mapping[str, int]) -> None:
    due = met.clock.now() - timedelta(days=6)
    ripe = sorted(id for id, row in met.known("orders").items() if row["delivery_latest"] < due)
    entity = next(each for id in ripe if met.live(each := Entity("demo", "order", id), "review_request") == "open")
    change = Change(entity, "review_request", "open", "requested")
    (receipt,) = met.partner.apply({"p1": change})
    assert receipt.fate is Fate.ACCEPTED, receipt
    assert met.live(entity, "review_request") == "requested"
    (again,) = met.partner.apply({"p2": change})
    assert again.fate is Fate.REFUSED
    fresh = max(met.known("orders").items(), key=lambda pair: pair[1]["purchased_at"])[0]
    assert met.live(Entity("demo", "order", fresh), "review_request") == "requested"
