"""What the program itself tells: a belt that stopped a whole rule or all raises, a lever that goes to and fro, and
values of ours that somebody else has changed. Opened once and closed like any alert."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent.engine.caps import Storm
from agent.engine.history import REMEMBERED, swung
from agent.jobs.past import Past
from agent.model.alert import Alert
from agent.model.change import Value, value_to_json
from agent.model.entity import Entity
from agent.model.past import OwnMove
from agent.model.rule import REST_AFTER_OTHERS, Severity
from agent.ports import Mint

STORM, BREAKER, OSCILLATION, OUTSIDE = "belts/storm", "belts/breaker", "belts/oscillation", "ops/outside-change"
OWN = frozenset({STORM, BREAKER, OSCILLATION, OUTSIDE})
"""No rule speaks under these names."""


@dataclass(frozen=True, slots=True)
class Warner:
    """Spells out warnings of one run."""

    account: str
    run: str
    at: datetime
    mint: Mint
    title: Callable[[Entity], str]

    def of(self, storms: Iterable[Storm], past: Past) -> Iterator[Alert]:
        """Everything there is to warn of, one alert for each subject."""
        for storm in storms:
            evidence = {"belt": "storm", "matched": storm.matched, "population": storm.population, "share": storm.share}
            rule = Entity(self.account, "rule", storm.rule)
            yield self._alert(STORM, rule, storm.rule, Severity.S2, f"belt storm: {storm}", evidence)
        if past.breakers:
            said = "; ".join(map(str, past.breakers))
            account = Entity(self.account, "account", self.account)
            evidence = {each.name: each.figure for each in past.breakers}
            reason = f"belt breaker: only cuts and pauses go through. {said}"
            yield self._alert(BREAKER, account, self.account, Severity.S1, reason, evidence)
        yield from self._oscillations(past.own)
        yield from self._outside(past)

    def _oscillations(self, own: Mapping[tuple[Entity, str], Sequence[OwnMove]]) -> Iterator[Alert]:
        for entity, levers in _by_entity(own).items():
            swings = {name: swing for name, moves in levers.items()
                      if not self._taken_back(moves) and (swing := swung(moves, self.at)) is not None}  # fmt: skip
            if not swings:
                continue
            said = ", ".join(f"{name} went {_way(swing)}" for name, swing in swings.items())
            reason = f"belt oscillation: {said}; it rests for {REMEMBERED.days} days"
            evidence = {name: [value_to_json(value) for value in swing] for name, swing in swings.items()}
            yield self._alert(OSCILLATION, entity, self.title(entity), Severity.S3, reason, evidence)

    def _taken_back(self, moves: Sequence[OwnMove]) -> bool:
        """What a person took back is no quarrel among rules."""
        return any(move.undo and self.at - move.at < REMEMBERED for move in moves)

    def _outside(self, past: Past) -> Iterator[Alert]:
        for entity, levers in _by_entity(past.outside).items():
            recent = {name: found for name, found in levers.items() if self.at - found.at < REST_AFTER_OTHERS}
            if not recent:
                continue
            said = ", ".join(f"{name} is {found.now}, we had set {found.ours.after} by {found.ours.rule}"
                             for name, found in recent.items())  # fmt: skip
            evidence = {name: {"now": value_to_json(found.now), "ours": value_to_json(found.ours.after),
                               "seen_at": found.at.isoformat()} for name, found in recent.items()}  # fmt: skip
            yield self._alert(OUTSIDE, entity, self.title(entity), Severity.S3,
                              f"somebody else changed what we had set: {said}", evidence)  # fmt: skip

    def _alert(self, name: str, entity: Entity, title: str, severity: Severity, reason: str,
               evidence: Mapping[str, Any]) -> Alert:  # fmt: skip
        return Alert(self.mint("a"), name, "", entity, title, severity, reason, evidence, self.run, self.at, self.at)


def over(standing: Iterable[Alert], warned: Iterable[Alert]) -> Iterator[tuple[Alert, str]]:
    """Open warnings of our own that no longer hold."""
    still = {alert.subject for alert in warned}
    for alert in standing:
        if alert.rule in OWN and alert.subject not in still:
            yield alert, "it no longer holds"


def _by_entity(levers: Mapping[tuple[Entity, str], Any]) -> dict[Entity, dict[str, Any]]:
    found: dict[Entity, dict[str, Any]] = {}
    for (entity, name), one in levers.items():
        found.setdefault(entity, {})[name] = one
    return found


def _way(swing: tuple[Value, Value, Value]) -> str:
    return " → ".join(str(value) for value in swing)
