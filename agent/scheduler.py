"""When each job runs: APScheduler turns the wheel, the run records say what is due.

One job per account, an interval in seconds, held in memory. Whether the account's pull or judging is due is read from
the ledger's runs, so nothing that matters lives in the scheduler: after a crash or a long downtime the first turn finds
everything overdue and does each thing once. Intervals are counted on UTC instants, so no clock change repeats or skips
a turn. Turns of one account never overlap.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import FrameType

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

_LOG = structlog.get_logger(__name__)
_POSTS, _POST_SECONDS = "posts", 5


class Wheel:
    """Runs each account's turn every ``seconds``, and each post every few, until it is stopped."""

    def __init__(self, seconds: float, threads: int = 4) -> None:
        self._seconds = seconds
        self._stop = threading.Event()
        self._scheduler = BackgroundScheduler(
            timezone="UTC",
            executors={"default": ThreadPoolExecutor(max_workers=threads)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def stopping(self) -> bool:
        """True once a stop was asked for; a turn looks at it between two calls."""
        return self._stop.is_set()

    def stop(self) -> None:
        self._stop.set()

    def run(self, turns: Mapping[str, Callable[[], object]], posts: Mapping[str, Callable[[], object]] | None = None
            ) -> None:  # fmt: skip
        """Turn until ``stop``; then let the turns under way finish. The first turns begin at once.

        ``posts``: jobs that make and send messages. Each has a thread of its own: a channel that hangs holds up nobody.
        """
        if posts:
            self._scheduler.add_executor(ThreadPoolExecutor(max_workers=len(posts)), _POSTS)
        for executor, jobs, seconds in (("default", turns, self._seconds), (_POSTS, posts or {}, _POST_SECONDS)):
            for name, job in jobs.items():
                self._scheduler.add_job(
                    _guarded(name, job), "interval", seconds=seconds, id=f"{executor} {name}", executor=executor,
                    next_run_time=datetime.now(UTC),
                )  # fmt: skip
        self._scheduler.start()
        _tell_systemd("READY=1")
        try:
            while not self._stop.wait(timeout=15):
                _tell_systemd("WATCHDOG=1")
        finally:
            _tell_systemd("STOPPING=1")
            self._scheduler.shutdown(wait=True)

    def stop_on_signals(self) -> None:
        """SIGTERM and SIGINT end the work cleanly: calls in flight are finished and recorded."""

        def asked(number: int, frame: FrameType | None) -> None:
            _LOG.info("stopping", signal=signal.Signals(number).name)
            self.stop()

        signal.signal(signal.SIGTERM, asked)
        signal.signal(signal.SIGINT, asked)


def _guarded(account: str, turn: Callable[[], object]) -> Callable[[], None]:
    def guarded() -> None:
        try:
            turn()
        except Exception:  # noqa: BLE001 - a turn that fails must neither end the daemon nor the other accounts
            _LOG.exception("turn_failed", account=account)

    return guarded


def _tell_systemd(message: str) -> None:
    """The notify protocol is one datagram; nothing is sent when systemd did not start us."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.connect("\0" + address[1:] if address.startswith("@") else address)
        notify.sendall(message.encode())
