"""Files of reports as they should not be: torn, with rows of another day or profile, with strange columns."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

from connectors.sandbox.faults import Fault, Strikes

Row = dict[str, object]
Rows = Sequence[Row]


def damaged(file: bytes, strikes: Strikes) -> bytes:
    """The file as the faults leave it; without a fault for files, the file itself."""
    for fault in strikes:
        if fault.kind in _ROWS:
            rows = _ROWS[fault.kind](json.loads(gzip.decompress(file)), fault)
            file = gzip.compress(json.dumps(rows, separators=(",", ":")).encode(), 3, mtime=0)
    torn = strikes.of("torn_report")
    return file[: int(len(file) * torn.number("keep"))] if torn else file


def _duplicates(rows: Rows, fault: Fault) -> Rows:
    return [*rows, *rows[:: max(1, int(fault.number("every")))]]


def _other_day(rows: Rows, fault: Fault) -> Rows:
    for row in rows:
        if "date" in row:
            row["date"] = (date.fromisoformat(str(row["date"])) - timedelta(days=fault.number("days"))).isoformat()
    return rows


def _other_profile(rows: Rows, fault: Fault) -> Rows:
    return [{k: v + 1 if k.endswith("Id") and isinstance(v, int) else v for k, v in row.items()} for row in rows]


def _missing_column(rows: Rows, fault: Fault) -> Rows:
    return [{name: value for name, value in row.items() if name != fault.text("column")} for row in rows]


def _extra_column(rows: Rows, fault: Fault) -> Rows:
    return [{**row, fault.text("column"): 1} for row in rows]


def _numbers_as_text(rows: Rows, fault: Fault) -> Rows:
    return [{k: str(v) if isinstance(v, int | float) else v for k, v in row.items()} for row in rows]


_ROWS: Mapping[str, Callable[[Rows, Fault], Rows]] = {
    "duplicate_rows": _duplicates,
    "other_day": _other_day,
    "other_profile": _other_profile,
    "missing_column": _missing_column,
    "extra_column": _extra_column,
    "numbers_as_text": _numbers_as_text,
}
