"""How people write days and moments. A date that could be day-month or month-day is never guessed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone

_ISO = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ]+(.*))?", re.S)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_EITHER = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?:[,T ]+(.*))?", re.S)
_DAY_NAME = re.compile(r"(\d{1,2})\.?[ -](?:de )?([^\W\d]+)\.?,?(?: de)?[ -](\d{4}|\d{2})(?:,? +(.*))?", re.S)
_NAME_DAY = re.compile(r"([^\W\d]+)\.? +(\d{1,2}),? +(\d{4})(?:,? +(.*))?", re.S)
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(?:([AaPp])\.?\s?[Mm]\b\.?)?\s*(.*)", re.S)
_OFFSET = re.compile(r"(?:GMT|UTC)?([+-])(\d{1,2}):?(\d{2})?")
_ZONES = {
    "": 0.0, "z": 0.0, "utc": 0.0, "gmt": 0.0, "wet": 0.0, "bst": 1.0, "west": 1.0, "cet": 1.0, "mez": 1.0, "met": 1.0,
    "cest": 2.0, "mesz": 2.0, "mest": 2.0, "est": -5.0, "edt": -4.0, "cst": -6.0, "cdt": -5.0, "mst": -7.0,
    "mdt": -6.0, "pst": -8.0, "pdt": -7.0, "jst": 9.0, "ist": 5.5, "aest": 10.0, "aedt": 11.0, "sgt": 8.0,
    "brt": -3.0, "trt": 3.0,
}  # fmt: skip
_MONTHS = {
    name: month
    for month, names in enumerate(
        (
            "jan january januar janvier janv gennaio gen enero ene januari",
            "feb february februar février fév févr febbraio febrero fevrier fevr",
            "mar march märz mär mrz mars marzo maart maerz",
            "apr april avril avr aprile abril abr",
            "may mai maggio mag mayo mei",
            "jun june juni juin giugno giu junio",
            "jul july juli juillet juil luglio lug julio",
            "aug august août agosto ago aout",
            "sep sept september septembre settembre set septiembre",
            "oct october oktober okt octobre ottobre ott octubre",
            "nov november novembre noviembre",
            "dec december dezember dez décembre déc dicembre dic diciembre decembre",
        ),
        start=1,
    )
    for name in names.split()
}
_CENTURY = 2000


class AmbiguousDateError(ValueError):
    """Day-month and month-day are both possible."""


def order_of(cells: Iterable[str]) -> str | None:
    """``dmy`` or ``mdy`` where any of the dates tells, ``both`` where they contradict, None where none does."""
    found = {order for cell in cells if (order := _told(cell)) is not None}
    return "both" if len(found) > 1 else (found.pop() if found else None)


def _told(cell: str) -> str | None:
    if cell[4:5] == "-":
        return None
    match = _EITHER.fullmatch(cell.strip())
    if match is None:
        return None
    first, mark, second = int(match[1]), match[2], int(match[3])
    if first > 12 or (mark == "." and second <= 12):
        return "dmy"  # nobody writes month.day.year
    return "mdy" if second > 12 else None


def moment(cell: object, order: str | None) -> datetime | None:
    """A moment in UTC; a bare date is its midnight. ``ValueError`` where the cell is no date."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=UTC) if cell.tzinfo is None else cell.astimezone(UTC)
    if isinstance(cell, date):
        return datetime(cell.year, cell.month, cell.day, tzinfo=UTC)
    if not isinstance(cell, str):
        raise ValueError("is no date")
    text = cell.strip()
    if text[4:5] == "-" and (quick := _iso(text)) is not None:
        return quick
    if text.casefold() in ("", "--", "n/a", "-"):
        return None
    year, month, day, time = _split(text, order)
    try:
        midnight = datetime(year, month, day, tzinfo=UTC)
    except ValueError:
        raise ValueError("is no date of the calendar") from None
    return midnight if not time else _at(midnight, time)


def _iso(text: str) -> datetime | None:
    """The usual way of reports, read fast; None where it takes a closer look."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    if found.tzinfo is None:
        return found.replace(tzinfo=UTC)
    return found if found.tzinfo is UTC else found.astimezone(UTC)


def day(cell: object, order: str | None) -> date | None:
    """The calendar day that is written, whatever zone the time beside it has."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if cell is None or cell == "":
        return None
    if not isinstance(cell, str):
        raise ValueError("is no date")
    year, month, number, _time = _split(cell.strip(), order)
    try:
        return date(year, month, number)
    except ValueError:
        raise ValueError("is no date of the calendar") from None


def _split(text: str, order: str | None) -> tuple[int, int, int, str]:
    if match := _ISO.fullmatch(text):
        return int(match[1]), int(match[2]), int(match[3]), match[4] or ""
    if match := _COMPACT.fullmatch(text):
        return int(match[1]), int(match[2]), int(match[3]), ""
    if match := _EITHER.fullmatch(text):
        return (*_ordered(int(match[1]), int(match[3]), _year(match[4]), order, match[2]), match[5] or "")
    if (match := _DAY_NAME.fullmatch(text)) and (month := _MONTHS.get(match[2].casefold())):
        return _year(match[3]), month, int(match[1]), match[4] or ""
    if (match := _NAME_DAY.fullmatch(text)) and (month := _MONTHS.get(match[1].casefold())):
        return int(match[3]), month, int(match[2]), match[4] or ""
    raise ValueError("is no date")


def _ordered(first: int, second: int, year: int, order: str | None, mark: str) -> tuple[int, int, int]:
    if first == second:
        return year, first, second
    if mark == ".":
        order = "dmy"
    if order is None and first <= 12 and second <= 12:
        raise AmbiguousDateError("could be day-month or month-day")
    if order == "mdy" or (order is None and second > 12):
        return year, first, second
    return year, second, first


def _year(text: str) -> int:
    return int(text) + (_CENTURY if len(text) == 2 else 0)


def _at(midnight: datetime, text: str) -> datetime:
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise ValueError("has no time of the day")
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    if match[4]:
        hour = hour % 12 + (12 if match[4] in "Pp" else 0)
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError("has no time of the day")
    zone = timezone(timedelta(hours=_offset(match[5].strip())))
    return midnight.replace(hour=hour, minute=minute, second=second, tzinfo=zone).astimezone(UTC)


def _offset(text: str) -> float:
    if (hours := _ZONES.get(text.casefold())) is not None:
        return hours
    match = _OFFSET.fullmatch(text)
    if match is None or int(match[2]) > 14:
        raise ValueError(f"has the time zone '{text}', which is not known")
    hours = int(match[2]) + int(match[3] or 0) / 60
    return hours if match[1] == "+" else -hours
