"""From a grid to the one form its header fits, and the table below that header."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agent.errors import FileError
from agent.model.marketplace import Marketplace
from connectors.file_drop.form import Form, dated, figures
from connectors.file_drop.grids import Cell, Grid
from connectors.file_drop.names import Heading
from connectors.file_drop.table import Place, Table

_HEADER_WITHIN = 40
"""Lines about the report, its filters and definitions may come before the header."""


@dataclass(frozen=True, slots=True)
class Found:
    """A header: its row (from 0) and the form it fits best."""

    grid: Grid
    row: int
    form: Form
    heading: Heading

    @property
    def weight(self) -> tuple[int, int]:
        return len(self.form.sign), len(self.heading.columns)


def recognise(grid: Grid, forms: Sequence[Form]) -> Found | None:
    """The first row that is the header of a known form; of several forms the one that asks most."""
    for number, cells in enumerate(grid.rows[:_HEADER_WITHIN]):
        if sum(isinstance(cell, str) and cell.strip() != "" for cell in cells) < 2:
            continue
        headings: dict[str, Heading] = {}
        best: Found | None = None
        for form in forms:
            heading = headings.get(form.names.family)
            if heading is None:
                heading = headings[form.names.family] = form.names.heading(cells)
            if form.fits(heading):
                found = Found(grid, number, form, heading)
                best = found if best is None or found.weight > best.weight else best
        if best is not None:
            return best
    return None


def table_of(found: Found, file: str, marketplace: Marketplace) -> Table:
    """The filled rows below the header. ``FileError`` where the file ends in the middle of one."""
    form, grid = found.form, found.grid
    below = grid.rows[found.row + 1 :]
    filled = [(found.row + 2 + index, row) for index, row in enumerate(below) if _is_filled(row)]
    numbers, rows = [number for number, _ in filled], [row for _, row in filled]
    if form.sections:
        end = next((index for index, row in enumerate(rows) if sum(map(_said, row)) < 2), len(rows))
        rows, numbers = rows[:end], numbers[:end]
    else:
        _refuse_a_cut(found, file, rows, numbers)
    width = len(found.heading.names)
    place = Place(file, grid.name, marketplace, grid.encoding, form.decimal, form.order)
    padded = [_as_wide(row, width, place, number) for row, number in zip(rows, numbers, strict=True)]
    return Table(
        place, found.heading, padded, numbers, figures(form), dated(form), form.percent, form.absolute,
        grid.rows[: found.row],
    )  # fmt: skip


def _said(cell: Cell) -> bool:
    return cell is not None and cell != ""


def _is_filled(row: Sequence[Cell]) -> bool:
    if row and isinstance(row[0], str) and row[0] != "" and not row[0].isspace():
        return True
    return any(cell is not None and cell != "" and (not isinstance(cell, str) or not cell.isspace()) for cell in row)


def _refuse_a_cut(found: Found, file: str, rows: Sequence[Sequence[Cell]], numbers: Sequence[int]) -> None:
    grid = found.grid
    last = numbers[-1] if numbers else found.row + 1
    cut = not grid.whole
    if not cut and not grid.ended and rows:
        usual = len(rows[0]) if len(rows) > 1 else len(found.heading.names)
        cut = len(rows[-1]) < min(usual, len(found.heading.names))
    if cut:
        raise FileError("ends in the middle of a row", file=file, place=f"row {last}", hint="download it again, whole")


def _as_wide(row: Sequence[Cell], width: int, place: Place, number: int) -> Sequence[Cell]:
    if len(row) == width:
        return row
    if len(row) < width:
        return [*row, *[""] * (width - len(row))]
    if any(map(_said, row[width:])):
        raise FileError(
            f"has {len(row)} cells under {width} columns", file=place.file, place=f"row {number}",
            hint="a delimiter inside a text has to be quoted; export the file again",
        )  # fmt: skip
    return row[:width]
