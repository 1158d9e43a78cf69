"""What charts are drawn of: the days of one thing, with our own changes marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from agent.errors import FactsError
from agent.facts.series import daily
from agent.language import _, noted
from agent.model.entity import Entity
from agent.model.kinds import KINDS, STREAMS
from agent.model.metric import Unit
from agent.model.proposal import State
from agent.model.window import Span
from agent.shown.proposals import arrow
from agent.shown.words import field_word
from agent.web.desk import Desk

DAYS = 60
_COLUMNS: Mapping[str, str] = {
    "cost": noted("ad cost"),
    "sales": noted("ad sales"),
    "clicks": noted("clicks"),
    "ordered_sales": noted("sales"),
    "units_ordered": noted("units ordered"),
    "sessions": noted("sessions"),
}
"""The figures that are drawn, where a kind has them, in this order."""
_UNITS = {Unit.MONEY: "money", Unit.RATIO: "percent"}
_ON_THE_PAGE_OF = {"listing": "sku"}
"""A listing's figures are those of its SKU, by the same id."""


def figure_word(column: str) -> str:
    """What people call a daily figure."""
    return _(_COLUMNS.get(column, column.replace("_", " ")))


def chart_of(desk: Desk, entity: Entity, days: int = DAYS) -> dict[str, Any] | None:
    """The last days of one thing, as the macro ``chart`` takes it; None where nothing of it is known."""
    kind = KINDS.get(_ON_THE_PAGE_OF.get(entity.kind, entity.kind))
    # Today is not known yet, and yet what we changed today is marked on it.
    today = desk.clock.now().date()
    span = Span(today - timedelta(days=days - 1), today)
    lines = [] if kind is None else _lines(desk, entity, kind.traffics, span)
    if not lines:
        return None
    return {
        "days": [day.isoformat() for day in span], "lines": lines, "marks": marks_of(desk, entity, span),
        "currency": desk.currency(entity.account),
    }  # fmt: skip


def _lines(desk: Desk, entity: Entity, streams: Sequence[str], span: Span) -> list[dict[str, Any]]:
    view, lines = desk.book.known_at(entity.account, desk.clock.now()), []
    for name, word in _COLUMNS.items():
        stream = next((STREAMS[each] for each in streams if STREAMS[each].column(name)), None)
        column = stream.column(name) if stream is not None else None
        if stream is None or column is None:
            continue
        try:
            values = daily(view, stream, name, [entity.id], span).get(entity.id)
        except FactsError:
            # Figures help to decide; without them the rest of the page still does.
            continue
        if values is not None:
            lines.append({"label": _(word), "unit": _UNITS.get(column.unit, "number"), "values": values})
    return lines


def marks_of(desk: Desk, entity: Entity, span: Span) -> list[dict[str, str]]:
    """What we changed of it, on the day it was sent."""
    done = desk.ledger.proposals(entity=entity, states=[State.DONE])
    sent = desk.ledger.executions(each.id for each in done)
    marks = [(sent[each.id][-1].sent_at.date(), f"{field_word(each.change.field)} {arrow(each.change)}")
             for each in done if each.id in sent]  # fmt: skip
    return [{"day": day.isoformat(), "label": label} for day, label in sorted(marks) if day in span]
