"""The thread of a pull that waits for reports: which, for which days, how far. It survives restarts."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from agent.model.window import Span

_VERSION = 1


class Stage(StrEnum):
    """How far one report is."""

    WANTED = "wanted"
    ASKED = "asked"
    FETCHED = "fetched"
    NOTHING = "nothing"
    """Amazon cancelled it: there is nothing to tell."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One report. ``charset`` is what its download said, and ``request_id`` belongs to that download."""

    span: Span
    stage: Stage = Stage.WANTED
    report_id: str = ""
    charset: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Thread:
    stream: str
    asked_at: datetime
    pieces: tuple[Piece, ...]

    @property
    def span(self) -> Span:
        return Span(self.pieces[0].span.first, self.pieces[-1].span.last)

    @property
    def done(self) -> bool:
        return all(piece.stage in (Stage.FETCHED, Stage.NOTHING) for piece in self.pieces)

    def having(self, number: int, piece: Piece) -> Thread:
        """The same, knowing more of one piece."""
        pieces = list(self.pieces)
        pieces[number] = piece
        return replace(self, pieces=tuple(pieces))

    def written(self) -> str:
        return json.dumps({
            "v": _VERSION, "stream": self.stream, "asked_at": self.asked_at.isoformat(),
            "reports": [[str(each.span.first), str(each.span.last), each.stage, each.report_id, each.charset,
                         each.request_id] for each in self.pieces],
        })  # fmt: skip

    @classmethod
    def read(cls, text: str | None, stream: str) -> Thread | None:
        """A written one; None where it is none of ours, or another stream's: then everything is asked for anew."""
        try:
            data = json.loads(text or "")
            if data["v"] != _VERSION or data["stream"] != stream:
                return None
            pieces = tuple(
                Piece(Span(date.fromisoformat(first), date.fromisoformat(last)), Stage(stage), *words)
                for first, last, stage, *words in data["reports"]
            )
            asked_at = datetime.fromisoformat(data["asked_at"])
        except (ValueError, KeyError, TypeError):
            return None
        words = [word for each in pieces for word in (each.report_id, each.charset, each.request_id)]
        whole = pieces and asked_at.tzinfo and all(isinstance(word, str) for word in words)
        return cls(stream, asked_at, pieces) if whole and all(len(each.span) for each in pieces) else None
