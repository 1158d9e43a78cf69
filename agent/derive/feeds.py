"""How old what comes in is: a row per stream that was ever delivered."""

from __future__ import annotations

from datetime import timedelta

from agent.derive.asked import Cell, Deriver, rows_of
from agent.derive.desk import Desk
from agent.model.fact import Grain, Rows, Stream
from agent.model.kinds import STREAMS

_HOUR = timedelta(hours=1)
_LOOKED_BACK = 14
"""So many days back a daily stream is looked at for holes."""


def derive(desk: Desk) -> Rows:
    """Streams that were never delivered are not in use and have no row; what is worked out here has none either."""
    found: list[dict[str, Cell]] = []
    for stream in STREAMS.values():
        observed = desk.view.observed_at(stream)
        if observed is None or stream.unknown_when_stale:
            continue
        found.append({
            "entity": stream.name, "age_hours": (desk.asked.known_at - observed) / _HOUR,
            "limit_hours": float(stream.fresh_hours), "missing_days": _missing(desk, stream),
        })  # fmt: skip
    return rows_of(STREAMS["feeds"], found)


def _missing(desk: Desk, stream: Stream) -> int:
    """Settled days of the last fortnight that were never delivered, since the stream began."""
    if stream.grain is not Grain.DAY:
        return 0
    covered = desk.view.covered(stream)
    newest = desk.asked.today - timedelta(days=1 + stream.settle_days)
    days = [newest - timedelta(days=back) for back in range(_LOOKED_BACK)]
    return sum(day not in covered for day in days if covered and day >= min(covered))


_SOURCES = tuple(stream for stream in STREAMS.values() if not stream.unknown_when_stale)
DERIVER = Deriver(STREAMS["feeds"], _SOURCES, (), derive)
