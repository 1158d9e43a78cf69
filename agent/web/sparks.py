"""The last days of many things at once, for the small lines beside them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta

from agent.errors import FactsError
from agent.facts.series import daily
from agent.model.entity import Entity
from agent.model.kinds import KINDS, STREAMS
from agent.model.window import Span
from agent.web.desk import Desk

DAYS = 14
_COLUMNS = ("cost", "units", "units_ordered", "sales")
"""What is drawn: of what is advertised what it costs, else what is sold; the first that a kind has."""


def sparks_of(desk: Desk, entities: Sequence[Entity]) -> Mapping[Entity, Sequence[float | None]]:
    """By thing, a figure a day, oldest first; None on days that are not known. Left out where nothing is daily."""
    found: dict[Entity, Sequence[float | None]] = {}
    wanted: dict[tuple[str, str], list[str]] = defaultdict(list)
    for entity in dict.fromkeys(entities):
        wanted[entity.account, entity.kind].append(entity.id)
    now = desk.clock.now()
    for (account, kind), ids in wanted.items():
        named = column_of(kind)
        if named is None:
            continue
        last = now.date() - timedelta(days=1)
        view = desk.book.known_at(account, now)
        try:
            series = daily(view, STREAMS[named[0]], named[1], ids, Span(last - timedelta(days=DAYS - 1), last))
        except FactsError:
            # A line that helps is no reason to show nothing of what has to be decided.
            continue
        found |= {Entity(account, kind, id): values for id, values in series.items()}
    return found


def column_of(kind: str) -> tuple[str, str] | None:
    """Stream and column of the figure that is drawn for a kind."""
    known = KINDS.get(kind)
    for stream in known.traffics if known is not None else ():
        for column in _COLUMNS:
            if STREAMS[stream].column(column):
                return stream, column
    return None
