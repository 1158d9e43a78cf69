"""A recognised table: typed columns out of cells, and for every fault the place where it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from agent.errors import FileError
from agent.model.marketplace import Marketplace
from agent.model.metric import Unit
from connectors.file_drop import dates, numbers
from connectors.file_drop.dates import AmbiguousDateError
from connectors.file_drop.grids import Cell
from connectors.file_drop.names import Heading

_COMMA_LANGUAGES = frozenset({"de", "fr", "it", "es"})
_COMMA_MARKETPLACES = frozenset({"DE", "FR", "IT", "ES", "NL", "BE", "SE", "PL", "TR", "BR"})
_MONTH_FIRST = frozenset({"US"})
_EITHER_ORDER = frozenset({"CA"})
_YES = frozenset({"true", "yes", "y", "1", "ja", "oui", "sì", "si", "sí", "是", "はい", "x"})
_NO = frozenset({"false", "no", "n", "0", "nein", "non", "否", "いいえ"})
_EXACT_DIGITS = 15
_SHOWN_ROWS = 5
NUMERIC = frozenset({Unit.COUNT, Unit.MONEY, Unit.RATIO, Unit.NUMBER, Unit.DAYS})


class _Memo(dict[Any, Any]):
    """Each value is read once, however many rows repeat it."""

    def __init__(self, read: Callable[[Any], Any]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, cell: Any) -> Any:
        value = self[cell] = self._read(cell)
        return value


@dataclass(frozen=True, slots=True)
class Place:
    """Where a table came from, and what its marketplace takes for granted. ``decimal`` and ``order`` are the owner's
    word, where he gave it."""

    file: str
    sheet: str
    marketplace: Marketplace
    encoding: str = ""
    decimal: str | None = None
    order: str | None = None


@dataclass(frozen=True)
class Table:
    """Rows below a header, each as long as the header. ``numbers`` are the rows' own, as a spreadsheet counts them.

    ``percent``: fields whose bare numbers are percent (8.44 is 0.0844).
    """

    place: Place
    heading: Heading
    rows: Sequence[Sequence[Cell]]
    numbers: Sequence[int]
    numeric: frozenset[str] = frozenset()
    dated: frozenset[str] = frozenset()
    percent: frozenset[str] = frozenset()
    absolute: frozenset[str] = frozenset()
    preface: Sequence[Sequence[Cell]] = field(default=())
    _kept: dict[tuple[str, Unit], list[Any]] = field(default_factory=dict)
    """Columns that were read already."""
    _cells: dict[str, list[Cell]] = field(default_factory=dict)
    """Columns taken out of the rows already."""

    def __len__(self) -> int:
        return len(self.rows)

    def has(self, *fields: str) -> bool:
        return all(each in self.heading.columns for each in fields)

    def only(self, keep: Sequence[bool]) -> Table:
        """The rows that are kept."""
        rows = [row for row, wanted in zip(self.rows, keep, strict=True) if wanted]
        numbers = [number for number, wanted in zip(self.numbers, keep, strict=True) if wanted]
        table = replace(self, rows=rows, numbers=numbers, _kept={}, _cells={})
        table.__dict__["decimal"] = self.decimal
        table.__dict__["order"] = self.order
        return table

    def cells(self, name: str) -> Sequence[Cell]:
        found = self._cells.get(name)
        if found is None:
            position = self.heading.columns[name]
            found = self._cells[name] = [row[position] for row in self.rows]
        return found

    def values(self, name: str, unit: Unit) -> list[Any]:
        """The column in our units; what cannot be read is a ``FileError``. A column that is not there is all None."""
        if not self.has(name):
            return [None] * len(self.rows)
        found = self._kept.get((name, unit))
        if found is None:
            found = self._kept[name, unit] = self._read(name, self._reader(name, unit))
        return found

    def read_one(self, cell: Cell, unit: Unit) -> Any:
        """A cell outside the rows in our units; None where it cannot be read."""
        try:
            return self._reader("", unit)(cell)
        except ValueError:
            return None

    def texts(self, name: str) -> list[str | None]:
        return self.values(name, Unit.TEXT)

    def ids(self, name: str) -> list[str]:
        """A column that names something: nothing may be missing, and no digit lost."""
        return self._read(name, _id)

    def days(self, name: str) -> list[date | None]:
        """The calendar days of a column; of one that is not there all None."""
        if not self.has(name):
            return [None] * len(self.rows)
        order = self.order
        return self._read(name, lambda cell: dates.day(cell, order))

    def fault(self, index: int, name: str, message: str, hint: str = "") -> FileError:
        return FileError(message, file=self.place.file, place=self.where(index, name), hint=hint)

    def where(self, index: int, name: str = "") -> str:
        sheet = f"sheet '{self.place.sheet}', " if self.place.sheet else ""
        row = f"{sheet}row {self.numbers[index]}"
        if name not in self.heading.columns:
            return row
        position = self.heading.columns[name]
        return f"{row}, column '{self.heading.names[position]}' ({letters(position)})"

    @cached_property
    def decimal(self) -> str:
        """The mark before decimals: as the owner says, as the numbers tell, else as the language or the marketplace
        has it. ``FileError`` where the numbers contradict each other."""
        if self.place.decimal is not None:
            return self.place.decimal
        cells = {cell for name in self.numeric if self.has(name) for cell in self.cells(name) if isinstance(cell, str)}
        told = numbers.evidence(cells)
        if told == "both":
            raise FileError(
                "has numbers with a decimal comma and others with a decimal point", file=self.place.file,
                place=self.where(0) if self.rows else "", hint="download it again and do not edit it",
            )  # fmt: skip
        if told in (".", ","):
            return told
        if self.heading.language:
            return "," if self.heading.language in _COMMA_LANGUAGES else "."
        return "," if told == "?" and self.place.marketplace.code in _COMMA_MARKETPLACES else "."

    @cached_property
    def order(self) -> str | None:
        """Whether days or months come first, None where nothing tells."""
        if self.place.order is not None:
            return self.place.order
        told = dates.order_of(self._dated())
        if told == "both":
            raise FileError(
                "has dates with the day first and others with the month first", file=self.place.file,
                hint="export it again, with one format of dates",
            )  # fmt: skip
        if told is not None:
            return told
        if self.heading.language in _COMMA_LANGUAGES:
            return "dmy"
        code = self.place.marketplace.code
        return "mdy" if code in _MONTH_FIRST else (None if code in _EITHER_ORDER else "dmy")

    def currency(self, *fields: str) -> str | None:
        """The one currency of the table; ``FileError`` where it has two, or another than the marketplace's."""
        found: dict[str, list[int]] = {}
        if self.has("currency"):
            self._collect(found, ((cell if isinstance(cell, str) else "") for cell in self.cells("currency")), True)
        for name in fields:
            if self.has(name):
                self._collect(found, self.cells(name), False)
        return self._one_of(found)

    def _collect(self, found: dict[str, list[int]], cells: Iterable[Cell], code: bool) -> None:
        memo = _Memo(lambda cell: _code(cell) if code else numbers.currency_of(cell))
        for index, cell in enumerate(cells):
            if isinstance(cell, str) and (named := memo[cell]) is not None:
                rows = found.setdefault(named, [])
                if len(rows) < _SHOWN_ROWS:
                    rows.append(self.numbers[index])

    def _one_of(self, found: dict[str, list[int]]) -> str | None:
        ours = self.place.marketplace.currency
        if ours in numbers.DOLLARS and (bare := found.pop("$", None)):
            found.setdefault(ours, bare)
        if len(found) > 1:
            said = "; ".join(f"{code} in row {', '.join(map(str, rows))}" for code, rows in sorted(found.items()))
            raise FileError(
                f"has amounts in several currencies: {said}", file=self.place.file,
                hint="export one marketplace at a time",
            )  # fmt: skip
        for code, rows in found.items():
            if code != ours:
                raise FileError(
                    f"has amounts in {code}, this account's are in {ours}", file=self.place.file,
                    place=f"row {rows[0]}", hint="drop it into the folder of the account of that marketplace",
                )  # fmt: skip
        return next(iter(found), None)

    def _dated(self) -> Iterable[str]:
        return {
            cell for name in self.dated if self.has(name) for cell in self.cells(name)
            if isinstance(cell, str) and cell[4:5] != "-" and cell[:1].isdigit()
        }  # fmt: skip

    def _reader(self, name: str, unit: Unit) -> Callable[[Cell], Any]:
        if unit is Unit.TEXT:
            return _text
        if unit is Unit.FLAG:
            return _flag
        if unit is Unit.INSTANT:
            order = self.order
            return lambda cell: dates.moment(cell, order)
        decimal, share = self.decimal, name in self.percent
        read = _count if unit is Unit.COUNT else (_money if unit is Unit.MONEY else _figure)
        absolute = name in self.absolute
        return lambda cell: read(cell, decimal, share, absolute)

    def _read(self, name: str, read: Callable[[Cell], Any]) -> list[Any]:
        cells = self.cells(name)
        memo = _Memo(read)
        try:
            return list(map(memo.__getitem__, cells))
        except ValueError:
            raise self._located(name, cells, read) from None

    def _located(self, name: str, cells: Sequence[Cell], read: Callable[[Cell], Any]) -> FileError:
        for index, cell in enumerate(cells):
            try:
                read(cell)
            except AmbiguousDateError as fault:
                hint = "export it with dates such as 2026-01-31, or name the order of dates in a mapping"
                return self.fault(index, name, f"'{_short(cell)}' {fault}", hint)
            except ValueError as fault:
                return self.fault(index, name, f"'{_short(cell)}' {fault}", "correct the cell or export the file again")
        raise AssertionError("a column that failed reads well")


def letters(position: int) -> str:
    """The column as a spreadsheet names it: 0 is A, 26 is AA."""
    found = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        found = chr(ord("A") + rest) + found
    return found


def _short(cell: Cell) -> str:
    text = str(cell).replace("\n", " ")
    return text if len(text) <= 40 else text[:39] + "…"


def _text(cell: Cell) -> str | None:
    if isinstance(cell, str):
        text = cell.strip()
        if text[:2] == '="' and text[-1:] == '"':  # a spreadsheet's way to keep digits as text
            text = text[2:-1].strip()
        return None if text in ("", "--") else text
    if cell is None:
        return None
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _id(cell: Cell) -> str:
    if isinstance(cell, float) and (not cell.is_integer() or len(str(int(cell))) > _EXACT_DIGITS):
        raise ValueError("was turned into a number and lost digits")
    text = _text(cell)
    if text is None:
        raise ValueError("names nothing")
    return text


def _code(cell: str) -> str | None:
    text = cell.strip()
    return text.upper() if len(text) == 3 and text.isalpha() else numbers.currency_of(text + "1")


def _flag(cell: Cell) -> bool | None:
    if isinstance(cell, bool):
        return cell
    text = (_text(cell) or "").casefold()
    if text in _YES:
        return True
    if text in _NO:
        return False
    if text in numbers.NOTHING:
        return None
    raise ValueError("is neither yes nor no")


def _count(cell: Cell, decimal: str, _share: bool, absolute: bool) -> int | None:
    value = numbers.number(cell, decimal)
    if value is None:
        return None
    if value != value.to_integral_value():
        raise ValueError("is no whole number")
    whole = abs(int(value)) if absolute else int(value)
    if whole < 0 or whole >= 2**31:
        raise ValueError("is no number of things")
    return whole


def _money(cell: Cell, decimal: str, _share: bool, absolute: bool) -> int | None:
    value = numbers.number(cell, decimal)
    return None if value is None else numbers.micros(abs(value) if absolute else value)


def _figure(cell: Cell, decimal: str, share: bool, _absolute: bool) -> float | None:
    value: Decimal | None = numbers.number(cell, decimal)
    if value is None:
        return None
    written = isinstance(cell, str) and "%" in cell
    return float(value / 100 if share and not written else value)
