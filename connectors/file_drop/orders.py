"""Orders, returns, settlements and transactions. Nothing about the buyer is kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from agent.errors import FileError
from agent.model.fact import Delivered, Rows
from agent.model.metric import Unit
from agent.model.money import MICROS
from agent.model.parcel import Parcel, PeriodFrom
from agent.model.window import Span
from connectors.file_drop.form import Form, Surroundings, form, numbered, private, receipt_of, totals, without_totals
from connectors.file_drop.table import Table

_FBA = frozenset({"amazon", "afn", "fba", "amazon_na", "amazon_eu", "amazon_jp"})
_OF_AN_ORDER = ("entity", "purchased_at", "status", "channel", "units")
_V1 = {
    "price_amount": "price_type", "item_fee_amount": "item_fee_type", "shipment_fee_amount": "shipment_fee_type",
    "order_fee_amount": "order_fee_type", "misc_fee_amount": "", "other_fee_amount": "other_fee_type",
    "promotion_amount": "promotion_type", "direct_amount": "direct_type", "other_amount": "",
}  # fmt: skip
_TYPES = {
    "bestellung": "order", "erstattung": "refund", "servicegebühr": "service_fee", "übertrag": "transfer",
    "commande": "order", "remboursement": "refund", "frais de service": "service_fee", "transfert": "transfer",
    "ordine": "order", "rimborso": "refund", "pedido": "order", "reembolso": "refund", "注文": "order",
    "返金": "refund", "振込み": "transfer", "订单": "order", "退款": "refund", "转账": "transfer",
}  # fmt: skip


def all_orders(form: Form, table: Table, around: Surroundings) -> Parcel:
    """Order lines by last update; of an order that stands there twice the newer row counts."""
    currency = table.currency("amount")
    sums, money = totals(form, table)
    lines, orders = _lines(table)
    moments = [moment for moment in lines["purchased_at"] if moment is not None]
    period = Span(min(moments).date(), max(moments).date()) if moments else None
    receipt = receipt_of(
        table, totals=sums, money=money, currency=currency, period=period, period_from=PeriodFrom.CONTENT,
        ignored=private(table),
    )  # fmt: skip
    filled = bool(lines["entity"])
    return Parcel(form.kind, [
        ("order_lines", Delivered([Rows(lines)] if filled else [], partial=True)),
        ("orders", Delivered([Rows(orders)] if filled else [], partial=True)),
    ], receipt)  # fmt: skip


def _lines(table: Table) -> tuple[dict[str, list[Any]], dict[str, list[Any]]]:
    """Columns of order lines and of orders."""
    ids, skus = table.ids("order_id"), table.ids("sku")
    words = {text: _word(text) for text in set(table.texts("status"))}
    bought, updated = table.values("purchased_at", Unit.INSTANT), table.values("updated_at", Unit.INSTANT)
    channels = {text: "fba" if (text or "").casefold() in _FBA else "mfn" for text in set(table.texts("channel"))}
    lines: dict[str, list[Any]] = {
        "entity": [f"{order}/{sku}" for order, sku in zip(ids, skus, strict=True)], "sku": list(skus),
        "asin": table.texts("asin"), "order_id": list(ids), "purchased_at": bought,
        "status": [words[text] for text in table.texts("status")],
        "units": [units or 0 for units in table.values("units", Unit.COUNT)],
        "amount": table.values("amount", Unit.MONEY),
        "channel": [channels[text] for text in table.texts("channel")],
    }  # fmt: skip
    if len(set(ids)) < len(ids):
        rows = _newest(ids, updated)
        if len(rows) < len(ids):
            lines = {name: [values[row] for row in rows] for name, values in lines.items()}
    orders = {name: lines["order_id" if name == "entity" else name] for name in _OF_AN_ORDER}
    return _once(lines, "units", "amount"), _once(orders, "units")


def _once(columns: dict[str, list[Any]], *added: str) -> dict[str, list[Any]]:
    """One row per entity: the first, with the ``added`` columns of all of them."""
    entities = columns["entity"]
    if len(set(entities)) == len(entities):
        return columns
    at = {entity: row for row, entity in reversed(list(enumerate(entities)))}
    rows = sorted(at.values())
    found = {name: [values[row] for row in rows] for name, values in columns.items()}
    place = {entities[row]: position for position, row in enumerate(rows)}
    firsts = set(rows)
    for row, entity in enumerate(entities):
        if row not in firsts:
            for name in added:
                found[name][place[entity]] = _sum(found[name][place[entity]], columns[name][row])
    return found


def _newest(ids: Sequence[str], updated: Sequence[datetime | None]) -> list[int]:
    """The rows that are of an order's last update."""
    newest: dict[str, datetime] = {}
    for id, moment in zip(ids, updated, strict=True):
        if moment is not None and (id not in newest or newest[id] < moment):
            newest[id] = moment
    return [
        row for row, (id, moment) in enumerate(zip(ids, updated, strict=True))
        if moment is None or newest.get(id) == moment
    ]  # fmt: skip


def _sum(one: int | None, other: int | None) -> int | None:
    return other if one is None else (one if other is None else one + other)


def _word(text: str | None) -> str | None:
    return text.casefold().replace(" ", "_").replace("-", "_") if text else None


def returns(form: Form, table: Table, around: Surroundings) -> Parcel:
    """Customer returns, named by order, SKU and the item's own label."""
    sums, _money = totals(form, table)
    orders, skus = table.ids("return_order"), table.ids("sku")
    moments = table.values("returned_at", Unit.INSTANT)
    labels = [
        plate or (moment.date().isoformat() if moment is not None else "")
        for plate, moment in zip(table.values("plate", Unit.TEXT), moments, strict=True)
    ]
    entities = numbered(f"{order}/{sku}/{label}" for order, sku, label in zip(orders, skus, labels, strict=True))
    columns: dict[str, list[Any]] = {
        "entity": entities, "sku": list(skus), "asin": table.values("asin", Unit.TEXT), "returned_at": moments,
        "units": table.values("units", Unit.COUNT), "reason": [_word(text) for text in table.texts("reason")],
        "disposition": [_word(text) for text in table.texts("disposition")],
        "text": table.values("text", Unit.TEXT),
    }  # fmt: skip
    known = [moment.date() for moment in moments if moment is not None]
    receipt = receipt_of(table, totals=sums, period=Span(min(known), max(known)) if known else None,
                         period_from=PeriodFrom.CONTENT)  # fmt: skip
    return Parcel(form.kind, [("returns", Delivered([Rows(columns)] if entities else [], partial=True))], receipt)


def settlement(form: Form, table: Table, around: Surroundings) -> Parcel:
    """A settlement's rows, which have to add up to the amount its first row declares."""
    currency = table.currency()
    declared = table.values("declared", Unit.MONEY)
    heads = [amount is not None for amount in declared]
    if not any(heads):
        raise FileError("has no row that declares the settlement's amount", file=table.place.file,
                        hint="download the whole settlement")  # fmt: skip
    body = table.only([not head for head in heads])
    columns = _postings(body)
    said, rows = sum(amount for amount in declared if amount is not None), sum(columns["amount"])
    if said != rows:
        raise FileError(
            f"declares {_shown(said)} and its rows add up to {_shown(rows)}", file=table.place.file,
            place=table.where(heads.index(True), "declared"), hint="download the whole settlement again",
        )  # fmt: skip
    period = _period(table.only(heads))
    receipt = receipt_of(
        body, totals={"amount": rows, "declared": said}, money=frozenset({"amount", "declared"}), currency=currency,
        period=period, period_from=PeriodFrom.CONTENT,
    )  # fmt: skip
    filled = bool(columns["entity"])
    return Parcel(form.kind, [("transactions", Delivered([Rows(columns)] if filled else [], partial=True))], receipt)


def _postings(body: Table) -> dict[str, list[Any]]:
    settlements, kinds = body.ids("settlement"), body.texts("kind")
    moments, skus = body.values("posted_at", Unit.INSTANT), body.values("sku", Unit.TEXT)
    found: dict[str, list[Any]] = {n: [] for n in ("entity", "posted_at", "type", "about", "sku", "amount")}
    pairs = {"line_amount": "amount_about"} if body.has("line_amount") else _V1
    for name, about in pairs.items():
        texts = body.values(about, Unit.TEXT)
        for row, amount in enumerate(body.values(name, Unit.MONEY)):
            if amount is None:
                continue
            # Amazon gives a posting no id; its place in its settlement never changes.
            suffix = "" if len(pairs) == 1 else f"/{name}"
            posting = (f"{settlements[row]}/{body.numbers[row]}{suffix}", moments[row], _snake(kinds[row]),
                       texts[row] or name.replace("_", " "), skus[row], amount)  # fmt: skip
            for column, value in zip(found.values(), posting, strict=True):
                column.append(value)
    return found


def _period(heads: Table) -> Span | None:
    firsts = [day for day in heads.days("settlement_start") if day is not None]
    lasts = [day for day in heads.days("settlement_end") if day is not None]
    return Span(min(firsts), max(lasts)) if firsts and lasts else None


def transactions(form: Form, table: Table, around: Surroundings) -> Parcel:
    """The date range report. Its rows have no id: equal rows are told apart by counting them."""
    table = without_totals(form, table, "posted_at")
    currency = table.currency("amount")
    sums, money = totals(form, table)
    moments, kinds = table.values("posted_at", Unit.INSTANT), table.texts("kind")
    orders, skus = table.values("order_id", Unit.TEXT), table.values("sku", Unit.TEXT)
    abouts, amounts = table.values("about", Unit.TEXT), table.values("amount", Unit.MONEY)
    parts = zip(table.texts("settlement"), moments, kinds, orders, skus, abouts, amounts, strict=True)
    entities = numbered(_hash(each) for each in parts)
    columns = {
        "entity": entities, "posted_at": moments, "type": [_snake(kind) for kind in kinds], "about": abouts,
        "sku": skus, "amount": amounts,
    }  # fmt: skip
    known = [moment.date() for moment in moments if moment is not None]
    receipt = receipt_of(
        table, totals=sums, money=money, currency=currency, period=Span(min(known), max(known)) if known else None,
        period_from=PeriodFrom.CONTENT, ignored=private(table),
    )  # fmt: skip
    return Parcel(form.kind, [("transactions", Delivered([Rows(columns)] if entities else [], partial=True))], receipt)


def _hash(parts: Sequence[object]) -> str:
    return blake2b(repr([str(part) for part in parts]).encode(), digest_size=10).hexdigest()


def _snake(kind: str | None) -> str | None:
    if kind is None:
        return None
    folded = kind.strip().casefold()
    if folded in _TYPES:
        return _TYPES[folded]
    return re.sub(r"[\s-]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.strip())).casefold()


def _shown(micros: int) -> str:
    return f"{Decimal(micros) / MICROS:.2f}"


_SETTLED = {"declared": Unit.MONEY, "posted_at": Unit.INSTANT, "settlement_start": Unit.INSTANT,
            "settlement_end": Unit.INSTANT, "line_amount": Unit.MONEY, **dict.fromkeys(_V1, Unit.MONEY)}  # fmt: skip
ORDERS: Sequence[Form] = (
    form("all_orders", "orders", "order_id updated_at purchased_at status sku units amount currency", build=all_orders,
         units={"purchased_at": Unit.INSTANT, "updated_at": Unit.INSTANT, "units": Unit.COUNT, "amount": Unit.MONEY}),
    form("fba_returns", "orders", "returned_at return_order sku reason disposition units", build=returns,
         units={"returned_at": Unit.INSTANT, "units": Unit.COUNT}),
    form("settlement", "orders", "settlement settlement_start declared kind amount_type amount_about line_amount",
         build=settlement, units=_SETTLED),
    form("settlement_v1", "orders", "settlement settlement_start declared kind price_type price_amount item_fee_amount",
         build=settlement, units=_SETTLED),
    form("transactions", "transactions", "posted_at settlement kind order_id about amount product_sales",
         build=transactions, units={"posted_at": Unit.INSTANT, "amount": Unit.MONEY, "product_sales": Unit.MONEY}),
)  # fmt: skip
