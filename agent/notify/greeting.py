"""The message that shows whether somebody can be reached through a channel."""

from __future__ import annotations

from datetime import datetime

from agent.config import Config
from agent.language import _, current, moment, speaking
from agent.model.message import Line, Link, Message, Urgency
from agent.notify.routes import Directory


def greeting(config: Config, channel: str, id: str, at: datetime) -> Message:
    """In the channel's language and time zone."""
    manners = Directory(config.notify, current()).manners(channel)
    with speaking(manners.language):
        title = _("Steward can reach you here")
        lines = (Line(_("This is a test; nothing happened.")), Line(moment(at, manners.time_zone)))
        links = (Link(_("Open"), config.notify.page),) if config.notify.page else ()
    return Message(id, Urgency.DECIDE, title, at, lines, links=links, language=manners.language,
                   time_zone=manners.time_zone)  # fmt: skip
