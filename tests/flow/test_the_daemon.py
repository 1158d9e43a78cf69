"""The background service: it does what is due, carries out what is approved, and stops when told to."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from agent.config import load
from agent.model.proposal import State
from agent.wiring import ledger_of
from tests.flow_shop import Shop, command

_PATIENCE_SECONDS = 120.0


@contextmanager
def daemon(shop: Shop) -> Iterator[subprocess.Popen[str]]:
    """``steward run`` in a process of its own; whatever is left of it is killed at the end."""
    config = shop.config.read_text().replace("dry_run = false", "dry_run = false\n\n[schedule]\nturn_seconds = 1\n")
    shop.config.write_text(config)
    process = subprocess.Popen(
        command("--config", str(shop.config), "run"), stderr=subprocess.PIPE, text=True, env={**os.environ, "LANG": "C"}
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def until(condition: Callable[[], bool]) -> None:
    """Wait, with an end, for what another process is to bring about."""
    end = time.monotonic() + _PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.2)


def test_what_is_approved_while_the_daemon_runs_is_sent_read_back_and_the_daemon_stops_cleanly(shop: Shop) -> None:
    with daemon(shop) as process, ledger_of(load(shop.config)) as ledger:
        until(lambda: ledger.newest_run("expire", "demo") is not None)
        assert shop.steward("actions", "approve", "--filter", "risk=low", "--yes").code == 0
        approved = ledger.counts("demo")[State.APPROVED] + ledger.counts("demo").get(State.DONE, 0)
        until(lambda: ledger.counts("demo").get(State.DONE, 0) >= approved > 50)
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=_PATIENCE_SECONDS)
        assert process.returncode == 0, log
        assert "Traceback" not in log
        assert ledger.verify().ok
        refused = [run for run in ledger.runs(job="act") if run.fault]
        assert not refused


def test_a_daemon_that_was_killed_leaves_nothing_that_the_next_one_does_not_settle(shop: Shop) -> None:
    """kill −9 while writes are on their way; the next daemon reads back, and nothing is lost or written twice."""
    shop.amazon.plant("late", "*.update", count=None, seconds=1.0)
    with ledger_of(load(shop.config)) as ledger:
        shop.steward("actions", "approve", "--filter", "field=bid", "--yes")
        wanted = {each.change.entity.id: each for each in ledger.in_state(State.APPROVED)}
        with daemon(shop) as process:
            until(lambda: bool(shop.amazon.log.effects) or len(list(shop.amazon.log.of("keywords.update"))) > 0)
            process.kill()
            process.wait()
        assert ledger.counts("demo").get(State.DONE, 0) < len(wanted)
        shop.config.write_text(shop.config.read_text() + "\n[act]\nsettle_minutes = 1\n")
        with daemon_again(shop):
            until(lambda: ledger.counts("demo").get(State.DONE, 0) == len(wanted))
        written = [effect.id for effect in shop.amazon.log.effects if effect.through != "person"]
        assert sorted(written) == sorted(wanted)


@contextmanager
def daemon_again(shop: Shop) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(command("--config", str(shop.config), "run"), stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()
