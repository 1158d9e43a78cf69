"""How results reach a person, a pipe or a program.

Data goes to standard output, everything else to standard error. On a terminal: aligned columns, colour that only
enhances. In a pipe: tabs, no header, no truncation, exact values. With ``--json``: one object that names its schema.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TextIO
from unicodedata import east_asian_width

_COLOURS = {"red": 31, "green": 32, "yellow": 33, "blue": 34, "dim": 2, "bold": 1}
_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
# Names come from Amazon: whatever could move a terminal's cursor or retitle its window is taken out of them.
_CONTROLS = re.compile(r"\x1b(?!\[[0-9;]*m)|[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Screen:
    """Where and how a command prints."""

    json: bool
    colour: bool
    terminal: bool
    out: TextIO
    err: TextIO

    @classmethod
    def of(cls, *, json: bool = False, colour: str = "auto") -> Screen:
        terminal = sys.stdout.isatty()
        plain = "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
        wanted = (terminal and not plain) or "FORCE_COLOR" in os.environ
        return cls(json, {"always": True, "never": False}.get(colour, wanted), terminal, sys.stdout, sys.stderr)

    def paint(self, text: str, colour: str) -> str:
        return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m" if self.colour and colour else text

    def object(self, schema: str, body: Mapping[str, Any]) -> None:
        """Print one JSON object of a named schema, such as ``steward.plan/1``."""
        print(json.dumps({"schema": schema, **body}, ensure_ascii=False, default=_plain), file=self.out)

    def line(self, text: str = "") -> None:
        """A line of the result."""
        print(self._shown(text), file=self.out)

    def note(self, text: str) -> None:
        """A line about the result: to standard error, so that a pipe carries data alone."""
        print(self._shown(text), file=self.err, flush=True)

    def _shown(self, text: str) -> str:
        safe = _CONTROLS.sub("", text)
        return safe if self.colour else _ESCAPES.sub("", safe)

    def table(self, head: Sequence[str], rows: Sequence[Sequence[Any]], right: frozenset[int] = frozenset()) -> None:
        """Aligned with a header on a terminal; tab-separated and bare in a pipe. ``right``: columns set flush right."""
        if not self.terminal:
            for row in rows:
                print("\t".join(_one_line(_ESCAPES.sub("", str(_plain(cell)))) for cell in row), file=self.out)
            return
        cells = [[_one_line(str(_plain(cell))) for cell in row] for row in rows]
        widths = [max(map(width, column)) for column in zip(head, *cells, strict=True)]
        self.line(self.paint(_aligned(list(head), widths, right), "dim"))
        for row in cells:
            self.line(_aligned(row, widths, right))

    @contextmanager
    def progress(self, label: str) -> Iterator[Progress]:
        """A line on a terminal that keeps moving, from half a second on; nothing in a pipe."""
        progress = Progress(self, label)
        try:
            yield progress
        finally:
            progress.clear()


class Progress:
    """One line of standard error that is written over."""

    def __init__(self, screen: Screen, label: str) -> None:
        self._screen, self._label = screen, label
        self._began = self._drawn = time.monotonic()
        self._shown = False

    def __call__(self, text: str) -> None:
        now = time.monotonic()
        if not self._screen.err.isatty() or now - self._began < 0.5 or now - self._drawn < 0.05:
            return
        self._drawn, self._shown = now, True
        self._screen.err.write(f"\r\x1b[K{self._label} {text} · {now - self._began:.0f} s")
        self._screen.err.flush()

    def clear(self) -> None:
        if self._shown:
            self._screen.err.write("\r\x1b[K")
            self._screen.err.flush()


def width(text: str) -> int:
    """Columns a text takes on a terminal; Chinese characters take two."""
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in _ESCAPES.sub("", text))


def _aligned(cells: Sequence[str], widths: Sequence[int], right: frozenset[int]) -> str:
    padded = []
    for index, (cell, room) in enumerate(zip(cells, widths, strict=True)):
        blank = " " * (room - width(cell))
        padded.append(blank + cell if index in right else cell + blank)
    return "  ".join(padded).rstrip()


def _one_line(text: str) -> str:
    return _CONTROLS.sub("", re.sub(r"[\t\r\n]", " ", text))


def _plain(value: Any) -> Any:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return value if isinstance(value, (int, float, str, bool, list, dict)) else "" if value is None else str(value)
