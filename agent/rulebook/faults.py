"""How faults are gathered: a file is read to its end, and every fault keeps its place."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Protocol, TypeVar

from agent.errors import Diagnostic
from agent.model.rule import Place

MOST_FAULTS = 100

Item = TypeVar("Item")
Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class Complaint:
    """A fault inside one text; ``at`` is the offset of the offending token, from 0."""

    at: int
    code: str
    message: str
    hint: str = ""


class Complaints(Exception):  # noqa: N818  several faults travelling together, caught at the text they are about
    """The faults of one text. Empty when what is wrong has been reported elsewhere already."""

    def __init__(self, *items: Complaint) -> None:
        super().__init__(items)
        self.items = items


class Located(Protocol):
    """A text that knows where each of its characters stands in the file."""

    def place_at(self, offset: int) -> Place: ...


class Faults:
    """The faults of one file, as they are found; nobody reads more than the first hundred. Codes that are ``forgiven``
    are left out."""

    def __init__(self, path: str, forgiven: Container[str] = ()) -> None:
        self.path = path
        self.forgiven = forgiven
        self.found: list[Diagnostic] = []

    def add(self, place: Place, code: str, message: str, hint: str = "") -> None:
        if len(self.found) < MOST_FAULTS and code not in self.forgiven:
            self.found.append(Diagnostic(self.path, place.line, place.column, code, message, hint))

    def take(self, text: Located, complaints: Complaints) -> None:
        """Give each complaint about ``text`` its place in the file."""
        for item in complaints.items:
            self.add(text.place_at(item.at), item.code, item.message, item.hint)


def each(do: Callable[[Item], Part], items: Iterable[Item]) -> list[Part]:
    """``do`` for every item; if some complain, complain with the faults of all of them at once."""
    done: list[Part] = []
    faults: list[Complaint] = []
    failed = False
    for item in items:
        try:
            done.append(do(item))
        except Complaints as complaints:
            failed = True
            faults.extend(complaints.items)
    if failed:
        raise Complaints(*faults)
    return done


def nearest(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """A hint with the nearest known name; ``otherwise`` when none is near."""
    close = get_close_matches(name[:60], list(known), 1)
    return f"did you mean '{close[0]}'?" if close else otherwise


def quoted(text: str) -> str:
    """A piece of the author's text, short enough for one line of a message."""
    line = " ".join(text.split())
    return f"'{line}'" if len(line) <= 40 else f"'{line[:37]}…'"


def listed(names: Iterable[str]) -> str:
    """``a, b or c``."""
    words = list(names)
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}" if words else ""
