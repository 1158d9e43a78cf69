"""Tab-separated reports become lists, column by column. Columns are found by name, however it is written."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter

from connectors.selling_partner.document import Paper

csv.field_size_limit(16 * 1024**2)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A column: the names it goes by, and whether the report is worth nothing without it."""

    names: tuple[str, ...]
    needed: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """The wanted columns of a report, as they were written. What it does not have is not in ``columns``."""

    columns: Mapping[str, list[str]]
    rows: int
    unknown: Sequence[str] = ()
    """Names of columns nobody asked for."""
    damaged: int = 0
    """Rows with more cells than there are columns: a cell that holds a tab shifts all that follow."""

    def __contains__(self, name: str) -> bool:
        return name in self.columns

    def __getitem__(self, name: str) -> list[str]:
        return self.columns[name]


def loosely(name: str) -> str:
    """A name without case, blanks and signs: ``Event Type``, ``event-type`` and ``EventType`` are one."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def read_table(paper: Paper, wanted: Mapping[str, Wanted]) -> Table:
    """Read a report. ``ContractError`` where a needed column is missing, or where there is no header at all."""
    rows = _cells(paper)
    header = next(rows, None)
    if header is None:
        raise paper.fault("is empty: it has not even a header")
    places = _places(paper, header, wanted)
    picked, damaged = _picked(rows, len(header), list(places.values()))
    columns = dict(zip(places, map(list, zip(*picked, strict=True)) if picked else ([] for _ in places), strict=True))
    unknown = [name for place, name in enumerate(header) if place not in places.values()]
    return Table(columns, len(picked), unknown, damaged)


def _cells(paper: Paper) -> Iterator[list[str]]:
    """Amazon: flat files are not quoted, and a quotation mark is one; a few are, with quotes around every cell."""
    lines = paper.lines()
    first = next(lines, "")
    if not first.strip():
        return iter(())
    delimiter = "\t" if "\t" in first or "," not in first else ","
    if first.startswith('"'):
        return csv.reader(chain([first], (f"{line}\n" for line in lines if line)), delimiter=delimiter)
    return (line.split(delimiter) for line in chain([first], lines) if line)


def _places(paper: Paper, header: Sequence[str], wanted: Mapping[str, Wanted]) -> dict[str, int]:
    """Where each wanted column stands."""
    by_name: dict[str, int] = {}
    for place, name in enumerate(header):
        by_name.setdefault(loosely(name), place)
    places: dict[str, int] = {}
    for column, want in wanted.items():
        found = next((by_name[name] for name in map(loosely, want.names) if name in by_name), None)
        if found is not None:
            places[column] = found
        elif want.needed:
            raise paper.fault(f"lacks the column {want.names[0]}")
    return places


def _picked(rows: Iterator[list[str]], width: int, places: Sequence[int]) -> tuple[list[Sequence[str]], int]:
    """The wanted cells of every row. Rows that are too short end with empty cells."""
    picked: list[Sequence[str]] = []
    damaged = 0
    get = itemgetter(*places) if len(places) > 1 else (lambda row: tuple(row[place] for place in places))
    for row in rows:
        if len(row) != width:
            if len(row) > width and any(cell.strip() for cell in row[width:]):
                damaged += 1
                continue
            row = row + [""] * (width - len(row))
        picked.append(get(row))
    return picked, damaged
