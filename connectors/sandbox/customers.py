"""What customers send back and write: returns, feedback, reviews, told from the days on which they bought."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import numpy as np

from connectors.sandbox.catalogue import Article
from connectors.sandbox.chance import Counts, stream
from connectors.sandbox.happenings import Happenings
from connectors.sandbox.market import Market
from connectors.sandbox.orders import order_id
from connectors.sandbox.shop_rows import FeedbackRow, ReturnRow, ReviewRow, TopicRow
from connectors.sandbox.trade import Parcel, Trade, TradingDay
from connectors.sandbox.voices import FEEDBACK, TOPICS, danger, reasons, review

_BACK, _FEEDBACK, _REVIEW, _TOPIC = 25, 26, 27, 28
_COMMENTED = 0.35
_FEEDBACK_RATE, _NEGATIVE_FEEDBACK = 0.012, 0.2
RATED = 0.015
"""Units whose buyers leave stars; a third of them write something."""
_WRITTEN = 0.33
_STARS = np.array([0.13, 0.05, 0.08, 0.14, 0.60])
"""1 to 5 stars: most love it, and those who do not, hate it."""
_USUAL_RATING = 4.03
_RATED_AFTER, _RATED_WITHIN = 10, 30


class Customers:
    def __init__(self, articles: tuple[Article, ...], seed: int, market: Market, trade: Trade,
                 happenings: Happenings) -> None:  # fmt: skip
        self._articles, self._seed, self._market, self._trade = articles, seed, market, trade
        self._happenings = happenings
        self._left: dict[date, tuple[FeedbackRow, ...]] = {}
        self._sold: tuple[date, Counts] | None = None

    def returns(self, since: datetime, until: datetime) -> Iterator[ReturnRow]:
        """Told when the day of the return is over."""
        for day in self._days(since, until, 0):
            closed = self._trade.closed(day, until)
            for parcel in closed.parcels if closed else ():
                row = self._returned(day, parcel)
                if since <= row.returned_at < until:
                    yield row

    def feedback(self, since: datetime, until: datetime) -> Iterator[FeedbackRow]:
        rows = (row for day in self._days(since, until, 21) for row in self._feedback_of(day, until))
        return iter(sorted((row for row in rows if since <= row.left_at < until), key=lambda row: row.left_at))

    def reviews(self, since: datetime, until: datetime) -> Iterator[ReviewRow]:
        rows = [row for day in self._days(since, until, _RATED_AFTER + _RATED_WITHIN + 1)
                for row in self._reviews_of(day, until)]  # fmt: skip
        rows += self._planted()
        return iter(sorted((row for row in rows if since <= row.reviewed_at < until), key=lambda row: row.reviewed_at))

    def rated(self, place: int, now: datetime) -> tuple[float, int]:
        """Average stars and number of ratings as the page shows them."""
        article = self._articles[place]
        count = article.goods.ratings + int(int(self._sold_before(self._market.today(now))[place]) * RATED)
        warned = sum(incident.amount for at, incident in self._happenings.of("reviews")
                     if at == place and self._happenings.moment(incident.day) <= now)  # fmt: skip
        rating = (article.goods.rating * count + 1.5 * warned) / (count + warned)
        return round(rating, 2), count + warned

    def _sold_before(self, today: date) -> Counts:
        """Units by product of all days before this one."""
        if self._sold is None or self._sold[0] != today:
            self._trade.opening(today)
            done = [each.units for day, each in self._trade.days.items() if day < today]
            self._sold = (
                today,
                np.sum(done, axis=0, dtype=np.int64) if done else np.zeros(len(self._articles), np.int64),
            )
        return self._sold[1]

    def topics(self, place: int, now: datetime) -> Iterator[TopicRow]:
        """The first topic is the commonest complaint; warnings of harm make it grow."""
        article = self._articles[place]
        names = TOPICS.get(article.product.category, TOPICS[""])
        for number, name in enumerate(names):
            luck = stream(self._seed, _TOPIC, place, number).random(8)
            months = [0.05 + 0.10 * float(luck[0]) + 0.02 * float(luck[n + 1]) for n in range(6)]
            if number == 0:
                for at, incident in self._happenings.of("reviews"):
                    if at == place and self._happenings.moment(incident.day) <= now:
                        months[-1] += 0.03 * incident.amount
            negative = number in (0, 3)
            impact = -(0.05 + 0.2 * float(luck[7])) if negative else 0.1 + 0.3 * float(luck[7])
            shares = tuple(round(month, 4) for month in months)
            yield TopicRow(article.asin, name, not negative, shares[-1], round(impact, 2), shares)

    def _returned(self, day: date, parcel: Parcel) -> ReturnRow:
        article = self._articles[parcel.product]
        luck = stream(self._seed, _BACK, parcel.sold.toordinal(), parcel.product, parcel.number).random(4)
        rows = reasons(article.product.category)
        weights = np.cumsum([weight for _, weight, _ in rows])
        reason, _, comment = rows[int(np.searchsorted(weights, luck[0] * weights[-1], side="right"))]
        start, end = self._market.bounds(day)
        back = "SELLABLE" if parcel.sellable else ("DEFECTIVE", "CUSTOMER_DAMAGED")[int(luck[1] * 2)]
        id = f"LPN{parcel.sold.toordinal():06d}{parcel.product:03d}{parcel.number:03d}"
        order = order_id(parcel.sold, parcel.product, parcel.order)
        return ReturnRow(
            id, order, article.sku, article.asin, article.fnsku, article.name,
            start + (end - start) * float(luck[2]), 1, reason, back, comment if luck[3] < _COMMENTED else "",
        )  # fmt: skip

    def _feedback_of(self, sold: date, now: datetime) -> tuple[FeedbackRow, ...]:
        """Feedback on a day's orders, whenever it is left."""
        done = self._trade.closed(sold, now)
        if done is None:
            return ()
        if sold not in self._left:
            self._left[sold] = tuple(self._leave(sold, done))
        return self._left[sold]

    def _leave(self, sold: date, done: TradingDay) -> Iterator[FeedbackRow]:
        luck = stream(self._seed, _FEEDBACK, sold.toordinal())
        start = self._market.bounds(sold)[0]
        for place, orders in enumerate(done.orders):
            for number in range(int(luck.binomial(int(orders), _FEEDBACK_RATE))):
                kind, lag, which, stars = luck.random(4)
                negative = kind < _NEGATIVE_FEEDBACK and not self._articles[place].quiet
                given = 1 + int(stars * 3) if negative else 4 + int(stars * 2)
                order = order_id(sold, place, int(which * orders))
                at = start + timedelta(days=5 + 15 * float(lag))
                yield FeedbackRow(f"F{sold.toordinal()}{place:03d}{number}", order, at, given, FEEDBACK[given])

    def _reviews_of(self, sold: date, now: datetime) -> Iterator[ReviewRow]:
        done = self._trade.closed(sold, now)
        if done is None:
            return
        luck = stream(self._seed, _REVIEW, sold.toordinal())
        start = self._market.bounds(sold)[0]
        for place, units in enumerate(done.units):
            article = self._articles[place]
            tilt = np.exp((article.goods.rating - _USUAL_RATING) * (np.arange(5) - 2) * 0.5) * _STARS
            steps = np.cumsum(tilt / tilt.sum())
            for number in range(int(luck.binomial(int(units), RATED * _WRITTEN))):
                chance, lag, words = luck.random(3)
                stars = max(1 + int(np.searchsorted(steps, chance)), 4 if article.quiet else 1)
                title, text = review(min(stars, 5), float(words))
                at = start + timedelta(days=_RATED_AFTER + _RATED_WITHIN * float(lag))
                yield ReviewRow(
                    f"R{sold.toordinal()}{place:03d}{number:02d}", article.asin, min(stars, 5), title, text, at
                )

    def _planted(self) -> Iterator[ReviewRow]:
        """Warnings of harm; the first of them comes with four stars, as such warnings do."""
        for place, incident in self._happenings.of("reviews"):
            article = self._articles[place]
            for number in range(incident.amount):
                title, text = danger(article.product.category, number)
                at = self._happenings.moment(incident.day) + timedelta(minutes=40 * number)
                id = f"RW{self._happenings.day(incident.day).toordinal()}{place:03d}{number:02d}"
                yield ReviewRow(id, article.asin, 4 if number == 0 else 1, title, text, at)

    def _days(self, since: datetime, until: datetime, lag: int) -> Iterator[date]:
        day = max(self._trade.first, self._market.today(since) - timedelta(days=lag))
        while day <= self._market.today(until):
            yield day
            day += timedelta(days=1)
