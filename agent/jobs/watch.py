"""What falls silent by itself: a feed that stopped, judging that stopped, changes that nobody sends, a disk that fills.

Each is an alert like any other, opened when it is so and closed when it is so no longer; judging leaves them alone.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from agent.jobs.access import PULLING
from agent.model.alert import Alert
from agent.model.entity import Entity
from agent.model.proposal import Run
from agent.model.rule import Severity
from agent.ports import Mint

FEED, JUDGING, QUEUE, DISK = "ops/feed-stopped", "ops/judging-stopped", "ops/queue", "ops/disk"
RULES, SECRET = "ops/silent-rules", "ops/secret-expires"
HELD_BACK = "ops/rules-held-back"
WATCHING = frozenset({FEED, JUDGING, QUEUE, DISK, RULES, SECRET, HELD_BACK})
ELSEWHERE = WATCHING | PULLING
"""Alerts that other jobs than judging open and close."""


RULE_SILENCE = timedelta(days=60)
"""A rule that has matched nothing for so long may have been written for an account that is no more."""
# Amazon: the secret of an application for the Selling Partner API ends 180 days after it was made.
_SECRET_LIVES, _NOTICE = timedelta(days=180), timedelta(days=14)
_SILENT, _UNJUDGED, _UNSENT, _FULL_DISK_BYTES = timedelta(hours=48), timedelta(hours=6), timedelta(hours=24), 10**9
_SHOWN_FAULTS = 20


class WatchLedger(Protocol):
    """The part of the ledger that watching needs."""

    def begin(self, run: Run) -> None: ...
    def end(self, run: Run) -> None: ...
    def open_alerts(self, account: str) -> Sequence[Alert]: ...
    def alert(
        self, told: Iterable[Alert], ended: Sequence[tuple[Alert, str]], at: datetime, run: str
    ) -> Sequence[Alert]: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """From when on silence is told. ``disk_bytes``: as little free is too little."""

    feed: timedelta
    judging: timedelta
    queue: timedelta
    disk_bytes: int

    @classmethod
    def beside(cls, pull: timedelta, judge: timedelta) -> Limits:
        """Two days beyond the usual pause of pulls, six hours beyond that of judging, a day for a change, one GB."""
        return cls(_SILENT + pull, _UNJUDGED + judge, _UNSENT, _FULL_DISK_BYTES)


@dataclass(frozen=True, slots=True)
class Sight:
    """How things stand. ``feeds``: by stream, when it last came in and for how long it rests then; those that never
    came in are left out.

    ``judged``: when judging last ended; ``approved``: since when each change waits for being sent, where it could be.
    """

    feeds: Mapping[str, tuple[datetime, timedelta]]
    judged: datetime | None
    approved: Sequence[datetime]
    disk_free: int
    silent_rules: Sequence[str] = ()
    secrets: Mapping[str, date] = field(default_factory=dict)
    """By source, when the application's secret was made, where that was written down."""
    rule_faults: Sequence[str] = ()
    """What keeps the rules on disk from being used, each fault with its place."""


def free_bytes(folder: Path) -> int:
    """How much is free where a folder is, or will be."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def watch(account: str, sight: Sight, limits: Limits, ledger: WatchLedger, now: datetime, mint: Mint) -> int:
    """Tell what has fallen silent and what is no longer so; returns how much is silent."""
    run = Run(mint("r"), "watch", account, now)
    ledger.begin(run)
    fault, told = "interrupted", 0
    try:
        found = [Alert(mint("a"), rule, "", Entity(account, kind, id), id, severity, reason, evidence, run.id, now, now)
                 for rule, kind, id, severity, reason, evidence in _silent(account, sight, limits, now)]  # fmt: skip
        still = {alert.subject for alert in found}
        over = [(alert, "it no longer holds") for alert in ledger.open_alerts(account)
                if alert.rule in WATCHING and alert.subject not in still]  # fmt: skip
        if found or over:
            ledger.alert(found, over, now, run.id)
        fault, told = "", len(found)
        return told
    finally:
        ledger.end(replace(run, ended=now, counts={"silent": told}, fault=fault))


_Said = tuple[str, str, str, Severity, str, Mapping[str, Any]]


def _silent(account: str, sight: Sight, limits: Limits, now: datetime) -> Iterator[_Said]:
    for stream, (seen, rest) in sorted(sight.feeds.items()):
        if now - seen > limits.feed + rest:
            yield (FEED, "stream", stream, Severity.S2, f"nothing has come in since {seen:%Y-%m-%d %H:%M} UTC",
                   {"seen_at": seen.isoformat()})  # fmt: skip
    if sight.judged is not None and now - sight.judged > limits.judging:
        yield (JUDGING, "account", account, Severity.S1,
               f"no rule has been judged since {sight.judged:%Y-%m-%d %H:%M} UTC",
               {"judged_at": sight.judged.isoformat()})  # fmt: skip
    late = [since for since in sight.approved if now - since > limits.queue]
    if late:
        yield (QUEUE, "account", account, Severity.S2,
               f"{len(late)} approved changes wait for being sent, the oldest since {min(late):%Y-%m-%d %H:%M} UTC",
               {"waiting": len(late)})  # fmt: skip
    if sight.disk_free < limits.disk_bytes:
        yield (DISK, "account", account, Severity.S1, f"{sight.disk_free / 1e9:.1f} GB free where facts are kept",
               {"free_bytes": sight.disk_free})  # fmt: skip
    if sight.silent_rules:
        names = ", ".join(sight.silent_rules)
        yield (RULES, "account", account, Severity.S4, f"matched nothing for {RULE_SILENCE.days} days: {names}",
               {"rules": list(sight.silent_rules)})  # fmt: skip
    if sight.rule_faults:
        reason = f"the rules as they stand are at fault, the last ones in order go on: {sight.rule_faults[0]}"
        yield (HELD_BACK, "account", account, Severity.S2, reason, {"faults": list(sight.rule_faults[:_SHOWN_FAULTS])})
    for source, made in sorted(sight.secrets.items()):
        left = made + _SECRET_LIVES - now.date()
        if left <= _NOTICE:
            grave = Severity.S1 if left <= _NOTICE / 2 else Severity.S2
            reason = f"the application's secret ends in {left.days} days: make a new one"
            yield (SECRET, "source", source, grave, reason, {"made_on": made.isoformat()})
