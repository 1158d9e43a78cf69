"""What a product answer of Keepa says: histories of steps, and the newest known figures.

Keepa: a history holds changes only, as pairs of minute and value, or triples with shipping; a value holds until the
next one. Minutes count from 2011-01-01; prices are in the currency's smallest coin; −1 says that there was no offer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from agent.errors import ContractError
from agent.model.marketplace import Marketplace
from agent.model.money import MICROS
from agent.model.window import Span

NEW, RANK, OFFERS, RATING, RATING_COUNT, BUY_BOX = 1, 3, 11, 16, 17, 18
_WITH_SHIPPING: Final = frozenset({7, *range(18, 28), 32})
_EPOCH_MINUTES = 21_564_000
_TENTHS = 10


@dataclass(frozen=True, slots=True)
class Step:
    """From this moment on the value held; None where there was none."""

    since: datetime
    value: int | None
    shipping: int | None = None


@dataclass(frozen=True, slots=True)
class Product:
    """The newest known figures of one ASIN. ``price`` is micros, shipping included; None is not known or not there."""

    asin: str
    title: str | None
    price: int | None
    rank: int | None
    rating: float | None
    rating_count: int | None
    offers: int | None


def moment_of(minutes: int) -> datetime:
    """Keepa's minutes as a moment."""
    return datetime.fromtimestamp((minutes + _EPOCH_MINUTES) * 60, UTC)


def history(product: Mapping[str, Any], slot: int) -> Sequence[Step]:
    """One history, oldest first; empty where the answer has none. ``ContractError`` where it is torn."""
    slots = product.get("csv")
    flat = slots[slot] if isinstance(slots, list) and slot < len(slots) else None
    if flat is None:
        return ()
    width = 3 if slot in _WITH_SHIPPING else 2
    if not isinstance(flat, list) or len(flat) % width or not all(isinstance(each, int) for each in flat):
        raise _torn(product, f"a history {slot} that is not made of {'triples' if width == 3 else 'pairs'}")
    steps = []
    for start in range(0, len(flat), width):
        minute, value, *more = flat[start : start + width]
        steps.append(Step(moment_of(minute), _known(value), _known(more[0]) if more else None))
    return steps


def rating_counts(product: Mapping[str, Any]) -> Sequence[Step]:
    """The number of ratings. Keepa: it stands at 0 for a while after it was thousands; that is not known, not none."""
    counts, seen = [], False
    for step in history(product, RATING_COUNT):
        lost = seen and step.value == 0
        seen = seen or bool(step.value)
        counts.append(Step(step.since, None) if lost else step)
    return counts


def by_day(steps: Sequence[Step], span: Span) -> Iterator[tuple[date, int | None]]:
    """What held at the end of each day (UTC); days before the first step are not known."""
    at = -1
    for day in span:
        end = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
        while at + 1 < len(steps) and steps[at + 1].since < end:
            at += 1
        yield day, steps[at].value if at >= 0 else None


def product_of(answer: Mapping[str, Any], marketplace: Marketplace) -> Product:
    """The newest figures: of the answer's statistics where it has them, else the last step of each history."""
    asin = answer.get("asin")
    if not isinstance(asin, str) or not asin:
        raise _torn(answer, "a product without an ASIN")
    title = answer.get("title")
    coin = MICROS if marketplace.currency == "JPY" else MICROS // 100
    price, rating, counts = _price(answer), _newest(answer, RATING), rating_counts(answer)
    count = counts[-1].value if counts else _newest(answer, RATING_COUNT)
    return Product(
        asin, title if isinstance(title, str) else None, None if price is None else price * coin,
        _newest(answer, RANK), None if not rating else rating / _TENTHS, count, _newest(answer, OFFERS),
    )  # fmt: skip


def _price(answer: Mapping[str, Any]) -> int | None:
    """What the featured offer costs with shipping; where that was not asked for, the cheapest new offer."""
    steps = history(answer, BUY_BOX)
    if steps:
        newest = steps[-1]
        return None if newest.value is None else newest.value + (newest.shipping or 0)
    featured = _stated(answer, BUY_BOX)
    return featured if featured is not None else _newest(answer, NEW)


def _newest(answer: Mapping[str, Any], slot: int) -> int | None:
    steps = history(answer, slot)
    return steps[-1].value if steps else _stated(answer, slot)


def _stated(answer: Mapping[str, Any], slot: int) -> int | None:
    stats = answer.get("stats")
    current = stats.get("current") if isinstance(stats, dict) else None
    value = current[slot] if isinstance(current, list) and slot < len(current) else None
    return _known(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _known(value: int) -> int | None:
    """Keepa: −1 is nothing there, −2 is nothing asked."""
    return None if value < 0 else value


def _torn(product: Mapping[str, Any], says: str) -> ContractError:
    return ContractError(
        f"Keepa answered {says} ({str(product.get('asin'))[:10]}).", connector="keepa", operation="product",
        hint="Nothing of it was booked; the next pull asks again.",
    )  # fmt: skip
