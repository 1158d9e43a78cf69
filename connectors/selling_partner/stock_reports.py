"""FBA stock: its age and what Amazon says of it, and what moved in and out of it by day."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from agent.model.fact import Rows
from agent.model.marketplace import MARKETPLACES
from agent.model.window import Span
from connectors.selling_partner.cells import count, flag, signed, text, word
from connectors.selling_partner.document import Paper
from connectors.selling_partner.flat_file import Wanted
from connectors.selling_partner.sheet import Desk, Read, Sheet

_FEE_BUCKETS = ("181-210", "211-240", "241-270", "271-300", "301-330", "331-365", "365-plus")
_FEES = {f"fee {days}": Wanted((f"estimated-ais-{days}-days",)) for days in _FEE_BUCKETS}
_FEE_UNITS = {f"units {days}": Wanted((f"quantity-to-be-charged-ais-{days}-days",)) for days in _FEE_BUCKETS}
_AGES: Mapping[str, Sequence[Sequence[str]]] = {
    # Amazon: the buckets changed over the years; each list of columns makes up one of ours.
    "age_0_90": (("inv-age-0-to-90-days",), ("inv-age-0-to-30-days", "inv-age-31-to-60-days", "inv-age-61-to-90-days")),
    "age_91_180": (("inv-age-91-to-180-days",),),
    "age_181_270": (("inv-age-181-to-270-days",),),
    "age_271_365": (("inv-age-271-to-365-days",),),
    "age_over_365": (("inv-age-365-plus-days",), ("inv-age-366-to-455-days", "inv-age-456-plus-days")),
}
_COUNTS = {
    "minimum_level": "fba-minimum-inventory-level", "excess_units": "estimated-excess-quantity",
    "shipped_7d": "units-shipped-t7", "shipped_30d": "units-shipped-t30", "shipped_60d": "units-shipped-t60",
    "shipped_90d": "units-shipped-t90",
}  # fmt: skip
_NUMBERS = {
    "amazon_days_of_supply": ("days-of-supply",), "sell_through": ("sell-through",),
    "historical_days_short": ("Short term historical days of supply",),
    "historical_days_long": ("Long term historical days of supply",),
}  # fmt: skip
_FLAGS = {
    "low_inventory_fee": "Low-Inventory-Level fee applied in current week?",
    "low_inventory_exempt": "Exempted from Low-Inventory-Level fee?",
}
_HEALTH = {
    "sku": Wanted(("sku",), needed=True),
    "marketplace": Wanted(("marketplace",)),
    "currency": Wanted(("currency",)),
    "health": Wanted(("fba-inventory-level-health-status",)),
    "storage_cost": Wanted(("estimated-storage-cost-next-month",)),
    **{name: Wanted((source,), needed=name == "shipped_30d") for name, source in _COUNTS.items()},
    **{name: Wanted(names) for name, names in _NUMBERS.items()},
    **{name: Wanted((source,)) for name, source in _FLAGS.items()},
    **{source: Wanted((source,)) for ways in _AGES.values() for way in ways for source in way},
    **_FEES,
    **_FEE_UNITS,
}


def inventory_health(desk: Desk, papers: Sequence[tuple[Span, Paper]]) -> Read:
    """The planning report: one row per SKU."""
    sheet = Sheet.of(desk, papers[-1][1], _HEALTH)
    sheet.check_currency("currency")
    columns: dict[str, Sequence[Any]] = {"entity": sheet.column("sku", text)}
    columns |= {name: sheet.column(name, count) for name in _COUNTS if sheet.has(name)}
    columns |= {name: sheet.numbers(name) for name in _NUMBERS if sheet.has(name)}
    columns |= {name: sheet.column(name, flag) for name in _FLAGS if sheet.has(name)}
    for name, ways in _AGES.items():
        way = next((way for way in ways if sheet.has(*way)), None)
        if way is not None:
            columns[name] = _summed([sheet.column(source, count) for source in way])
    if units := [name for name in _FEE_UNITS if sheet.has(name)]:
        columns["aged_fee_units"] = _summed([sheet.column(name, count) for name in units])
    if fees := [name for name in _FEES if sheet.has(name)]:
        columns["aged_fee"] = _summed([sheet.money(name) for name in fees])
    if sheet.has("storage_cost"):
        columns["storage_cost"] = sheet.money("storage_cost")
    if sheet.has("health"):
        columns["health"] = sheet.column("health", word)
    return sheet.read(_of_this_marketplace(sheet, columns))


def _summed(parts: Sequence[Sequence[int | None]]) -> list[int | None]:
    """The sum of what is known; unknown where nothing is."""
    return [
        sum(value for value in row if value is not None) if any(value is not None for value in row) else None
        for row in zip(*parts, strict=True)
    ]


def _of_this_marketplace(sheet: Sheet, columns: Mapping[str, Sequence[Any]]) -> Mapping[str, Sequence[Any]]:
    """Without rows of other marketplaces, and without rows that name no SKU."""
    mine = sheet.desk.marketplace.code
    others = (set(MARKETPLACES) | {"GB"}) - {mine, *({"GB"} if mine == "UK" else ())}
    places = sheet.table.columns.get("marketplace") or [mine] * len(columns["entity"])
    kept = [place.strip().upper() not in others and sku is not None
            for place, sku in zip(places, columns["entity"], strict=True)]  # fmt: skip
    sheet.leave_out("of another marketplace, or without a SKU", len(kept) - sum(kept))
    return {name: [value for value, keep in zip(values, kept, strict=True) if keep] for name, values in columns.items()}


_MOVES: Mapping[str, str] = {
    "receipts": "Receipts", "customer_shipments": "Customer Shipments", "customer_returns": "Customer Returns",
    "found": "Found", "lost": "Lost", "damaged": "Damaged", "disposed": "Disposed",
}  # fmt: skip
_LEDGER = {
    "day": Wanted(("Date",), needed=True),
    "sku": Wanted(("MSKU",), needed=True),
    "disposition": Wanted(("Disposition",), needed=True),
    "ending": Wanted(("Ending Warehouse Balance",), needed=True),
    **{name: Wanted((source,), needed=True) for name, source in _MOVES.items()},
}


def stock_ledger(desk: Desk, papers: Sequence[tuple[Span, Paper]]) -> Read:
    """The ledger's summary by day: rows of a SKU's dispositions and places become one."""
    sums: dict[tuple[str, date], _Day] = {}
    reads = [_ledger_into(sums, Sheet.of(desk, paper, _LEDGER), span) for span, paper in papers]
    columns: dict[str, Sequence[Any]] = {"entity": [sku for sku, _ in sums], "day": [day for _, day in sums]}
    for place, name in enumerate(_MOVES):
        columns[name] = [max(day.into[place], day.out[place]) for day in sums.values()]
    columns["ending_balance"] = [day.ending for day in sums.values()]
    notes = [note for read in reads for note in read.notes]
    return Read(Rows(columns), notes, any(read.partial for read in reads))


class _Day:
    """What moved on one day. Amazon: what leaves is negative, and a move between dispositions is told twice."""

    __slots__ = ("ending", "into", "out")

    def __init__(self) -> None:
        self.into, self.out, self.ending = [0] * len(_MOVES), [0] * len(_MOVES), 0


def _ledger_into(sums: dict[tuple[str, date], _Day], sheet: Sheet, span: Span) -> Read:
    whole: Callable[[str], int] = lambda cell: signed(cell) or 0  # noqa: E731
    moves = [sheet.column(name, whole) for name in _MOVES]
    rows = zip(sheet.column("sku", text), sheet.days("day", span), sheet.column("disposition", word),
               sheet.column("ending", whole), zip(*moves, strict=True), strict=True)  # fmt: skip
    nameless = 0
    for sku, day, disposition, ending, row in rows:
        if sku is None or day not in span:
            nameless += 1
            continue
        here = sums.setdefault((sku, day), _Day())
        for place, value in enumerate(row):
            if value > 0:
                here.into[place] += value
            elif value < 0:
                here.out[place] -= value
        if disposition == "sellable":
            here.ending += max(0, ending)
    sheet.leave_out("without a SKU, or of another day", nameless)
    return sheet.read({"entity": []})
