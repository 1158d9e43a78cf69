"""The office and the channels as configured."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta

import structlog

from agent.config import Config
from agent.errors import ConfigError
from agent.language import _, current
from agent.ledger import SqlLedger
from agent.notify.callbacks import AnswerDesk, stamp_of
from agent.notify.compose import Composer
from agent.notify.grouping import AT_ONCE, Timing
from agent.notify.office import Desk, Office
from agent.notify.opening import opened
from agent.notify.pacing import Paced
from agent.notify.reasons import Reasons
from agent.notify.routes import Directory, vendor_per_minute
from agent.outbound import GuardedDoor
from agent.ports import Clock, Mint, Notifier

_LOG = structlog.get_logger(__name__)


def office_of(config: Config, ledger: SqlLedger, clock: Clock, mint: Mint, about: Callable[[str], str], *,
              says: Mapping[str, str] | None = None, field: Callable[[str], str] = str,
              hurried: bool = False) -> Office:  # fmt: skip
    """``about``: what a rule is for, by its name. ``says``: by rule, its ``say`` as written. ``field``: what people
    call a field. ``hurried``: nothing waits for company or for the morning."""
    given = config.notify
    waiting = Timing(timedelta(seconds=given.group_wait_seconds), timedelta(minutes=given.group_interval_minutes),
                     timedelta(minutes=given.repeat_interval_minutes))  # fmt: skip
    answering = any(channel.buttons for channel in given.channels.values())
    stamp = stamp_of(config.path_of(given.key)) if answering else None
    composer = Composer(given.page or config.page.url, about, lambda ids: ledger.proposals(ids=ids, newest_first=False),
                        Reasons(says or {}), field)  # fmt: skip
    directory = Directory(given, current(), owners_of(config))
    return Office(Desk(ledger.outbox, directory, composer, clock, mint,
                       AT_ONCE if hurried else waiting, stamp, random.random))  # fmt: skip


def owners_of(config: Config) -> dict[str, str]:
    """Who looks after each account, where it is written in its settings."""
    found = {account: config.scopes(account)[0].values.get("owner") for account in config.accounts}
    return {account: owner for account, owner in found.items() if isinstance(owner, str)}


def readers_of(config: Config) -> tuple[Directory, Sequence[str]]:
    """Who gets reports: the channels, and how each wants to be told."""
    directory = Directory(config.notify, current(), owners_of(config))
    wanted = config.notify.reports.channels
    return directory, [name for name in directory.channels if not wanted or name in wanted]


def answer_desk_of(config: Config, ledger: SqlLedger) -> AnswerDesk:
    """Where answers from chats are handed in."""
    return AnswerDesk(ledger.outbox, stamp_of(config.path_of(config.notify.key)), config.notify.people)


def with_channels_of(config: Config, own: Config) -> Config:
    """A configuration that tells the people of another one, such as that of a demonstration."""
    if not own.notify.channels:
        raise ConfigError(_("No channel is configured."), setting="notify.channels",
                          hint=_("See docs/notifications.md."))  # fmt: skip
    channels = {name: channel.model_copy(update={"ca_file": str(own.path_of(channel.ca_file))})
                if channel.ca_file else channel for name, channel in own.notify.channels.items()}  # fmt: skip
    return config.model_copy(update={"notify": own.notify.model_copy(update={"channels": channels})})


@contextmanager
def doors() -> Iterator[GuardedDoor]:
    door = GuardedDoor()
    try:
        yield door
    finally:
        door.close()


def notifier_of(config: Config, name: str, door: GuardedDoor, clock: Clock) -> Notifier:
    """Raises ``ConfigError`` for a channel that lacks something, and for one that there is not."""
    return opened(name, config.notify.channels[name], ca_file_of(config, name), door, clock)


def ca_file_of(config: Config, name: str) -> str:
    """The certificate authority of a channel's own server; empty: the system's."""
    given = config.notify.channels[name].ca_file
    return str(config.path_of(given)) if given else ""


def paced(config: Config, notifiers: Mapping[str, Notifier], clock: Clock) -> Mapping[str, Notifier]:
    """The channels, told no faster than their vendors take it by ``clock``."""
    return {name: Paced(notifier, vendor_per_minute(config.notify.channels[name]), clock)
            for name, notifier in notifiers.items()}  # fmt: skip


def notifiers_of(config: Config, door: GuardedDoor, clock: Clock) -> Mapping[str, Notifier]:
    """Every channel that is enabled and in order; what is wrong with the others is in the log."""
    found = {}
    for name, channel in config.notify.channels.items():
        if not channel.enabled:
            continue
        try:
            found[name] = notifier_of(config, name, door, clock)
        except ConfigError as fault:
            _LOG.error("channel_unusable", channel=name, fault=fault.message, hint=fault.hint)
    return found
