"""Reads one file: whatever it is called, its content says what it is."""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from agent.model.marketplace import Marketplace
from agent.model.parcel import UNKNOWN, KnownAds, Parcel
from agent.model.window import Span
from connectors.file_drop.ads import ADS
from connectors.file_drop.business import BUSINESS
from connectors.file_drop.form import Form, Surroundings
from connectors.file_drop.grids import Grid, is_workbook, raw_bytes, readings, sheets
from connectors.file_drop.orders import ORDERS
from connectors.file_drop.own import OWN
from connectors.file_drop.recognise import Found, recognise, table_of
from connectors.file_drop.search import SEARCH
from connectors.file_drop.stock import STOCK
from connectors.file_drop.voices import VOICES
from connectors.file_drop.workbook import bulk_parcel, is_bulk

_FORMS: Sequence[Form] = (*ADS, *BUSINESS, *STOCK, *ORDERS, *SEARCH, *VOICES, *OWN)
_DAY_IN_NAME = re.compile(r"(?<!\d)(20\d{2})[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])(?!\d)")
_CODE_PAGES = {"JP": "cp932"}


def _nothing_known() -> KnownAds:
    return KnownAds()


@dataclass(frozen=True, slots=True)
class FileDrop:
    """The reader of one account's files. ``mapped``: forms of the owner's own mappings, which go first.

    ``known`` is asked for what the account advertises when a report names campaigns instead of their ids.
    """

    account: str
    marketplace: Marketplace
    mapped: Sequence[Form] = ()
    known: Callable[[], KnownAds] = field(default=_nothing_known)

    def read(self, path: Path) -> Parcel:
        """See ``agent.ports.FileReader``."""
        with _undisturbed():
            return self._read(path)

    def _read(self, path: Path) -> Parcel:
        data = raw_bytes(path)
        around = Surroundings(self.account, self.marketplace, self.known, path.name, days_in(path.name))
        if is_workbook(data):
            grids = sheets(path, data)
            if is_bulk(grids):
                return bulk_parcel(path, around)
            found: Sequence[Found] = [each for grid in grids if (each := self._recognised(grid)) is not None]
        else:
            code_page = _CODE_PAGES.get(self.marketplace.code, "cp1252")
            found = self._read_as(data, code_page)
        if not found:
            return Parcel(UNKNOWN)
        best = max(found, key=lambda each: each.weight)
        return best.form.parcel(table_of(best, path.name, self.marketplace), around)

    def _read_as(self, data: bytes, code_page: str) -> Sequence[Found]:
        """The reading of a text file in which most of a header is known."""
        known = [
            (found, reading)
            for reading in readings(data, code_page)
            if (found := self._recognised(reading.head)) is not None
        ]
        if not known:
            return ()
        found, reading = max(known, key=lambda each: each[0].weight)
        return (replace(found, grid=reading.whole()),)

    def _recognised(self, grid: Grid) -> Found | None:
        return recognise(grid, self.mapped) or recognise(grid, _FORMS)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Millions of cells hold no cycle: searching them for one again and again takes a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def days_in(name: str) -> Span | None:
    """The day or the days a file's name tells: one date, or a first and a last."""
    days: list[date] = []
    for match in _DAY_IN_NAME.finditer(name):
        try:
            days.append(date(int(match[1]), int(match[2]), int(match[3])))
        except ValueError:
            continue
    if len(days) == 1 or (len(days) == 2 and days[0] <= days[1]):
        return Span(days[0], days[-1])
    return None
