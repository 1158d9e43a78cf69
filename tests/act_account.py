"""An account that answers writes as a test tells it to, for tests of carrying out and reading back."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from agent.errors import SourceError
from agent.model.change import Change, Edit, Value
from agent.model.entity import Entity
from agent.model.money import Money
from agent.model.proposal import Fate, ProposalId, Receipt

Answer = Callable[[Mapping[ProposalId, Change]], Sequence[Receipt]]


@dataclass
class Account:
    """Everything is worth 1.00 EUR until it is written. ``answers``: what the next writes are answered; then yes."""

    edits: frozenset[Edit] = frozenset({Edit("keyword", "bid")})
    batch: int = 1_000
    values: dict[Entity, Value] = field(default_factory=dict)
    gone: set[Entity] = field(default_factory=set)
    answers: deque[Answer] = field(default_factory=deque)
    broken: SourceError | None = None
    sent: list[Mapping[ProposalId, Change]] = field(default_factory=list)
    looked: int = 0

    def live(self, entities: Sequence[Entity], field: str) -> Mapping[Entity, Value]:
        self.looked += 1
        if self.broken is not None:
            raise self.broken
        one = Money.of("1.00", "EUR")
        return {entity: self.values.get(entity, one) for entity in entities if entity not in self.gone}

    def apply(self, changes: Mapping[ProposalId, Change]) -> Sequence[Receipt]:
        self.sent.append(changes)
        return self.answers.popleft()(changes) if self.answers else self.land(changes)

    def land(self, changes: Mapping[ProposalId, Change]) -> Sequence[Receipt]:
        """It takes effect, and the source says so."""
        for change in changes.values():
            self.values[change.entity] = change.after
        return said(Fate.ACCEPTED)(changes)

    def land_and_lose(self, changes: Mapping[ProposalId, Change]) -> Sequence[Receipt]:
        """It takes effect, and the answer is lost."""
        self.land(changes)
        return said(Fate.UNKNOWN)(changes)


def said(fate: Fate, retry_after: float = 0.0) -> Answer:
    """The source says this of every item; nothing takes effect."""
    return lambda changes: [Receipt(id, fate, retry_after_seconds=retry_after) for id in changes]
