"""Copies of tables while pulls book into them: every table as one of its versions left it, never half a commit.

A table is its log; data files are only added, and those a compaction replaced stay for a day. So the newest version is
opened, its log is copied up to that version and no further, and then the data files it names.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote

import polars as pl
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from agent.errors import FactsError
from agent.facts.faults import door

_LOG = "_delta_log"
_LAST = "_last_checkpoint"
_ATTEMPTS = 5
Told = Callable[[str], None]


def copy_tables(source: Path, target: Path, told: Told) -> int:
    """Copy every table below a folder to the same place below another; returns how many."""
    tables = sorted(tables_of(source))
    for number, table in enumerate(tables, 1):
        told(f"{table.parent.name}/{table.name} {number}/{len(tables)}")
        with door(table.parent.name, table.name):
            _copy(table, target / table.relative_to(source))
    return len(tables)


def tables_of(folder: Path) -> Iterator[Path]:
    """The folders of all tables: ``<account>/<stream>``. What was begun and never committed is none."""
    for log in folder.glob(f"*/*/{_LOG}"):
        if not log.parent.parent.name.startswith(".") and any(log.glob("*.json")):
            yield log.parent


def must_be_whole(folder: Path, told: Told) -> int:
    """Open every table and find every data file it names, in its full length; returns how many tables there are.

    Raises ``FactsError`` naming the table that is not whole.
    """
    tables = sorted(tables_of(folder))
    for table in tables:
        told(f"{table.parent.name}/{table.name}")
        with door(table.parent.name, table.name):
            for name, size in _data(DeltaTable(str(table))):
                if (table / name).stat().st_size != size:
                    raise FactsError(
                        f"The file {name} of {table.name} of {table.parent.name} is damaged.",
                        account=table.parent.name, stream=table.name, hint="Use another backup.",
                    )  # fmt: skip
    return len(tables)


def _copy(table: Path, target: Path) -> None:
    """Again from the start where a compaction cleaned the log up under our hands."""
    for attempt in range(_ATTEMPTS):
        try:
            _copy_version(table, target)
        except (FileNotFoundError, DeltaError):
            shutil.rmtree(target, ignore_errors=True)
            if attempt + 1 == _ATTEMPTS:
                raise
        else:
            return


def _copy_version(table: Path, target: Path) -> None:
    delta = DeltaTable(str(table))
    version = delta.version()
    for entry in sorted((table / _LOG).iterdir()):
        if entry.name == _LAST:
            if int(json.loads(entry.read_text(encoding="utf-8"))["version"]) <= version:
                _copy_file(entry, target / _LOG / entry.name)
        elif entry.name[:20].isdigit() and int(entry.name[:20]) <= version:
            _copy_file(entry, target / _LOG / entry.name)
    for name, _ in _data(delta):
        _copy_file(table / name, target / name)
    if DeltaTable(str(target)).version() != version:
        raise DeltaError(f"the copy of {table} is not at version {version}")


def _data(delta: DeltaTable) -> Iterator[tuple[str, int]]:
    adds = pl.DataFrame(delta.get_add_actions(flatten=True)).select("path", "size_bytes")
    return ((unquote(path), size) for path, size in adds.iter_rows())


def _copy_file(source: Path, target: Path) -> None:
    """On disk before a manifest names it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with source.open("rb") as reader, target.open("xb") as writer:
        shutil.copyfileobj(reader, writer, 1 << 20)
        writer.flush()
        os.fsync(writer.fileno())
