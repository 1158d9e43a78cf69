"""The pieces of ``say``: text for people, and expressions in braces with the format of their value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from agent.rulebook.faults import Complaint, Complaints, quoted

MOST_CHARACTERS = 1_000

_PIECE = re.compile(r"\{\{|\}\}|\{(?P<inner>[^{}]*)\}|[{}]")
_SPEC = re.compile(r":(?P<spec>,?(?:\.[0-6])?[f%]?)\Z")
_ODD_SPEC = re.compile(r":[^\"':]*\Z")


@dataclass(frozen=True, slots=True)
class Piece:
    """Plain text, or an expression (``at``: its offset in ``say``) with its format."""

    text: str = ""
    expression: str = ""
    spec: str = ""
    at: int = 0


def pieces(text: str) -> Iterator[Piece]:
    """Cut ``say`` up; ``{{`` and ``}}`` are braces as such."""
    if len(text) > MOST_CHARACTERS:
        raise Complaints(Complaint(0, "R022", f"'say' has at most {MOST_CHARACTERS:,} characters"))
    end = 0
    for found in _PIECE.finditer(text):
        yield Piece(text[end : found.start()])
        end = found.end()
        if found["inner"] is not None:
            yield _valued(found["inner"], found.start() + 1)
        elif found.group() in ("{{", "}}"):
            yield Piece(found.group()[0])
        else:
            raise Complaints(
                Complaint(found.start(), "R052", f"the brace {quoted(found.group())} has no partner", "write {{ or }}")
            )
    yield Piece(text[end:])


def _valued(inner: str, at: int) -> Piece:
    spec = _SPEC.search(inner)
    if spec is not None:
        return Piece(expression=inner[: spec.start()], spec=spec["spec"], at=at)
    odd = _ODD_SPEC.search(inner)
    if odd is not None:
        raise Complaints(
            Complaint(at + odd.start() + 1, "R052", f"{quoted(odd.group()[1:])} is no format", "such as .0%, .2f or ,")
        )
    return Piece(expression=inner, at=at)
