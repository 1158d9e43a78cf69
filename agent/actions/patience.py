"""How long to wait before a look is believed, and when to give up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from agent.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Patience:
    """``settle``: how long a sent change may take to land and become visible; before that, not seeing it proves
    nothing. Zero is refused.

    ``intent``: an intent older than this is not sent any more. ``give_up``: a doubt that cannot be read back for this
    long after it could have been settled becomes a conflict. ``attempts``: so many sends without a definite answer,
    then a person decides. ``throttled``: how long one pass waits in all for a source that says "later".

    Kinds that are written by way of a person and a file need other times: ``…_by_kind``.
    """

    settle: timedelta = timedelta(minutes=10)
    settle_by_kind: Mapping[str, timedelta] = field(default_factory=dict)
    give_up_by_kind: Mapping[str, timedelta] = field(default_factory=dict)
    attempts_by_kind: Mapping[str, int] = field(default_factory=dict)
    intent: timedelta = timedelta(seconds=5)
    give_up: timedelta = timedelta(minutes=30)
    attempts: int = 3
    throttled: timedelta = timedelta(minutes=2)

    def __post_init__(self) -> None:
        for settle in (self.settle, *self.settle_by_kind.values()):
            if settle <= timedelta():
                raise ConfigError(
                    "the settle time cannot be zero: a change that is still on its way would be sent twice",
                    setting="act.settle_minutes", hint="leave it at 10 minutes unless the source says otherwise",
                )  # fmt: skip

    def settle_of(self, kind: str) -> timedelta:
        """After the recorded moment of sending; the intent may have been sent that much later."""
        return self.settle_by_kind.get(kind, self.settle) + self.intent

    def give_up_of(self, kind: str) -> timedelta:
        return self.give_up_by_kind.get(kind, self.give_up)

    def attempts_of(self, kind: str) -> int:
        return self.attempts_by_kind.get(kind, self.attempts)
