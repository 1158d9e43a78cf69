"""What somebody wants a rule to be, as a form says it: values, or a text; and what that comes to."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.errors import ConfigError, Diagnostic
from agent.jobs.edit_rule import Tried, spelled_like, tried
from agent.jobs.rule_shelf import Shelved, Standing
from agent.rulebook.form import Input, Wrong, changed, inputs
from agent.web.asking import Ask
from agent.web.rulings import Shelf
from agent.wiring import rule_folders

VALUE, WAS = "v.", "was."
"""Fields of the form: a value as it is wanted, and as it was when the form was opened."""


@dataclass(frozen=True, slots=True)
class Wish:
    """``opened``: the digest of the file when the form was opened. ``text`` is None where values were set; ``typed``
    are all values of the form, ``was`` what they were."""

    shelf: Shelf
    shelved: Shelved
    opened: str
    text: str | None
    typed: Mapping[str, str]
    was: Mapping[str, str]

    @classmethod
    def of(cls, ask: Ask) -> Wish | None:
        """None where there is no such rule."""
        shelf = Shelf.of(ask.desk, ask.field("account"))
        shelved = shelf.find(ask.field("rule"))
        if shelved is None:
            return None
        text = _raw(ask, "text") if ask.field("as") == "text" else None
        return cls(shelf, shelved, ask.field("digest"), text, _fields(ask, VALUE), _fields(ask, WAS))

    @property
    def stale(self) -> bool:
        """Whether the file changed while the form was open."""
        return self.opened != self.shelved.digest

    @property
    def mine(self) -> Mapping[str, str]:
        """The values that were set, and not only sent along."""
        return {name: value for name, value in self.typed.items() if value.strip() != self.was.get(name, "").strip()}

    def inputs(self) -> list[Input]:
        """What can be set in the file as it is; nothing where it is not what judges."""
        rule = self.shelved.rule
        if rule is None or self.shelved.standing is not Standing.IN_ORDER:
            return []
        return inputs(self.shelved.text, rule)

    def data(self) -> tuple[bytes, Sequence[Wrong], str]:
        """The file's bytes as they would be; what cannot be; and why none of it can be written so."""
        before = self.shelved.data or b""
        if self.text is not None:
            return spelled_like(before, self.text), (), ""
        if self.shelved.rule is None or not self.inputs():
            return before, (), ""
        try:
            text, wrong = changed(self.shelved.text, self.shelved.rule, self.mine)
        except ConfigError as fault:
            return before, (), f"{fault.message} {fault.hint}"
        mark = b"\xef\xbb\xbf" if before.startswith(b"\xef\xbb\xbf") else b""
        return mark + text.encode("utf-8", "surrogatepass"), wrong, ""

    def tried(self, ask: Ask, data: bytes) -> Tried:
        accounts = list(ask.desk.config.accounts) or [""]
        loaders = {account: ask.desk.loader(account) for account in accounts}
        return tried(self.shelved, data, loaders, rule_folders(ask.desk.config))


@dataclass(frozen=True, slots=True)
class DiffLine:
    """``sign``: ``+``, ``-``, a space, or ``@`` where lines are left out."""

    sign: str
    text: str


def difference(before: str, after: str) -> list[DiffLine]:
    """Two texts line by line, with three lines around each change; nothing where they are the same."""
    lines = list(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=3))[2:]
    return [DiffLine("@" if line.startswith("@@") else line[:1], "" if line.startswith("@@") else line[1:])
            for line in lines]  # fmt: skip


def here_and_elsewhere(shelved: Shelved, faults: Sequence[Diagnostic]) -> tuple[list[Diagnostic], list[Diagnostic]]:
    """Faults of this file, and of others."""
    mine = [each for each in faults if each.path == str(shelved.path)]
    return mine, [each for each in faults if each.path != str(shelved.path)]


def _raw(ask: Ask, name: str) -> str:
    """A field with its blanks; those of a text mean something."""
    return next(iter(ask.form.get(name, ())), "")


def _fields(ask: Ask, prefix: str) -> dict[str, str]:
    return {name.removeprefix(prefix): next(iter(values), "") for name, values in ask.form.items()
            if name.startswith(prefix)}  # fmt: skip
