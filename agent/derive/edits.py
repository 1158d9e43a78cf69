"""Changes of listings, by anybody, as two pulls saw them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from agent.derive.asked import OwnEdit
from agent.derive.desk import Desk
from agent.derive.stock_days import grouped

FIELDS = ("title", "bullets", "description", "main_image", "other_images", "aplus", "price")
_SEEN_DAYS = 60
_SEEN_WITHIN = timedelta(days=3)
"""After we sent a change, a pull should have seen it within these."""


@dataclass(frozen=True, slots=True)
class EditSeen:
    """One field of one listing that a pull found changed at ``at``."""

    sku: str
    field: str
    at: datetime
    ours: bool


def edits_of(desk: Desk) -> list[EditSeen]:
    """Every change of the last 60 days, oldest first; a first sighting is no change, nor is a value first learned."""
    found: list[EditSeen] = []
    own = _by_lever(desk.asked.own_edits)
    since = desk.asked.known_at - timedelta(days=_SEEN_DAYS)
    for field in FIELDS:
        for sku, moves in grouped(desk.changes("listings", field, _SEEN_DAYS)):
            before: Any = None
            for at, value, first in moves:
                if not first and at >= since and before is not None and value is not None:
                    found.append(EditSeen(sku, field, at, _is_ours(own.get((sku, field), ()), at, value)))
                before = value
    return sorted(found, key=lambda edit: (edit.at, edit.sku, edit.field))


def _by_lever(own: Sequence[OwnEdit]) -> Mapping[tuple[str, str], list[OwnEdit]]:
    levers: dict[tuple[str, str], list[OwnEdit]] = {}
    for edit in own:
        levers.setdefault((edit.sku, edit.field), []).append(edit)
    return levers


def _is_ours(own: Sequence[OwnEdit], at: datetime, value: Any) -> bool:
    """We sent this very value shortly before; the same field with another value was somebody else's doing."""
    return any(edit.value == value and edit.at <= at <= edit.at + _SEEN_WITHIN for edit in own)
