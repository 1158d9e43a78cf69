"""What is told to somebody through a channel, and what became of it. Plain text throughout: each channel escapes."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from agent.model.rule import Severity


class Urgency(StrEnum):
    """When somebody has to hear of it."""

    URGENT = "urgent"
    """At once, also in quiet hours."""
    DECIDE = "decide"
    """Soon, together with what belongs to it; not in quiet hours."""
    DIGEST = "digest"
    """Once a day."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing a message says. ``label`` is set off, such as the severity; ``ended``: it no longer holds."""

    text: str
    label: str = ""
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """An address to look at. Nothing is ever decided by opening one."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Button:
    """An answer that can be given in the chat, by a signed ``token`` that is good once and for a while."""

    text: str
    token: str
    style: Literal["plain", "yes", "no"] = "plain"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes along where the channel takes files (mail)."""

    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one channel, in its reader's language.

    ``id`` stays the same however often it is sent. ``title`` and ``lines`` are shortened by the channel where it must
    be; ``left_out`` says how many lines were left out beforehand. ``html`` is a whole document for channels that show
    one (mail), with ``text`` as its plain form; where that is empty, ``title`` and ``lines`` are. ``resolved``: all
    that it speaks of is over.
    """

    id: str
    urgency: Urgency
    title: str
    at: datetime
    lines: tuple[Line, ...] = ()
    severity: Severity | None = None
    account: str = ""
    rule: str = ""
    links: tuple[Link, ...] = ()
    buttons: tuple[Button, ...] = ()
    language: Literal["en", "zh"] = "en"
    time_zone: str = "UTC"
    resolved: bool = False
    left_out: int = 0
    html: str = ""
    attachments: tuple[Attachment, ...] = ()
    text: str = ""

    def body(self) -> dict[str, Any]:
        """As it is kept until it is delivered."""
        return {
            "id": self.id, "urgency": str(self.urgency), "title": self.title, "at": self.at.isoformat(),
            "lines": [[line.text, line.label, line.ended] for line in self.lines],
            "severity": None if self.severity is None else str(self.severity), "account": self.account,
            "rule": self.rule, "links": [[link.text, link.url] for link in self.links],
            "buttons": [[button.text, button.token, button.style] for button in self.buttons],
            "language": self.language, "time_zone": self.time_zone, "resolved": self.resolved,
            "left_out": self.left_out, "html": self.html,
            "attachments": [[each.name, each.media_type, base64.b64encode(each.data).decode()]
                            for each in self.attachments],
            "text": self.text,
        }  # fmt: skip

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Message:
        """What ``body`` wrote."""
        return cls(
            body["id"], Urgency(body["urgency"]), body["title"], datetime.fromisoformat(body["at"]),
            tuple(Line(*line) for line in body["lines"]),
            None if body["severity"] is None else Severity(body["severity"]), body["account"], body["rule"],
            tuple(Link(*link) for link in body["links"]), tuple(Button(*button) for button in body["buttons"]),
            body["language"], body["time_zone"], body["resolved"], body["left_out"], body["html"],
            tuple(Attachment(name, kind, base64.b64decode(data)) for name, kind, data in body["attachments"]),
            body.get("text", ""),
        )  # fmt: skip


class Told(StrEnum):
    """What a channel answered."""

    OK = "ok"
    RETRY = "retry"
    """Not now: it may work later."""
    FATAL = "fatal"
    """Never, as it is: somebody has to mend the channel or the message."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """``code`` is the vendor's, ``detail`` says it in words and holds no secret."""

    told: Told
    detail: str = ""
    code: str = ""
    retry_after_seconds: float = 0.0
