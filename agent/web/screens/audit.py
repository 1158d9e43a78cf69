"""The audit log: what happened, searched and read page by page; whether it is whole; all of it for somebody else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from starlette.responses import Response, StreamingResponse

from agent.language import _, ngettext, number
from agent.ledger.chain import Event, Head
from agent.ledger.paging import Sought
from agent.ledger.witness import notes_in
from agent.model.proposal import Proposal, State
from agent.redaction import redacted_fields
from agent.shown.events import KINDS, event_word, said
from agent.web.asking import Ask
from agent.web.paging import PAGE_ROWS
from agent.wiring import witness_of

MOST_VERIFIED = 50_000
"""So many events are verified while somebody waits; for more there is the command."""
_NAMES = ("actor", "kind", "about")


@dataclass(frozen=True, slots=True)
class Verified:
    """What verifying came to. ``more``: what was not looked at."""

    ok: bool
    text: str
    more: str = ""


def show(ask: Ask, verified: Verified | None = None) -> Response:
    sought = _sought(ask)
    before = ask.number("before", 0, 999_999_999) or None
    found = ask.desk.ledger.pages.events(sought, before, PAGE_ROWS + 1)
    events, more = found[:PAGE_ROWS], len(found) > PAGE_ROWS
    return ask.page(
        "audit.html", events=events, about=_about(ask, events), said=said, event_word=event_word, raw=_raw,
        older=events[-1].seq if more else None, paged=before is not None, kinds=[*KINDS, *map(str, State)],
        asked={name: ask.query(name) for name in ("since", "until", *_NAMES)}, filtered=sought != Sought(),
        total=ask.desk.ledger.head().seq, verified=verified,
    )  # fmt: skip


def verify(ask: Ask) -> Response:
    """All of a short log; of a long one that its newest events follow one another."""
    ledger, head = ask.desk.ledger, ask.desk.ledger.head()
    if head.seq <= MOST_VERIFIED:
        found = ledger.verify()
        text = _("The audit log is whole: {count} events, head {head}.").format(
            count=number(found.rows), head=found.head[:16])  # fmt: skip
        return show(ask, Verified(found.ok, text if found.ok else found.message))
    (start,) = ledger.outbox.events_after(head.seq - MOST_VERIFIED, 1)
    broken = ledger.broken_link(Head(start.seq, start.hash))
    text = ngettext("The newest {count} event follows.", "The newest {count} events follow one another.", MOST_VERIFIED)
    wrong = _("Event {seq} does not follow the one before it.").format(seq=broken)
    return show(ask, Verified(broken is None, text.format(count=number(MOST_VERIFIED)) if broken is None else wrong,
                              _("For all of it: steward audit verify")))  # fmt: skip


def export(ask: Ask) -> Response:
    """The log as it is stored, and the signed checkpoints: what ``steward audit export`` writes."""
    response = StreamingResponse(_lines(ask), media_type="application/x-ndjson")
    response.headers["Content-Disposition"] = 'attachment; filename="steward-audit.jsonl"'
    return response


def _lines(ask: Ask) -> Iterator[str]:
    for event in ask.desk.ledger.export():
        yield _line({"record": "event", **event})
    for note in notes_in(witness_of(ask.desk.config).file):
        yield _line({"record": "checkpoint", "payload": note})


def _line(row: dict[str, object]) -> str:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n"


def _sought(ask: Ask) -> Sought:
    """The filter of the address; days are those of UTC, the last one included, and what is no day is left out."""
    since, until = _day(ask.query("since")), _day(ask.query("until"))
    names = {name: ask.query(name).strip()[:200] for name in _NAMES}
    return Sought(since, until and until + timedelta(days=1), **names)


def _day(text: str) -> datetime | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return datetime(day.year, day.month, day.day, tzinfo=UTC) if date.min < day < date.max else None


def _about(ask: Ask, events: list[Event]) -> dict[str, Proposal]:
    """The proposals of these events by their ids."""
    ids = {event.proposal for event in events if event.proposal is not None}
    return {each.id: each for each in ask.desk.ledger.proposals(ids=ids)}


def _raw(event: Event) -> str:
    return json.dumps(redacted_fields(event.payload), ensure_ascii=False, indent=1)
