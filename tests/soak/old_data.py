"""Old data: every shipped rule with figures past their limit, clocks that are a day off, around changes of the clocks
in six zones. Nothing may come of it but what spends less, and that only up to three times the limit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from agent.clock import SetClock
from agent.config import load
from agent.daemon import account_jobs
from agent.engine.belts import STALE_FOR_CUTS, freshness
from agent.engine.lookups import proposed_field
from agent.engine.propose import propose
from agent.engine.scene import Scene
from agent.engine.streams import can_do_without, streams_of
from agent.engine.wish import Wish
from agent.model.kinds import STREAMS
from agent.model.marketplace import MARKETPLACES
from agent.model.metric import Unit
from agent.model.proposal import Answer, State
from agent.model.rule import AD_GROUP, TEXT, Mode, Rule
from agent.model.verdict import Verdict
from agent.rulebook.load import load as load_rules
from agent.shipped import shipped
from agent.wiring import ledger_of
from connectors.sandbox.server import SandboxServer
from tests.flow_shop import Shop
from tests.matches import match, scene

ZONES = ("DE", "UK", "ES", "US", "CA", "AU")
_SECOND, _HOUR, _DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Old:
    """``acted``: on data that was too old or of the future; ``held``: on fresh data, which should have gone on."""

    cases: int
    rules: int
    changes_of_clocks: int
    acted: int
    held: int


def old_data() -> Old:
    rules = [rule for rule in load_rules([shipped("rules")]).rules if rule.propose is not None]
    moments = [moment for place in ZONES for moment in _moments(place)]
    cases = acted = held = 0
    for rule in rules:
        for wanted in _wishes(rule):
            for place, now in moments:
                for stream in streams_of(rule):
                    tried, moved, stopped = _judged(rule, wanted, _scene(place, now), stream)
                    cases, acted, held = cases + tried, acted + moved, held + stopped
    return Old(cases, len(rules), len(moments) // 4, acted, held)


def _judged(rule: Rule, verdict: Verdict, at: Scene, stream: str) -> tuple[int, int, int]:
    """Each age of one stream, all others fresh. Returns the cases, and how many went wrong each way."""
    limit = timedelta(hours=STREAMS[stream].fresh_hours)
    wish = Wish.of(rule, verdict, at.marketplace)
    ages: list[tuple[timedelta | None, bool]] = [
        (timedelta(), True), (limit, True), (limit + _SECOND, wish.spends_less), (limit + _DAY, wish.spends_less),
        (STALE_FOR_CUTS * limit, False), (4 * limit, False), (-_DAY, False), (-_HOUR, False),
        (None, can_do_without(rule, stream)),
    ]  # fmt: skip
    acted = held = 0
    for age, may in ages:
        if age == limit + _DAY and age >= STALE_FOR_CUTS * limit:
            may = False
        then = replace(at, observed={**at.observed, stream: None if age is None else at.now - age})
        goes_on = freshness(wish, then).answers[-1].answer is not Answer.BLOCK
        numbers = count(1)
        ready = propose([(rule, verdict)], then, lambda prefix, n=numbers: f"{prefix}_{next(n)}").proposals  # type: ignore[misc]
        came = any(each.state is State.PROPOSED for each in ready)
        acted += (goes_on or came) and not may
        held += may and not goes_on
    return len(ages), acted, held


def _scene(place: str, now: datetime) -> Scene:
    today = now.astimezone(ZoneInfo(MARKETPLACES[place].time_zone)).date()
    return scene(marketplace=MARKETPLACES[place], now=now, today=today, known_at=now,
                 observed=dict.fromkeys(STREAMS, now))  # fmt: skip


def _moments(place: str) -> Iterator[tuple[str, datetime]]:
    """A second before and after each change of the clocks, and half an hour into it."""
    for change in _changes(ZoneInfo(MARKETPLACES[place].time_zone)):
        for span in (-_SECOND, timedelta(), _HOUR / 2, _HOUR):
            yield place, change + span


def _changes(zone: ZoneInfo) -> Iterator[datetime]:
    for hour in range(365 * 24):
        at = _YEAR + hour * _HOUR
        if at.astimezone(zone).utcoffset() != (at - _HOUR).astimezone(zone).utcoffset():
            yield at


def _wishes(rule: Rule) -> list[Verdict]:
    """Matches of a rule, up and down where it moves something that has such directions."""
    asked, verdict = match(replace(rule, mode=Mode.ASK))
    assert rule.propose is not None
    if rule.propose.creates:
        named = {AD_GROUP: "g1", TEXT: "usb c hub"}
        return [replace(verdict, before=None, wanted=500_000, values=named)]
    field = proposed_field(asked)
    assert field is not None
    return [replace(verdict, before=before, wanted=wanted) for before, wanted in _values(field.name, field.unit)]


def _values(field: str, unit: Unit) -> list[tuple[Any, Any]]:
    if unit is Unit.MONEY:
        return [(10_000_000, 10_200_000), (10_000_000, 9_800_000)]
    if unit is Unit.RATIO:
        return [(0.5, 0.6), (0.5, 0.4)]
    if unit is Unit.TEXT:
        texts = {"state": ("paused", "enabled"), "bidding_strategy": ("manual", "auto_for_sales")}
        one, other = texts.get(field, ("open", "requested"))
        return [(one, other), (other, one)] if field in texts else [(one, other)]
    return [(1, 2)]


@dataclass(frozen=True, slots=True)
class Lived:
    """An account whose facts were pulled, judged by the program itself at other times. ``proposed``: what could be
    approved, by how the clock stood."""

    proposed: dict[str, int]


def an_account(folder: Path) -> Lived:
    """The whole way from facts on disk to proposals in the ledger, in one's own time and with the clock set."""
    found = {}
    with ExitStack() as stack:
        amazon = stack.enter_context(SandboxServer("demo", seed=1))
        shop = Shop.opened(folder, amazon)
        pulled = shop.steward("pull")
        if pulled.code:
            raise RuntimeError(pulled.err[-300:])
        now = amazon.clock.now()
        for name, span in (("a day back", -_DAY), ("30 days on", 30 * _DAY), ("right", timedelta())):
            found[name] = _proposed(shop, SetClock(now + span))
    return Lived(found)


def _proposed(shop: Shop, clock: SetClock) -> int:
    config = load(shop.config)
    with ledger_of(config) as ledger, account_jobs(config, ["demo"], ledger, clock) as jobs:
        report = jobs["demo"].judge()
        return sum(each.state is State.PROPOSED for each in report.proposed.proposals)
