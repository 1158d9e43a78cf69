"""Folders of rule files to a rulebook: all or nothing, every fault of every file at once.

A file that is in order is read once: as long as its bytes are the same, a later loading takes the rule as it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from agent.errors import Diagnostic, RuleError
from agent.model.rule import Place, Rule
from agent.rulebook.bind import File, bind
from agent.rulebook.faults import Faults, quoted
from agent.rulebook.lint import REFUSED, lint
from agent.rulebook.opposites import warnings
from agent.rulebook.overrides import Params, ParamValue, overridden, unknown_rules
from agent.rulebook.shape import shape
from agent.rulebook.source import MOST_BYTES, read

_OF_TESTS = frozenset({"R062", "R063"})
"""Codes about what a test says; a rule judges the same without."""


@dataclass(frozen=True, slots=True)
class RuleBook:
    """Rules by name in order, and what is legal in them but likely not meant."""

    rules: tuple[Rule, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()

    def rule(self, name: str) -> Rule | None:
        return next((rule for rule in self.rules if rule.name == name), None)


class Loader:
    """Keeps the last rules that were in order. ``fault`` is what holds newer ones back, or None."""

    def __init__(self, folders_or_files: Sequence[Path], params: Params | None = None) -> None:
        """Loads at once; there is nothing to fall back to, so a fault raises ``RuleError``."""
        self.folders_or_files = folders_or_files
        self.params = params or {}
        self._kept: Kept = {}
        self.rulebook = load(folders_or_files, self.params, self._kept)
        self.fault: RuleError | None = None

    def reload(self) -> RuleBook:
        """Read again what has changed; with any fault the rules that already run go on running."""
        try:
            self.rulebook = load(self.folders_or_files, self.params, self._kept)
            self.fault = None
        except RuleError as fault:
            self.fault = fault
        return self.rulebook

    def tried(self, texts: Mapping[Path, bytes]) -> RuleBook:
        """What would be loaded if these files held these bytes; raises ``RuleError``. What runs goes on running."""
        return load(self.folders_or_files, self.params, dict(self._kept), instead=texts)


def load(
    folders_or_files: Sequence[Path], params: Params | None = None, kept: Kept | None = None, *, lenient: bool = False,
    instead: Mapping[Path, bytes] | None = None,
) -> RuleBook:  # fmt: skip
    """All rules below the folders, with the configuration's values for their params.

    Raises ``RuleError`` with every fault of every file, sorted by place. ``lenient``: what lint would not let run
    is read all the same, with a warning, and so is a rule whose tests give or expect what cannot be: rules that judged
    once have to be read as they were.
    ``kept``: files as an earlier loading found them; afterwards those of this one. ``instead``: what counts as the
    bytes of these files, whatever they hold.
    """
    faults: list[Diagnostic] = []
    before = {} if kept is None else dict(kept)
    forgiven = _OF_TESTS if lenient else frozenset[str]()
    found = [_Found.of(where, before.get(where), (instead or {}).get(where.path), forgiven)
             for where in _files(folders_or_files, faults)]  # fmt: skip
    if kept is not None:
        kept.clear()
        kept.update((one.where, one) for one in found if not one.faults)
    faults += [fault for one in found for fault in one.faults]
    faults += _each_once(found)
    faults += unknown_rules(params or {}, [one.name for one in found])
    rules = [_with_values(one, (params or {}).get(one.name, {}), faults) for one in found]
    if faults:
        raise RuleError(faults)
    whole = tuple(sorted((rule for rule in rules if rule is not None), key=lambda rule: rule.name))
    linted = [finding for rule in whole for finding in _linted(rule)]
    refused = [finding for finding in linted if finding.code in REFUSED]
    if refused and not lenient:
        raise RuleError(refused)
    return RuleBook(whole, tuple(sorted([*linted, *_warnings(whole)])))


def rule_files(folders_or_files: Sequence[Path]) -> Sequence[Path]:
    """The files a loading would read, in its order; ``RuleError`` where a path is not there or misspelled."""
    faults: list[Diagnostic] = []
    found = [where.path for where in _files(folders_or_files, faults)]
    if faults:
        raise RuleError(faults)
    return found


@dataclass(frozen=True, slots=True)
class _Where:
    """A file and what its rule must be called; None when only the end of the path can tell."""

    path: Path
    name: str | None


@dataclass(frozen=True, slots=True)
class _Found:
    """A file read, as far as that went. ``rule``: as the file has it; None where there are faults."""

    where: _Where
    digest: str
    name: str
    place: Place
    rule: Rule | None
    faults: tuple[Diagnostic, ...]

    @classmethod
    def of(cls, where: _Where, before: _Found | None, instead: bytes | None, forgiven: frozenset[str]) -> _Found:
        """Read one file, unless it is the same as ``before``. ``instead``: what counts as its bytes."""
        faults = Faults(str(where.path), forgiven)
        data = _bytes(where.path, faults) if instead is None else instead
        file = File.of(str(where.path), data or b"")
        if before is not None and before.digest == file.digest and data is not None:
            return before
        root = read(data, faults) if data is not None else None
        whole = shape(root, faults) if root is not None else None
        called = whole.scalars.get("rule") if whole is not None else None
        name, place = (called.text, called.place) if called is not None else ("", Place(1, 1))
        _named_by_its_path(name, place, where, faults)
        rule = bind(whole, file, faults) if whole is not None else None
        return cls(where, file.digest, name, place, rule, tuple(faults.found))


Kept = dict[_Where, _Found]


def named_files(folders_or_files: Sequence[Path]) -> list[tuple[str, Path]]:
    """Every file that is read as a rule, with the name that its path gives the rule."""
    return [(where.name or "/".join(where.path.resolve().with_suffix("").parts[-2:]), where.path)
            for where in _files(folders_or_files, [])]  # fmt: skip


def _files(folders_or_files: Sequence[Path], faults: list[Diagnostic]) -> Iterator[_Where]:
    for start in folders_or_files:
        if start.is_dir():
            yield from _below(start, faults)
        elif start.exists():
            yield _Where(start, None)
        else:
            faults.append(Diagnostic(str(start), 1, 1, "R001", "there is no such file or folder"))


def _below(folder: Path, faults: list[Diagnostic]) -> Iterator[_Where]:
    """Rule files below a folder, hidden ones left out; a misspelled ending is a fault, not silence."""
    for path in sorted(folder.rglob("*.y*ml")):
        below = path.relative_to(folder)
        if any(part.startswith(".") for part in below.parts) or path.is_dir():
            continue
        if path.suffix == ".yaml":
            yield _Where(path, below.with_suffix("").as_posix())
        elif path.suffix == ".yml":
            faults.append(Diagnostic(str(path), 1, 1, "R007", "rule files end with .yaml", "rename the file"))


def _bytes(path: Path, faults: Faults) -> bytes | None:
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as fault:
        faults.add(Place(1, 1), "R001", f"the file cannot be read: {fault.strerror}")
        return None


def _named_by_its_path(name: str, place: Place, where: _Where, faults: Faults) -> None:
    if not name:
        return
    path = where.path.resolve().with_suffix("").as_posix()
    if where.name is None and path.endswith(f"/{name}"):
        return
    wanted = where.name or "/".join(Path(path).parts[-2:])
    if name != wanted:
        said = f"the rule is called {quoted(name)}, its path says '{wanted}'"
        faults.add(place, "R014", said, "the name is the path below the rules folder, without .yaml")


def _each_once(found: Iterable[_Found]) -> Iterator[Diagnostic]:
    """A name stands for one file; the fault names both places."""
    first: dict[str, _Found] = {}
    for one in found:
        if not one.name:
            continue
        other = first.setdefault(one.name, one)
        if other is not one:
            hint = f"the other one is {other.where.path}:{other.place.line}"
            said = f"the rule '{one.name}' exists twice"
            yield Diagnostic(str(one.where.path), one.place.line, one.place.column, "R015", said, hint)


def _with_values(found: _Found, values: Mapping[str, ParamValue], faults: list[Diagnostic]) -> Rule | None:
    """The rule with the configuration's values for its params."""
    rule = found.rule
    if rule is None or not values:
        return rule
    params, wrong = overridden(rule, values)
    faults += wrong
    spelled = json.dumps({name: str(value) for name, value in values.items()}, sort_keys=True)
    return replace(rule, params=params, digest=sha256(f"{rule.digest} {spelled}".encode()).hexdigest())


# Remembered, since a daemon reads the same rules again and again.


@lru_cache(2048)
def _linted(rule: Rule) -> tuple[Diagnostic, ...]:
    return tuple(lint(rule))


@lru_cache(4)
def _warnings(rules: tuple[Rule, ...]) -> tuple[Diagnostic, ...]:
    return tuple(warnings(rules))
