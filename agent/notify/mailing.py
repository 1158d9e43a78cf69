"""Reports and other messages that are no news: put into the outbox once for each channel, in its readers' language."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from agent.language import speaking
from agent.ledger.outbox import Outbox, Post, Posted
from agent.model.message import Message
from agent.notify.routes import Directory, Manners

Compose = Callable[[str, Manners], Message]
"""Makes the message with this id for readers with these manners; their language is being spoken."""


def mail(outbox: Outbox, directory: Directory, name: str, compose: Compose, at: datetime,
         channels: Iterable[str] | None = None) -> int:  # fmt: skip
    """Returns how many channels will be told. ``name``: of this one issue, such as ``daily/north/2026-03-17``; what
    was put there under it before is not put there again. ``channels``: None for all."""
    count = 0
    for channel in directory.channels if channels is None else channels:
        manners = directory.manners(channel)
        with speaking(manners.language):
            message = compose(f"{name}/{channel}", manners)
        count += outbox.post(Posted(message, channel, name, Post.WAITING, at, at))
    return count
