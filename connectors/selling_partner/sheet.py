"""One report being read: its columns as typed lists, and what had to be left out of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from agent.model.fact import Rows
from agent.model.marketplace import Marketplace
from agent.model.window import Span
from connectors.selling_partner.cells import amounts, each, micros
from connectors.selling_partner.dates import days_of
from connectors.selling_partner.document import Paper
from connectors.selling_partner.flat_file import Table, Wanted, read_table

T = TypeVar("T")
_DECIMAL_COMMA = frozenset({"DE", "FR", "IT", "ES", "NL", "BE", "SE", "PL", "TR", "BR", "ZA"})


@dataclass(frozen=True, slots=True)
class Desk:
    """Whose report is read: it decides currency, calendar and habits of writing."""

    account: str
    marketplace: Marketplace

    @property
    def code_page(self) -> str:
        """The alphabet of old reports. Amazon: Windows' own, of the country."""
        return "cp932" if self.marketplace.code == "JP" else "cp1252"


@dataclass(frozen=True, slots=True)
class Read:
    """What a document held.

    ``partial``: some of it could not be read, so what is missing may well be there.
    ``silent``: days of which it says nothing at all, not even that nothing was sold.
    """

    rows: Rows
    notes: Sequence[str] = ()
    partial: bool = False
    silent: frozenset[date] = frozenset()


@dataclass(slots=True)
class Sheet:
    """A flat file with typed access to its columns."""

    desk: Desk
    paper: Paper
    table: Table
    left_out: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, desk: Desk, paper: Paper, wanted: Mapping[str, Wanted]) -> Sheet:
        return cls(desk, paper, read_table(paper, wanted))

    def has(self, *names: str) -> bool:
        return all(name in self.table for name in names)

    def column(self, name: str, read: Callable[[str], T]) -> list[T]:
        """A column, read. ``ContractError`` with the row where one cell cannot be."""
        cells = self.table[name]
        try:
            return each(cells, read)
        except ValueError:
            row = next(number for number, cell in enumerate(cells, 2) if _fails(read, cell))
        raise self.paper.fault(f"has in row {row} something under {name} that cannot be read")

    def money(self, name: str) -> list[int | None]:
        read = amounts(self.desk.marketplace.code in _DECIMAL_COMMA)
        return self.column(name, lambda cell: micros(read(cell)))

    def numbers(self, name: str) -> list[float | None]:
        read = amounts(self.desk.marketplace.code in _DECIMAL_COMMA)

        def number(cell: str) -> float | None:
            value: Decimal | None = read(cell)
            return None if value is None else float(value)

        return self.column(name, number)

    def days(self, name: str, asked: Span) -> list[date]:
        """A column of days, all within those that were asked for."""
        cells = self.table[name]
        if not cells:
            return []
        try:
            known = days_of(cells, asked, self.desk.marketplace.code)
        except ValueError as fault:
            raise self.paper.fault(f"cannot be dated: {fault}") from None
        return [known[cell] for cell in cells]

    def check_currency(self, name: str) -> None:
        """Refuse amounts in another currency than the marketplace's."""
        mine = self.desk.marketplace.currency
        others = {cell.strip().upper() for cell in self.table.columns.get(name, ())} - {"", mine}
        if others:
            raise self.paper.fault(f"has amounts in {' and '.join(sorted(others)[:3])}, and the account is in {mine}")

    def leave_out(self, why: str, rows: int = 1) -> None:
        if rows:
            self.left_out[why] = self.left_out.get(why, 0) + rows

    def read(self, columns: Mapping[str, Sequence[Any]]) -> Read:
        """The result, with what was left out told in a few words."""
        notes = [f"{rows} rows: {why}" for why, rows in self.left_out.items()]
        if self.table.damaged:
            notes.append(f"{self.table.damaged} rows have more cells than the header")
        if self.table.unknown:
            notes.append(f"{len(self.table.unknown)} other columns")
        return Read(Rows(columns), notes, bool(self.table.damaged))


def _fails(read: Callable[[str], object], cell: str) -> bool:
    try:
        read(cell)
    except ValueError:
        return True
    return False
