"""The market: what every target earned on a day, and how much of it is known when.

A day is computed when somebody asks for it, from (seed, day) and the bids that were in force, and kept once it is
over. Money is integer micros, in float arrays where it is a rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from agent.model.money import MICROS
from connectors.sandbox.account import ENABLED, Account, Keyword, Target, Thing
from connectors.sandbox.attribution import arrived_within, cancelled, taken_back
from connectors.sandbox.auction import cost_per_click, effective, share_won, top_of_search_share
from connectors.sandbox.chance import Counts, Floats, binomial_at, happened, poisson_at, stream
from connectors.sandbox.demand import Demand
from connectors.sandbox.levers import Levers
from connectors.sandbox.market_terms import Supply
from connectors.sandbox.plan import Ground, Plot
from connectors.sandbox.scenario import MARKET_INCIDENTS, Incident, Scenario

_LUCK = 4
_PURPOSES = 8
_UNITS_PER_ORDER = 0.12
"""Units beyond the first, per order."""
_CENT = MICROS // 100


@dataclass(frozen=True, slots=True)
class Truth:
    """All that a day holds by target, known only in the end; ``cost`` is micros per click."""

    impressions: Counts
    clicks: Counts
    orders: Counts
    cost: Floats
    top_share: Floats
    price: Floats
    luck: Floats

    def padded(self, targets: int) -> Truth:
        """The same for an account that has grown since: new targets had nothing."""
        more = targets - len(self.clicks)
        if not more:
            return self

        def counts(part: Counts) -> Counts:
            return np.append(part, np.zeros(more, dtype=np.int64))

        def rates(part: Floats) -> Floats:
            return np.append(part, np.zeros(more))

        luck = np.vstack([self.luck, np.zeros((more, _PURPOSES))])
        return Truth(counts(self.impressions), counts(self.clicks), counts(self.orders), rates(self.cost),
                     rates(self.top_share), rates(self.price), luck)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figures:
    """A day's figures by target as a report tells them. Money is micros, in whole cents.

    ``purchases`` and the others by attribution window in days: 1, 7 and longer (14, 30).
    """

    impressions: Counts
    clicks: Counts
    cost: Counts
    purchases: dict[int, Counts]
    units: dict[int, Counts]
    sales: dict[int, Counts]
    top_share: Floats


@dataclass(frozen=True, slots=True)
class Sold:
    """What ads brought by product. ``spend`` is micros."""

    clicks: Counts
    orders: Counts
    units: Counts
    spend: Counts


class Market:
    """The market of one account. ``begins`` is the day the clock starts; incidents count from it."""

    def __init__(self, scenario: Scenario, seed: int, account: Account, ground: Ground, begins: date) -> None:
        self.zone = ZoneInfo(scenario.account.marketplace.time_zone)
        self.first = begins - timedelta(days=scenario.market.history_days)
        self._scenario, self._seed, self._account, self._begins = scenario, seed, account, begins
        self._plots = ground.plots
        self._supply: Supply | None = None
        self._demand = Demand(
            seed,
            [product.season for product in scenario.products],
            np.array([product.units_per_day * scenario.market.scale for product in scenario.products]),
        )
        self._over: dict[date, Truth] = {}
        self._survey()
        bids, budgets = self._in_force()
        self._bids, self._budgets = Levers(bids), Levers(budgets)

    def supplied_by(self, supply: Supply) -> None:
        """From now on the ads sell what this shop has in stock, at its prices. Before any day was computed."""
        self._supply = supply

    @property
    def targets(self) -> tuple[Thing, ...]:
        """Keywords and targets in the order of all arrays."""
        return self._things

    @property
    def seed(self) -> int:
        return self._seed

    @property
    def titles(self) -> list[str]:
        """What each target advertises, in the order of all arrays."""
        return [self._scenario.products[plot.product].title for plot in self._plots]

    @property
    def computed_days(self) -> int:
        """How many finished days have been computed so far; none is computed before somebody asks."""
        return len(self._over)

    def today(self, now: datetime) -> date:
        return now.astimezone(self.zone).date()

    def landed(self, at: datetime) -> None:
        """The account has changed: from ``at`` on the market sees it."""
        bids, budgets = self._in_force()
        self._bids.set(bids, at)
        self._budgets.set(budgets, at)

    def add_plot(self, plot: Plot) -> None:
        """A target was created: the market makes room for it. Call ``landed`` afterwards."""
        self._plots.append(plot)
        self._survey()

    def plots(self) -> Sequence[Plot]:
        return tuple(self._plots)

    def figures(self, day: date, now: datetime) -> Figures:
        """What a report says about ``day`` when it is made at ``now``."""
        known_at = self._refreshed(now)
        start, end = self.bounds(day)
        # A day that has not begun is not computed: its terms would close the days before it.
        truth = self._truth(day, min(known_at, end)) if known_at > start else _no_truth(len(self._plots))
        return self._known(truth, (known_at - start) / (end - start))

    def demand(self, day: date) -> Floats:
        """By product: the day's demand over the usual, by season, weekday, drift and noise."""
        return self._demand.factors(day)

    def sold(self, day: date, until: datetime) -> Sold:
        """What ads brought on a day up to a moment, by product, as it turns out in the end."""
        start, end = self.bounds(day)
        if until <= start:
            nothing = np.zeros(len(self._scenario.products), dtype=np.int64)
            return Sold(nothing, nothing, nothing, nothing)
        truth = self._truth(day, min(until, end))
        units = truth.orders + happened(truth.orders, _UNITS_PER_ORDER, truth.luck[:, 6])
        columns = (truth.clicks, truth.orders, units, _cents(truth.clicks * truth.cost))
        return Sold(*(self._by_product(column) for column in columns))

    def _by_product(self, column: Counts) -> Counts:
        sums = np.bincount(self._product, weights=column, minlength=len(self._scenario.products))
        return np.round(sums).astype(np.int64)

    def _refreshed(self, now: datetime) -> datetime:
        step = self._scenario.wire.refresh_minutes * 60
        return datetime.fromtimestamp(now.timestamp() // step * step, tz=now.tzinfo)

    def bounds(self, day: date) -> tuple[datetime, datetime]:
        """The instants between which this day lies; a day of summer time may have 23 or 25 hours."""
        start = datetime.combine(day, time(), tzinfo=self.zone)
        end = datetime.combine(day + timedelta(days=1), time(), tzinfo=self.zone)
        return start.astimezone(ZoneInfo("UTC")), end.astimezone(ZoneInfo("UTC"))

    def _known(self, truth: Truth, age: float) -> Figures:
        luck = truth.luck
        clicks = truth.clicks - happened(truth.clicks, taken_back(age), luck[:, 5])
        gone = happened(truth.orders, cancelled(age), luck[:, 4])
        purchases, units, sales = {}, {}, {}
        for window in (1, 7, 30):
            came = happened(truth.orders, arrived_within(window, age), luck[:, 3])
            purchases[window] = np.maximum(came - gone, 0)
            units[window] = purchases[window] + happened(purchases[window], _UNITS_PER_ORDER, luck[:, 6])
            sales[window] = _cents(units[window] * truth.price)
        return Figures(truth.impressions, clicks, _cents(clicks * truth.cost), purchases, units, sales, truth.top_share)

    def _truth(self, day: date, until: datetime) -> Truth:
        start, end = self.bounds(day)
        kept = self._over.get(day)
        if kept is not None and until >= end:
            return kept.padded(len(self._plots))
        truth = self._compute(day, start, min(end, until), end)
        if until >= end:
            self._over[day] = truth
        return truth

    def _compute(self, day: date, start: datetime, until: datetime, end: datetime) -> Truth:
        luck = stream(self._seed, _LUCK, day.toordinal()).random((len(self._plots), _PURPOSES))
        demand, conversion, rival, price, dearer = self._conditions(day)
        wanted, spend, top = self._response(start, until, end, self._volume * demand, rival)
        cost = np.divide(spend, wanted, out=np.zeros_like(spend), where=wanted > 0) * (0.95 + 0.1 * luck[:, 7]) * dearer
        wanted = wanted * self._budget_left(until, wanted * cost)
        clicks = poisson_at(luck[:, 0], wanted)
        unclicked = poisson_at(luck[:, 1], wanted * (1 / self._click_through - 1))
        valid = clicks - happened(clicks, taken_back(99.0), luck[:, 5])
        orders = binomial_at(luck[:, 2], valid, np.clip(self._cvr * conversion, 0, 0.95))
        if self._supply is not None:
            orders = self._in_stock(orders, luck, self._supply.terms(day).available)
        return Truth(clicks + unclicked, clicks, orders, cost, np.round(top, 4), self._price * price, luck)

    def _response(self, start: datetime, until: datetime, end: datetime, volume: Floats,
                  rival: Floats) -> tuple[Floats, Floats, Floats]:  # fmt: skip
        """Expected clicks, their cost, and the share of the top, as the bids of the day's parts have it."""
        bid = self._bids.at(start)
        clicks, spend, shares = np.zeros((3, len(bid)))
        since = start
        for turn in (*self._bids.between(start, until), None):
            to = turn.at if turn else until
            for total, part in zip((clicks, spend, shares), _part(since, to, bid, volume, rival), strict=True):
                total += part
            if turn:
                bid[turn.places] = turn.after
            since = to
        seconds = (end - start).total_seconds()
        return clicks / seconds, spend / seconds, shares / max(1.0, (until - start).total_seconds())

    def _budget_left(self, until: datetime, spend: Floats) -> Floats:
        """By target: the share of the day's wishes that its campaign's budget of that day can pay."""
        wanted = np.bincount(self._campaign, weights=spend, minlength=len(self._budgets.now))
        budget = self._budgets.at(until)
        share = np.minimum(1.0, np.divide(budget, wanted, out=np.ones_like(wanted), where=wanted > 0))
        return share[self._campaign]

    def _conditions(self, day: date) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        """By target: factors on demand and conversion, the rivals' bid, factors on the price and on a click's cost."""
        factors = {"demand": self._demand.factors(day)[self._product]}
        for kind in ("conversion", "rival", "price", "cpc"):
            factors[kind] = np.ones(len(self._plots))
        if self._supply is not None:
            terms = self._supply.terms(day)
            for kind in ("demand", "conversion", "price"):
                factors[kind] = factors[kind] * getattr(terms, kind)[self._product]
        for incident in self._scenario.incidents:
            if incident.kind in MARKET_INCIDENTS and incident.day <= (day - self._begins).days <= incident.until:
                factors[incident.kind][self._struck(incident)] *= incident.factor
        # A click grows dear where rivals bid for it.
        rival = self._rival * factors["rival"] * factors["cpc"]
        return factors["demand"], factors["conversion"], rival, factors["price"], factors["cpc"]

    def _in_stock(self, orders: Counts, luck: Floats, available: Counts) -> Counts:
        """The orders that stock can serve; where it cannot serve all, the targets created first are served first."""
        units = orders + happened(orders, _UNITS_PER_ORDER, luck[:, 6])
        for product in np.flatnonzero(self._by_product(units) > available):
            places = np.flatnonzero(self._product == product)
            served = np.cumsum(units[places]) <= available[product]
            orders[places[~served]] = 0
        return orders

    def _struck(self, incident: Incident) -> Counts:
        """The places of the targets that an incident is about: a share of them, or so many of the busiest."""
        skus = [product.sku for product in self._scenario.products]
        places = np.flatnonzero((self._product == skus.index(incident.sku)) & (self._order <= incident.share))
        return places[np.argsort(-self._volume[places], kind="stable")][: incident.amount or None]

    def _survey(self) -> None:
        """Lay the plots out in columns."""
        plots, places = self._plots, {thing.id: i for i, thing in enumerate(self._account.all("campaign"))}
        prices = np.array([product.price.micros for product in self._scenario.products], dtype=np.float64)
        self._product = np.array([plot.product for plot in plots], dtype=np.int64)
        self._campaign = np.array([places[plot.campaign_id] for plot in plots], dtype=np.int64)
        self._volume = np.array([plot.volume for plot in plots])
        self._rival = np.array([plot.rival for plot in plots])
        self._click_through = np.array([plot.click_through for plot in plots])
        self._cvr = np.array([plot.cvr for plot in plots])
        self._order = np.array([plot.order for plot in plots])
        self._price = prices[self._product]
        self._things = tuple(self._thing(plot.id) for plot in plots)

    def _thing(self, id: str) -> Thing:
        thing = self._account.find("keyword", id) or self._account.find("target", id)
        if thing is None:
            raise LookupError(f"the account has no target {id}")
        return thing

    def _in_force(self) -> tuple[Floats, Floats]:
        """By target the bid that competes (0 where something is not enabled); by campaign the budget."""
        self._things = tuple(self._thing(plot.id) for plot in self._plots)
        live = {c.id for c in self._account.all("campaign") if c.state == ENABLED}
        defaults = {
            group.id: group.default_bid if group.state == ENABLED and group.campaign_id in live else 0
            for group in map(self._account.ad_group, (g.id for g in self._account.all("ad_group")))
        }
        campaigns = [self._account.campaign(c.id) for c in self._account.all("campaign")]
        factors = np.array([effective(campaign.strategy, campaign.placements) for campaign in campaigns])
        bids = np.array([_bid(thing, defaults) for thing in self._things], dtype=np.float64) * factors[self._campaign]
        return bids, np.array([campaign.budget for campaign in campaigns], dtype=np.float64)


def _no_truth(targets: int) -> Truth:
    counts, rates = np.zeros(targets, dtype=np.int64), np.zeros(targets)
    return Truth(counts, counts, counts, rates, rates, rates, np.zeros((targets, _PURPOSES)))


def _cents(micros: Floats) -> Counts:
    """Micros rounded to whole cents."""
    return np.round(micros / _CENT).astype(np.int64) * _CENT


def _bid(thing: Thing, defaults: dict[str, int]) -> int:
    if not isinstance(thing, Keyword | Target) or thing.state != ENABLED:
        return 0
    default = defaults[thing.ad_group_id]
    return 0 if default == 0 else default if thing.bid is None else thing.bid


def _part(since: datetime, to: datetime, bid: Floats, volume: Floats, rival: Floats) -> tuple[Floats, Floats, Floats]:
    """What one stretch of a day with constant bids is worth, times its seconds."""
    seconds = max(0.0, (to - since).total_seconds())
    clicks = volume * share_won(bid, rival) * seconds
    return clicks, clicks * cost_per_click(bid, rival), top_of_search_share(bid, rival) * seconds
