"""What an exchange came to, as far as HTTP alone tells it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from agent.errors import ConfigError, ContractError
from agent.model.message import Delivery, Told
from agent.outbound import GuardedDoor, Lost, NotSent, Post, Reply
from agent.redaction import redacted

_LATER = frozenset({408, 425, 429})
_LONGEST_DETAIL = 200


@dataclass(frozen=True, slots=True)
class Target:
    """Where a channel's messages go. ``hosts``: the vendor's own; ``allow_private`` lifts that limit."""

    url: str = field(repr=False)
    hosts: tuple[str, ...]
    door: GuardedDoor
    allow_private: bool = False
    ca_file: str = ""

    def post(self, body: bytes, headers: Mapping[str, str] | None = None, url: str = "") -> Reply | Delivery:
        """The vendor's answer, or what became of it where there is none."""
        heads = {"Content-Type": "application/json; charset=utf-8", **(headers or {})}
        post = Post(url or self.url, body, heads, self.hosts, self.allow_private, self.ca_file)
        try:
            answer = self.door.post(post)
        except ConfigError as fault:
            return Delivery(Told.FATAL, fault.message, "address")
        if isinstance(answer, (NotSent, Lost)):
            return Delivery(Told.RETRY, answer.reason, "network")
        return answer


def by_status(reply: Reply, now: datetime, detail: str = "", code: str = "") -> Delivery:
    """2xx is ok; what may pass by itself is tried again; everything else needs a person."""
    code = code or str(reply.status)
    if reply.succeeded:
        return Delivery(Told.OK, "", code)
    words = said(detail) or f"HTTP {reply.status}"
    if reply.status in _LATER or reply.status >= 500:
        return Delivery(Told.RETRY, words, code, reply.retry_after_seconds(now) or 0.0)
    return Delivery(Told.FATAL, words, code)


def body_of(reply: Reply) -> Mapping[str, Any]:
    """The answer's JSON object; empty where it is none."""
    try:
        found = reply.json()
    except ContractError:
        return {}
    return found if isinstance(found, Mapping) else {}


def json_of(body: Mapping[str, Any]) -> bytes:
    """Compact UTF-8: what is not ASCII is written as it is, for vendors count bytes."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def said(text: object) -> str:
    """A vendor's own words, short and without what might be a secret."""
    flat = " ".join(redacted(str(text or "")).split())
    return flat if len(flat) <= _LONGEST_DETAIL else f"{flat[:_LONGEST_DETAIL]}…"


def text_of(reply: Reply) -> str:
    return reply.body.decode("utf-8", "replace")
