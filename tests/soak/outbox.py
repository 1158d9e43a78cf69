"""kill −9 in the outbox: news come in without a pause, and whoever tells of them is killed again and again."""

from __future__ import annotations

import multiprocessing
import random
import re
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from agent.clock import SystemClock
from agent.config.notify import Channel, Notify
from agent.ledger import SqlLedger
from agent.mint import mint
from agent.model.alert import Alert
from agent.model.entity import Entity
from agent.model.rule import Severity
from agent.notify.compose import Composer
from agent.notify.grouping import Timing
from agent.notify.office import Desk, Office
from agent.notify.opening import opened
from agent.notify.routes import Directory
from agent.outbound import GuardedDoor
from tests.receiver import SECRETS, Receiver
from tests.soak.executor import kill

_CHANNEL = "hook"
_SPEED = 120.0
"""So fast does the office's time pass, since a channel is told only so much in a minute."""
_END_SECONDS = 120.0
_LONGEST_LIFE_SECONDS, _MESSAGE_SECONDS = 30.0, 0.03
_NEWS = re.compile(r"\[news (\d+)\]")


@dataclass(frozen=True, slots=True)
class Told:
    """``lost``: news that reached nobody; ``doubled``: messages that came more than once."""

    kills: int
    news: int
    messages: int
    lost: int
    doubled: int
    whole: bool


@dataclass(frozen=True, slots=True)
class FastClock:
    """The same time in every process that is given the same beginning."""

    began: float
    start: datetime

    def now(self) -> datetime:
        return self.start + timedelta(seconds=(time.time() - self.began) * _SPEED)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds / _SPEED)


def killed_in_the_outbox(kills: int, news_a_life: int, url: str, seed: int = 1) -> Told:
    """News are written while the office runs in a process that is killed at a random moment, time after time."""
    chance, clock = random.Random(seed), FastClock(time.time(), SystemClock().now())
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.soak.outbox", "agent.ledger"])
    ledger, written = SqlLedger.open(url), 0
    with Receiver(now=lambda: clock.now().timestamp()) as receiver:
        for number in range(kills + 1):
            office = context.Process(target=serve, args=(url, receiver.url("webhook"), clock), daemon=True)
            office.start()
            # In the middle of its work, and not long before its end: what waits for long is told together.
            dies_at = receiver.asked + chance.randint(news_a_life * 8 // 10, news_a_life)
            for _ in range(4):
                written = _write(ledger, written, news_a_life // 4, clock)
            if number < kills:
                until = time.monotonic() + _LONGEST_LIFE_SECONDS
                while receiver.asked < dies_at and time.monotonic() < until:
                    time.sleep(0.001)
                time.sleep(chance.uniform(0, _MESSAGE_SECONDS))
                kill(office)
            else:
                _finish(receiver, written)
                kill(office)
        whole = ledger.verify().ok
        ledger.close()
        return _counted(receiver, kills, written, whole)


def serve(url: str, hook: str, clock: FastClock) -> None:
    """The office as the daemon has it, until killed."""
    from pydantic import SecretStr

    channel = Channel(kind="webhook", url=SecretStr(hook), secret=SecretStr(SECRETS["webhook"]), allow_private=True)
    notify = Notify(channels={_CHANNEL: channel}, most_per_minute=1000)
    ledger, nothing = SqlLedger.open(url), timedelta()
    office = Office(Desk(ledger.outbox, Directory(notify, "en"), Composer("", lambda rule: "", lambda ids: ()), clock,
                         mint, Timing(nothing, nothing, timedelta(days=99), nothing, nothing)))  # fmt: skip
    notifier = opened(_CHANNEL, channel, "", GuardedDoor(), clock)
    while True:
        office.read()
        office.flush()
        office.deliver(_CHANNEL, notifier)
        time.sleep(0.001)


def _write(ledger: SqlLedger, first: int, count: int, clock: FastClock) -> int:
    """Each of a rule of its own, so that each is a message; every third ends at once."""
    now = clock.now()
    alerts = [_alert(number, now) for number in range(first, first + count)]
    ledger.alert(alerts, [], now, "r_1")
    ledger.alert([], [(alert, "it no longer holds") for alert in alerts[::3]], clock.now(), "r_2")
    return first + count


def _alert(number: int, at: datetime) -> Alert:
    entity = Entity("north", "sku", f"S{number}")
    return Alert(f"a_{number}", f"soak/rule-{number}", "d", entity, f"[news {number}]", Severity.S1, "so it is", {},
                 "r_1", at.astimezone(UTC), at.astimezone(UTC))  # fmt: skip


def _finish(receiver: Receiver, written: int) -> None:
    """Until everything was heard, or nothing new was for long."""
    until, heard = time.monotonic() + _END_SECONDS, -1
    while time.monotonic() < until and len(_heard(receiver)) < written:
        if len(receiver.received) == heard:
            time.sleep(0.05)
        heard = len(receiver.received)
    time.sleep(0.5)


def _heard(receiver: Receiver) -> set[int]:
    """The numbers of the news that were heard."""
    return {int(number) for each in list(receiver.received) for number in _NEWS.findall(each.text)}


def _counted(receiver: Receiver, kills: int, written: int, whole: bool) -> Told:
    ids = Counter(each.headers["webhook-id"] for each in receiver.received)
    lost = len(set(range(written)) - _heard(receiver))
    return Told(kills, written, len(ids), lost, sum(ids.values()) - len(ids), whole)
