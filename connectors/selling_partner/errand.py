"""Many slow calls for one stream: what Amazon does not allow now is done at the next look, and nothing is done twice.

An errand is a list of places to go to. Each gives rows, or further places, or both. When the usage plan is used up, the
places left and the rows so far are written beside the downloads and the pull is a promise. Rows of an errand hold
nothing about buyers, since readers take none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from agent.errors import SourceError, ThrottledError
from agent.model.fact import Pending
from connectors.selling_partner.faults import NAME
from connectors.selling_partner.reading import Row
from connectors.selling_partner.streams import Source

Place = tuple[str, ...]
"""One call: which, and about what."""

_VERSION = 1
_OLDEST = timedelta(hours=24)
"""Rows older than this are read anew rather than booked."""
_SHORTEST_SECONDS = 1.0
_MOST_PLACES = 200_000


@dataclass(frozen=True, slots=True)
class Step:
    """What was found at a place, and where to go besides."""

    rows: Sequence[Row] = ()
    further: Sequence[Place] = ()


@dataclass(frozen=True, slots=True)
class Errand:
    """``begin`` names the first places, ``go`` makes the call of one. ``kept``: so long an answer is not asked for
    again, whichever stream needs it."""

    source: Source
    stream: str
    begin: Callable[[], Sequence[Place]]
    go: Callable[[Place], Step]
    kept: timedelta = timedelta(minutes=30)

    def run(self, cursor: str | None) -> Sequence[Row] | Pending:
        """Go on from the cursor. All rows once every place was visited, else a promise."""
        state = self._resumed(cursor) or _State(self.source.clock.now(), list(self.begin()))
        while state.todo:
            try:
                step = self._visited(state.todo[0])
            except ThrottledError as fault:
                return self._later(state, fault.retry_after_seconds)
            state.todo[:1] = step.further
            state.rows += step.rows
            state.visited += 1
            if state.visited > _MOST_PLACES:
                raise _endless(self.stream)
        self._file.unlink(missing_ok=True)
        return state.rows

    def _visited(self, place: Place) -> Step:
        now = self.source.clock.now()
        step = self.source.memory.get(place, now - self.kept)
        if step is None:
            step = self.go(place)
            self.source.memory.put(place, now, step)
        return cast(Step, step)

    def _later(self, state: _State, seconds: float) -> Pending:
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            part = self._file.with_suffix(".part")
            part.write_text(state.written(), encoding="utf-8")
            part.replace(self._file)
        except OSError as fault:
            raise SourceError(
                f"What was read of {self.stream} cannot be written to this machine's disk: {fault.strerror}.",
                connector=NAME, operation=self.stream, hint="Make room, or check the folder for downloads.",
            ) from fault  # fmt: skip
        note = f"{len(state.todo)} calls to make"
        return Pending(state.id, max(seconds, _SHORTEST_SECONDS), note)

    def _resumed(self, cursor: str | None) -> _State | None:
        """What an earlier look left, where it is whole, ours and young; else everything is asked for anew."""
        if cursor is None:
            return None
        try:
            state = _State.read(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        young = self.source.clock.now() - state.begun_at < _OLDEST
        return state if state.id == cursor and young else None

    @property
    def _file(self) -> Path:
        return self.source.downloads / self.source.account / self.stream / "errand.json"


@dataclass(slots=True)
class _State:
    begun_at: datetime
    todo: list[Place]
    rows: list[Row] = field(default_factory=list)
    visited: int = 0

    @property
    def id(self) -> str:
        return self.begun_at.isoformat()

    def written(self) -> str:
        return json.dumps({"v": _VERSION, "begun_at": self.id, "todo": self.todo, "rows": self.rows,
                           "visited": self.visited}, default=_moment)  # fmt: skip

    @classmethod
    def read(cls, text: str) -> _State:
        data: dict[str, Any] = json.loads(text, object_hook=_read_moment)
        if data["v"] != _VERSION:
            raise ValueError("written by another version")
        return cls(datetime.fromisoformat(data["begun_at"]), [tuple(map(str, place)) for place in data["todo"]],
                   list(data["rows"]), int(data["visited"]))  # fmt: skip


def _moment(value: object) -> dict[str, str]:
    if not isinstance(value, datetime):
        raise TypeError(f"{type(value).__name__} cannot be kept")
    return {"moment": value.isoformat()}


def _read_moment(data: dict[str, Any]) -> Any:
    return datetime.fromisoformat(data["moment"]) if data.keys() == {"moment"} else data


def _endless(stream: str) -> SourceError:
    fault = SourceError(f"The lists of {stream} do not end.", connector=NAME, operation=stream)
    fault.retryable = False
    return fault


def batches(kind: str, ids: Sequence[str], most: int) -> list[Place]:
    """Ids as places of at most so many, in a stable order, so that two streams ask for the same batches."""
    ordered = sorted(set(ids))
    return [(kind, *ordered[start : start + most]) for start in range(0, len(ordered), most)]
