"""Any other service, through Apprise (the extra ``steward[apprise]``). Best effort: Apprise says "sent" for some
messages that the service refused, and knows no reason for those it could not send."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from agent.language import speaking
from agent.model.message import Delivery, Message, Told
from agent.notify.texts import fitted, footer, spoken

_MOST = 1_500


@dataclass(frozen=True, slots=True)
class Apprise:
    """``url`` is one of Apprise's own, such as ``ntfys://…``; whoever knows it can write there."""

    url: str = field(repr=False)

    def send(self, message: Message) -> Delivery:
        try:
            library: Any = import_module("apprise")
        except ImportError:
            return Delivery(Told.FATAL, "Apprise is not installed: pip install 'steward[apprise]'", "not installed")
        sender = library.Apprise()
        if not sender.add(self.url):
            return Delivery(Told.FATAL, "Apprise does not know this address", "address")
        title, body = composed(message)
        sent = sender.notify(body=body, title=title, body_format=library.NotifyFormat.TEXT)
        return Delivery(Told.OK) if sent else Delivery(Told.RETRY, "Apprise could not send it", "apprise")


def composed(message: Message) -> tuple[str, str]:
    """Title and text, short enough for most services."""
    fit = fitted(message, lambda one: len(_text(one).encode()), _MOST)
    return fit.title, _text(fit)


def _text(message: Message) -> str:
    with speaking(message.language):
        lines = [spoken(line) for line in message.lines]
    about = " · ".join(part for part in (message.account, message.rule, footer(message)) if part)
    return "\n".join([*lines, *([about] if about else []), *(f"{link.text}: {link.url}" for link in message.links)])
