"""Two sets of rules to compare, each named by a folder, a file, or a revision of the folder that git keeps."""

from __future__ import annotations

import io
import re
import subprocess
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from agent.errors import ConfigError, Diagnostic, RuleError
from agent.language import _
from agent.model.rule import Rule
from agent.rulebook.load import load
from agent.rulebook.overrides import Params

_NAMED = re.compile(rb"^rule:[ \t]*[\"']?([^\s\"'#]+)", re.MULTILINE)
_MOST_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class RuleSets:
    """``base``: the rules in force, into which a single file is put; ``folders``: where those lie."""

    base: Sequence[Rule]
    folders: Sequence[Path]
    params: Params

    def named(self, text: str, *, lenient: bool = False) -> Sequence[Rule]:
        """The rules of a folder or of a revision; of a file, the rules in force with that one in its place.

        ``lenient``: an older text that lint would not let run any more is read as it was. Raises ``ConfigError`` where
        nothing has this name and ``RuleError`` for what cannot be read.
        """
        path = Path(text)
        if path.is_dir():
            return self._loaded([path], lenient=lenient)
        if path.exists():
            with _in_its_place(path) as folder:
                return self._with(self._loaded([folder], lenient=lenient, shown={folder: path}))
        with self._revision(text) as folders:
            return self._loaded(folders, lenient=lenient, shown={each: Path(text) for each in folders})

    def _with(self, rules: Sequence[Rule]) -> Sequence[Rule]:
        mine = {rule.name: rule for rule in rules}
        kept = [rule for rule in self.base if rule.name not in mine]
        return sorted([*kept, *rules], key=lambda rule: rule.name)

    def _loaded(self, folders: Sequence[Path], *, lenient: bool, shown: dict[Path, Path] | None = None
                ) -> Sequence[Rule]:  # fmt: skip
        """With the configuration's params for the rules that are there."""
        try:
            rules = load(folders, lenient=lenient).rules
            mine = {rule.name: self.params[rule.name] for rule in rules if rule.name in self.params}
            return load(folders, mine, lenient=lenient).rules if mine else rules
        except RuleError as fault:
            raise RuleError(_shown(each, shown or {}) for each in fault.diagnostics) from None

    @contextmanager
    def _revision(self, revision: str) -> Iterator[Sequence[Path]]:
        """The folders of rules as they stood then, in a place of their own."""
        with TemporaryDirectory() as place:
            found = []
            for number, folder in enumerate(self.folders):
                archive = _archived(folder, revision)
                if archive is None:
                    continue
                with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
                    tar.extractall(Path(place, str(number)), filter="data")
                found.append(Path(place, str(number)))
            if not found:
                raise ConfigError(
                    _("'{text}' is no file, no folder and no revision of the rules.").format(text=revision),
                    setting="rules", hint=_("Name a path, or a branch, tag or commit of the repository that holds the "
                                            "folder of rules."),
                )  # fmt: skip
            yield found


def _archived(folder: Path, revision: str) -> bytes | None:
    """What git has of the folder in that revision, as a tar; None where it has nothing, or there is no git."""
    if revision.startswith("-") or not folder.is_dir():
        return None
    command = ["git", "-C", str(folder), "archive", "--format=tar", f"{revision}^{{commit}}", "."]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_MOST_SECONDS, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


@contextmanager
def _in_its_place(path: Path) -> Iterator[Path]:
    """A folder that holds the file alone, at the path that its rule is named after; it may lie anywhere itself."""
    data = path.read_bytes()
    named = _NAMED.search(data)
    name = named[1].decode("utf-8", "replace") if named is not None else path.stem
    with TemporaryDirectory() as place:
        folder = Path(place).resolve()
        inside = (folder / f"{name}.yaml").resolve()
        if not inside.is_relative_to(folder):
            raise ConfigError(_("The rule of {path} is named after no path.").format(path=path), setting="rules",
                              hint=_("Such as  rule: ads/costly-clicks"))  # fmt: skip
        inside.parent.mkdir(parents=True, exist_ok=True)
        inside.write_bytes(data)
        yield folder


def _shown(fault: Diagnostic, shown: dict[Path, Path]) -> Diagnostic:
    """The fault at the path that the user knows."""
    for folder, real in shown.items():
        if Path(fault.path).is_relative_to(folder):
            below = Path(fault.path).relative_to(folder)
            return replace(fault, path=str(real) if real.is_file() else f"{real}:{below.as_posix()}")
    return fault
