"""All listings of the seller, as the listings report knows them: price, quantity, channel, state, and the title."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from agent.model.window import Span
from connectors.selling_partner.cells import count, instant, text
from connectors.selling_partner.document import Paper
from connectors.selling_partner.flat_file import Wanted
from connectors.selling_partner.sheet import Desk, Read, Sheet

_ASIN = "1"
"""Amazon: as the type of a product id. Older reports name the ASIN there only."""
_STATES = {
    "active": "enabled", "アクティブ": "enabled", "出品中": "enabled", "inactive": "paused", "停止中": "paused",
    "incomplete": "paused", "suppressed": "paused", "blocked": "paused", "deleted": "archived", "closed": "archived",
}  # fmt: skip
_LISTINGS = {
    "sku": Wanted(("seller-sku", "出品者SKU"), needed=True),
    "title": Wanted(("item-name", "商品名"), needed=True),
    "price": Wanted(("price", "価格"), needed=True),
    "quantity": Wanted(("quantity", "数量"), needed=True),
    "opened_at": Wanted(("open-date", "出品日")),
    "asin": Wanted(("asin1",)),
    "id_type": Wanted(("product-id-type", "商品IDタイプ")),
    "product_id": Wanted(("product-id", "商品ID")),
    "channel": Wanted(("fulfillment-channel", "フルフィルメント・チャンネル", "フルフィルメントチャネル")),
    "state": Wanted(("status", "ステータス")),
}


def listings(desk: Desk, papers: Sequence[tuple[Span, Paper]]) -> Read:
    """A row per SKU. Bullets, images and A+ content are not in this report and are left out of the rows."""
    sheet = Sheet.of(desk, papers[-1][1], _LISTINGS)
    columns: dict[str, Sequence[Any]] = {
        "entity": sheet.column("sku", text), "title": sheet.column("title", text), "price": sheet.money("price"),
        "quantity": sheet.column("quantity", count), "asin": _asins(sheet),
    }  # fmt: skip
    if sheet.has("opened_at"):
        columns["opened_at"] = sheet.column("opened_at", _opened)
    if sheet.has("channel"):
        columns["channel"] = sheet.column("channel", _channel)
    if sheet.has("state"):
        columns["state"] = sheet.column("state", lambda cell: _STATES.get(cell.strip().lower()))
    named = [sku is not None for sku in columns["entity"]]
    sheet.leave_out("without a SKU", len(named) - sum(named))
    return sheet.read({
        name: [value for value, has_name in zip(values, named, strict=True) if has_name]
        for name, values in columns.items()
    })  # fmt: skip


def _asins(sheet: Sheet) -> list[str | None]:
    if sheet.has("asin"):
        return sheet.column("asin", text)
    if not sheet.has("id_type", "product_id"):
        return [None] * sheet.table.rows
    pairs = zip(sheet.column("id_type", text), sheet.column("product_id", text), strict=True)
    return [id if kind == _ASIN else None for kind, id in pairs]


def _channel(cell: str) -> str | None:
    """Amazon: DEFAULT is the seller's own warehouse, AMAZON_NA and the like Amazon's."""
    name = cell.strip().upper()
    return "fba" if name.startswith(("AMAZON", "AFN")) else "mfn" if name in ("DEFAULT", "MFN", "MERCHANT") else None


def _opened(cell: str) -> datetime | None:
    """When it was created; unknown where the report does not say so in a form we know."""
    try:
        return instant(cell)
    except ValueError:
        return None
