"""The thread of a pull that waits for reports: which, for which days, since when. It survives restarts."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date, datetime

from agent.model.window import Span

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Piece:
    """One report; ``report_id`` is empty until it was asked for."""

    span: Span
    report_id: str = ""


@dataclass(frozen=True, slots=True)
class Cursor:
    stream: str
    asked_at: datetime
    pieces: tuple[Piece, ...]

    @property
    def span(self) -> Span:
        return Span(self.pieces[0].span.first, self.pieces[-1].span.last)

    def with_report(self, number: int, report_id: str) -> Cursor:
        """The same, knowing the report of one piece."""
        pieces = list(self.pieces)
        pieces[number] = replace(pieces[number], report_id=report_id)
        return replace(self, pieces=tuple(pieces))

    def written(self) -> str:
        return json.dumps({
            "v": _VERSION, "stream": self.stream, "asked_at": self.asked_at.isoformat(),
            "reports": [[str(each.span.first), str(each.span.last), each.report_id] for each in self.pieces],
        })  # fmt: skip

    @classmethod
    def of(cls, stream: str, span: Span, days: int, now: datetime) -> Cursor:
        """A new one: the span in pieces of at most so many days, none of them asked for yet."""
        return cls(stream, now, tuple(Piece(piece) for piece in span.pieces(days)))

    @classmethod
    def read(cls, text: str | None, stream: str) -> Cursor | None:
        """A written one; None where it is none of ours, or another stream's: then everything is asked for anew."""
        try:
            data = json.loads(text or "")
            if data["v"] != _VERSION or data["stream"] != stream:
                return None
            found = [(date.fromisoformat(first), date.fromisoformat(last), id) for first, last, id in data["reports"]]
            asked_at = datetime.fromisoformat(data["asked_at"])
        except (ValueError, KeyError, TypeError):
            return None
        whole = found and asked_at.tzinfo and all(isinstance(id, str) and first <= last for first, last, id in found)
        return cls(stream, asked_at, tuple(Piece(Span(a, b), id) for a, b, id in found)) if whole else None
