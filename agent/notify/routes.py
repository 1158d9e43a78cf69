"""Who hears of what, and how they want to be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from fnmatch import fnmatchcase
from zlib import crc32
from zoneinfo import ZoneInfo

from agent.config.notify import Channel, Notify, Person, Route
from agent.language import Language
from agent.model.message import Urgency
from agent.model.notice import Notice
from agent.notify.news import CHANNEL

_SPREAD_SECONDS = 100
_PER_MINUTE = {"feishu": 100, "dingtalk": 20, "wecom": 20, "telegram": 20, "slack": 60, "teams": 60}
"""What the vendors allow; DingTalk shuts a robot up for ten minutes after the 21st message of a minute."""


@dataclass(frozen=True, slots=True)
class Manners:
    """How the readers of one channel are told. ``spread``: so long after the full hour a digest comes, since many
    programs send at full hours."""

    language: Language
    time_zone: str
    digest_at: time
    quiet: tuple[time, time] | None = None
    spread: timedelta = timedelta()

    def is_quiet(self, at: datetime) -> bool:
        if self.quiet is None:
            return False
        (begins, ends), here = self.quiet, at.astimezone(ZoneInfo(self.time_zone)).time()
        return begins <= here < ends if begins <= ends else here >= begins or here < ends

    def digest_after(self, moment: datetime) -> datetime:
        """The first digest after a moment, by the readers' own calendar and clock."""
        zone = ZoneInfo(self.time_zone)
        day = moment.astimezone(zone).date()
        while True:
            due = datetime.combine(day, self.digest_at, tzinfo=zone) + self.spread
            if due > moment:
                return due.astimezone(moment.tzinfo)
            day += timedelta(days=1)


class Directory:
    """The configured channels and routes. ``spoken``: the program's own language. ``owners``: by account, whose what
    nobody else owns is."""

    def __init__(self, notify: Notify, spoken: Language, owners: Mapping[str, str] | None = None) -> None:
        self.notify, self._spoken, self._owners = notify, spoken, owners or {}
        self.channels = tuple(name for name, channel in notify.channels.items() if channel.enabled)

    def channels_for(self, notice: Notice) -> Sequence[str]:
        """Where a notice goes. What is wrong with a channel is told through the others."""
        found = self._routed(notice)
        if notice.rule == CHANNEL:
            found = [name for name in found if name != notice.data.get("channel")] or [
                name for name in self.channels if name != notice.data.get("channel")
            ]
        return found

    def manners(self, name: str) -> Manners:
        """The channel's own, else those of its person, else the general ones."""
        channel = self.notify.channels[name]
        person = self.notify.people.get(channel.person)
        general = self.notify.language
        language: Language = _first(channel, person, "language") or (self._spoken if general == "auto" else general)  # type: ignore[assignment]
        quiet = next(((one.quiet_from, one.quiet_until) for one in (channel, person, self.notify)
                      if one is not None and one.quiet_from), None)  # fmt: skip
        return Manners(
            language, _first(channel, person, "time_zone") or self.notify.time_zone,
            time.fromisoformat(_first(channel, person, "digest_at") or self.notify.digest_at),
            quiet and (time.fromisoformat(quiet[0]), time.fromisoformat(quiet[1])),
            timedelta(seconds=20 + crc32(name.encode()) % (_SPREAD_SECONDS - 20)),
        )  # fmt: skip

    def most_per_minute(self, name: str) -> int:
        return min(self.notify.most_per_minute, vendor_per_minute(self.notify.channels[name]))

    def _routed(self, notice: Notice) -> list[str]:
        found: list[str] = []
        for route in self.notify.routes:
            if _fits(route, notice, notice.owner or self._owners.get(notice.account, "")):
                found += [name for name in route.channels if name in self.channels and name not in found]
                if not route.go_on:
                    return found
        return found or list(self.channels)


def vendor_per_minute(channel: Channel) -> int:
    """What the vendor of a channel takes in a minute."""
    return _PER_MINUTE.get(channel.kind, 1000)


def _first(channel: Channel, person: Person | None, setting: str) -> str:
    return next((value for one in (channel, person) if one is not None and (value := getattr(one, setting))), "")


def _fits(route: Route, notice: Notice, owner: str) -> bool:
    def any_of(patterns: Sequence[str], text: str) -> bool:
        return not patterns or any(fnmatchcase(text, pattern) for pattern in patterns)

    return (
        (not route.urgency or notice.urgency in route.urgency)
        and (not route.severity or notice.severity in route.severity)
        and any_of(route.rules, notice.rule)
        and any_of(route.accounts, notice.account)
        and any_of(route.owners, owner)
    )


def group_of(notice: Notice) -> str:
    """What is told together: one rule in one account; the digest as a whole."""
    if notice.urgency is Urgency.DIGEST:
        return str(Urgency.DIGEST)
    return "|".join(("plan" if notice.is_wish else str(notice.urgency), notice.rule, notice.account))
