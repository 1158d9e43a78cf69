"""The seller's connector and the simulated Amazon, over real HTTP: what the shop has is what arrives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from agent.clock import SetClock
from agent.model.change import Change
from agent.model.entity import Entity
from agent.model.fact import Pending
from agent.model.kinds import STREAMS
from agent.model.money import Money
from agent.model.proposal import Fate
from agent.model.window import Span
from agent.outbound import Outbound
from connectors.lwa import Credentials
from connectors.sandbox.scenario_file import load_scenario
from connectors.sandbox.server import SandboxServer
from connectors.selling_partner import SellingPartner

NOW = datetime(2026, 11, 24, 20, tzinfo=UTC)
SPAN = Span(date(2026, 11, 19), date(2026, 11, 22))
Rows = Sequence[Mapping[str, Any]]


@dataclass
class Met:
    """A connector that remembers what it has pulled, as the account's book does."""

    amazon: SandboxServer
    clock: SetClock
    partner: SellingPartner
    book: dict[str, Rows] = field(default_factory=dict)

    def pull(self, name: str) -> Rows:
        cursor = None
        for _ in range(30):
            got = self.partner.pull(STREAMS[name], SPAN, cursor)
            if not isinstance(got, Pending):
                self.book[name] = [
                    dict(zip(batch.columns, row, strict=True))
                    for batch in got.batches for row in zip(*batch.columns.values(), strict=True)
                ]  # fmt: skip
                return self.book[name]
            cursor = got.cursor
            self.clock.sleep(5)
        raise AssertionError(f"{name} is still pending")

    @property
    def shop(self) -> Any:
        return self.amazon.sandbox.shop


@pytest.fixture
def met(tmp_path: Path) -> Iterator[Met]:
    demo = load_scenario("demo")
    small = replace(demo, products=demo.products[:3], incidents=(), market=replace(demo.market, history_days=60))
    clock = SetClock(NOW)
    with SandboxServer(small, seed=7, clock=clock) as amazon, closing(Outbound(clock)) as outbound:
        keys, account = amazon.credentials, amazon.scenario.account
        secrets = Credentials(*map(SecretStr, (keys.client_id, keys.client_secret, keys.refresh_token)))
        book: dict[str, Rows] = {}
        partner = SellingPartner(
            "shop", secrets, account.seller, account.marketplace, outbound, clock, downloads=tmp_path,
            region="NA", endpoint=amazon.url, token_endpoint=f"{amazon.url}/auth/o2/token", known=book.get,
        )  # fmt: skip
        yield Met(amazon, clock, partner, book)


def test_every_stream_of_the_seller_arrives(met: Met) -> None:
    assert met.partner.check_credentials() == "marketplaces US"
    rivals = [(sku, one.asin) for sku in met.shop.skus for one in met.shop.rivals(sku, NOW)[:2]]
    met.book["competitors"] = [{"entity": f"{sku}/{asin}", "rival_asin": asin} for sku, asin in rivals]
    met.pull("listings")
    for stream in met.partner.streams:
        assert met.pull(stream.name), stream.name
    refused = [record for record in met.amazon.log.records if record.status >= 400 and record.status != 429]
    assert refused == []


def test_stock_sales_and_prices_are_those_of_the_shop(met: Met) -> None:
    stock = {row["entity"]: row["fulfillable"] for row in met.pull("inventory")}
    assert stock == {row.sku: row.fulfillable for row in met.shop.stock(met.clock.now())}
    days = {row["day"]: (row["units_ordered"], row["ordered_sales"]) for row in met.pull("account_sales")}
    known = {row.day: row for n in range(len(SPAN)) if (row := met.shop.account_sales(
        SPAN.first + timedelta(days=n), met.clock.now()))}  # fmt: skip
    assert {day: units for day, (units, _) in days.items()} == {day: row.units_ordered for day, row in known.items()}
    for day, (_, sales) in days.items():
        assert abs(sales - known[day].ordered_sales) < 10_000
    prices = {row["entity"]: row["price"] for row in met.pull("listings")}
    assert prices == {row.sku: row.price for row in met.shop.listings(met.clock.now())}


def test_no_row_of_orders_tells_where_a_buyer_lives(met: Met) -> None:
    from connectors.sandbox.selling.order_reports import place_of

    lines, orders = met.pull("order_lines"), met.pull("orders")
    places = {word for row in lines for word in place_of(row["order_id"], "US")}
    assert places
    told = {str(value) for row in (*lines, *orders) for value in row.values()}
    assert told & places == set()


def test_a_price_is_written_and_its_siblings_stay(met: Met) -> None:
    row = next(one for one in met.shop.listings(NOW) if one.buyable)
    met.pull("listings")
    entity, after = Entity("shop", "listing", row.sku), Money(row.price + 500_000, "USD")
    (receipt,) = met.partner.apply({"p": Change(entity, "price", Money(row.price, "USD"), after)})  # type: ignore[dict-item]
    assert receipt.fate is Fate.ACCEPTED, receipt
    assert met.shop.listing(row.sku, met.clock.now()).price == after.micros
    assert met.partner.live([entity], "price")[entity] == after
    (_moment, offers) = met.amazon.sandbox.selling.offers[row.sku][-1]
    everybody, business = offers
    assert business["audience"] == "B2B"
    assert {"minimum_seller_allowed_price", "maximum_seller_allowed_price"} <= everybody.keys()


def test_a_missing_role_is_told_from_a_lost_grant(met: Met) -> None:
    from agent.errors import CredentialError

    scenario = met.amazon.scenario
    met.amazon.begin_again(replace(scenario, account=replace(scenario.account, roles=("pricing",))), met.clock)
    with pytest.raises(CredentialError, match="a role is missing") as raised:
        met.pull("inventory")
    assert "Amazon Fulfillment" in str(raised.value.hint)
