"""Flat files: a header and rows, before they become text, so that faults can spoil them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from connectors.sandbox.faults import Fault, Strikes

_CHARSETS = {"JP": "Shift_JIS", "UK": "Cp1252", "DE": "Cp1252", "FR": "Cp1252", "IT": "Cp1252", "ES": "Cp1252"}


@dataclass(slots=True)
class Table:
    """A tab-separated file. Tabs and line ends inside a cell become spaces, as Amazon writes them."""

    header: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)

    def add(self, cells: Mapping[str, object]) -> None:
        """One row by column name; what is not named stays empty, an unknown name is a ``KeyError``."""
        row = dict.fromkeys(self.header, "")
        for name, value in cells.items():
            if name not in row:
                raise KeyError(name)
            row[name] = _cell(value)
        self.rows.append(list(row.values()))

    def text(self) -> str:
        lines = ["\t".join(self.header), *("\t".join(row) for row in self.rows)]
        return "\n".join(lines) + "\n"


def charset(marketplace: str) -> str:
    """Amazon: the charset of a flat file depends on the marketplace; only the download's header tells it."""
    return _CHARSETS.get(marketplace, "UTF-8")


def spoiled(table: Table, strikes: Strikes) -> Table:
    """The table as the planted faults leave it."""
    for fault in strikes:
        if fault.kind in _SPOILS:
            table = _SPOILS[fault.kind](table, fault)
    return table


def _duplicates(table: Table, fault: Fault) -> Table:
    return Table(table.header, [*table.rows, *table.rows[:: max(1, int(fault.number("every")))]])


def _missing(table: Table, fault: Fault) -> Table:
    kept = [place for place, name in enumerate(table.header) if name != fault.text("column")]
    return Table(_chosen(table.header, kept), [_chosen(row, kept) for row in table.rows])


def _extra(table: Table, fault: Fault) -> Table:
    return Table([*table.header, fault.text("column")], [[*row, "1"] for row in table.rows])


_SPOILS: Mapping[str, Callable[[Table, Fault], Table]] = {
    "duplicate_rows": _duplicates, "missing_column": _missing, "extra_column": _extra,
}  # fmt: skip


def _chosen(cells: Sequence[str], places: Iterable[int]) -> Sequence[str]:
    return [cells[place] for place in places]


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return " ".join(str(value).replace("\t", " ").splitlines())
