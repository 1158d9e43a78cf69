"""The key that signs checkpoints, and the file they are added to; both lie outside the database.

Who can write the database can rewrite all of it. Against that stands what was signed earlier and is kept elsewhere.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Protocol

from agent.errors import AgentError, ConfigError
from agent.ledger.chain import Head
from agent.ledger.notes import Checkpoint, PublicKey, Signer, checkpoints_of

_OTHERS = 0o077


class Witnessed(Protocol):
    """The part of the ledger that checkpoints are made of."""

    def head(self) -> Head: ...
    def broken_link(self, since: Head) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Witness:
    """``key`` holds the private key and is readable by its owner alone; ``file`` grows by one note per checkpoint."""

    key: Path
    file: Path

    def signer(self) -> Signer:
        """The key; made where there is none yet. Raises ``ConfigError`` where one is missing that has signed before."""
        if self.key.exists():
            return self._kept()
        if self.checkpoints():
            raise ConfigError(
                f"there are checkpoints in {self.file}, but the key that signed them is not at {self.key}",
                setting="audit.key", hint="put the key back, or move the checkpoints away to begin anew",
            )  # fmt: skip
        signer = Signer.new(f"steward-{token_hex(4)}")
        try:
            self.key.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return self._kept()
        except OSError as fault:
            raise _cannot(self.key, "audit.key", fault) from fault
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(f"{signer.secret}\n")
            file.flush()
            os.fsync(handle)
        return signer

    def _kept(self) -> Signer:
        try:
            if os.name == "posix" and self.key.stat().st_mode & _OTHERS:
                raise ConfigError(f"others may read the key {self.key}", setting="audit.key",
                                  hint=f"chmod 600 {self.key}; if others use this machine, begin anew")  # fmt: skip
            return Signer.of(self.key.read_text(encoding="ascii"))
        except (OSError, UnicodeDecodeError) as fault:
            raise _cannot(self.key, "audit.key", fault) from fault

    def checkpoints(self) -> Sequence[Checkpoint]:
        """All that were written; none where there is no file."""
        return tuple(checkpoints_of(read(self.file), str(self.file))) if self.file.exists() else ()

    def sign(self, log: Witnessed) -> str | None:
        """Add a checkpoint of the head and return it; None where the log has not grown since the newest one.

        What came after the newest one is verified before it is signed. Raises ``AgentError`` where the log no longer
        holds what was signed before: that must not be covered by a new signature.
        """
        signer, before, head = self.signer(), self.checkpoints(), log.head()
        newest = max((each.head for each in before), key=lambda signed: signed.seq, default=Head(0, "0" * 64))
        broken = log.broken_link(newest)
        if broken is not None:
            raise AgentError(
                f"no checkpoint was signed: the audit log is not whole from event {broken} on",
                hint="'steward audit verify' says more; restore a backup",
            )
        if head.seq <= newest.seq:
            return None
        note = signer.note(head)
        self._append(f"\n{note}" if before else note)
        return note

    def _append(self, text: str) -> None:
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with self.file.open("ab") as file:
                file.write(text.encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError as fault:
            raise _cannot(self.file, "audit.checkpoints", fault) from fault


def read(file: Path) -> str:
    """The text of a file of checkpoints."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise _cannot(file, "audit.checkpoints", fault) from fault


def notes_in(file: Path) -> Iterator[str]:
    """The signed notes, each as it stands in the file; none where there is no file."""
    if file.exists():
        # A note holds one empty line of its own; between two notes stands another.
        parts = read(file).rstrip("\n").split("\n\n")
        yield from (f"{text}\n\n{signed}\n" for text, signed in zip(parts[::2], parts[1::2], strict=True))


def keys_of(text: str) -> Sequence[PublicKey]:
    """Public keys: the text of one, or a file with one a line."""
    given = Path(text)
    lines = read(given).split() if "+" not in text and given.exists() else [text]
    return [PublicKey.of(line) for line in lines]


def _cannot(path: Path, setting: str, fault: Exception) -> ConfigError:
    why = getattr(fault, "strerror", None) or "it is no text"
    return ConfigError(f"{path}: {why}", setting=setting, hint="name a file that can be read and written")
