"""A look at records, where the live account cannot be asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from agent.model.change import Value
from agent.model.entity import Entity


class Recorded(dict[Entity, Value]):
    """Values as an export told them. Not seeing a change in it proves nothing that happened after ``at``."""

    def __init__(self, values: Mapping[Entity, Value], at: datetime) -> None:
        super().__init__(values)
        self.at = at
