"""Another text of a rule: tried before it counts, and written whole or not at all.

Only files below a configured folder are written, never through a link. The audit log has the edit before the file has
it; where the file cannot be written after all, it has that too.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from agent.errors import ConfigError, Diagnostic, RuleError
from agent.jobs.check import TestResult, run_tests
from agent.jobs.rule_shelf import Shelved
from agent.language import _
from agent.model.belt import BeltLimits
from agent.model.marketplace import MARKETPLACES
from agent.model.rule import Rule
from agent.rulebook.load import Loader, load
from agent.shipped import shipped

_WRITING = threading.Lock()
_BOM = b"\xef\xbb\xbf"


class EditLedger(Protocol):
    """The part of the ledger that edits are noted in."""

    def note_edit(self, rule: str, old: str, new: str, by: str, at: datetime) -> None: ...
    def note_not_written(self, rule: str, old: str, new: str, by: str, at: datetime, fault: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Tried:
    """A text that a rule's file may come to hold. ``rule``: as it would judge, None where the set would not load.

    ``faults``: everything that stands against loading it, in this file and in others; ``rules``: by account, the whole
    set with it. ``results``: of its own tests.
    """

    data: bytes
    rule: Rule | None
    faults: Sequence[Diagnostic]
    warnings: Sequence[Diagnostic]
    rules: Mapping[str, Sequence[Rule]]
    results: Sequence[TestResult]

    @property
    def may_be_written(self) -> bool:
        """The whole set loads, and none of the rule's own tests fails."""
        return self.rule is not None and all(each.passed for each in self.results)

    @property
    def digest(self) -> str:
        return sha256(self.data).hexdigest()


class ChangedMeanwhile(Exception):  # noqa: N818  it is no fault of anybody, and is answered by showing both texts
    """The file is no longer what the edit began with."""


def why_not(shelved: Shelved, folders: Iterable[Path]) -> tuple[str, str] | None:
    """Why this file is not written from here, and what to do; None where it may be."""
    path = shelved.path
    folder = next((each for each in folders if path.is_relative_to(each) and path != each), None)
    if shelved.data is None:
        return _("Its file is gone, or cannot be read."), _("Put the file back.")
    if folder is None:
        return (_("Only files in a folder that 'rules' in steward.toml names are written from here."),
                _("Name the folder instead of the file."))  # fmt: skip
    if folder == shipped("rules"):
        return (_("This rule comes with Steward, and the next update would replace it."),
                _('Copy {folder} to a folder of your own, and name that in steward.toml instead of "shipped".'
                  ).format(folder=folder))  # fmt: skip
    steps = [folder, *(folder.joinpath(*path.relative_to(folder).parts[:count])
                       for count in range(1, len(path.relative_to(folder).parts) + 1))]  # fmt: skip
    linked = next((each for each in steps if each.is_symlink()), None)
    if linked is not None or not path.resolve().is_relative_to(folder.resolve()):
        return (_("{path} is a link to somewhere else.").format(path=linked or path),
                _("Name the real folder in steward.toml, or edit the file where it is."))  # fmt: skip
    closed = next((each for each in (path.parent, path) if not _is_writable(each)), None)
    if closed is not None:
        return _("{path} is read-only.").format(path=closed), _(
            "Let Steward's user write there, or edit the file itself."
        )
    return None


def _is_writable(path: Path) -> bool:
    """Also where the user may write anything: what nobody is meant to write is left alone."""
    return os.access(path, os.W_OK) and bool(path.stat().st_mode & 0o222)


def spelled_like(before: bytes, text: str) -> bytes:
    """A text from a form as the file's bytes: its line ends as the file has them, and its mark of UTF-8.

    Browsers send every line end as CRLF; where nothing but that differs, the bytes are those of before.
    """
    old, new = before.decode("utf-8-sig", "replace"), text.replace("\r\n", "\n").replace("\r", "\n")
    if old.replace("\r\n", "\n") == new:
        return before
    ends = "\r\n" if old.count("\r\n") * 2 > old.count("\n") else "\n"
    return (_BOM if before.startswith(_BOM) else b"") + new.replace("\n", ends).encode("utf-8", "replace")


def tried(shelved: Shelved, data: bytes, loaders: Mapping[str, Loader | None], folders: Sequence[Path]) -> Tried:
    """Load the whole set with this text in the file's place, as every account does, and run the rule's tests.

    ``loaders``: by account; None where no rules ever loaded.
    """
    faults: set[Diagnostic] = set()
    rules: dict[str, Sequence[Rule]] = {}
    warnings: Sequence[Diagnostic] = ()
    for account, loader in loaders.items():
        try:
            texts = {shelved.path: data}
            book = loader.tried(texts) if loader is not None else load(folders, instead=texts)
        except RuleError as fault:
            faults.update(fault.diagnostics)
            continue
        rules[account] = book.rules
        warnings = [each for each in book.warnings if each.path == str(shelved.path)]
    rule = next((each for some in rules.values() for each in some if each.path == str(shelved.path)), None)
    if faults or rule is None:
        return Tried(data, None, sorted(faults), (), {}, ())
    results = run_tests([rule], MARKETPLACES["US"], BeltLimits())
    return Tried(data, rule, (), warnings, rules, results)


def save(shelved: Shelved, wish: Tried, opened: str, folders: Iterable[Path], ledger: EditLedger, by: str,
         at: datetime) -> bool:  # fmt: skip
    """Write it, if the file is still what was opened; False where it holds this very text already.

    ``opened``: the SHA-256 of the file when the edit began. Raises ``ChangedMeanwhile``, and ``ConfigError`` where the
    file is not to be written or cannot be.
    """
    if not wish.may_be_written:
        raise ConfigError(_("This text is not in order."), setting="rules", hint=_("Mend it first."))
    with _WRITING:
        refusal = why_not(shelved, folders)
        if refusal is not None:
            raise ConfigError(refusal[0], setting="rules", hint=refusal[1])
        _must_be(shelved.path, opened)
        if wish.digest == opened:
            return False
        ledger.note_edit(shelved.name, opened, wish.digest, by, at)
        try:
            _must_be(shelved.path, opened)
            _replace(shelved.path, wish.data)
        except (OSError, ChangedMeanwhile) as fault:
            said = fault.strerror or "" if isinstance(fault, OSError) else "it was changed by somebody else"
            ledger.note_not_written(shelved.name, opened, wish.digest, by, at, said)
            if isinstance(fault, ChangedMeanwhile):
                raise
            raise ConfigError(_("{path} cannot be written: {fault}").format(path=shelved.path, fault=said),
                              setting="rules", hint=_("Nothing was changed.")) from fault  # fmt: skip
    return True


def _must_be(path: Path, digest: str) -> None:
    try:
        data = path.read_bytes()
    except OSError as fault:
        raise ChangedMeanwhile from fault
    if sha256(data).hexdigest() != digest:
        raise ChangedMeanwhile


def _replace(path: Path, data: bytes) -> None:
    """The whole file or nothing, on disk when this returns; whoever reads sees the old text or the new one."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".steward-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), path.stat().st_mode & 0o7777)
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
