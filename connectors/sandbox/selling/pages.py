"""Pages and their tokens: a token says where to go on, and with which question it belongs."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from connectors.sandbox.answers import invalid

T = TypeVar("T")


def page(items: Sequence[T], start: int, size: int) -> tuple[Sequence[T], int | None]:
    """A page, and where the next one starts; None after the last."""
    end = start + size
    return items[start:end], end if end < len(items) else None


def seal(question: object, start: int, now: datetime) -> str:
    """A token for the rest of the answer to ``question``."""
    return base64.urlsafe_b64encode(json.dumps([question, start, now.timestamp()]).encode()).decode()


def unseal(token: str, now: datetime, lives: timedelta, name: str = "nextToken") -> tuple[object, int]:
    """What a token was made for; one that was not given out here or is too old is refused."""
    try:
        question, start, since = json.loads(base64.urlsafe_b64decode(token.encode()))
        born, place = float(since), int(start)
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise invalid(f"{name} is not valid") from None
    if now.timestamp() > born + lives.total_seconds() or place < 0:
        raise invalid(f"{name} has expired")
    return question, place
