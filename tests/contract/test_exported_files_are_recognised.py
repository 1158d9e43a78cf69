"""What the simulated account exports by hand is recognised by the reader of files, and says the same as the shop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.clock import SetClock
from agent.model.parcel import KnownAds, Parcel
from connectors.bulksheet import read_workbook
from connectors.file_drop import FileDrop
from connectors.sandbox.account import AdGroup, Campaign, Keyword, Target
from connectors.sandbox.exports.folder import write_files
from connectors.sandbox.sandbox import Sandbox
from connectors.sandbox.scenario_file import load_scenario

NOW = datetime(2026, 11, 24, 20, tzinfo=UTC)
DAYS = 4
KINDS = {
    "costs.csv": "costs", "lead_times.csv": "lead_times", "targets.csv": "targets", "suppliers.csv": "suppliers",
    "purchase_orders.csv": "purchase_orders", "events.csv": "events", "competitors.csv": "competitors",
    "reviews.csv": "reviews_export", "all-orders.tsv": "all_orders", "fba-inventory.tsv": "fba_inventory",
    "fba-inventory-health.tsv": "fba_health", "fba-ledger.tsv": "fba_ledger", "fba-returns.tsv": "fba_returns",
    "seller-feedback.tsv": "seller_feedback", "all-listings.tsv": "listings",
}  # fmt: skip


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    demo = load_scenario("demo")
    small = replace(demo, products=demo.products[:4], incidents=(), market=replace(demo.market, history_days=60))
    return Sandbox(small, 7, SetClock(NOW))


@pytest.fixture(scope="module")
def folder(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("exports") / "new"
    names = {each.name for each in write_files(sandbox, made, DAYS)}
    assert names == {path.name for path in made.iterdir()}
    return made


@pytest.fixture(scope="module")
def parcels(sandbox: Sandbox, folder: Path) -> Mapping[str, Parcel]:
    drop = FileDrop("shop", sandbox.scenario.account.marketplace, known=lambda: known(sandbox))
    return {path.name: drop.read(path) for path in sorted(folder.iterdir())}


def known(sandbox: Sandbox) -> KnownAds:
    things = [thing for kind in ("campaign", "ad_group", "keyword", "target") for thing in sandbox.account.all(kind)]
    return KnownAds(
        {one.id: one.name for one in things if isinstance(one, Campaign)},
        {one.id: (one.campaign_id, one.name) for one in things if isinstance(one, AdGroup)},
        {one.id: (one.ad_group_id, one.text, one.match_type.lower()) for one in things if isinstance(one, Keyword)},
        {one.id: (one.ad_group_id, one.text) for one in things if isinstance(one, Target)},
    )


def rows(parcel: Parcel, stream: str) -> Iterator[Mapping[str, Any]]:
    for name, delivered in parcel.deliveries:
        if name == stream:
            for batch in delivered.batches:
                for row in zip(*batch.columns.values(), strict=True):
                    yield dict(zip(batch.columns, row, strict=True))


def test_every_file_is_recognised_for_what_it_is(parcels: Mapping[str, Parcel]) -> None:
    found = {name: parcel.kind for name, parcel in parcels.items()}
    assert {name: found[name] for name in KINDS} == KINDS
    others = {kind for name, kind in found.items() if name not in KINDS}
    assert others == {"business_by_day", "business_by_product", "ads_targeting", "bulk_workbook"}
    assert sum(kind == "business_by_product" for kind in found.values()) == DAYS


def test_the_days_of_the_business_reports_are_those_of_the_shop(
    sandbox: Sandbox, parcels: Mapping[str, Parcel]
) -> None:
    told = {(row["entity"], row["day"]): (row["sessions"], row["units_ordered"], row["ordered_sales"])
            for parcel in parcels.values() for row in rows(parcel, "sku_sales")}  # fmt: skip
    today = sandbox.market.today(NOW)
    for number in range(1, DAYS + 1):
        for row in sandbox.shop.sales(today - timedelta(days=number), NOW):
            assert told.pop((row.sku, row.day)) == (row.sessions, row.units_ordered, row.ordered_sales)
    assert told == {}


def test_the_targeting_report_has_a_row_for_every_target_and_day_with_impressions(
    parcels: Mapping[str, Parcel],
) -> None:
    (parcel,) = (each for each in parcels.values() if each.kind == "ads_targeting")
    keywords, targets = list(rows(parcel, "keyword_traffic")), list(rows(parcel, "product_target_traffic"))
    assert keywords
    assert targets
    assert {row["day"] for row in keywords} == {row["day"] for row in targets}
    assert [str(one) for one in parcel.receipt.ignored] == []


def test_the_workbook_holds_the_whole_account_and_its_totals(sandbox: Sandbox, folder: Path) -> None:
    (path,) = folder.glob("bulk-*.xlsx")
    book = read_workbook(path)
    for stream, kind in (("campaigns", "campaign"), ("ad_groups", "ad_group"), ("keywords", "keyword"),
                         ("product_targets", "target"), ("product_ads", "product_ad"),
                         ("negative_keywords", "negative_keyword")):  # fmt: skip
        assert set(book.streams[stream].columns["entity"]) == {one.id for one in sandbox.account.all(kind)}
    below = book.totals["Keyword"].clicks + book.totals["Product Targeting"].clicks
    assert book.totals["Campaign"].clicks == book.totals["Ad Group"].clicks == below > 0


def test_the_operators_lists_are_the_operators(sandbox: Sandbox, parcels: Mapping[str, Parcel]) -> None:
    costs = {row["entity"]: row["landed_cost"] for row in rows(parcels["costs.csv"], "costs")}
    assert costs == {row.sku: row.landed_cost for row in sandbox.shop.costs(NOW)}
    orders = list(rows(parcels["purchase_orders.csv"], "purchase_orders"))
    assert len(orders) == len(sandbox.shop.purchase_orders(NOW))
