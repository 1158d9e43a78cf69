"""Every command that only looks, and every one that would write, in dry-run: the Amazon's own log holds no write."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from agent.errors import ForbiddenError
from connectors.sandbox.server import SandboxServer
from tests.flow_shop import Shop, command
from tests.soak.table import progress

_READS = (
    ".list", ".get", ".download", "reports.create", "profiles", "token", "getReport", "getReports", "getOrders",
)  # fmt: skip
"""Amazon: lists are POSTs, and so is ordering a report; neither changes anything."""
_DAEMON_SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class Dry:
    """``sent``: requests that are neither reads nor orders of reports; ``landed``: what changed at the Amazon."""

    commands: int
    requests: int
    approved: int
    sent: list[str]
    landed: int
    failed: list[str]


def dry_run(folder: Path) -> Dry:
    failed = []
    with SandboxServer("demo", seed=1) as amazon:
        shop = Shop.opened(folder, amazon)
        shop.config.write_text(shop.config.read_text(encoding="utf-8").replace("dry_run = false", "dry_run = true"))
        commands = [
            ["pull"], ["rules", "test"], ["plan"], ["plan", "--json"], ["plan", "-o", str(folder / "a.plan")],
            ["status"],
            ["backtest", "--days", "3"], ["actions", "list"], ["actions", "approve", "--filter", "", "--yes"],
            ["apply", "--yes"], ["undo", "--since", "1d"], ["audit", "verify"],
        ]  # fmt: skip
        for words in commands:
            progress(f"steward {' '.join(words)}")
            ran = shop.steward(*words)
            if ran.code not in (0, 1, ForbiddenError.exit_code) or "Traceback" in ran.err:
                failed.append(f"{words[0]} ended with {ran.code}: {ran.err.strip()[-120:]}")
        listed = shop.steward("actions", "list", "--json").json
        _daemon(shop)
        sent = [each.operation for each in amazon.log.records if not each.operation.endswith(_READS)]
        return Dry(len(commands) + 2, len(amazon.log.records), listed["counts"].get("approved", 0), sent,
                   len(amazon.log.effects), failed)  # fmt: skip


def _daemon(shop: Shop) -> None:
    words = command("--config", str(shop.config), "run")
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ})
    time.sleep(_DAEMON_SECONDS)
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(30)
