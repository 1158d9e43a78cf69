"""``steward audit export``: the log as it is stored, for somebody who checks it without this program."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from agent.cli.session import session
from agent.language import _

_COLUMNS = ("record", "seq", "at", "kind", "proposal", "run", "payload", "prev_hash", "hash", "sealed")


class Format(StrEnum):
    JSONL = "jsonl"
    CSV = "csv"


def export(
    context: typer.Context,
    output: Annotated[Path | None, typer.Option("--output", "-o", help=_("Write into this new file."))] = None,
    format: Annotated[Format, typer.Option(help=_("jsonl or csv."))] = Format.JSONL,
    since: Annotated[int, typer.Option(help=_("Only events after this number."))] = 0,
) -> None:
    from agent.ledger.witness import notes_in
    from agent.wiring import ledger_of, witness_of

    config = session(context).config()
    witness = witness_of(config)
    with ledger_of(config) as ledger, _opened(output) as file:
        write = _writer(file, format)
        for event in ledger.export(since):
            write({"record": "event", **event})
        for each in notes_in(witness.file):
            write({"record": "checkpoint", "payload": each})


def _writer(file: TextIO, format: Format) -> Callable[[Mapping[str, Any]], object]:
    if format is Format.JSONL:
        return lambda row: file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
    table = csv.DictWriter(file, _COLUMNS, restval="", lineterminator="\n")
    table.writeheader()
    return table.writerow


@contextmanager
def _opened(path: Path | None) -> Iterator[TextIO]:
    from agent.errors import ConfigError

    if path is None:
        yield sys.stdout
        return
    try:
        file = path.open("x", encoding="utf-8", newline="")
    except OSError as fault:
        raise ConfigError(_("cannot write '{path}': {fault}").format(path=path, fault=fault.strerror),
                          setting="--output", hint=_("Name a new file.")) from fault  # fmt: skip
    with file:
        yield file
