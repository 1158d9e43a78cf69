"""One backup: a folder or an archive with the ledger, the facts, and a manifest that names every file by its hash.

The ledger is copied first and the facts after it: what the ledger concluded, it concluded from facts that are there.
Secrets are no part of it: neither the configuration nor the key that signs checkpoints, unless it is asked for.
"""

from __future__ import annotations

import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from agent import __version__
from agent.errors import AgentError
from agent.ports import Clock

SCHEMA = "steward.backup/1"
MANIFEST, LEDGER, FACTS, EXTRAS = "manifest.json", "ledger.db", "facts", "extras"
_ARCHIVES = (".tar", ".tar.gz", ".tgz")
_CHUNK = 1 << 20
Told = Callable[[str], None]


class Head(Protocol):
    @property
    def seq(self) -> int: ...
    @property
    def hash(self) -> str: ...


class CopiedLedger(Protocol):
    def copy_out(self, path: Path, told: Told = ...) -> Head: ...


@dataclass(frozen=True, slots=True)
class Extra:
    """A file kept beside ledger and facts. ``secret``: named in the manifest, and copied only when asked for."""

    path: Path
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a backup, by its path in it."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. ``head`` is that of the ledger's chain: it can be compared with a signed checkpoint."""

    at: datetime
    steward: str
    tables: str
    seq: int
    head: str
    accounts: tuple[str, ...]
    files: tuple[Part, ...]
    left_out: tuple[str, ...] = ()
    schema: str = SCHEMA

    @property
    def size(self) -> int:
        return sum(part.size for part in self.files)

    def body(self) -> dict[str, Any]:
        return {**asdict(self), "at": self.at.isoformat()}

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Refuses what is no backup, and one of another generation."""
        hint = "name the folder or archive that 'steward backup' wrote"
        try:
            raw: Mapping[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            if raw["schema"] != SCHEMA:
                raise AgentError(
                    f"the backup is of another kind: {raw['schema']}", hint="use the Steward that wrote it"
                )
            parts = tuple(Part(str(each["path"]), int(each["size"]), str(each["sha256"])) for each in raw["files"])
            return cls(datetime.fromisoformat(raw["at"]), str(raw["steward"]), str(raw["tables"]), int(raw["seq"]),
                       str(raw["head"]), tuple(raw["accounts"]), parts, tuple(raw["left_out"]))  # fmt: skip
        except (OSError, ValueError, KeyError, TypeError) as fault:
            raise AgentError(f"{folder} is no backup: its manifest cannot be read", hint=hint) from fault


@dataclass(frozen=True, slots=True)
class Holdings:
    """What is backed up."""

    ledger: CopiedLedger
    copy_facts: Callable[[Path, Told], int]
    accounts: Sequence[str]
    tables: str
    extras: Sequence[Extra] = field(default=())


def back_up(holdings: Holdings, place: Path, clock: Clock, told: Told, *, with_key: bool = False) -> Manifest:
    """Write a backup. ``place``: a new folder, or a new ``.tar``, ``.tar.gz`` or ``.tgz``. All of it or nothing:
    the place appears when everything is in it and on disk."""
    _must_be_new(place)
    place.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
    try:
        manifest = _fill(holdings, work, clock.now(), told, with_key=with_key)
        if place.name.endswith(_ARCHIVES):
            _pack(work, place, told)
        else:
            if place.exists():
                place.rmdir()
            work.rename(place)
        _sync(place.parent)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return manifest


def _must_be_new(place: Path) -> None:
    empty = place.is_dir() and not place.name.endswith(_ARCHIVES) and not any(place.iterdir())
    if place.exists() and not empty:
        raise AgentError(f"{place} is there already", hint="name a new folder or archive; a backup overwrites nothing")


def _fill(holdings: Holdings, work: Path, at: datetime, told: Told, *, with_key: bool) -> Manifest:
    head = holdings.ledger.copy_out(work / LEDGER, lambda text: told(f"{LEDGER} {text}"))
    (work / FACTS).mkdir()
    holdings.copy_facts(work / FACTS, told)
    left_out = []
    for extra in holdings.extras:
        if extra.secret and not with_key:
            left_out.append(extra.path.name)
        elif extra.path.is_file():
            (work / EXTRAS).mkdir(exist_ok=True)
            shutil.copy2(extra.path, work / EXTRAS / extra.path.name)
    files = tuple(_part(work, path, told) for path in _files(work))
    manifest = Manifest(at, __version__, holdings.tables, head.seq, head.hash, tuple(sorted(holdings.accounts)), files,
                        tuple(left_out))  # fmt: skip
    text = json.dumps(manifest.body(), indent=1, ensure_ascii=False) + "\n"
    with (work / MANIFEST).open("x", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return manifest


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / MANIFEST)


def _part(folder: Path, path: Path, told: Told) -> Part:
    name = path.relative_to(folder).as_posix()
    told(f"sha256 {name}")
    digest = sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return Part(name, path.stat().st_size, digest.hexdigest())


def _pack(work: Path, place: Path, told: Told) -> None:
    half = place.with_name(f".{place.name}.half")
    try:
        with tarfile.open(half, "w" if place.name.endswith(".tar") else "w:gz") as archive:
            for path in [work / MANIFEST, *_files(work)]:
                told(path.name)
                archive.add(path, path.relative_to(work).as_posix(), recursive=False)
        half.chmod(0o600)
        _sync(half)
        half.rename(place)
    finally:
        half.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def unpacked(place: Path) -> Iterator[Path]:
    """The folder of a backup; an archive is unpacked beside itself while the block lasts."""
    if place.is_dir():
        yield place
        return
    if not place.is_file():
        raise AgentError(
            f"there is no backup at {place}", hint="name the folder or archive that 'steward backup' wrote"
        )
    with tempfile.TemporaryDirectory(prefix="steward-backup-") as folder:
        try:
            with tarfile.open(place) as archive:
                archive.extractall(folder, filter="data")
        except (tarfile.TarError, OSError, EOFError) as fault:
            raise AgentError(f"the archive {place} cannot be read: {fault}", hint="use another backup") from fault
        yield Path(folder)


def faults_of(folder: Path, manifest: Manifest, told: Told) -> list[str]:
    """Every file that is missing, foreign, or not what the manifest says."""
    expected = {part.path: part for part in manifest.files}
    there = {path.relative_to(folder).as_posix(): path for path in _files(folder)}
    found = [f"{name}: missing" for name in sorted(expected.keys() - there.keys())]
    found += [f"{name}: not in the manifest" for name in sorted(there.keys() - expected.keys())]
    for name in sorted(expected.keys() & there.keys()):
        if _part(folder, there[name], told) != expected[name]:
            found.append(f"{name}: changed since the backup")
    return found
