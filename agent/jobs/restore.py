"""Put a backup back into an empty place, and let nothing be sent before it is known what happened since.

The facts land first and the ledger last, under its own name only when its accounts are marked as restored: there is no
moment in which a ledger lies there that would send. Whoever is interrupted starts again.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agent.errors import AgentError
from agent.jobs.backup import FACTS, LEDGER, Manifest, Told, faults_of, unpacked
from agent.ledger import Head, SqlLedger, fill_database, is_empty_database
from agent.ports import Clock

_UNDER_WAY = ".restoring"
WholeTables = Callable[[Path, Told], int]


@dataclass(frozen=True, slots=True)
class Checked:
    """What a look at a backup found; whole where ``faults`` is empty."""

    manifest: Manifest
    faults: Sequence[str] = ()
    events: int = 0
    tables: int = 0


def check(place: Path, tables: WholeTables, told: Told) -> Checked:
    """Hashes of all files, the ledger's chain, seals and states, and every table of facts."""
    with unpacked(place) as folder, tempfile.TemporaryDirectory(prefix="steward-verify-") as aside:
        manifest = Manifest.read(folder)
        faults = faults_of(folder, manifest, told)
        if faults:
            return Checked(manifest, faults)
        try:
            events = _whole_ledger(folder / LEDGER, Path(aside), manifest, told)
            return Checked(manifest, (), events, tables(folder / FACTS, told))
        except AgentError as fault:
            return Checked(manifest, (fault.message,))


def _whole_ledger(copy: Path, aside: Path, manifest: Manifest, told: Told) -> int:
    """Opened aside: looking at a database leaves traces, and an older one is upgraded."""
    told(LEDGER)
    ledger = SqlLedger.open(f"sqlite:///{shutil.copy(copy, aside / LEDGER)}", create=False)
    try:
        unhealthy = [f"{name}: {value}" for name, value, healthy in ledger.health() if not healthy]
        found = ledger.verify(Head(manifest.seq, manifest.head))
    finally:
        ledger.close()
    if unhealthy or not found.ok:
        raise AgentError(f"{LEDGER}: {'; '.join(unhealthy) or found.message}", hint="use another backup")
    return found.rows


@dataclass(frozen=True, slots=True)
class Target:
    """Where to restore to. ``database``: its address; ``accounts``: those of the configuration, marked in any case."""

    database: str
    file: Path | None
    facts: Path
    accounts: Sequence[str] = field(default=())


@dataclass(frozen=True, slots=True)
class Restoration:
    manifest: Manifest
    in_doubt: int
    tables: int


def restore(place: Path, target: Target, tables: WholeTables, clock: Clock, told: Told, *, run: str,
            by: str) -> Restoration:  # fmt: skip
    """Verify, then restore. Raises ``AgentError`` for a damaged backup or a place that is not empty."""
    with unpacked(place) as folder:
        checked = check(folder, tables, told)
        if checked.faults:
            raise AgentError(f"the backup is damaged: {checked.faults[0]}", hint="use another backup")
        _must_be_empty(target)
        _lay_out_facts(folder / FACTS, target.facts, told)
        doubted = _lay_out_ledger(folder, target, checked.manifest, clock, told, run, by)
        (target.facts / _UNDER_WAY).unlink()
        return Restoration(checked.manifest, doubted, checked.tables)


def _must_be_empty(target: Target) -> None:
    hint = "restore into an empty place: name another database and facts folder, or move the old ones away"
    if target.file is not None:
        for beside in ("", "-wal", "-journal"):
            if target.file.with_name(target.file.name + beside).exists():
                raise AgentError(f"{target.file}{beside} is there already", hint=hint)
    elif not is_empty_database(target.database):
        raise AgentError("the database is not empty", hint=hint)
    interrupted = (target.facts / _UNDER_WAY).exists()
    if target.facts.exists() and not interrupted and any(target.facts.iterdir()):
        raise AgentError(f"the facts folder {target.facts} is not empty", hint=hint)


def _lay_out_facts(source: Path, facts: Path, told: Told) -> None:
    """The mark stays until the ledger is in place: what lies beside it may be wiped by the next try."""
    facts.mkdir(parents=True, exist_ok=True)
    (facts / _UNDER_WAY).touch()
    for left in facts.iterdir():
        if left.is_dir():
            shutil.rmtree(left)
    for path in sorted(source.rglob("*")):
        if path.is_file():
            told(path.name)
            to = facts / path.relative_to(source)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, to)


def _lay_out_ledger(folder: Path, target: Target, manifest: Manifest, clock: Clock, told: Told, run: str,
                    by: str) -> int:  # fmt: skip
    """Marked as restored in a file of its own; what reaches the place is never without the mark."""
    where = target.file.parent if target.file is not None else None
    if where is not None:
        where.mkdir(parents=True, exist_ok=True)
    told(LEDGER)
    with tempfile.TemporaryDirectory(prefix=".steward-restore-", dir=where) as aside:
        half = Path(aside) / LEDGER
        shutil.copyfile(folder / LEDGER, half)
        half.chmod(0o600)
        ledger = SqlLedger.open(f"sqlite:///{half}", create=False)
        try:
            names = sorted({*target.accounts, *manifest.accounts})
            head = Head(manifest.seq, manifest.head)
            doubted = ledger.restoration.mark(names, manifest.at, head, run, by, clock.now())
        finally:
            ledger.close()
        if target.file is not None:
            _appear(half, target.file)
        else:
            fill_database(half, target.database, told)
    return len(doubted)


def _appear(half: Path, place: Path) -> None:
    """Under its name in one step, and never over another file."""
    with half.open("rb") as file:
        os.fsync(file.fileno())
    os.link(half, place)
    descriptor = os.open(place.parent, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)
