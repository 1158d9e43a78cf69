"""Whether an answer is about this account at all.

A report carries no account. One of somebody else's, taken for ours, would book all our figures back to zero; but ids
are never shared between accounts, so an answer in which not one id is known is not ours.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from agent.facts.faults import door
from agent.facts.streams import PULLS
from agent.facts.table import Opened

_ENOUGH = 5
"""An answer about fewer entities may well be about new ones alone."""


@dataclass(frozen=True, slots=True)
class Acquaintance:
    """What is known of one kind of entity: those ever listed, and those with figures booked."""

    listed: Opened | None
    booked: Opened

    def is_stranger(self, entities: pl.Series) -> bool:
        """Whether these are many and none was ever seen, although entities of their kind were."""
        asked = entities.unique()
        if self.listed is None or asked.len() < _ENOUGH:
            return False
        listed = _entities(self.listed)
        if listed.is_empty() or asked.is_in(listed.implode()).any():
            return False
        return not asked.is_in(_entities(self.booked).implode()).any()


def _entities(opened: Opened) -> pl.Series:
    files = [each for each in opened.files if each.part != PULLS]
    with door(opened.table.account, opened.table.stream.name):
        return opened.scan(files).select(pl.col("entity").unique()).collect(engine="streaming").get_column("entity")
