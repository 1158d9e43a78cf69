"""The checks of ``steward doctor`` and of the page: what was found, and what to do about it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from agent.config import Config, warnings
from agent.errors import AgentError
from agent.language import _

_LOW_DISK_BYTES = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Check:
    """``state`` is ok, warning or failed; ``exit_code`` counts where it failed."""

    name: str
    state: str
    found: str
    hint: str = ""
    exit_code: int = 1


def checks_of(config: Config) -> list[Check]:
    """All checks; one that breaks is itself a failed check and stops no other."""
    checks: list[tuple[str, Callable[[], Iterator[Check]]]] = [
        (_("configuration"), lambda: _configuration(config)),
        (_("rules"), lambda: _rules(config)),
        (_("database"), lambda: _database(config)),
        (_("storage"), lambda: _storage(config)),
        (_("disk"), lambda: _disk(config)),
    ]
    checks += [
        (f"{_('channel')} {name}", lambda name=name: _channel(config, name))  # type: ignore[misc]
        for name in config.notify.channels
    ]
    checks += [
        (f"{_('account')} {name}", lambda name=name: _account(config, name))  # type: ignore[misc]
        for name in config.accounts
    ]
    return [check for name, run in checks for check in _safely(name, run)]


def _safely(name: str, run: Callable[[], Iterator[Check]]) -> list[Check]:
    try:
        return list(run())
    except AgentError as fault:
        return [Check(name, "failed", fault.message, fault.hint, fault.exit_code)]


def _configuration(config: Config) -> Iterator[Check]:
    mode = _("dry-run: nothing is sent") if config.dry_run else _("live: approved changes are sent")
    yield Check(_("mode"), "ok", mode)
    yield Check(_("configuration"), "ok", str(config.path or "-"))
    for warning in warnings(config):
        yield Check(_("configuration"), "warning", warning)
    if not config.accounts:
        yield Check(_("accounts"), "failed", _("none configured"), _("Run 'steward init'."), 2)


def _rules(config: Config) -> Iterator[Check]:
    from agent.wiring import rulebook_of

    book = rulebook_of(config)
    found = _("{rules} rules, {warnings} warnings").format(rules=len(book.rules), warnings=len(book.warnings))
    yield Check(_("rules"), "ok" if book.rules else "warning", found)


def _database(config: Config) -> Iterator[Check]:
    from agent.wiring import ledger_of

    with ledger_of(config) as ledger:
        for name, value, healthy in ledger.health():
            yield Check(f"{_('database')} {name}", "ok" if healthy else "failed", value)
        verified = ledger.verify()
        whole = _("{rows} events, whole").format(rows=verified.rows)
        yield Check(_("audit log"), "ok" if verified.ok else "failed", whole if verified.ok else verified.message)
        stop = ledger.stopped()
        if stop is not None:
            found = _("stopped by {by}: {reason}").format(by=stop.by, reason=stop.reason)
            yield Check(_("kill switch"), "warning", found, "steward stop-all --release --reason …")


def _storage(config: Config) -> Iterator[Check]:
    from agent.wiring import storage_of

    for part in storage_of(config):
        found = _("can be written") if part.ok else part.found
        yield Check(f"{_('storage')} {_(part.part)}", "ok" if part.ok else "failed", found, part.hint)


def _disk(config: Config) -> Iterator[Check]:
    free = shutil.disk_usage(_existing(config.facts_folder())).free
    enough = free > _LOW_DISK_BYTES
    found = _("{free:.1f} GB free").format(free=free / 1e9)
    yield Check(_("disk"), "ok" if enough else "warning", found, "" if enough else _("make room"))


def _channel(config: Config, channel: str) -> Iterator[Check]:
    """Whether it has all it needs, and what it answered last. Nothing is sent: 'steward notify test' does that."""
    from agent.clock import SystemClock
    from agent.notify.setup import doors, notifier_of
    from agent.wiring import ledger_of

    name, given = f"{_('channel')} {channel}", config.notify.channels[channel]
    if not given.enabled:
        yield Check(name, "ok", _("off"))
        return
    with doors() as door, ledger_of(config) as ledger:
        notifier_of(config, channel, door, SystemClock())
        newest = next(iter(ledger.outbox.log(channel, 1)), None)
    if newest is None or not newest.tries:
        yield Check(name, "ok", given.kind)
    elif newest.detail and newest.ended_at is None:
        yield Check(name, "warning", f"{newest.code} {newest.detail}".strip(), f"steward notify test {channel}")
    else:
        yield Check(name, "ok", f"{given.kind}, {newest.created_at:%Y-%m-%d %H:%M}")


def _existing(path: Path) -> Path:
    return path if path.exists() else _existing(path.parent)


def _account(config: Config, account: str) -> Iterator[Check]:
    from agent.clock import SystemClock
    from agent.wiring import marketplace_of, outbound_of, sources_of

    name = f"{_('account')} {account}"
    marketplace = marketplace_of(config, account)
    clock = SystemClock()
    zone = ZoneInfo(marketplace.time_zone)
    yield Check(
        name, "ok", f"{marketplace.code} {marketplace.currency} {clock.now().astimezone(zone):%Y-%m-%d %H:%M %Z}"
    )
    drop = config.accounts[account].file_drop
    if drop is not None and drop.enabled:
        folder = config.path_of(drop.folder)
        found = folder.is_dir() and os.access(folder, os.R_OK | os.X_OK)
        hint = "" if found else _("make the folder, and let Steward's user read it")
        yield Check(f"{name} {_('watched folder')}", "ok" if found else "warning", str(folder), hint)
    for connector in sources_of(config, account, outbound_of(clock), clock).connectors:
        yield Check(f"{name} {connector.name}", "ok", _check_source(connector))


def _check_source(connector: object) -> str:
    check = getattr(connector, "check_credentials", None)
    return str(check()) if check is not None else _("nothing to check")
