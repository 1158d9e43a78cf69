"""One row of a sheet, read by column name; what cannot be read is a ``ContractError`` that names sheet, row and column.

Amazon: empty cells are the empty string in some columns and nothing in others; both are nothing here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from agent.errors import ContractError
from agent.model.money import MICROS
from connectors.bulksheet.language import INFORMATIONAL, word_of

_EXACT_DIGITS = 15
"""A spreadsheet keeps this many digits of a number; an id with more has lost its last ones."""
_FINEST = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Record:
    """``columns`` maps a name to its position from 0; ``number`` is the row's as the spreadsheet shows it."""

    file: str
    sheet: str
    number: int
    columns: Mapping[str, int]
    cells: tuple[Any, ...]

    def text(self, column: str) -> str | None:
        """The cell as text, None where it is empty. Of a column and its informational twin, the one that is filled."""
        return _text(self._cell(column)) or _text(self._cell(column + INFORMATIONAL))

    def word(self, column: str, words: Mapping[str, str]) -> str:
        """One of the words Amazon uses there, however it is capitalised, as we call it."""
        text = self._needed(column)
        found = words.get(text.casefold()) or words.get(word_of(text).casefold())
        if found is None:
            raise self.fault(column, f"'{text}' is not one of {', '.join(words)}", _ENGLISH)
        return found

    def id(self, column: str) -> str:
        """An id as text, digit by digit."""
        cell = self._cell(column)
        if isinstance(cell, (int, float)) and (cell != int(cell) or len(str(int(cell))) > _EXACT_DIGITS):
            raise self.fault(
                column, f"the id {cell} was turned into a number and lost digits",
                "download the workbook again and do not save it with a spreadsheet program",
            )  # fmt: skip
        return str(int(cell)) if isinstance(cell, (int, float)) else self._needed(column)

    def micros(self, column: str) -> int | None:
        """An amount in micros, exactly as written; None where the cell is empty."""
        number = self._number(column)
        return None if number is None else int((number.quantize(_FINEST)) * MICROS)

    def count(self, column: str) -> int:
        """A whole number; an empty cell is zero, as the console shows it."""
        number = self._number(column) or Decimal()
        if number != number.to_integral_value():
            raise self.fault(column, f"{number} is not a whole number", _AGAIN)
        return int(number)

    def fault(self, column: str, message: str, hint: str) -> ContractError:
        position = self.columns.get(column, self.columns.get(column + INFORMATIONAL))
        letter = "" if position is None else f" ({_letters(position)})"
        return ContractError(
            f"{self.file}: sheet '{self.sheet}', row {self.number}, column '{column}'{letter}: {message}",
            connector="bulksheet", operation="read", hint=hint,
        )  # fmt: skip

    def _cell(self, column: str) -> Any:
        position = self.columns.get(column)
        return self.cells[position] if position is not None and position < len(self.cells) else None

    def _needed(self, column: str) -> str:
        text = self.text(column)
        if text is None:
            raise self.fault(column, "the cell is empty", _AGAIN)
        return text

    def _number(self, column: str) -> Decimal | None:
        text = _text(self._cell(column))
        if text is None:
            return None
        try:
            number = Decimal(text)
        except InvalidOperation:
            raise self.fault(column, f"'{text}' is not a number", _AGAIN) from None
        if not number.is_finite() or number < 0 or number.adjusted() >= _EXACT_DIGITS:
            raise self.fault(column, f"'{text}' is not an amount", _AGAIN)
        return number


_ENGLISH = "download the workbook with the console's language set to English"
_AGAIN = "download the workbook again and do not edit it"


def _text(cell: Any) -> str | None:
    if cell is None or cell == "":
        return None
    # A spreadsheet program turns digits into numbers: 123 comes back as 123.0.
    return str(int(cell) if isinstance(cell, float) and cell.is_integer() else cell).strip() or None


def _letters(position: int) -> str:
    """The column as a spreadsheet names it: 0 is A, 26 is AA."""
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
