"""A plain client of the simulated Selling Partner API."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest

from agent.clock import SetClock
from connectors.sandbox.scenario import Scenario
from connectors.sandbox.server import SandboxServer
from tests.unit.connectors.sandbox.conftest import NOW, Amazon

PREFIX = "/reports/2021-06-30"


class Seller:
    """Talks like an application of the seller, without any cleverness."""

    def __init__(self, amazon: Any) -> None:
        self.amazon, self.server, self.clock = amazon, amazon.server, amazon.clock
        account = self.server.scenario.account
        self.market, self.id = account.marketplace.id, account.seller
        self.log_in()

    def log_in(self) -> None:
        """Amazon: a token lives for an hour."""
        token = self.amazon.token().json["access_token"]
        self.headers = {"x-amz-access-token": token, "User-Agent": "Test/1 (Language=Python)"}

    @property
    def shop(self) -> Any:
        return self.server.sandbox.shop

    def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None,
             **query: Any) -> Any:  # fmt: skip
        text = None if body is None else body if isinstance(body, str) else json.dumps(body)
        media = {} if text is None else {"Content-Type": "application/json"}
        target = f"{path}?{urlencode(query, safe=',')}" if query else path
        return self.amazon.call(method, target, text, {**self.headers, **media} if headers is None else headers)

    def get(self, path: str, **query: Any) -> Any:
        return self.call("GET", path, **query)

    def ask(self, type: str, start: str | None = None, end: str | None = None, **options: str) -> Any:
        body: dict[str, Any] = {"reportType": type, "marketplaceIds": [self.market]}
        body |= {"dataStartTime": start} if start else {}
        body |= {"dataEndTime": end} if end else {}
        body |= {"reportOptions": options} if options else {}
        return self.call("POST", f"{PREFIX}/reports", body)

    def status(self, id: str) -> Any:
        return self.get(f"{PREFIX}/reports/{id}")

    def report(self, type: str, start: str | None = None, end: str | None = None, **options: str) -> Any:
        """A finished report's text: rows of a flat file, or parsed JSON; None where there was no data."""
        created = self.ask(type, start, end, **options)
        assert created.status == 202, created.body
        self.clock.sleep(10)
        status = self.status(created.json["reportId"]).json
        if status["processingStatus"] == "CANCELLED":
            return None
        assert status["processingStatus"] == "DONE", status
        return read(self.fetch(status["reportDocumentId"]))

    def fetch(self, document: str) -> Any:
        told = self.get(f"{PREFIX}/documents/{document}").json
        return self.download(told["url"], told.get("compressionAlgorithm"))

    def download(self, url: str, compression: str | None = None, **headers: str) -> Any:
        parts = urlsplit(url)
        reply = self.amazon.call("GET", f"{parts.path}?{parts.query}", None, headers)
        if compression == "GZIP" and reply.status == 200:
            reply.body = gzip.decompress(reply.body)
        return reply

    def summary(self, *asins: str) -> Any:
        uri = "/products/pricing/2022-05-01/items/competitiveSummary"
        return self.call("POST", f"/batches{uri}", {"requests": [
            {"asin": asin, "marketplaceId": self.market, "method": "GET", "uri": uri, "includedData": [
                "featuredBuyingOptions", "referencePrices", "lowestPricedOffers"]}
            for asin in asins
        ]})  # fmt: skip

    def expected(self, *skus: str) -> Any:
        uri = "/products/pricing/2022-05-01/offer/featuredOfferExpectedPrice"
        return self.call("POST", f"/batches{uri}", {"requests": [
            {"sku": sku, "marketplaceId": self.market, "method": "GET", "uri": uri} for sku in skus]})  # fmt: skip

    def fees(self, *skus: str, price: float = 20.0) -> Any:
        currency = self.server.scenario.account.marketplace.currency
        return self.call("POST", "/products/fees/v0/feesEstimate", [
            {"IdType": "SellerSKU", "IdValue": sku, "FeesEstimateRequest": {
                "MarketplaceId": self.market, "IsAmazonFulfilled": True, "Identifier": sku,
                "PriceToEstimateFees": {"ListingPrice": {"CurrencyCode": currency, "Amount": price}}}}
            for sku in skus
        ])  # fmt: skip

    def patch(self, sku: str, *patches: dict[str, Any], mode: str = "") -> Any:
        query = f"marketplaceIds={self.market}&includedData=issues" + (f"&mode={mode}" if mode else "")
        return self.call("PATCH", f"{self.item(sku)}?{query}", {"productType": "PRODUCT", "patches": list(patches)})

    def attributes(self, sku: str) -> Any:
        return self.get(self.item(sku), marketplaceIds=self.market, includedData="attributes").json["attributes"]

    def ripe_order(self) -> str:
        """An order that may be asked for a review now."""
        now, shop = self.clock.now(), self.shop
        orders = shop.orders(now - timedelta(days=40), now)
        return str(next(one.order_id for one in orders if shop.may_request_review(one.order_id, now)))

    def item(self, sku: str) -> str:
        return f"/listings/2021-08-01/items/{self.id}/{quote(sku, safe='')}"


def read(reply: Any) -> Any:
    media, _, charset = reply.headers["content-type"].partition("; charset=")
    text = reply.body.decode(charset)
    if media == "application/json":
        return json.loads(text)
    header, *lines = [line.split("\t") for line in text.splitlines()]
    return [dict(zip(header, line, strict=True)) for line in lines]


HISTORY = 60


@pytest.fixture(scope="session")
def store(small: Scenario) -> Scenario:
    """Three products with two months of history."""
    return replace(small, market=replace(small.market, history_days=HISTORY), wire=replace(small.wire, selling_pace=0))


@pytest.fixture
def seller(start: Callable[[Scenario], Any], store: Scenario) -> Seller:
    """A seller at a fresh sandbox: for tests that change something."""
    return Seller(start(store))


@pytest.fixture(scope="session")
def reader(store: Scenario) -> Iterator[Seller]:
    """A seller at one sandbox for all tests that only read; its clock runs on a little from test to test."""
    clock = SetClock(NOW)
    with SandboxServer(store, seed=7, clock=clock) as running:
        yield Seller(Amazon(running, clock))


@pytest.fixture
def selling(start: Callable[[Scenario], Any], store: Scenario) -> Callable[..., Seller]:
    """A seller at a fresh sandbox whose wire or account differs."""

    def begin(account: dict[str, Any] | None = None, **wire: Any) -> Seller:
        return Seller(start(replace(store, account=replace(store.account, **(account or {})),
                                    wire=replace(store.wire, **wire))))  # fmt: skip

    return begin
