"""A ledger that exists only in memory: what was proposed on a replayed day counts as approved and done at once.

With it a replay of many days rests, caps and goes to and fro by its own proposals; nothing is written anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from agent.engine.history import LOOKED_BACK
from agent.model.entity import Entity
from agent.model.past import Asking
from agent.model.proposal import Fate, State


class Shadow:
    """The part of a ledger that the belts ask, of one account."""

    def __init__(self) -> None:
        self._sent: list[tuple[Asking, datetime]] = []
        self._last: dict[tuple[Entity, str], datetime] = {}

    def carry_out(self, asked: Sequence[Asking], at: datetime) -> None:
        """Count them as done at that moment."""
        self._sent = [*(one for one in self._sent if at - one[1] < LOOKED_BACK), *((each, at) for each in asked)]
        self._last.update({each.lever: at for each in asked})

    def asking(self, account: str, *states: State) -> Sequence[Asking]:
        """Nothing ever waits."""
        return []

    def sent_since(self, account: str, since: datetime) -> Sequence[tuple[Asking, datetime]]:
        return [(each, at) for each, at in self._sent if at >= since]

    def answers_since(self, account: str, since: datetime) -> Mapping[Fate, int]:
        """Nothing was sent, so nothing failed."""
        return {}

    def undone_since(self, account: str, since: datetime) -> int:
        return 0

    def last_changes(self, account: str, kind: str, fields: Sequence[str]) -> Mapping[tuple[Entity, str], datetime]:
        wanted = frozenset(fields)
        return {lever: at for lever, at in self._last.items() if lever[0].kind == kind and lever[1] in wanted}
