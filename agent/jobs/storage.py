"""Whether what must be written down can be: asked by doing it, since nothing else tells for certain.

While the database cannot take an intent, nothing is sent; while the facts cannot take a pull, nothing new is judged.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Protocol

from agent.errors import AgentError

_BYTES = 64 * 1024
"""More than a disk that is all but full has left."""


class Probed(Protocol):
    def probe(self) -> None:
        """Raises ``AgentError`` where nothing can be written."""
        ...


@dataclass(frozen=True, slots=True)
class Storage:
    """``part``: database or facts. ``found``: what is wrong, in words."""

    part: str
    ok: bool
    found: str = ""
    hint: str = ""


def storage_of(ledger: Callable[[], AbstractContextManager[Probed]], facts: Path) -> list[Storage]:
    """Both parts; trouble with one says nothing of the other."""
    return [_database(ledger), _facts(facts)]


def _database(opened: Callable[[], AbstractContextManager[Probed]]) -> Storage:
    try:
        with opened() as ledger:
            ledger.probe()
    except AgentError as fault:
        return Storage("database", False, fault.message, fault.hint)
    return Storage("database", True)


def _facts(folder: Path) -> Storage:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder, prefix=".probe-") as file:
            file.write(bytes(_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except OSError as fault:
        hint = "make room on the disk of the facts" if "space" in str(fault.strerror) else "make the folder writable"
        return Storage("facts", False, f"{folder}: {fault.strerror}", hint)
    return Storage("facts", True)
