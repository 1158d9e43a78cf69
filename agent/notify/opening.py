"""Channels as configured: names to senders. A new kind of channel is one file, and one line here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from agent.config.notify import Channel
from agent.errors import ConfigError
from agent.language import _
from agent.model.message import Delivery, Message
from agent.notify.channels import dingtalk, feishu, feishu_app, slack, teams, telegram, wecom
from agent.notify.channels.answers import Target
from agent.notify.channels.apprise import Apprise
from agent.notify.channels.mail import Mail
from agent.notify.channels.webhook import Webhook
from agent.outbound import GuardedDoor
from agent.ports import Clock, Notifier
from agent.redaction import MASK

_SECRET_LENGTH = 6
"""Anything shorter is a word that may well be said."""


@dataclass(frozen=True, slots=True)
class _Opening:
    """A channel that is being opened. What is asked for and not written is a ``ConfigError`` with its name."""

    name: str
    channel: Channel
    ca_file: str
    door: GuardedDoor
    clock: Clock

    def url(self) -> str:
        return self.needed(self.channel.url.get_secret_value(), "url")

    def secret(self) -> str:
        return self.channel.secret.get_secret_value()

    def target(self, hosts: tuple[str, ...] = (), url: str = "") -> Target:
        return Target(url or self.url(), hosts, self.door, self.channel.allow_private, self.ca_file)

    def needed(self, value: str, setting: str) -> str:
        if value:
            return value
        raise ConfigError(
            _("the channel '{name}' lacks its {setting}").format(name=self.name, setting=setting),
            setting=f"notify.channels.{self.name}.{setting}",
            hint=_("a channel of the kind {kind} needs it: see docs/notifications.md").format(kind=self.channel.kind),
        )


def opened(name: str, channel: Channel, ca_file: str, door: GuardedDoor, clock: Clock) -> Notifier:
    """The sender of a channel; raises ``ConfigError`` where something it cannot do without is not written."""
    opening = _Opening(name, channel, ca_file, door, clock)
    secrets = (opening.secret(), channel.press_secret.get_secret_value(), *_parts_of(channel))
    return Discreet(_KINDS[channel.kind](opening), tuple(each for each in secrets if len(each) >= _SECRET_LENGTH))


@dataclass(frozen=True, slots=True)
class Discreet:
    """A channel that repeats none of its secrets, whatever its vendor says."""

    channel: Notifier = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)

    def send(self, message: Message) -> Delivery:
        delivery = self.channel.send(message)
        return replace(delivery, detail=self._masked(delivery.detail), code=self._masked(delivery.code))

    def _masked(self, text: str) -> str:
        for secret in self.secrets:
            text = text.replace(secret, MASK)
        return text


def _parts_of(channel: Channel) -> list[str]:
    """An address, and the parts of its path and query, one of which is its secret."""
    url = channel.url.get_secret_value()
    return [url, *re.split(r"[/?&=]", url.partition("://")[2])[1:]]


def _slack(it: _Opening) -> Notifier:
    return slack.Slack(it.target(slack.HOSTS), it.clock)


def _feishu(it: _Opening) -> Notifier:
    if it.channel.app:
        target = it.target(feishu.HOSTS, it.channel.url.get_secret_value() or feishu_app.ADDRESS)
        return feishu_app.FeishuApp(target, it.channel.app, it.needed(it.secret(), "secret"),
                                    it.needed(it.channel.chat, "chat"), it.clock)  # fmt: skip
    return feishu.Feishu(it.target(feishu.HOSTS), it.secret(), it.clock)


def _dingtalk(it: _Opening) -> Notifier:
    return dingtalk.DingTalk(it.target(dingtalk.HOSTS), it.secret(), it.clock)


def _wecom(it: _Opening) -> Notifier:
    return wecom.WeCom(it.target(wecom.HOSTS), it.channel.plain, it.clock)


def _teams(it: _Opening) -> Notifier:
    return teams.Teams(it.target(teams.HOSTS), it.clock)


def _telegram(it: _Opening) -> Notifier:
    target = it.target(telegram.HOSTS, it.channel.url.get_secret_value() or telegram.ADDRESS)
    return telegram.Telegram(target, it.needed(it.secret(), "secret"), it.needed(it.channel.chat, "chat"), it.clock)


def _webhook(it: _Opening) -> Notifier:
    return Webhook(it.target(), it.secret(), it.clock)


def _mail(it: _Opening) -> Notifier:
    given = it.channel.mail
    if not given.recipients:
        it.needed("", "mail.recipients")
    if given.user:
        it.needed(it.secret(), "secret")
    return Mail(it.needed(given.server, "mail.server"), given.port, given.security, given.user, it.secret(),
                it.needed(given.sender, "mail.sender"), given.recipients, it.ca_file)  # fmt: skip


def _apprise(it: _Opening) -> Notifier:
    return Apprise(it.url())


_KINDS: Mapping[str, Callable[[_Opening], Notifier]] = {
    "slack": _slack, "feishu": _feishu, "dingtalk": _dingtalk, "wecom": _wecom, "teams": _teams,
    "telegram": _telegram, "webhook": _webhook, "mail": _mail, "apprise": _apprise,
}  # fmt: skip
