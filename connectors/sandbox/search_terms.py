"""What shoppers typed before they clicked: every target's clicks, spread over the terms it matches.

An exact keyword is found by its own words and their plural; the looser a target, the more terms share its clicks. Some
of them never sell. How a day's clicks fall depends on the seed, the day and the target only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from connectors.sandbox.account import Keyword, Target
from connectors.sandbox.chance import Counts, Floats, stream
from connectors.sandbox.words import asins, phrases

_LUCK = 6
_SHARES = {
    "EXACT": (0.88, 0.12),
    "PHRASE": (0.45, 0.25, 0.18, 0.12),
    "BROAD": (0.30, 0.22, 0.18, 0.14, 0.10, 0.06),
    "AUTO": (0.34, 0.24, 0.18, 0.12, 0.08, 0.04),
    "PRODUCT": (1.0,),
}
_NEVER_SELLS = 0.4
"""So many of the terms that are not a keyword's own words."""
_AROUND = ("for travel", "with warranty", "under 20", "reviews", "replacement")


@dataclass(frozen=True, slots=True)
class Terms:
    """One row per target and term: the target's place, the term, and its part of the clicks and of the orders."""

    place: Counts
    text: Sequence[str]
    clicks: tuple[Floats, Floats]
    """Where its part of the target's clicks begins and ends, from 0 to 1."""
    orders: tuple[Floats, Floats]

    def split(self, figures: Counts | Floats, luck: Floats, orders: bool = False) -> Counts:
        """Whole figures by target, dealt out to the terms: none is lost, and more never makes a term have less."""
        low, high = self.orders if orders else self.clicks
        whole, start = np.asarray(figures, dtype=np.float64)[self.place], luck[self.place]
        dealt = np.floor(whole * high + start) - np.floor(whole * low + start)
        return dealt.astype(np.int64)


def terms_of(targets: Sequence[Keyword | Target], titles: Sequence[str], seed: int) -> Terms:
    """``titles``: what each target advertises."""
    place, text, clicks, orders = [], [], [], []
    for number, (thing, title) in enumerate(zip(targets, titles, strict=True)):
        words = list(_words(thing, title))
        shares = np.array(_SHARES[_form(thing)][: len(words)])
        luck = stream(seed, _LUCK, int(thing.id)).random(len(words))
        sells = np.where((luck < _NEVER_SELLS) & (np.arange(len(words)) > 0), 0.0, 1.0)
        clicks += _parts(shares)
        orders += _parts(shares * sells)
        text += words
        place += [number] * len(words)
    bounds = [np.array(each, dtype=np.float64).reshape(-1, 2).T for each in (clicks, orders)]
    return Terms(np.array(place, dtype=np.int64), text, (bounds[0][0], bounds[0][1]), (bounds[1][0], bounds[1][1]))


def luck_of(day: date, targets: int, seed: int) -> Floats:
    """Where each target's dealing begins on a day."""
    return stream(seed, _LUCK, 0, day.toordinal()).random(targets)


def _parts(shares: Floats) -> list[tuple[float, float]]:
    ends = np.cumsum(shares / shares.sum())
    ends[-1] = 1.0
    return list(zip([0.0, *ends[:-1].tolist()], ends.tolist(), strict=True))


def _form(thing: Keyword | Target) -> str:
    if isinstance(thing, Keyword):
        return thing.match_type
    return "AUTO" if thing.expression_type == "AUTO" else "PRODUCT"


def _words(thing: Keyword | Target, title: str) -> Iterator[str]:
    match _form(thing):
        case "PRODUCT":
            yield (thing.expression[1] or "").lower() if isinstance(thing, Target) else ""
        case "AUTO" if isinstance(thing, Target) and thing.expression[0].startswith("ASIN"):
            yield from (each.lower() for each in asins(f"{title} {thing.expression[0]}", 6))
        case "AUTO":
            start = 0 if isinstance(thing, Target) and "HIGH" in thing.expression[0] else 6
            yield from phrases(title, start + 6)[start:]
        case _ if isinstance(thing, Keyword):
            yield from _matched(thing.text.lower(), thing.match_type)


def _matched(text: str, match_type: str) -> Iterator[str]:
    yield text
    if match_type == "EXACT":
        yield f"{text}s"
        return
    count = len(_SHARES[match_type]) - 1
    for number, around in enumerate(_AROUND[:count]):
        # A broad keyword is also found by its words in another order.
        turned = " ".join(reversed(text.split())) if match_type == "BROAD" and number % 2 else text
        yield f"{turned} {around}"
