"""Tables that were opened for reading, kept until something is committed to them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

import polars as pl

from agent.facts.faults import door
from agent.facts.table import Opened, Table

_Mark = tuple[str, int, int]


class Reading:
    """One version of a table, with its pulls once they were asked for. Only to be read: a writer opens its own."""

    def __init__(self, opened: Opened) -> None:
        self.opened = opened

    @cached_property
    def _pulls(self) -> pl.DataFrame:
        return self.opened.pulls()

    def pulls(self, moment: datetime) -> pl.DataFrame:
        """One row per pull known at the moment, oldest first."""
        return self._pulls.filter(pl.col("observed_at") <= moment)


@dataclass(frozen=True, slots=True)
class _Kept:
    mark: _Mark
    reading: Reading


class Shelf:
    """Opening a table reads its log; a turn looks at every table many times, and few of them have moved on.

    Safe to share between threads: two that miss at once both open, and either result is right.
    """

    def __init__(self) -> None:
        self._kept: dict[Path, _Kept] = {}

    def read(self, table: Table) -> Reading:
        """The table as it stands now."""
        with door(table.account, table.stream.name):
            mark = _mark(table)
        kept = self._kept.get(table.folder)
        if mark is not None and kept is not None and kept.mark == mark:
            return kept.reading
        # The mark was taken first: what is committed in between is found by the next reader at the latest.
        reading = Reading(table.open())
        if mark is not None:
            self._kept[table.folder] = _Kept(mark, reading)
        return reading


def _mark(table: Table) -> _Mark | None:
    """The newest commit, told from one of the same number in a table that was made anew; None before the first."""
    log = table.folder / "_delta_log"
    if not log.is_dir():
        return None
    newest = max((each.name for each in os.scandir(log) if each.name.endswith(".json")), default=None)
    if newest is None:
        return None
    about = (log / newest).stat()
    return newest, about.st_ino, about.st_mtime_ns
