"""Keywords, negative keywords and ASINs made from a product's title. The same title gives the same words."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import count, islice

_AFTER = (
    "", "set", "for home", "with case", "professional", "small", "large", "heavy duty", "gift", "black", "white",
    "for women", "for men", "for kids", "2 pack", "kit", "portable", "premium", "organic", "easy clean", "travel size",
    "lightweight", "for beginners", "waterproof", "refill", "adjustable", "mini", "xl",
)  # fmt: skip
_BEFORE = ("", "best", "cheap", "top rated", "new", "durable", "original", "amazon", "affordable", "quality")
_NOT_WANTED = ("free", "used", "repair", "manual", "diy", "wholesale", "rental", "parts", "coloring page", "recipe")
_ASIN_LETTERS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def phrases(title: str, many: int) -> list[str]:
    """So many different keywords for a title, the plainest first; at most ten words and 80 characters each."""
    return list(islice(_phrases(title.lower()), many))


def _phrases(title: str) -> Iterator[str]:
    for before in _BEFORE:
        for after in _AFTER:
            yield " ".join(part for part in (before, title, after) if part)
    for number in count(2):
        yield f"{title} {number}"


def negatives(title: str, many: int) -> list[tuple[str, str]]:
    """So many negative keywords, each with its match type."""
    words = islice((f"{word}{tail}" for tail in ("", " cheap", " near me") for word in _NOT_WANTED), many)
    types = ("NEGATIVE_PHRASE", "NEGATIVE_EXACT")
    return [(f"{word} {title.lower()}", types[place % 2]) for place, word in enumerate(words)]


def asins(seed: str, many: int) -> list[str]:
    """So many ASINs that exist nowhere else."""
    return [_asin(f"{seed} {number}") for number in range(many)]


def _asin(seed: str) -> str:
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big")
    letters = []
    for _ in range(8):
        number, rest = divmod(number, len(_ASIN_LETTERS))
        letters.append(_ASIN_LETTERS[rest])
    return "B0" + "".join(letters)
