"""The channels through which people are told, and how they fare."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from agent.config import Config
from agent.language import current
from agent.ledger import SqlLedger
from agent.notify.routes import Directory

_DAY = timedelta(days=1)


def channels_of(config: Config, ledger: SqlLedger, now: datetime) -> list[dict[str, Any]]:
    """As they stand in the configuration."""
    directory, rows = Directory(config.notify, current()), []
    for name, channel in config.notify.channels.items():
        manners, newest = directory.manners(name), next(iter(ledger.outbox.log(name, 1)), None)
        counts = ledger.outbox.counts(name, now - _DAY)
        rows.append({
            "channel": name, "kind": channel.kind, "enabled": channel.enabled, "language": manners.language,
            "time_zone": manners.time_zone, "waiting": counts["waiting"], "sent_in_a_day": counts["sent"],
            "newest": None if newest is None else newest.created_at,
            "answer": "" if newest is None else f"{newest.code} {newest.detail}".strip(),
        })  # fmt: skip
    return rows
