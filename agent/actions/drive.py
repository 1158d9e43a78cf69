"""Drives a program of effects against the real world."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from agent.actions.effects import (
    ActLedger,
    Effect,
    Executions,
    HoldBack,
    InState,
    Intend,
    LastChanges,
    MayWrite,
    Move,
    Now,
    Program,
    ReadLive,
    Receive,
    Send,
    SentSince,
    Sleep,
    Tell,
)
from agent.ports import Clock

Result = TypeVar("Result")

BY = "steward"
"""Who moves proposals here, as the audit log names it."""


class World(Protocol):
    """Whatever can perform effects: the real thing below, or a simulator."""

    def perform(self, effect: Effect[Any]) -> Any: ...


def drive(program: Program[Result], world: World) -> Result:
    """Perform every effect and hand its answer, or what it raised, back to the program; returns its result."""
    try:
        effect = next(program)
        while True:
            try:
                answer = world.perform(effect)
            except Exception as fault:  # noqa: BLE001  (the program decides what a fault of an effect means)
                effect = program.throw(fault)
            else:
                effect = program.send(answer)
    except StopIteration as stop:
        result: Result = stop.value
        return result


@dataclass(frozen=True, slots=True)
class RealWorld:
    """The ledger, the clock, and the actuators that the effects themselves name."""

    ledger: ActLedger
    clock: Clock
    may_write: Callable[[], str | None]
    told: Callable[[str], None] = lambda _: None

    def perform(self, effect: Effect[Any]) -> Any:
        match effect:
            case Now():
                return self.clock.now()
            case Sleep(seconds):
                return self.clock.sleep(seconds)
            case MayWrite():
                return self.may_write()
            case Tell(text):
                return self.told(text)
            case ReadLive(actuator, entities, field):
                return actuator.live(entities, field)
            case Send(actuator, changes):
                return actuator.apply(changes)
            case _:
                return self._in_ledger(effect)

    def _in_ledger(self, effect: Effect[Any]) -> Any:
        match effect:
            case InState(states, account):
                return self.ledger.in_state(*states, account=account)
            case Executions(ids):
                return self.ledger.executions(ids)
            case LastChanges(account, kind, field, since):
                return self.ledger.last_changes(account, kind, [field], since)
            case SentSince(account, since):
                return self.ledger.sent_since(account, since)
            case HoldBack(notes, at):
                return self.ledger.hold_back(notes, BY, at)
            case Move(ids, expected, to, at, notes):
                return self.ledger.move(ids, expected, to, BY, at, notes)
            case Intend(executions):
                return self.ledger.intend(executions, BY)
            case Receive(receipts, moves, at):
                return self.ledger.receive(receipts, moves, BY, at)
        raise TypeError(f"nobody performs {type(effect).__name__}")
