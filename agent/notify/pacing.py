"""A channel that is told no faster than its vendor takes it, for a life in which days pass in seconds."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from agent.model.message import Delivery, Message, Told
from agent.ports import Clock, Notifier

_MINUTE = timedelta(minutes=1)
_PATIENCE = timedelta(minutes=2)
"""So long a vendor's wish to wait is waited for here; what it asks beyond that goes back to the caller."""


@dataclass(slots=True)
class Paced:
    """``most``: so many a minute by ``clock``, which is the machine's own whatever time the sender lives in.

    What the vendor finds too fast all the same is tried once more after as long as it asks.
    """

    channel: Notifier
    most: int
    clock: Clock
    _sent: deque[datetime] = field(default_factory=deque)

    def send(self, message: Message) -> Delivery:
        self._wait()
        delivery = self.channel.send(message)
        asked = timedelta(seconds=delivery.retry_after_seconds)
        if delivery.told is Told.RETRY and timedelta() < asked <= _PATIENCE:
            self.clock.sleep(asked.total_seconds())
            self._wait()
            delivery = self.channel.send(message)
        return delivery

    def _wait(self) -> None:
        now = self.clock.now()
        while self._sent and now - self._sent[0] >= _MINUTE:
            self._sent.popleft()
        if len(self._sent) >= self.most:
            self.clock.sleep((self._sent.popleft() + _MINUTE - now).total_seconds())
        self._sent.append(self.clock.now())
