"""``[notify]``: whom Steward tells, through what, and when."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    Field,
    SecretStr,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from agent.config.operator import Section
from agent.config.values import Address, wrong
from agent.language import _
from agent.model.message import Urgency
from agent.model.rule import Severity

Kind = Literal["slack", "feishu", "dingtalk", "wecom", "teams", "telegram", "mail", "webhook", "apprise"]


def _zone(name: str) -> str:
    try:
        ZoneInfo(name or "UTC")
    except (KeyError, ValueError, OSError):
        raise wrong(_("is not a time zone"), _("such as Asia/Shanghai, Europe/Berlin or UTC")) from None
    return name


def _time_of_day(text: str) -> str:
    if text and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text):
        raise wrong(_("is not a time of day"), _("write HH:MM, such as 08:00"))
    return text


Zone = Annotated[str, AfterValidator(_zone)]
TimeOfDay = Annotated[str, AfterValidator(_time_of_day)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_]{0,31}$")]
"""Also part of an environment variable's name."""


class _Manners(Section):
    """How somebody wants to be told. Empty: as in [notify]."""

    language: Literal["", "en", "zh"] = Field(default="", description="en or zh; empty: as in [notify].")
    time_zone: Zone = Field(default="", description="Such as Asia/Shanghai; empty: as in [notify].")
    digest_at: TimeOfDay = Field(default="", description="When the daily digest comes; empty: as in [notify].")
    quiet_from: TimeOfDay = Field(default="", description="Nothing but urgent messages from here on …")
    quiet_until: TimeOfDay = Field(default="", description="… until here; both empty: as in [notify].")

    @model_validator(mode="after")
    def _quiet_has_two_ends(self) -> _Manners:
        if bool(self.quiet_from) != bool(self.quiet_until):
            raise wrong(_("quiet hours need both quiet_from and quiet_until"))
        return self


class Mail(Section):
    """``[notify.channels.NAME.mail]``: the server and the addresses of a channel of the kind mail."""

    server: str = Field(default="", description="The SMTP server's name.")
    port: int = Field(default=587, ge=1, le=65535, description="587 with starttls, 465 with tls.")
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="none sends without encryption, and never a password."
    )
    user: str = Field(default="", description="Who logs in, with the channel's secret as password; empty: nobody.")
    sender: str = Field(default="", description="The address that messages come from.")
    recipients: tuple[str, ...] = Field(default=(), description="The addresses that messages go to.")


class Channel(_Manners):
    """``[notify.channels.NAME]``: one group, person or service that is told."""

    kind: Kind = Field(description="What it is: slack, feishu, dingtalk, wecom, teams, telegram, mail, webhook, ….")
    enabled: bool = Field(default=True, description="false: nothing goes there.")
    url: SecretStr = Field(
        default=SecretStr(""), description="The webhook's address; whoever knows it can write there."
    )
    secret: SecretStr = Field(
        default=SecretStr(""), description="What messages are signed with; Telegram's bot token; the mail password."
    )
    chat: str = Field(default="", description="The chat's id, for Telegram and Feishu apps.")
    app: str = Field(default="", description="The id of a Feishu app, whose buttons can answer; empty: a custom bot.")
    person: str = Field(default="", description="Whose channel it is: one of [notify.people]; empty: a group's.")
    buttons: bool = Field(default=False, description="true: plans can be answered in the chat.")
    press_secret: SecretStr = Field(
        default=SecretStr(""), description="What the vendor signs a pressed button with; without it none is believed."
    )
    plain: bool = Field(default=False, description="true: plain text, which WeChat shows as well; WeCom only.")
    allow_private: bool = Field(
        default=False, description="true: any address, also inside your network; else only the vendor's own."
    )
    ca_file: str = Field(default="", description="Certificate authority of a server of your own; empty: the system's.")
    mail: Mail = Field(default=Mail(), description="For the kind mail.")


class Person(_Manners):
    """``[notify.people.NAME]``: somebody who is told, or may answer."""

    approves: bool = Field(default=False, description="true: may decide by the buttons in a chat.")
    slack: str = Field(default="", description="The member id, such as U012AB3CD.")
    feishu: str = Field(default="", description="The open_id, such as ou_….")
    telegram: str = Field(default="", description="The numeric user id.")


class Route(Section):
    """``[[notify.routes]]``: what goes where. The first route that fits holds; what is left empty fits everything."""

    channels: tuple[str, ...] = Field(min_length=1, description="Where it goes.")
    urgency: tuple[Urgency, ...] = Field(default=(), description="urgent, decide, digest.")
    severity: tuple[Severity, ...] = Field(default=(), description="S1 to S4.")
    rules: tuple[str, ...] = Field(default=(), description="Rules, such as account/*.")
    accounts: tuple[str, ...] = Field(default=(), description="Accounts.")
    owners: tuple[str, ...] = Field(default=(), description="Owners, as in the accounts' settings.")
    go_on: bool = Field(default=False, description="true: later routes may fit as well.")


Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class Reports(Section):
    """``[notify.reports]``: the daily report and the weekly review. Times are each reader's own."""

    daily_at: TimeOfDay = Field(default="08:15", description="When the daily report comes; empty: never.")
    weekly_at: TimeOfDay = Field(default="08:45", description="When the weekly review comes; empty: never.")
    weekly_on: Weekday = Field(default="monday", description="On which day of the week.")
    channels: tuple[str, ...] = Field(default=(), description="Who gets them; empty: every channel.")


class Notify(Section):
    """``[notify]``: what holds for all channels."""

    page: Address = Field(default="", description="The page's address as people reach it; empty: page.url.")
    language: Literal["auto", "en", "zh"] = Field(default="auto", description="auto: the program's.")
    time_zone: Zone = Field(default="UTC", min_length=1, description="Of times in messages, and of hours below.")
    digest_at: TimeOfDay = Field(default="08:00", min_length=5, description="When the daily digest comes.")
    quiet_from: TimeOfDay = Field(default="", description="Nothing but urgent messages from here on …")
    quiet_until: TimeOfDay = Field(default="", description="… until here; both empty: no quiet hours.")
    group_wait_seconds: int = Field(
        default=30, ge=0, le=3600, description="How long the first message about a group waits for others of it."
    )
    group_interval_minutes: int = Field(
        default=5, ge=0, le=1440, description="Between two messages about a group that has changed."
    )
    repeat_interval_minutes: int = Field(
        default=240, ge=1, description="When a group that has not changed is told again; what was acknowledged is not."
    )
    most_per_minute: int = Field(
        default=20, ge=4, le=1000, description="Messages to one channel in a minute; more are told together."
    )
    keep_days: int = Field(default=90, ge=1, description="How long the log of notifications is kept.")
    heartbeat: SecretStr = Field(
        default=SecretStr(""), description="Address that is called every minute while all is well; empty: none."
    )
    key: str = Field(
        default="notify.key", min_length=1, description="File of the key that signs buttons; made when missing."
    )
    button_hours: int = Field(default=24, ge=1, le=168, description="How long a button is good.")
    reports: Reports = Field(default=Reports(), description="The daily report and the weekly review.")
    channels: dict[Name, Channel] = Field(default_factory=dict, description="Where messages go.")
    people: dict[Name, Person] = Field(default_factory=dict, description="Who is told or may answer.")
    routes: tuple[Route, ...] = Field(default=(), description="What goes where; none: everything to every channel.")

    @field_validator("routes")
    @classmethod
    def _leads_somewhere(cls, routes: tuple[Route, ...], info: ValidationInfo) -> tuple[Route, ...]:
        known = info.data.get("channels")
        for name in (name for route in routes for name in route.channels):
            if known is not None and name not in known:
                raise wrong(_("leads to '{name}', which is no channel").format(name=name), _known(known))
        return routes

    @model_validator(mode="after")
    def _names_people(self) -> Notify:
        for name, channel in self.channels.items():
            if channel.person and channel.person not in self.people:
                text = _("the channel '{name}' is that of '{person}', who is not among the people")
                raise wrong(text.format(name=name, person=channel.person), _known(self.people))
        if bool(self.quiet_from) != bool(self.quiet_until):
            raise wrong(_("quiet hours need both quiet_from and quiet_until"))
        for name in self.reports.channels:
            if name not in self.channels:
                raise wrong(_("reports lead to '{name}', which is no channel").format(name=name), _known(self.channels))
        return self


def _known(names: Iterable[str]) -> str:
    return _("known: {names}").format(names=" ".join(sorted(names)))
