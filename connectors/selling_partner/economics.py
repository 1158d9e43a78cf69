"""What sales left over by SKU and day (Data Kiosk, analytics_economics_2024_03_15)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from agent.errors import ContractError
from agent.model.fact import Delivered, Pending, Stream
from agent.model.window import Span
from connectors.selling_partner.faults import NAME
from connectors.selling_partner.kiosk import Kiosk, lines_of
from connectors.selling_partner.reading import Item, Row, Unpromised, any_of, count, may, money, need, rows_of, text
from connectors.selling_partner.streams import Source

COLUMNS = ("day", "units_sold", "units_refunded", "net_sales", "amazon_fees", "ad_spend", "net_proceeds")
_AMOUNT = "{amount currencyCode}"
_QUERY = (
    'query{{analytics_economics_2024_03_15{{economics(startDate:"{first}",endDate:"{last}",'
    'marketplaceIds:["{marketplace}"],aggregateBy:{{date:DAY,productId:MSKU}})'
    "{{startDate endDate marketplaceId msku sales{{netProductSales{amount} unitsOrdered unitsRefunded}} "
    "fees{{charges{{aggregatedDetail{{totalAmount{amount}}}}}}} ads{{charge{{totalAmount{amount}}}}}}}}}}}"
)
_ADDED = ("units_sold", "units_refunded", "net_sales", "amazon_fees", "ad_spend", "net_proceeds")


def read_economics(source: Source, stream: Stream, span: Span, cursor: str | None) -> Delivered | Pending:
    """The span's days. A day that is not told of had no sales, no fees and no ad spend."""

    def query(piece: Span) -> str:
        return _QUERY.format(first=piece.first, last=piece.last, marketplace=source.marketplace.id, amount=_AMOUNT)

    found = Kiosk(source, stream.name, query).documents(span, cursor)
    if isinstance(found, Pending):
        return found
    rows, nameless = by_sku_and_day((line for path in found for line in lines_of(path)), source.marketplace.currency)
    for path in found:
        path.unlink(missing_ok=True)
    note = f"lines without a SKU, left out: {nameless}" if nameless else ""
    return Delivered((rows_of(rows, COLUMNS),), span, note)


def by_sku_and_day(lines: Iterable[Item], currency: str) -> tuple[list[Row], int]:
    """One row per SKU and day, several lines of it added up; and how many lines name no SKU."""
    rows: dict[tuple[str, date], Row] = {}
    nameless = 0
    for row in _rows(lines, currency):
        sku, day = row["entity"], row["day"]
        if not isinstance(sku, str) or not isinstance(day, date):
            nameless += 1
        elif (sku, day) not in rows:
            rows[sku, day] = row
        else:
            _add(rows[sku, day], row)
    return list(rows.values()), nameless


def _rows(lines: Iterable[Item], currency: str) -> Iterator[Row]:
    for number, line in enumerate(lines, start=1):
        try:
            row = _row(line, currency)
        except Unpromised as fault:
            says = f"Line {number} of the economics {fault}."
        else:
            yield row
            continue
        raise ContractError(says, connector=NAME, operation="getDocument", hint="Nothing of it was booked.")


def _row(line: Item, currency: str) -> Row:
    day = need(line, "startDate", _day)
    if need(line, "endDate", _day) != day:
        raise Unpromised("is about more than a day")
    sales = money(line, "sales.netProductSales", currency) or 0
    fees = sum(
        money(charge, "aggregatedDetail.totalAmount", currency) or 0
        for fee in any_of(line, "fees") for charge in any_of(fee, "charges")
    )  # fmt: skip
    ads = sum(money(ad, "charge.totalAmount", currency) or 0 for ad in any_of(line, "ads"))
    return {
        "entity": may(line, "msku", text), "day": day, "units_sold": may(line, "sales.unitsOrdered", count),
        "units_refunded": may(line, "sales.unitsRefunded", count), "net_sales": sales, "amazon_fees": fees,
        "ad_spend": ads,
        # Amazon: its own net proceeds have the cost of goods taken off where the seller told it; ours never.
        "net_proceeds": sales - fees - ads,
    }  # fmt: skip


def _add(row: Row, other: Mapping[str, object]) -> None:
    for name in _ADDED:
        known = [value for value in (row[name], other[name]) if isinstance(value, int)]
        row[name] = sum(known) if known else None


def _day(value: object) -> date:
    return date.fromisoformat(text(value)[:10])
