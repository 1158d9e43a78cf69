"""A text file of rows: comma- or tab-separated, with a header."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Sheet:
    """Cells are written as they are; None is empty."""

    header: Sequence[str]
    rows: list[Sequence[object]] = field(default_factory=list)
    delimiter: str = ","

    def text(self) -> str:
        kept = io.StringIO()
        writer = csv.writer(kept, delimiter=self.delimiter, lineterminator="\r\n")
        writer.writerow(self.header)
        writer.writerows(["" if cell is None else cell for cell in row] for row in self.rows)
        return kept.getvalue()


def money(micros: int | None) -> str | None:
    """Micros with two decimals, as spreadsheets have them."""
    return None if micros is None else f"{micros / 1_000_000:.2f}"


def shown_money(micros: float, symbol: str = "$") -> str:
    """Micros as Seller Central shows them: ``$1,234.50``."""
    return f"{symbol}{micros / 1_000_000:,.2f}"


def percent(above: float, below: float) -> str:
    return f"{above / below * 100:.2f}%" if below else "0.00%"
