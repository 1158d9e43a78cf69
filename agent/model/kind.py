"""What a kind of entity is: where its state and its daily figures come from, and what it is related to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from agent.model.metric import Metric

SELF: Final = "entity"
"""As the column of a relation: the related entity has the same id (a SKU and its listing)."""


@dataclass(frozen=True, slots=True)
class Relation:
    """To one entity of ``kind``, whose id stands in ``column`` of the state; or, ``through`` a snapshot, to several.

    Such a snapshot pairs what stands in our ``column`` with its own column ``pair``, and names entities of ``kind`` in
    its column ``many``; each figure then says how several become one (``Column.rollup``).
    """

    kind: str
    column: str
    through: str | None = None
    pair: str = ""
    many: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """One entity kind.

    ``states`` name its snapshots: the first that was ever pulled says which entities there are, the others add
    columns. ``traffics`` name its daily streams. A column's name is the kind's own, in whichever stream it lies.
    """

    name: str
    about: str
    states: tuple[str, ...]
    traffics: tuple[str, ...]
    relations: Mapping[str, Relation]
    metrics: tuple[Metric, ...] = ()

    def metric(self, name: str) -> Metric | None:
        return next((metric for metric in self.metrics if metric.name == name), None)
