"""FBA stock: its age and what Amazon says of it, and what moved in and out of it by day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
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
    ledger = _Ledger()
    reads = [ledger.add(Sheet.of(desk, paper, _LEDGER), span) for span, paper in papers]
    notes = [note for read in reads for note in read.notes]
    return Read(Rows(ledger.columns()), notes, any(read.partial for read in reads))


class _Ledger:
    """What moved, by SKU and day. Amazon: what leaves is negative, and a move between dispositions is told twice."""

    def __init__(self) -> None:
        self._places: dict[tuple[str, date], int] = {}
        self._into: dict[str, Counter[int]] = {name: Counter() for name in _MOVES}
        self._out: dict[str, Counter[int]] = {name: Counter() for name in _MOVES}
        self._ending: Counter[int] = Counter()

    def add(self, sheet: Sheet, span: Span) -> Read:
        at = self._rows(sheet, span)
        sheet.leave_out("without a SKU, or of another day", at.count(None))
        for name in _MOVES:
            into, out = self._into[name], self._out[name]
            for place, value in zip(at, sheet.column(name, _whole), strict=True):
                if value and place is not None:
                    if value > 0:
                        into[place] += value
                    else:
                        out[place] -= value
        sellable = zip(at, sheet.column("ending", _whole), sheet.column("disposition", word), strict=True)
        for place, value, disposition in sellable:
            if value > 0 and place is not None and disposition == "sellable":
                self._ending[place] += value
        return sheet.read({"entity": []})

    def columns(self) -> Mapping[str, Sequence[Any]]:
        every = range(len(self._places))
        moves = {}
        for name in _MOVES:
            into, out = self._into[name].get, self._out[name].get
            moves[name] = [max(into(n, 0), out(n, 0)) for n in every]
        return {
            "entity": [sku for sku, _ in self._places], "day": [day for _, day in self._places], **moves,
            "ending_balance": [self._ending.get(n, 0) for n in every],
        }  # fmt: skip

    def _rows(self, sheet: Sheet, span: Span) -> list[int | None]:
        """For each line, the number of its SKU and day; None for one that has none."""
        places = self._places
        return [
            None if sku is None or day not in span else places.setdefault((sku, day), len(places))
            for sku, day in zip(sheet.column("sku", text), sheet.days("day", span), strict=True)
        ]


def _whole(cell: str) -> int:
    return signed(cell) or 0
