"""The one door to HTTP: pacing, retries, deadlines, and errors that name no secret.

Reads go through ``send`` and ``download`` and are repeated; writes go through ``write`` and never are. What a write
came to is a value, not an exception: a ``Reply``, surely ``NotSent``, or ``Lost`` (it may have arrived).
"""

from agent.outbound.door import Outbound
from agent.outbound.guard import GuardedDoor, Post
from agent.outbound.messages import Call, Downloaded, Link, Lost, NotSent, Rate, Reply, WriteAnswer
from agent.outbound.written import Encodable, json_bytes

__all__ = [
    "Call",
    "Downloaded",
    "Encodable",
    "GuardedDoor",
    "Link",
    "Lost",
    "NotSent",
    "Outbound",
    "Post",
    "Rate",
    "Reply",
    "WriteAnswer",
    "json_bytes",
]
