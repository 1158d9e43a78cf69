"""Which files of a watched folder are whole and new."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

_QUIET = timedelta(seconds=5)
"""A file that nobody has written to for so long is taken for whole."""
_TEMPORARY = (".part", ".partial", ".crdownload", ".download", ".tmp", ".temp", ".swp", ".lock")
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Found:
    """A file as it was found. ``name`` is its path below the folder that was looked through."""

    path: Path
    name: str
    size: int
    modified: datetime

    def is_unchanged(self) -> bool:
        """Whether it is still what it was when it was found."""
        try:
            return _found(self.path, self.name) == self
        except OSError:
            return False

    def sha256(self) -> str:
        """Of the content. Raises ``OSError``."""
        digest = sha256()
        with self.path.open("rb") as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
        return digest.hexdigest()


@dataclass(slots=True)
class Watch:
    """Looks at a folder again and again. ``settled``: what is dealt with; it is not even hashed again."""

    folder: Path
    settled: set[Found] = field(default_factory=set)
    _before: set[Found] = field(default_factory=set)

    def look(self, now: datetime) -> list[Found]:
        """Whole files that are not dealt with yet, the one that was changed last at the end.

        A file is whole when it is as it was at the last look, or when nobody wrote to it lately.
        """
        found = [each for each in files_below(self.folder) if each not in self.settled]
        quiet = [each for each in found if each in self._before or now - each.modified >= _QUIET]
        self._before = set(found)
        return quiet


def files_below(place: Path) -> list[Found]:
    """Every file of a tree, or the one file; oldest first. Dot files and programs' temporary files are left out."""
    if place.is_file():
        return [_found(place, place.name)]
    found = []
    for path in _walk(place):
        try:
            found.append(_found(path, path.relative_to(place).as_posix()))
        except OSError:
            continue  # it was moved away meanwhile
    return sorted(found, key=lambda each: (each.modified, each.name))


def _walk(place: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(place):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            if not (name.startswith((".", "~$")) or name.endswith("~") or name.lower().endswith(_TEMPORARY)):
                yield Path(folder, name)


def _found(path: Path, name: str) -> Found:
    about = path.stat()
    # To the microsecond, as the ledger keeps it.
    return Found(path, name, about.st_size, datetime.fromtimestamp(about.st_mtime_ns // 1_000 / 1_000_000, UTC))
