"""Data Kiosk (2023-11-15): a query is asked for, prepared by Amazon, and fetched as documents of JSON lines.

A pull that waits is a thread of queries that survives restarts. Amazon: one query in a minute may be created and one
document fetched, after a burst of 15; a result that is too long for one document goes on in a further query.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

from agent.errors import ContractError, SourceError, ThrottledError
from agent.model.fact import Pending
from agent.model.window import Span
from agent.outbound import Reply
from connectors.selling_partner.client import Ask
from connectors.selling_partner.faults import NAME
from connectors.selling_partner.reading import any_of, may, need, promised, root, text
from connectors.selling_partner.streams import Source

_VERSION = 1
_DAYS = 31
"""Days of one query: long enough to need few, short enough that one lost is soon asked for again."""
_LONGEST_WAIT = timedelta(hours=12)
_FIRST_LOOK, _LAST_LOOK = 60.0, 600.0
_CONFLICT = 409
_UNDER_WAY = ("IN_QUEUE", "IN_PROGRESS")
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Part:
    """One query. ``query_id`` is empty until it was asked for; ``document_id`` is None while it is prepared, and
    empty where there was nothing to tell."""

    span: Span
    query_id: str = ""
    document_id: str | None = None

    @property
    def done(self) -> bool:
        return self.document_id is not None


@dataclass(frozen=True, slots=True)
class Thread:
    """All queries of one pull, and since when they are asked for."""

    stream: str
    asked_at: datetime
    parts: tuple[Part, ...]

    def written(self) -> str:
        parts = [[str(part.span.first), str(part.span.last), part.query_id, part.document_id] for part in self.parts]
        return json.dumps({"v": _VERSION, "stream": self.stream, "asked_at": self.asked_at.isoformat(), "parts": parts})

    @classmethod
    def read(cls, cursor: str | None, stream: str) -> Thread | None:
        """A written one; None where it is none of ours: then everything is asked for anew."""
        try:
            data = json.loads(cursor or "")
            if data["v"] != _VERSION or data["stream"] != stream or not data["parts"]:
                return None
            parts = [Part(Span(date.fromisoformat(first), date.fromisoformat(last)), str(query), document)
                     for first, last, query, document in data["parts"]]  # fmt: skip
            return cls(stream, datetime.fromisoformat(data["asked_at"]), tuple(parts))
        except (ValueError, KeyError, TypeError):
            return None


@dataclass(frozen=True, slots=True)
class Kiosk:
    """Runs one stream's queries. ``query`` writes the one for a span, without blanks that mean nothing."""

    source: Source
    stream: str
    query: Callable[[Span], str]

    def documents(self, span: Span, cursor: str | None) -> Sequence[Path] | Pending:
        """The span's documents on disk, or a promise of them."""
        now = self.source.clock.now()
        thread = Thread.read(cursor, self.stream)
        thread = thread or Thread(self.stream, now, tuple(Part(piece) for piece in span.pieces(_DAYS)))
        parts = list(thread.parts)
        try:
            self._advance(parts)
            waiting = sum(not part.done for part in parts)
            if not waiting:
                return [self._fetched(part.document_id) for part in parts if part.document_id]
        except ThrottledError as fault:
            return _later(thread, parts, fault.retry_after_seconds, "Amazon allows no more queries now")
        waited = now - thread.asked_at
        if waited > _LONGEST_WAIT:
            raise _lost(f"A query of {self.stream} is not done after {waited.total_seconds() / 3600:.0f} hours")
        seconds = min(_LAST_LOOK, max(_FIRST_LOOK, waited.total_seconds() / 4))
        return _later(thread, parts, seconds, f"{waiting} of {len(parts)} queries are being prepared")

    def _advance(self, parts: list[Part]) -> None:
        """Ask for what was not asked for, and look at what is being prepared. What is reached stands in ``parts``."""
        for number, part in enumerate(parts):
            if not part.query_id:
                parts[number] = replace(part, query_id=self._created(self.query(part.span)))
        number = 0
        while number < len(parts):
            if not parts[number].done:
                parts[number : number + 1] = self._looked_at(parts[number])
            number += 1

    def _created(self, query: str, token: str | None = None) -> str:
        """Amazon: the same query may not be asked for twice while it is prepared; then that one is taken up."""
        body = {"query": query, **({"paginationToken": token} if token else {})}
        reply = self.source.client.read(Ask("createQuery", body=body, expects=frozenset({_CONFLICT})))
        if reply.status == _CONFLICT:
            return self._under_way(query)
        with promised(reply):
            return need(root(reply), "queryId", text)

    def _under_way(self, query: str) -> str:
        reply = self.source.client.read(Ask("getQueries", query={"processingStatuses": _UNDER_WAY, "pageSize": 100}))
        with promised(reply):
            for known in any_of(root(reply), "queries"):
                if _bare(need(known, "query", text)) == _bare(query):
                    return need(known, "queryId", text)
        raise _lost(f"Amazon says the query of {self.stream} is under way, and lists no such one")

    def _looked_at(self, part: Part) -> Sequence[Part]:
        reply = self.source.client.read(Ask("getQuery", {"queryId": part.query_id}))
        with promised(reply):
            query = root(reply)
            status = need(query, "processingStatus", text)
            document, token = may(query, "dataDocumentId", text), may(query, "pagination.nextToken", text)
            if status in _UNDER_WAY:
                return [part]
            if status == "DONE":
                further = [Part(part.span, self._created(need(query, "query", text), token))] if token else []
                return [replace(part, document_id=document or ""), *further]
        raise _lost(f"Amazon gave up the query of {self.stream} ({status})", reply)

    def _fetched(self, document_id: str) -> Path:
        """The document on disk. What was fetched before a pause is not fetched again."""
        name = sha256(document_id.encode()).hexdigest()[:32]
        path = self.source.downloads / self.source.account / self.stream / f"{name}.jsonl"
        if not path.exists():
            reply = self.source.client.read(Ask("getDocument", {"documentId": document_id}))
            with promised(reply):
                url = need(root(reply), "documentUrl", text)
            self.source.client.fetch(url, path, "getDocument")
        return path


def lines_of(path: Path) -> Iterator[Mapping[str, object]]:
    """The objects of a document of JSON lines, one after the other. Amazon: compressed or not, whatever it says."""
    try:
        with path.open("rb") as head:
            compressed = head.read(2) == _GZIP
        with gzip.open(path, "rb") if compressed else path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield _line(line, number)
    except (OSError, EOFError, zlib.error) as fault:
        path.unlink(missing_ok=True)
        raise _broken("cannot be unpacked") from fault


def _line(line: bytes, number: int) -> Mapping[str, object]:
    with suppress(ValueError, RecursionError):
        found = json.loads(line, parse_float=Decimal)
        if isinstance(found, dict):
            return found
    raise _broken(f"has no JSON object in line {number}")


def _broken(says: str) -> ContractError:
    return ContractError(
        f"A document of Data Kiosk {says}.", connector=NAME, operation="getDocument",
        hint="Nothing of it was booked; the next pull asks again.",
    )  # fmt: skip


def _later(thread: Thread, parts: Sequence[Part], seconds: float, note: str) -> Pending:
    return Pending(replace(thread, parts=tuple(parts)).written(), max(seconds, 1.0), note)


def _bare(query: str) -> str:
    """A query without what Amazon rewrites: blanks and commas."""
    return "".join(query.replace(",", " ").split())


def _lost(says: str, reply: Reply | None = None) -> SourceError:
    """Not to be waited for any longer: the next pull asks anew."""
    fault = SourceError(
        f"{says}.", connector=NAME, operation="getQuery", request_id=reply.request_id if reply is not None else "",
        hint="The next pull asks anew.",
    )  # fmt: skip
    fault.retryable = False
    return fault
