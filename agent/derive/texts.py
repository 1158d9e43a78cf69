"""What customers' texts warn of: reviews, feedback, comments of returns, messages."""

from __future__ import annotations

from functools import lru_cache, partial

from agent.derive.asked import Cell, Deriver, rows_of
from agent.derive.desk import Desk
from agent.methods.triage import Finding, triage
from agent.model.fact import Rows
from agent.model.kinds import STREAMS

# A text stays as it was written, and is looked at again on every turn.
_triage = lru_cache(maxsize=100_000)(triage)

_TOPIC_OF_REASON = {
    "defective": "quality", "quality_unacceptable": "quality", "not_compatible": "not_as_described",
    "not_as_described": "not_as_described", "switcheroo": "not_as_described", "missing_parts": "missing_parts",
    "damaged_by_carrier": "damaged", "damaged_by_fc": "damaged", "apparel_too_small": "size",
    "apparel_too_large": "size", "apparel_style": "not_as_described",
}  # fmt: skip


def derive(desk: Desk, source: str, gives: str) -> Rows:
    """A row per text, whatever the age of the export: a warning does not go stale."""
    rows = desk.collected(source, desk.view.state(STREAMS[source])).to_dicts()
    return rows_of(STREAMS[gives], [_row(row) for row in rows])


def _row(row: dict[str, str | None]) -> dict[str, Cell]:
    parts = [part for part in (row.get("title"), row.get("text")) if part]
    found = _triage(". ".join(parts)) if parts else Finding(False, False, "other", (), ())
    topic = found.topic
    if topic == "other":
        topic = _TOPIC_OF_REASON.get((row.get("reason") or "").lower(), topic)
    return {
        "entity": row["entity"], "safety": found.safety, "legal": found.legal, "topic": topic,
        "language": ", ".join(found.languages) or None, "words": ", ".join(found.words) or None,
    }  # fmt: skip


def _deriver(source: str, gives: str) -> Deriver:
    stream = STREAMS[source]
    return Deriver(STREAMS[gives], (stream,), (stream,), partial(derive, source=source, gives=gives))


DERIVERS = (
    _deriver("reviews", "review_triage"),
    _deriver("feedback", "feedback_triage"),
    _deriver("returns", "return_triage"),
    _deriver("messages", "message_triage"),
)
