"""The heartbeat stops when a turn is missing, so that silence is heard."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from agent.clock import SetClock
from agent.jobs.heartbeat import Heartbeat
from agent.model.proposal import Run
from agent.outbound import GuardedDoor, Lost, NotSent, Post, WriteAnswer
from agent.outbound import Reply as Answer

_NOW = datetime(2026, 3, 17, 9, tzinfo=UTC)


@dataclass
class _Records:
    ended: dict[str, datetime | None]

    def newest_run(self, job: str, account: str) -> Run | None:
        return Run("r_1", job, account, _NOW, self.ended[account]) if account in self.ended else None


class _Door(GuardedDoor):
    def __init__(self, answer: WriteAnswer) -> None:
        super().__init__()
        self.answer, self.called = answer, 0

    def post(self, post: Post) -> WriteAnswer:
        self.called += 1
        return self.answer


_HEARD = Answer("webhook", "post", 200, {}, b"OK")


def _beat(records: _Records, door: _Door, clock: SetClock) -> Heartbeat:
    return Heartbeat("https://hc.example/secret", ("north", "south"), timedelta(minutes=45), records, door, clock)


def test_it_beats_once_a_minute_while_every_account_takes_its_turns() -> None:
    door, clock = _Door(_HEARD), SetClock(_NOW)
    beat = _beat(_Records({"north": _NOW, "south": _NOW}), door, clock)
    assert [beat(), beat()] == [True, False]
    clock.sleep(60)
    assert beat()
    assert door.called == 2


@pytest.mark.parametrize("south", [None, _NOW - timedelta(hours=1), "missing"])
def test_it_stops_when_an_account_takes_none(south: datetime | str | None) -> None:
    ended: dict[str, datetime | None] = {"north": _NOW}
    if not isinstance(south, str):
        ended["south"] = south
    door = _Door(_HEARD)
    assert not _beat(_Records(ended), door, SetClock(_NOW))()
    assert door.called == 0


@pytest.mark.parametrize("answer", [NotSent("no connection"), Lost("broke"), Answer("webhook", "post", 500, {}, b"")])
def test_who_does_not_hear_it_stops_nothing(answer: WriteAnswer) -> None:
    assert not _beat(_Records({"north": _NOW, "south": _NOW}), _Door(answer), SetClock(_NOW))()
