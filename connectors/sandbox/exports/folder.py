"""All exports of an account, as files in one folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from connectors.sandbox.exports.ads import bulk_workbook, targeting_report
from connectors.sandbox.exports.business import by_day, by_product
from connectors.sandbox.exports.flat import flat_files
from connectors.sandbox.exports.own import own_lists
from connectors.sandbox.exports.sheet import Sheet
from connectors.sandbox.sandbox import Sandbox


@dataclass(frozen=True, slots=True)
class Exported:
    """One file that was written. ``rows`` are below its header."""

    name: str
    rows: int


def write_files(sandbox: Sandbox, folder: Path, days: int) -> list[Exported]:
    """Write every export over the last ``days`` finished days; a file of the same name is replaced.

    The folder is made where it is not there. A fault of the disk is an ``OSError``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with sandbox.lock:
        now = sandbox.arrive()
        span = _days(sandbox, sandbox.market.today(now), days)
        written = []
        for name, sheet in _sheets(sandbox, span):
            (folder / name).write_bytes(sheet.text().encode("utf-8-sig" if name.endswith(".csv") else "utf-8"))
            written.append(Exported(name, len(sheet.rows)))
        book, rows = bulk_workbook(sandbox, span)
        name = f"bulk-{span[0]}_{span[-1]}.xlsx"
        (folder / name).write_bytes(book)
        return [*written, Exported(name, rows)]


def write_lists(sandbox: Sandbox, folder: Path, days: int) -> None:
    """Write what only the operator knows (costs, lead times, orders, rivals, dates, an export of reviews).

    A list that has not changed since is left as it is.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with sandbox.lock:
        now = sandbox.arrive()
        for name, sheet in own_lists(sandbox, _days(sandbox, sandbox.market.today(now), days)).items():
            path, text = folder / name, sheet.text().encode("utf-8-sig")
            if sheet.rows and not (path.exists() and path.read_bytes() == text):
                part = path.with_name(f".{name}.part")
                part.write_bytes(text)
                part.replace(path)


def _days(sandbox: Sandbox, today: date, days: int) -> list[date]:
    first = max(today - timedelta(days=days), sandbox.market.first)
    return [first + timedelta(days=number) for number in range((today - first).days)]


def _sheets(sandbox: Sandbox, span: list[date]) -> Iterator[tuple[str, Sheet]]:
    yield f"BusinessReport-by-date-{span[0]}_{span[-1]}.csv", by_day(sandbox, span)
    for day in span:
        # Amazon: the report by product does not say of which days it tells; who saved it wrote that into the name.
        yield f"BusinessReport-by-child-item-{day}.csv", by_product(sandbox, day)
    yield f"Sponsored-Products-Targeting-{span[0]}_{span[-1]}.csv", targeting_report(sandbox, span)
    lists: Mapping[str, Sheet] = {**flat_files(sandbox, span), **own_lists(sandbox, span)}
    yield from lists.items()
