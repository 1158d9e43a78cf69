"""A ledger with news in it, and an office that tells of them: for tests, on a clock that is moved by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from agent.clock import SetClock
from agent.config.notify import Channel, Notify
from agent.ledger import SqlLedger
from agent.model.alert import Alert
from agent.model.entity import Entity
from agent.model.message import Delivery, Message, Told
from agent.model.proposal import Proposal
from agent.model.rule import Severity
from agent.notify.callbacks import Stamp
from agent.notify.compose import Composer
from agent.notify.grouping import Timing
from agent.notify.office import Desk, Office
from agent.notify.reasons import Reasons, says_of
from agent.notify.routes import Directory
from agent.shipped import shipped
from agent.shown.words import field_word

NOW = datetime(2026, 3, 17, 9, 0, tzinfo=UTC)
ABOUT = {"inventory/stock-out-ahead": "Page where stock lies at Amazon and its listing has not been buyable for a day."}
"""What a rule is for; the text of a shipped one, so that it is translated."""
STAMP = Stamp(b"k" * 32)


def shipped_says() -> Mapping[str, str]:
    """What shipped rules say, as they write it."""
    return says_of([path.read_text("utf-8") for path in shipped("rules").rglob("*.yaml")])


def alert(number: int, rule: str = "inventory/stock-out-ahead", severity: Severity = Severity.S1,
          account: str = "north", at: datetime = NOW, **other: Any) -> Alert:  # fmt: skip
    entity = Entity(account, "sku", f"S{number}")
    made = Alert(f"a_{number}", rule, "d", entity, f"DM-{number}", severity, "4 days of stock, the next order takes 31",
                 {}, "r_1", at, at)  # fmt: skip
    return replace(made, **other)


@dataclass
class Listener:
    """A channel that keeps what it is told; ``planned``: what it answers first."""

    heard: list[Message] = field(default_factory=list)
    planned: list[Delivery] = field(default_factory=list)

    def send(self, message: Message) -> Delivery:
        if self.planned:
            delivery = self.planned.pop(0)
            if delivery.told is not Told.OK:
                return delivery
        self.heard.append(message)
        return Delivery(Told.OK)


@dataclass
class Newsroom:
    """An office over a ledger, with one listener a channel."""

    ledger: SqlLedger
    notify: Notify
    clock: SetClock = field(default_factory=lambda: SetClock(NOW))
    listeners: dict[str, Listener] = field(default_factory=dict)
    about: Mapping[str, str] = field(default_factory=dict)
    says: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        numbers = count(1)
        wait, interval = self.notify.group_wait_seconds, self.notify.group_interval_minutes
        timing = Timing(timedelta(seconds=wait), timedelta(minutes=interval),
                        timedelta(minutes=self.notify.repeat_interval_minutes))  # fmt: skip
        directory = Directory(self.notify, "en")
        composer = Composer(self.notify.page, lambda rule: self.about.get(rule, ""), self.wishes, Reasons(self.says),
                            field_word)  # fmt: skip
        self.office = Office(Desk(
            self.ledger.outbox, directory, composer,
            self.clock, lambda prefix: f"{prefix}_{next(numbers):04}", timing, STAMP,
        ))  # fmt: skip
        self.listeners = {name: Listener() for name in directory.channels}

    def wishes(self, ids: Sequence[str]) -> Sequence[Proposal]:
        return self.ledger.proposals(ids=ids, newest_first=False)

    def open(self, *alerts: Alert) -> None:
        self.ledger.alert(alerts, [], self.clock.now(), "r_1")

    def close(self, *alerts: Alert) -> None:
        self.ledger.alert([], [(each, "it no longer holds") for each in alerts], self.clock.now(), "r_1")

    def pass_(self) -> None:
        """All that the daemon does for messages, once."""
        self.office.read()
        self.office.flush()
        for name, listener in self.listeners.items():
            self.office.deliver(name, listener)

    def run(self, span: timedelta, step: timedelta = timedelta(seconds=5)) -> None:
        until = self.clock.now() + span
        while self.clock.now() < until:
            self.clock.sleep(step.total_seconds())
            self.pass_()

    def heard(self, channel: str = "team") -> list[str]:
        return [message.title for message in self.listeners[channel].heard]


def channels(**given: Any) -> dict[str, Channel]:
    return {name: each if isinstance(each, Channel) else Channel(kind=each) for name, each in given.items()}


def titles(messages: Iterable[Message]) -> list[str]:
    return [message.title for message in messages]
