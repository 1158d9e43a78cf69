"""Money that moved (Finances 2024-06-19).

Amazon: orders of the last 48 hours may be missing, and a page may be empty though others follow.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from hashlib import sha256

from agent.model.fact import Delivered, Pending, Stream
from agent.model.window import Span
from agent.outbound import Reply
from connectors.selling_partner.client import Ask
from connectors.selling_partner.reading import (
    Item,
    Row,
    any_of,
    at,
    instant,
    may,
    money,
    need,
    next_token,
    promised,
    root,
    rows_of,
    text,
    word,
)
from connectors.selling_partner.streams import Source

COLUMNS = ("posted_at", "type", "about", "sku", "amount")
_FIRST_DAYS = 60
_LONGEST_DAYS = 180
"""Amazon: a longer span is answered with nothing."""
_NAMES = ("currencyAmount", "currencyCode")
_TYPES = {"shipment": "order"}
_TELLING = ("postedDate", "transactionType", "totalAmount.currencyAmount", "relatedIdentifiers", "description")
_WAITING = frozenset({"deferred", "deferred_released"})
"""Amazon: money that is held back has not moved; when it is let go, a transaction of its own says so."""


def read_transactions(source: Source, stream: Stream, span: Span, cursor: str | None) -> Delivered | Pending:
    """What was posted since the last pulls."""
    days = stream.restate_days if source.pulled(stream.name) else _FIRST_DAYS
    since = datetime.combine(span.first - timedelta(days=min(days, _LONGEST_DAYS)), time(), UTC)
    # Amazon: with a marketplaceId, orders that sellers ship themselves are missing in the US; so it is left out.
    ask = Ask("listTransactions", query={"postedAfter": since.strftime("%Y-%m-%dT%H:%M:%SZ")})
    pages = source.client.pages(ask, next_token("payload.nextToken"))
    found, left_out = transactions(pages, source.marketplace.id, source.marketplace.currency)
    note = f"transactions of other marketplaces, left out: {left_out}" if left_out else ""
    return Delivered((rows_of(found, COLUMNS),), note=note)


def transactions(pages: Iterable[Reply], marketplace_id: str, currency: str) -> tuple[Sequence[Row], int]:
    """Every transaction once, and how many are of other marketplaces."""
    found: dict[str, Row] = {}
    left_out = 0
    for reply in pages:
        with promised(reply):
            for transaction in any_of(root(reply), "payload.transactions"):
                if not _is_ours(transaction, marketplace_id, currency):
                    left_out += 1
                elif may(transaction, "transactionStatus", word) not in _WAITING:
                    found |= {str(row["entity"]): row for row in _rows(transaction, currency)}
    return list(found.values()), left_out


def _is_ours(transaction: Item, marketplace_id: str, currency: str) -> bool:
    where = may(transaction, "marketplaceDetails.marketplaceId", text)
    if where is None:
        where = may(transaction, "sellingPartnerMetadata.marketplaceId", text)
    return where in (None, marketplace_id) and may(transaction, "totalAmount.currencyCode", text) in (None, currency)


def _rows(transaction: Item, currency: str) -> Iterator[Row]:
    """One row; one per item where there are several and they come to the whole."""
    total = money(transaction, "totalAmount", currency, names=_NAMES)
    id, kind = _id(transaction), may(transaction, "transactionType", word)
    row: Row = {
        "entity": id, "posted_at": need(transaction, "postedDate", instant), "type": _TYPES.get(kind or "", kind),
        "about": may(transaction, "description", text), "sku": None, "amount": total,
    }  # fmt: skip
    items = any_of(transaction, "items")
    amounts = [money(item, "totalAmount", currency, names=_NAMES) for item in items]
    skus = [_sku(item) for item in items]
    if len(items) > 1 and None not in amounts and sum(amount or 0 for amount in amounts) == total:
        for number, (sku, amount) in enumerate(zip(skus, amounts, strict=True), start=1):
            yield {**row, "entity": f"{id}/{number}", "sku": sku, "amount": amount}
        return
    known = {*skus, _sku(transaction)} - {None}
    yield {**row, "sku": known.pop() if len(known) == 1 else None}


def _sku(data: Item) -> str | None:
    return next((sku for context in any_of(data, "contexts") if (sku := may(context, "sku", text))), None)


def _id(transaction: Item) -> str:
    """Amazon: the id may be missing; then what the transaction says stands for it."""
    known = may(transaction, "transactionId", text)
    if known:
        return known
    said = "\n".join(str(at(transaction, path)) for path in _TELLING)
    return sha256(said.encode()).hexdigest()[:32]
