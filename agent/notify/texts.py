"""Texts that fit: nothing invisible in them, nothing cut inside a character, no more bytes than a channel takes."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import replace

from agent.language import _, speaking
from agent.model.message import Line, Message

MORE = "…"
_JOINS = frozenset({"\u200d", "\ufe0e", "\ufe0f"})
_CAPS = (6_000, 3_000, 1_500, 800, 400, 240)
_SHORTEST = 60
_TITLE = 200


def plain(text: str) -> str:
    """One line without control characters, invisible ones and those that turn the direction of reading."""
    flat = " ".join(text.split())
    return "".join(sign for sign in flat if sign == "\u200d" or unicodedata.category(sign) not in ("Cc", "Cf", "Cs"))


def cut(text: str, most: int, size: Callable[[str], int] = lambda text: len(text.encode())) -> str:
    """The text, or its beginning and ``…``, in at most so many bytes (or whatever ``size`` counts)."""
    if size(text) <= most:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if size(text[:middle] + MORE) <= most else (low, middle - 1)
    while low and _belongs(text, low):
        low -= 1
    return text[:low].rstrip() + MORE


def _belongs(text: str, at: int) -> bool:
    """Whether the sign here is part of the one before it: an accent, a colour of skin, a joined picture."""
    here, before = text[at : at + 1], text[at - 1]
    return bool(here) and (
        here in _JOINS or before == "\u200d" or unicodedata.combining(here) > 0 or "\U0001f3fb" <= here <= "\U0001f3ff"
    )


def fitted(message: Message, size: Callable[[Message], int], most: int, most_lines: int = 40) -> Message:
    """The message in a form that ``size`` counts at most ``most`` for: long texts are cut first, then lines left out.

    ``left_out`` then says how many. What a message is about, its links and buttons, always stay.
    """
    clean = replace(
        message, title=cut(plain(message.title), _TITLE),
        lines=tuple(Line(plain(line.text), plain(line.label), line.ended) for line in message.lines),
    )  # fmt: skip
    clean = _first(clean, most_lines)
    for cap in _CAPS:
        if size(shorter := _capped(clean, cap)) <= most:
            return shorter
    shorter = _capped(clean, _CAPS[-1])
    for count in range(len(shorter.lines), -1, -1):
        if size(fewer := _first(shorter, count)) <= most:
            return fewer
    return replace(_capped(_first(shorter, 0), _SHORTEST), title=cut(shorter.title, _SHORTEST))


def footer(message: Message) -> str:
    """``and 12 more``, in the message's language; empty where nothing was left out."""
    with speaking(message.language):
        if not message.left_out:
            return ""
        return _("… and {count} more").format(count=message.left_out)


def spoken(line: Line) -> str:
    """One line as plain text."""
    label = f"[{line.label}] " if line.label else ""
    return f"{mark(line)}{label}{line.text}"


def packed(texts: Iterable[str], most: int) -> list[str]:
    """The texts joined by line breaks, as many together as ``most`` characters hold."""
    packs: list[str] = []
    for text in texts:
        if packs and len(packs[-1]) + 1 + len(text) <= most:
            packs[-1] += f"\n{text}"
        else:
            packs.append(text)
    return packs


def mark(line: Line) -> str:
    return f"✓ {_over()} · " if line.ended else "• "


def _over() -> str:
    return _("over")


def _capped(message: Message, cap: int) -> Message:
    return replace(message, lines=tuple(Line(cut(line.text, cap), line.label, line.ended) for line in message.lines))


def _first(message: Message, count: int) -> Message:
    rest = len(message.lines) - count
    if rest <= 0:
        return message
    return replace(message, lines=message.lines[:count], left_out=message.left_out + rest)
