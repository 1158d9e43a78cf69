"""Scenario files: a YAML file and a table of products beside it. The format is described in docs/sandbox.md."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from agent.errors import ConfigError
from agent.model.marketplace import MARKETPLACES
from agent.model.money import Money
from connectors.sandbox.demand import SEASONS
from connectors.sandbox.document import Section, open_document
from connectors.sandbox.faults import KINDS as FAULT_KINDS
from connectors.sandbox.faults import Fault
from connectors.sandbox.goods_file import read_shop
from connectors.sandbox.incident_file import read_incident
from connectors.sandbox.scenario import (
    ROLES,
    CampaignPlan,
    Credentials,
    MarketPlan,
    PlantedFault,
    Product,
    Scenario,
    StoreAccount,
    WirePlan,
)

STAGES = ("launch", "growth", "mature", "clearance")
_SHIPPED = Path(__file__).with_name("scenarios")


def load_scenario(name_or_path: str | Path) -> Scenario:
    """A shipped scenario by name (``demo``), or a file. Every fault is a ``ConfigError`` with its place."""
    document = open_document(_find(name_or_path))
    document.text("about", "")
    account = _account(document.section("account"))
    products = _products(document, account.marketplace.currency)
    skus = [product.sku for product in products]
    scenario = Scenario(
        name=document.text("scenario"),
        start=_start(document),
        account=account,
        products=products,
        campaigns=tuple(_campaign(name, part) for name, part in document.named_sections("campaigns")),
        market=_market(document.section("market")),
        wire=_wire(document.optional_section("wire")),
        target_share=_target_share(document.section("target_acos")),
        incidents=tuple(read_incident(part) for part in document.sections("incidents")),
        faults=tuple(_fault(part) for part in document.sections("faults")),
        shop=read_shop(document.optional_section("shop"), account.marketplace.currency, skus),
    )
    document.done()
    _check_names(document, scenario)
    return scenario


def _find(name_or_path: str | Path) -> Path:
    path = Path(name_or_path)
    if path.suffix:
        return path
    shipped = sorted(each.stem for each in _SHIPPED.glob("*.yaml"))
    if str(name_or_path) not in shipped:
        hint = f"a file ending in .yaml, or one of: {', '.join(shipped)}"
        raise ConfigError(f"there is no scenario {name_or_path}", place=str(name_or_path), hint=hint)
    return _SHIPPED / f"{name_or_path}.yaml"


def _start(part: Section) -> datetime | None:
    text = part.text("start", "now")
    if text == "now":
        return None
    moment = part.read("start", datetime.fromisoformat, "now, or an instant such as 2026-11-01T09:00:00Z")
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _account(part: Section) -> StoreAccount:
    keys = part.section("credentials")
    account = StoreAccount(
        name=part.text("name"),
        marketplace=MARKETPLACES[part.text("marketplace", one_of=MARKETPLACES)],
        profile=part.whole("profile", low=1),
        seller=part.text("seller"),
        credentials=Credentials(keys.text("client_id"), keys.text("client_secret"), keys.text("refresh_token")),
        roles=part.texts("roles", ROLES) or ROLES,
    )
    keys.done()
    part.done()
    return account


def _market(part: Section) -> MarketPlan:
    market = MarketPlan(
        scale=part.number("scale", 1.0, low=0.001, high=1000),
        ad_share=part.number("ad_share", 0.35, high=1),
        history_days=part.whole("history_days", 365, high=2000),
        zipf=part.number("zipf", 1.1, high=3),
        click_through=part.number("click_through", 0.004, low=0.0001, high=0.5),
        cvr_concentration=part.number("cvr_concentration", 12.0, low=1, high=10_000),
        dormant=part.number("dormant", 0.0, high=1),
        paused=part.number("paused", 0.0, high=1),
        default_bids=part.number("default_bids", 0.0, high=1),
        bid_bias=part.number("bid_bias", 1.0, low=0.01, high=100),
        bid_spread=part.number("bid_spread", 0.3, high=3),
        rival_spread=part.number("rival_spread", 0.2, high=3),
        tight=part.number("tight", 0.0, high=1),
    )
    part.done()
    return market


def _wire(part: Section | None) -> WirePlan:
    if part is None:
        return WirePlan(0, 1, 0, 1, 1.5, 3600, 3600, 0, 60, 1000)
    wire = WirePlan(
        rate=part.number("rate", 0, high=100_000),
        burst=part.whole("burst", 20, low=1),
        report_rate=part.number("report_rate", 0, high=100_000),
        report_burst=part.whole("report_burst", 10, low=1),
        report_seconds=part.number("report_seconds", 1.5, high=86_400),
        link_seconds=part.number("link_seconds", 3600, low=1),
        token_seconds=part.number("token_seconds", 3600, low=1),
        read_lag_seconds=part.number("read_lag_seconds", 0, high=86_400),
        refresh_minutes=part.whole("refresh_minutes", 60, low=1, high=1440),
        page=part.whole("page", 1000, low=1, high=5000),
        selling_pace=part.number("selling_pace", 0, high=1_000_000),
        document_seconds=part.number("document_seconds", 300, low=1, high=86_400),
    )
    part.done()
    return wire


def _campaign(name: str, part: Section) -> CampaignPlan:
    kind = part.text("kind", one_of=("auto", "keywords", "products"))
    plan = CampaignPlan(
        name=name,
        kind=kind,
        targets=4 if kind == "auto" else part.whole("targets", low=1, high=1000),
        weight=part.number("weight", 1.0, low=0.001, high=1000),
        rival=part.number("rival", 1.0, low=0.01, high=100),
        cvr=part.number("cvr", 1.0, low=0.01, high=100),
        stages=part.texts("stages", STAGES) or STAGES,
        match_types=part.texts("match_types", ("exact", "phrase", "broad")),
        negatives=part.whole("negatives", 0, high=30),
    )
    if kind == "keywords" and not plan.match_types:
        raise part.wrong("has keywords without match types", hint="add match_types: [exact]")
    part.done()
    return plan


def _target_share(part: Section) -> Mapping[str, Decimal]:
    shares = {stage: part.read(stage, Decimal, "a share of the break-even ACoS such as 0.7") for stage in STAGES}
    part.done()
    return shares


def _fault(part: Section) -> PlantedFault:
    """``count: 0`` strikes every call from its day on."""
    planted = PlantedFault(
        day=part.whole("day", 0),
        kind=part.text("kind", one_of=FAULT_KINDS),
        operation=part.text("operation", "*"),
        count=part.whole("count", 1) or None,
        probability=part.number("probability", 1.0, high=1),
        values=part.rest(),
    )
    try:
        Fault(planted.kind, values=planted.values)
    except ValueError as fault:
        raise part.wrong(str(fault)) from fault
    return planted


def _check_names(document: Section, scenario: Scenario) -> None:
    skus = {product.sku for product in scenario.products}
    for incident in scenario.incidents:
        if incident.sku not in skus:
            raise document.wrong(f"has an incident for {incident.sku}", "incidents", hint="no product has that sku")


_COLUMNS = ("sku", "title", "category", "stage", "price", "break_even_acos", "units_per_day", "season", "cvr", "cpc")


def _products(document: Section, currency: str) -> tuple[Product, ...]:
    path = document.path.parent / document.text("products")
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            products = tuple(_product_rows(path, lines, currency))
    except OSError as fault:
        raise document.wrong(f"names the products' table {path.name}", "products", hint=str(fault)) from fault
    if not products:
        raise ConfigError(f"{path}: the table has no products", place=str(path))
    return products


def _product_rows(path: Path, lines: Iterator[str], currency: str) -> Iterator[Product]:
    rows = csv.DictReader(lines)
    missing = [name for name in _COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        raise ConfigError(f"{path}:1: the table has no column {', '.join(missing)}", place=f"{path}:1")
    seen: set[str] = set()
    for row in rows:
        place = f"{path}:{rows.line_num}"
        try:
            product = _product(row, currency)
        except (ValueError, KeyError, TypeError, ArithmeticError) as fault:
            raise ConfigError(
                f"{place}: {fault}", place=place, hint="see docs/sandbox.md, the products' table"
            ) from fault
        if product.sku in seen:
            raise ConfigError(f"{place}: the sku {product.sku} stands twice", place=place)
        seen.add(product.sku)
        yield product


def _product(row: Mapping[str, str], currency: str) -> Product:
    if row["stage"] not in STAGES:
        raise ValueError(f"stage is {row['stage']!r}; one of: {', '.join(STAGES)}")
    if row["season"] not in SEASONS:
        raise ValueError(f"season is {row['season']!r}; one of: {', '.join(SEASONS)}")
    cvr, cpc = float(row["cvr"]), float(row["cpc"])
    if not (0 < cvr < 1 and cpc > 0):
        raise ValueError("cvr must lie between 0 and 1, cpc above 0")
    return Product(
        sku=row["sku"], title=row["title"], category=row["category"], stage=row["stage"],
        price=Money.of(row["price"], currency), break_even_acos=Decimal(row["break_even_acos"]),
        units_per_day=float(row["units_per_day"]), season=row["season"], cvr=cvr, cpc=cpc,
    )  # fmt: skip
