"""Rule files beside the rules that judge: what is in order, what is at fault, what waits for others to be mended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from agent.errors import Diagnostic
from agent.language import noted
from agent.model.rule import Rule
from agent.rulebook.load import named_files


class Standing(StrEnum):
    """A value is its English text."""

    IN_ORDER = noted("in order")
    AT_FAULT = noted("at fault")
    HELD_BACK = noted("held back")
    """Its newer text is in order, and waits: either all files are taken or none."""


@dataclass(frozen=True, slots=True)
class Shelved:
    """One rule: its file, and the text that judges. ``data`` is None where the file is gone or cannot be read;
    ``rule`` is None where no text of it judges."""

    name: str
    path: Path
    data: bytes | None
    rule: Rule | None
    faults: Sequence[Diagnostic]

    @property
    def standing(self) -> Standing:
        if self.faults:
            return Standing.AT_FAULT
        return Standing.IN_ORDER if self.rule is not None and self.text == self.rule.text else Standing.HELD_BACK

    @property
    def group(self) -> str:
        return self.name.rpartition("/")[0]

    @property
    def digest(self) -> str:
        """Of the file as it is, whatever the configuration sets of its params."""
        return sha256(self.data or b"").hexdigest()

    @property
    def text(self) -> str:
        return (self.data or b"").decode("utf-8-sig", "replace")


def shelf(folders: Sequence[Path], rules: Sequence[Rule], faults: Sequence[Diagnostic]) -> list[Shelved]:
    """All rules by name. ``rules``: those that judge; ``faults``: what holds newer texts back."""
    judging = {rule.path: rule for rule in rules}
    found = [_shelved(name, path, judging.pop(str(path), None), faults) for name, path in named_files(folders)]
    # Its file is gone; as long as others are at fault it goes on judging.
    found += [Shelved(rule.name, Path(path), None, rule, ()) for path, rule in judging.items()]
    return sorted(found, key=lambda each: (each.name, str(each.path)))


def elsewhere(faults: Sequence[Diagnostic], shelved: Sequence[Shelved]) -> list[Diagnostic]:
    """Faults of no rule's file: a folder that is missing, a file that ends wrongly, values of the configuration."""
    paths = {str(each.path) for each in shelved}
    return [fault for fault in faults if fault.path not in paths]


def _shelved(name: str, path: Path, rule: Rule | None, faults: Sequence[Diagnostic]) -> Shelved:
    try:
        data: bytes | None = path.read_bytes()
    except OSError:
        data = None
    return Shelved(name, path, data, rule, [fault for fault in faults if fault.path == str(path)])
