"""``steward audit verify``: by the database alone, and by what was signed and kept elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.session import AsJson, Session, session
from agent.language import _

if TYPE_CHECKING:
    from agent.ledger import SqlLedger
    from agent.ledger.notes import Checkpoint, PublicKey


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What was kept outside the database. ``fault``: why it cannot be believed; ``note``: what it cannot tell."""

    checkpoints: Sequence[Checkpoint] = ()
    fault: str = ""
    note: str = ""


def verify(
    context: typer.Context,
    checkpoints: Annotated[
        Path | None, typer.Option(help=_("File of signed checkpoints (default: the configured one)."))
    ] = None,
    public_key: Annotated[
        str | None,
        typer.Option("--public-key", help=_("The public key, or a file with it (default: the configured key's).")),
    ] = None,
    offline: Annotated[
        Path | None, typer.Option(help=_("Verify a copy of this SQLite file; no configuration is read."))
    ] = None,
    json: AsJson = False,
) -> None:  # fmt: skip
    here = session(context)
    screen = here.screen(json=json)
    with _opened(here, offline) as (ledger, default):
        evidence = _evidence(ledger, checkpoints, public_key, default)
        found = ledger.verify(*(each.head for each in evidence.checkpoints))
    ok = found.ok and not evidence.fault
    message = found.message or evidence.fault
    if json:
        screen.object("steward.verification/1", {
            "ok": ok, "rows": found.rows, "row": found.row, "message": message, "head": found.head,
            "checkpoints": len(evidence.checkpoints), "note": evidence.note})  # fmt: skip
    elif ok:
        screen.line(screen.paint("✓ ", "green") + _(
            "The audit log is whole: {rows} events, head {head}; {count} signed checkpoints hold").format(
                rows=found.rows, head=found.head[:16], count=len(evidence.checkpoints)))  # fmt: skip
    else:
        for each in filter(None, (found.message, evidence.fault)):
            screen.line(screen.paint("✗ ", "red") + each)
    if evidence.note and not json:
        screen.note(evidence.note)
    if not ok:
        raise typer.Exit(1)


@dataclass(frozen=True, slots=True)
class _Default:
    """Where checkpoints and key are configured to be."""

    checkpoints: Path
    key: Path


@contextmanager
def _opened(here: Session, offline: Path | None) -> Iterator[tuple[SqlLedger, _Default | None]]:
    from agent.wiring import ledger_of, witness_of

    if offline is None:
        config = here.config()
        witness = witness_of(config)
        with ledger_of(config) as ledger:
            yield ledger, _Default(witness.file, witness.key)
        return
    with _copied(offline) as ledger:
        yield ledger, None


@contextmanager
def _copied(database: Path) -> Iterator[SqlLedger]:
    """What is looked at is a copy: the evidence itself is neither migrated nor touched."""
    import shutil
    import tempfile

    from agent.errors import ConfigError
    from agent.ledger import SqlLedger

    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "steward.db"
        try:
            shutil.copyfile(database, copy)
            for ending in ("-wal",):
                if (beside := database.with_name(database.name + ending)).exists():
                    shutil.copyfile(beside, copy.with_name(copy.name + ending))
        except OSError as fault:
            raise ConfigError(
                _("cannot read '{path}': {fault}").format(path=database, fault=fault.strerror), setting="--offline",
                hint=_("Name a SQLite file."),
            ) from fault  # fmt: skip
        ledger = SqlLedger.open(f"sqlite:///{copy}", create=False)
        try:
            yield ledger
        finally:
            ledger.close()


def _evidence(ledger: SqlLedger, file: Path | None, key: str | None, default: _Default | None) -> _Evidence:
    from agent.ledger.notes import checkpoints_of
    from agent.ledger.witness import read

    place = file or (default.checkpoints if default is not None else None)
    if place is None or (file is None and not place.exists()):
        return _without(ledger, place)
    kept = tuple(checkpoints_of(read(place), str(place)))
    keys = _keys(key, default)
    if not keys:
        return _Evidence(kept, fault=_("Nobody can tell who signed the checkpoints: name the key with --public-key."))
    faults = (each.fault(keys) for each in kept)
    return _Evidence(kept, fault=next(filter(None, faults), ""))


def _without(ledger: SqlLedger, place: Path | None) -> _Evidence:
    """No checkpoints: that is a fault where the log itself says that some were signed."""
    if place is not None and any(run.counts.get("signed") for run in ledger.runs(None, "checkpoint")):
        return _Evidence(fault=_("Checkpoints were signed, but their file is gone: {path}").format(path=place))
    return _Evidence(note=_("No checkpoints: that the whole log was rewritten or cut off would not be noticed."))


def _keys(given: str | None, default: _Default | None) -> Sequence[PublicKey]:
    from agent.ledger.notes import Signer
    from agent.ledger.witness import keys_of

    if given is not None:
        return keys_of(given)
    if default is None or not default.key.exists():
        return ()
    return [Signer.of(default.key.read_text(encoding="ascii")).public]
