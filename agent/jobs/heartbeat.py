"""A sign of life for somebody outside: who misses it tells people that the program itself has fallen silent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from agent.errors import ConfigError
from agent.model.proposal import Run
from agent.outbound import GuardedDoor, Post, Reply
from agent.ports import Clock

_LOG = structlog.get_logger(__name__)
_EVERY = timedelta(minutes=1)
_JOB = "expire"
"""The job that every account does however little there is to do."""


class RunRecords(Protocol):
    def newest_run(self, job: str, account: str) -> Run | None: ...


@dataclass(slots=True)
class Heartbeat:
    """Calls ``url`` once a minute as long as every account took a turn ``within`` so long ago."""

    url: str = field(repr=False)
    accounts: Sequence[str]
    within: timedelta
    records: RunRecords
    door: GuardedDoor
    clock: Clock
    _last: datetime | None = None

    def __call__(self) -> bool:
        """Whether it was called, and answered."""
        now = self.clock.now()
        if (self._last is not None and now - self._last < _EVERY) or not self.is_alive(now):
            return False
        self._last = now
        try:
            answer = self.door.post(Post(self.url, b""))
        except ConfigError as fault:
            _LOG.error("heartbeat_unusable", fault=fault.message, hint=fault.hint)
            return False
        if not isinstance(answer, Reply) or not answer.succeeded:
            _LOG.warning("heartbeat_unheard", status=answer.status if isinstance(answer, Reply) else None)
            return False
        return True

    def is_alive(self, now: datetime) -> bool:
        runs = (self.records.newest_run(_JOB, account) for account in self.accounts)
        return all(run is not None and run.ended is not None and now - run.ended < self.within for run in runs)
