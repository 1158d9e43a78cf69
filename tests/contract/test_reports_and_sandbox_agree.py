"""The Selling Partner connector against the simulated Amazon over real HTTP: every report, with rows that agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from agent.clock import SetClock
from agent.errors import CredentialError, RoleError
from agent.facts.book import Book
from agent.model.fact import Delivered, Rows
from agent.model.kinds import STREAMS
from agent.model.window import Span
from agent.outbound import Outbound
from connectors.sandbox.scenario import Scenario
from connectors.sandbox.server import SandboxServer
from connectors.selling_partner import Credentials, SellingPartner
from connectors.selling_partner.report_types import REPORT_TYPES
from tests.contract.conftest import NOW, Watched

TODAY = date(2026, 11, 24)
SPAN = Span(TODAY - timedelta(days=12), TODAY - timedelta(days=1))


@dataclass
class Shop:
    connector: SellingPartner
    amazon: SandboxServer
    clock: SetClock
    wire: Watched

    def pulled(self, stream: str, span: Span = SPAN) -> Delivered:
        cursor: str | None = None
        for _ in range(200):
            answer = self.connector.pull(STREAMS[stream], span, cursor)
            if isinstance(answer, Delivered):
                return answer
            cursor = answer.cursor
            self.clock.sleep(answer.look_again_seconds)
        raise AssertionError(f"{stream} was never delivered")

    def columns(self, stream: str, span: Span = SPAN) -> Mapping[str, Any]:
        batches = self.pulled(stream, span).batches
        assert len(batches) == 1
        assert isinstance(batches[0], Rows)
        return batches[0].columns


def connected(server: SandboxServer, outbound: Outbound, clock: SetClock, folder: Path, seller: str) -> SellingPartner:
    keys, marketplace = server.credentials, server.scenario.account.marketplace
    secrets = Credentials(SecretStr(keys.client_id), SecretStr(keys.client_secret), SecretStr(keys.refresh_token))
    return SellingPartner(
        "demo", secrets, seller, marketplace, outbound, clock, downloads=folder, region="NA", endpoint=server.url,
        token_endpoint=f"{server.url}/auth/o2/token",
    )  # fmt: skip


@contextmanager
def opened(scenario: Scenario, folder: Path) -> Iterator[Shop]:
    """A shop in a sandbox of its own. The seller's id is left out: no report needs it."""
    clock, wire = SetClock(NOW), Watched()
    with (
        SandboxServer(scenario, clock=clock) as server,
        Outbound(clock, transport=wire, dice=lambda: 1.0) as outbound,
    ):
        yield Shop(connected(server, outbound, clock, folder, ""), server, clock, wire)


@pytest.fixture(scope="module")
def shop(scenario: Scenario, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """One for all that only read."""
    with opened(scenario, tmp_path_factory.mktemp("downloads")) as shop:
        yield shop


@pytest.mark.parametrize("stream", REPORT_TYPES)
def test_every_report_is_booked(shop: Shop, tmp_path: Path, stream: str) -> None:
    delivered = shop.pulled(stream)
    booked = Book(tmp_path / "facts").book("demo", STREAMS[stream], delivered, NOW, "r1")
    assert booked.rows > 0
    assert delivered.span in (None, SPAN)


def test_figures_by_sku_add_up_to_those_of_the_account(shop: Shop) -> None:
    by_sku, account = shop.columns("sku_sales"), shop.columns("account_sales")
    for name in ("units_ordered", "ordered_sales", "order_items"):
        for day in SPAN:
            parts = sum(value for value, at in zip(by_sku[name], by_sku["day"], strict=True) if at == day)
            (whole,) = (value for value, at in zip(account[name], account["day"], strict=True) if at == day)
            assert parts == whole, f"{name} of {day}"


def test_the_ledger_ends_each_day_with_what_moved(shop: Shop) -> None:
    """Yesterday's stock, and what came and went since, is today's."""
    told = shop.columns("stock_ledger")
    rows = {(sku, day): n for n, (sku, day) in enumerate(zip(told["entity"], told["day"], strict=True))}
    checked = 0
    for (sku, day), n in rows.items():
        before = rows.get((sku, day - timedelta(days=1)))
        if before is None or told["customer_returns"][n] or told["damaged"][n] or told["disposed"][n]:
            continue
        come = told["receipts"][n] + told["found"][n]
        gone = told["customer_shipments"][n] + told["lost"][n]
        assert told["ending_balance"][n] == told["ending_balance"][before] + come - gone, (sku, day)
        checked += 1
    assert checked >= 10


def test_a_call_pattern_as_amazon_limits_it_is_never_refused(scenario: Scenario, tmp_path: Path) -> None:
    """At Amazon's own pace, with one allowance for all reports: nothing is answered 429, and nobody sleeps."""
    with opened(replace(scenario, wire=replace(scenario.wire, selling_pace=1.0)), tmp_path) as shop:
        for stream in ("account_sales", "sku_sales", "asin_sales"):
            assert shop.pulled(stream).span == SPAN
        assert [record for record in shop.amazon.log.records if record.status == 429] == []
        assert timedelta(minutes=9) < shop.clock.now() - NOW < timedelta(minutes=30)


def test_a_role_that_was_not_granted_is_told_apart_from_a_lost_grant(scenario: Scenario, tmp_path: Path) -> None:
    roles = tuple(role for role in scenario.account.roles if role != "amazon_fulfillment")
    with opened(replace(scenario, account=replace(scenario.account, roles=roles)), tmp_path) as shop:
        with pytest.raises(RoleError, match="GET_LEDGER_SUMMARY_VIEW_DATA"):
            shop.pulled("stock_ledger")
        assert shop.pulled("account_sales").span == SPAN
        keys = shop.amazon.credentials
        wrong = Credentials(SecretStr(keys.client_id), SecretStr("wrong"), SecretStr(keys.refresh_token))
        with Outbound(shop.clock) as outbound:
            lost = SellingPartner("demo", wrong, "", scenario.account.marketplace, outbound, shop.clock, region="NA",
                                  downloads=tmp_path, endpoint=shop.amazon.url,
                                  token_endpoint=f"{shop.amazon.url}/auth/o2/token")  # fmt: skip
            with pytest.raises(CredentialError) as fault:
                lost.pull(STREAMS["stock_ledger"], SPAN, None)
        assert not isinstance(fault.value, RoleError)


def test_the_seller_finds_its_marketplace(shop: Shop) -> None:
    assert "US" in shop.connector.check_credentials()


def test_documents_come_without_our_token(shop: Shop) -> None:
    shop.pulled("inventory_health")
    fetched = [each for each in shop.wire.requests if each.url.path.startswith("/spdocs/")]
    assert fetched
    assert all("x-amz-access-token" not in each.headers for each in fetched)
