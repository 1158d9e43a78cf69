"""The simulated Amazon behind the wire: one account, its market, its tokens, reports, faults and log.

Everything happens under one lock and at moments of one clock. Nothing here knows HTTP.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from agent.model.money import Money, to_step
from agent.ports import Clock
from connectors.sandbox.account import ARCHIVED, ENABLED, PAUSED, Account, Campaign, Keyword, Target, Thing
from connectors.sandbox.calls import Effect, Log
from connectors.sandbox.chance import stream
from connectors.sandbox.faults import Fault, Faults
from connectors.sandbox.market import Market
from connectors.sandbox.pace import Bucket
from connectors.sandbox.plan import Plot, build
from connectors.sandbox.report_request import ReportRequest
from connectors.sandbox.report_rows import write_report
from connectors.sandbox.reports import Reports
from connectors.sandbox.scenario import Incident, Scenario
from connectors.sandbox.selling.operations import SELLING_OPERATIONS
from connectors.sandbox.selling.state import Selling
from connectors.sandbox.shop import Shop
from connectors.sandbox.tokens import Tokens
from connectors.sandbox.writes import Wish, changed

_NEW_TARGET = 5
_SECONDS_OF_A_DAY = 86_400


@dataclass(frozen=True, slots=True)
class _Landing:
    """Accepted wishes that take effect later."""

    due: datetime
    wishes: tuple[Wish, ...]
    through: str


@dataclass(frozen=True, slots=True)
class _Shadow:
    """What a thing was before it changed, for reads that lag; None: it did not exist."""

    at: datetime
    kind: str
    id: str
    before: Thing | None


class Sandbox:
    """The world of one scenario. ``seed`` decides every chance; ``clock`` every moment.

    ``started``: when its days begin to count; now, when left out. While the clock stands before it, advertising reports
    say of the history what was known of it then.
    """

    def __init__(self, scenario: Scenario, seed: int, clock: Clock, started: datetime | None = None) -> None:
        self.scenario, self.seed, self.clock = scenario, seed, clock
        self.lock = threading.RLock()
        self.log = Log()
        self.faults = Faults(seed)
        self.started = started or clock.now()
        begins = self.started.astimezone(ZoneInfo(scenario.account.marketplace.time_zone)).date()
        self.account, ground = build(scenario, seed, begins)
        self.market = Market(scenario, seed, self.account, ground, begins)
        self.shop = Shop(scenario, seed, self.market, begins)
        if scenario.shop is not None:
            self.market.supplied_by(self.shop.trade)
        wire = scenario.wire
        self.tokens = Tokens(scenario.account.credentials, seed, wire.token_seconds)
        self.reports = Reports(seed, wire.link_seconds, self._write_report)
        self.calls_bucket = Bucket(wire.rate, wire.burst, self.started)
        self.reports_bucket = Bucket(wire.report_rate, wire.report_burst, self.started)
        self.selling = Selling(wire, seed, self.started, SELLING_OPERATIONS)
        self._landings: list[_Landing] = []
        self._shadows: list[_Shadow] = []
        self._to_plant = list(scenario.faults)
        self._by_hand = [one for _, one in self.shop.happenings.of("bids_by_hand")]
        self._requests = 0

    def arrive(self) -> datetime:
        """The moment of a call, after everything that was due before it has happened."""
        now = self.clock.now()
        days = (now - self.started).total_seconds() / _SECONDS_OF_A_DAY
        for planted in [one for one in self._to_plant if one.day <= days]:
            self._to_plant.remove(planted)
            self.faults.plant(
                Fault(planted.kind, planted.operation, planted.count, planted.probability, values=planted.values)
            )
        for landing in sorted((one for one in self._landings if one.due <= now), key=lambda one: one.due):
            self._landings.remove(landing)
            self.land(landing.wishes, landing.due, landing.through)
        self._edit_by_hand(now)
        self.selling.land(now)
        return now

    def _edit_by_hand(self, now: datetime) -> None:
        """Somebody multiplies all bids of a product, at the moment the scenario says."""
        for incident in [one for one in self._by_hand if self.shop.happenings.moment(one.day) <= now]:
            self._by_hand.remove(incident)
            at = self.shop.happenings.moment(incident.day)
            if at >= self.started:
                self.land(list(self._bids_of(incident)), at, "person")

    def _bids_of(self, incident: Incident) -> Iterator[Wish]:
        step = self.scenario.account.marketplace.step
        place = self.shop.skus.index(incident.sku)
        for plot in self.market.plots():
            thing = self.account.find("keyword", plot.id) or self.account.find("target", plot.id)
            if plot.product == place and isinstance(thing, Keyword | Target) and thing.bid and thing.state == ENABLED:
                yield Wish(thing.kind, thing.id, {"bid": to_step(thing.bid * incident.factor, step)})

    def next_request_id(self) -> str:
        self._requests += 1
        return f"SANDBOX{self._requests:012d}"

    def land(self, wishes: Iterable[Wish], at: datetime, through: str) -> None:
        """Let accepted wishes take effect at this moment, and let the market know."""
        for wish in wishes:
            self._apply(wish, at, through)
        self.market.landed(at)

    def land_later(self, wishes: Sequence[Wish], due: datetime, through: str) -> None:
        self._landings.append(_Landing(due, tuple(wishes), through))

    def waiting(self) -> int:
        """Writes that were accepted or lost and have not landed yet."""
        return sum(len(landing.wishes) for landing in self._landings)

    def create(self, thing: Thing, at: datetime, through: str) -> None:
        """Put a new thing into the account; a keyword or target finds shoppers of its own."""
        self._remember(thing.kind, thing.id, None, at)
        self.account.put(thing)
        self.log.effects.append(Effect(at, thing.kind, thing.id, "created", None, thing.id, through))
        if isinstance(thing, Keyword | Target):
            self.market.add_plot(self._new_plot(thing))

    def visible(self, kind: str, now: datetime) -> Iterator[Thing]:
        """The things of a kind as a read shows them at ``now``: as they were one read lag ago."""
        lag = self.scenario.wire.read_lag_seconds
        if lag <= 0:
            return self.account.all(kind)
        since = now - timedelta(seconds=lag)
        self._shadows = [shadow for shadow in self._shadows if shadow.at > since]
        before = {shadow.id: shadow.before for shadow in reversed(self._shadows) if shadow.kind == kind}
        shown = (before.get(thing.id, thing) for thing in self.account.all(kind))
        return (thing for thing in shown if thing is not None)

    def edit(self, kind: str, id: str, field: str, value: object) -> None:
        """Another person changes something in the console: ``bid``, ``default_bid`` or ``budget`` in units of the
        currency (``"0.82"``) or as ``Money``, ``state``, ``name``; of a ``listing`` (by SKU) its ``price`` or what
        ``Shop.edit_listing`` takes. What does not exist is a ``ValueError``."""
        with self.lock:
            now = self.arrive()
            if kind == "listing":
                self._edit_listing(id, field, value, now)
                return
            thing = self.account.find(kind, id)
            if thing is None:
                raise ValueError(f"there is no {kind} {id}")
            if field not in {one.name for one in fields(thing)}:
                raise ValueError(f"a {kind} has no {field}")
            self.land([Wish(kind, id, {field: _edited(field, value)})], now, "person")

    def _edit_listing(self, sku: str, field: str, value: object, now: datetime) -> None:
        row = self.shop.listing(sku, now)
        if row is None:
            raise ValueError(f"there is no listing {sku}")
        before, after = getattr(row, field, None), value
        if field == "price":
            after = value.micros if isinstance(value, Money) else Money.of(str(value), "XXX").micros
            self.shop.set_price(sku, after, now)
        else:
            self.shop.edit_listing(sku, field, str(value), now, "outsider")
        self.log.effects.append(Effect(now, "listing", sku, field, before, after, "person"))

    def _apply(self, wish: Wish, at: datetime, through: str) -> None:
        thing = self.account.find(wish.kind, wish.id)
        if thing is None:
            return
        new = changed(thing, wish.fields)
        if new == thing:
            return
        self._remember(wish.kind, wish.id, thing, at)
        self.account.put(new)
        for field in wish.fields:
            before, after = getattr(thing, field), getattr(new, field)
            if before != after:
                self.log.effects.append(Effect(at, wish.kind, wish.id, field, before, after, through))

    def _remember(self, kind: str, id: str, before: Thing | None, at: datetime) -> None:
        if self.scenario.wire.read_lag_seconds > 0:
            self._shadows.append(_Shadow(at, kind, id, before))

    def _new_plot(self, thing: Keyword | Target) -> Plot:
        """A new keyword or target is searched about as much as a middling one of its ad group."""
        near = [plot for plot in self.market.plots() if plot.campaign_id == thing.campaign_id]
        luck = stream(self.seed, _NEW_TARGET, int(thing.id))
        like = sorted(near, key=lambda plot: plot.volume)[len(near) // 2]
        factor = float(luck.lognormal(0, 0.5))
        return Plot(thing.id, like.product, thing.campaign_id, thing.ad_group_id, like.volume * factor, like.rival,
                    like.click_through, like.cvr, float(luck.random()))  # fmt: skip

    def _write_report(self, request: ReportRequest, moment: datetime) -> bytes:
        currency = self.scenario.account.marketplace.currency
        return write_report(request, self.account, self.market, moment, currency)


def _edited(field: str, value: object) -> object:
    if field == "state" and value not in (ENABLED, PAUSED, ARCHIVED):
        raise ValueError(f"a state is {ENABLED}, {PAUSED} or {ARCHIVED}, not {value}")
    if field not in ("bid", "default_bid", "budget") or value is None:
        return value
    if isinstance(value, Money):
        return value.micros
    return Money.of(str(value), "XXX").micros


def campaigns_by_name(account: Account) -> dict[str, str]:
    """Campaign name → id, for people who edit by name."""
    return {one.name: one.id for one in account.all("campaign") if isinstance(one, Campaign)}
