"""The laws of the market: it can be computed again, it answers bids, and what is known of a day only settles."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from agent.clock import SetClock
from connectors.sandbox.account import Keyword
from connectors.sandbox.attribution import ARRIVED_BY_DAY, CANCELLED, INVALID_CLICKS, arrived
from connectors.sandbox.auction import cost_per_click, effective, share_won
from connectors.sandbox.market import Figures, Market
from connectors.sandbox.plan import build
from connectors.sandbox.sandbox import Sandbox
from connectors.sandbox.scenario import Incident, Scenario, settings

NOW = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)
Open = Callable[..., Market]


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def same(one: Figures, other: Figures) -> bool:
    pairs = [(one.impressions, other.impressions), (one.clicks, other.clicks), (one.cost, other.cost)]
    pairs += [(one.purchases[w], other.purchases[w]) for w in one.purchases]
    pairs += [(one.sales[w], other.sales[w]) for w in one.sales]
    return all((a == b).all() for a, b in pairs)


def total(market: Market, days: range, now: datetime = NOW) -> dict[str, Any]:
    figures = [market.figures(ago(day), now) for day in days]
    return {
        "clicks": sum(f.clicks for f in figures),
        "cost": sum(f.cost for f in figures),
        "sales": sum(f.sales[7] for f in figures),
        "impressions": sum(f.impressions for f in figures),
    }


def test_the_same_seed_gives_the_same_figures_in_any_order(open_market: Open, small: Scenario) -> None:
    forwards, backwards = open_market(small), open_market(small)
    days = [ago(days) for days in (90, 40, 8, 3, 1, 0)]
    there = {day: forwards.figures(day, NOW) for day in days}
    back = {day: backwards.figures(day, NOW) for day in reversed(days)}
    assert all(same(there[day], back[day]) for day in days)


def test_another_seed_gives_another_market(open_market: Open, small: Scenario) -> None:
    assert not same(open_market(small, 7).figures(ago(9), NOW), open_market(small, 8).figures(ago(9), NOW))


def test_driving_the_clock_in_steps_or_at_once_gives_the_same_figures(open_market: Open, small: Scenario) -> None:
    stepped, at_once = open_market(small), open_market(small)
    for hours in range(0, 24 * 9, 7):
        stepped.figures(TODAY, NOW + timedelta(hours=hours))
        stepped.figures(TODAY + timedelta(days=hours // 24), NOW + timedelta(hours=hours))
    later = NOW + timedelta(days=9)
    for day in range(9):
        assert same(stepped.figures(TODAY + timedelta(days=day), later),
                    at_once.figures(TODAY + timedelta(days=day), later))  # fmt: skip


def test_a_figure_known_earlier_can_be_had_again(open_market: Open, small: Scenario) -> None:
    """Figures of a day are a function of the day and of the moment they are asked at."""
    market = open_market(small)
    first = market.figures(ago(2), NOW)
    market.figures(ago(2), NOW + timedelta(days=40))
    assert same(market.figures(ago(2), NOW), first)


def test_a_day_that_has_not_begun_has_no_figures(open_market: Open, small: Scenario) -> None:
    tomorrow = open_market(small).figures(TODAY + timedelta(days=1), NOW)
    assert tomorrow.impressions.sum() == tomorrow.clicks.sum() == tomorrow.purchases[30].sum() == 0


def test_figures_of_today_grow_by_the_hour(open_market: Open, small: Scenario) -> None:
    market = open_market(small)
    clicks = [market.figures(TODAY, NOW + timedelta(hours=hours)).clicks for hours in range(-11, 12)]
    assert all((later >= earlier).all() for earlier, later in pairwise(clicks))
    assert clicks[0].sum() < clicks[-1].sum()


def test_orders_arrive_late_on_the_day_of_their_click(open_market: Open, demo: Scenario) -> None:
    market = open_market(demo)
    young = sum(market.figures(ago(1 + n), NOW - timedelta(days=n, hours=13)).purchases[7].sum() for n in range(20, 60))
    old = sum(market.figures(ago(1 + n), NOW - timedelta(days=n - 7)).purchases[7].sum() for n in range(20, 60))
    assert young / old == pytest.approx(ARRIVED_BY_DAY[0], abs=0.04)


def test_what_arrives_sums_up_to_everything() -> None:
    assert sum(ARRIVED_BY_DAY) == pytest.approx(1.0)
    assert arrived(0.0) == 0.0
    assert arrived(1.0) == pytest.approx(ARRIVED_BY_DAY[0])
    assert arrived(8.0) == arrived(99.0) == 1.0


def test_a_few_orders_are_cancelled_by_day_28_and_nothing_moves_afterwards(open_market: Open, demo: Scenario) -> None:
    market = open_market(demo)
    days = [ago(n) for n in range(30, 90)]

    def orders(age: int) -> int:
        return sum(int(market.figures(day, NOW + timedelta(days=age - (TODAY - day).days)).purchases[7].sum())
                   for day in days)  # fmt: skip

    full, final = orders(9), orders(29)
    assert 0.2 * CANCELLED < (full - final) / full < 2 * CANCELLED
    assert orders(60) == final


def test_invalid_clicks_are_taken_back_for_three_days_with_their_cost(open_market: Open, demo: Scenario) -> None:
    market = open_market(demo)
    days = [ago(n) for n in range(30, 60)]

    def figure(name: str, age: int) -> int:
        return sum(int(getattr(market.figures(day, NOW + timedelta(days=age - (TODAY - day).days)), name).sum())
                   for day in days)  # fmt: skip

    assert (figure("clicks", 1) - figure("clicks", 5)) / figure("clicks", 1) == pytest.approx(INVALID_CLICKS, rel=0.3)
    assert figure("cost", 1) > figure("cost", 5)
    assert figure("clicks", 5) == figure("clicks", 40)


def edited(scenario: Scenario, factor: float, days: int) -> tuple[Market, np.ndarray[Any, Any]]:
    """The market some days after every second keyword's bid was multiplied by a factor."""
    clock = SetClock(NOW)
    sandbox = Sandbox(scenario, 7, clock)
    chosen = np.array([isinstance(t, Keyword) and i % 2 == 0 for i, t in enumerate(sandbox.market.targets)])
    for thing, change in zip(sandbox.market.targets, chosen, strict=True):
        if change and isinstance(thing, Keyword) and thing.bid is not None:
            sandbox.edit("keyword", thing.id, "bid", f"{thing.bid * factor / 1e6:.2f}")
    clock.sleep(86_400 * days)
    sandbox.arrive()
    return sandbox.market, chosen


def test_a_higher_bid_brings_more_clicks_at_a_higher_price_and_leaves_the_others_alone(demo: Scenario) -> None:
    roomy = replace(demo, products=demo.products[:6], incidents=(), market=replace(demo.market, tight=0, scale=2.0))
    before, chosen = edited(roomy, 1.0, 10)
    after, _ = edited(roomy, 1.5, 10)
    low, high = (total(m, range(-9, 0), NOW + timedelta(days=10)) for m in (before, after))
    assert high["clicks"][chosen].sum() > 1.15 * low["clicks"][chosen].sum()
    assert high["impressions"][chosen].sum() > 1.15 * low["impressions"][chosen].sum()
    price = [(one["cost"][chosen].sum() / one["clicks"][chosen].sum()) for one in (low, high)]
    assert price[1] > 1.1 * price[0]
    past = total(before, range(1, 9)), total(after, range(1, 9))
    assert (past[0]["clicks"] == past[1]["clicks"]).all()


def test_a_bid_of_one_target_does_not_touch_the_luck_of_others(small: Scenario) -> None:
    free = replace(small, market=replace(small.market, tight=0))
    before, _ = edited(free, 1.0, 3)
    clock = SetClock(NOW)
    sandbox = Sandbox(free, 7, clock)
    sandbox.edit("keyword", sandbox.market.targets[10].id, "bid", "0.05")
    clock.sleep(86_400 * 3)
    alone = [sandbox.market.figures(TODAY + timedelta(days=1), clock.now()).clicks,
             before.figures(TODAY + timedelta(days=1), clock.now()).clicks]  # fmt: skip
    assert set(np.flatnonzero(alone[0] != alone[1])) <= {10}


def test_the_bid_curves_rise_and_the_price_stays_below_the_bid() -> None:
    bids, rival = np.linspace(0.02, 10, 500), np.full(500, 1.0)
    assert (np.diff(share_won(bids, rival)) > 0).all()
    assert (np.diff(cost_per_click(bids, rival)) > 0).all()
    assert (cost_per_click(bids, rival) < bids).all()
    assert share_won(np.array([1.0]), np.array([1.0]))[0] == 0.5


def test_a_paused_campaign_earns_nothing_from_then_on(small: Scenario) -> None:
    clock = SetClock(NOW)
    sandbox = Sandbox(small, 7, clock)
    campaign = sandbox.market.plots()[0].campaign_id
    inside = np.array([plot.campaign_id == campaign for plot in sandbox.market.plots()])
    sandbox.edit("campaign", campaign, "state", "PAUSED")
    clock.sleep(86_400 * 2)
    sandbox.arrive()
    tomorrow = sandbox.market.figures(TODAY + timedelta(days=1), clock.now())
    assert tomorrow.impressions[inside].sum() == 0
    assert tomorrow.impressions[~inside].sum() > 0


def test_a_budget_holds_what_a_campaign_spends(small: Scenario) -> None:
    clock = SetClock(NOW)
    sandbox = Sandbox(small, 7, clock)
    campaign = sandbox.market.plots()[4].campaign_id
    inside = np.array([plot.campaign_id == campaign for plot in sandbox.market.plots()])
    usual = sandbox.market.figures(ago(1), NOW).cost[inside].sum()
    sandbox.edit("campaign", campaign, "budget", "1.00")
    clock.sleep(86_400 * 12)
    sandbox.arrive()
    spent = [sandbox.market.figures(TODAY + timedelta(days=n), clock.now()).cost[inside].sum() for n in range(1, 11)]
    assert usual > 5_000_000
    assert np.mean(spent) < 2_000_000


def test_incidents_move_what_they_name_while_they_last(open_market: Open, small: Scenario) -> None:
    sku = small.products[0].sku
    bulk = replace(small, incidents=(Incident(-20, -11, "demand", sku, 4.0), Incident(-20, -11, "rival", sku, 1.0)))
    calm, moved = total(open_market(small), range(11, 21)), total(open_market(bulk), range(11, 21))
    own = np.array([plot.product == 0 for plot in open_market(small).plots()])
    assert moved["clicks"][own].sum() > 1.5 * calm["clicks"][own].sum()
    assert (moved["clicks"][~own] == calm["clicks"][~own]).all()
    assert same(open_market(small).figures(ago(5), NOW), open_market(bulk).figures(ago(5), NOW))


def test_the_demo_has_the_size_and_the_shape_it_promises(open_market: Open, demo: Scenario) -> None:
    """At least 70 % of targets below a click a day; a few carry the account; some are never seen."""
    market = open_market(demo)
    figures = total(market, range(4, 34))
    assert 1_800 <= len(market.targets) <= 2_050
    assert 0.70 <= (figures["clicks"] < 30).mean() <= 0.96
    biggest = np.sort(figures["clicks"])[::-1]
    assert biggest[: len(biggest) // 10].sum() > 0.5 * biggest.sum()
    assert (figures["impressions"] == 0).sum() > 50


@pytest.mark.parametrize(("seed", "day"), [(1, 0), (2, 90), (3, 240)])
def test_the_demo_has_work_for_bid_rules(demo: Scenario, seed: int, day: int) -> None:
    """Between 60 and 270 targets with 15 settled clicks have an ACoS more than a tenth off their target."""
    today = TODAY + timedelta(days=day)
    market = Market(demo, seed, *build(demo, seed, today), today)
    now = NOW + timedelta(days=day)
    figures = [market.figures(today - timedelta(days=n), now) for n in range(4, 34)]
    clicks, cost = sum(f.clicks for f in figures), sum(f.cost for f in figures)
    sales = sum(f.sales[7] for f in figures)
    wanted = {pattern[:-2]: float(str(values["target_acos"])) for pattern, values in settings(demo)}
    target = np.array([wanted[demo.products[plot.product].sku] for plot in market.plots()])
    enough = (clicks >= 15) & (sales > 0)
    down, up = (enough & (cost > 1.1 * target * sales)).sum(), (enough & (cost < 0.9 * target * sales)).sum()
    assert 60 <= down + up <= 270
    assert down > 30
    assert up > 30


def test_a_year_of_history_costs_nothing_until_it_is_asked_for(open_market: Open, demo: Scenario) -> None:
    market = open_market(demo)
    assert (TODAY - market.first).days == 365
    assert market.computed_days == 0
    market.figures(ago(300), NOW)
    market.figures(ago(300), NOW)
    assert market.computed_days == 1


def test_what_a_campaign_adds_at_placements_buys_more_clicks_at_a_higher_price() -> None:
    plain = effective("LEGACY_FOR_SALES", ())
    assert plain == 1.0
    assert (
        plain
        < effective("LEGACY_FOR_SALES", [("PLACEMENT_TOP", 50)])
        < effective("LEGACY_FOR_SALES", [("PLACEMENT_TOP", 50), ("PLACEMENT_REST_OF_SEARCH", 50)])
    )
    assert plain < effective("MANUAL", ()) < effective("AUTO_FOR_SALES", ())
    bids, rival = np.array([1.0, effective("LEGACY_FOR_SALES", [("PLACEMENT_TOP", 100)])]), np.array([1.0, 1.0])
    assert np.diff(share_won(bids, rival))[0] > 0
    assert np.diff(cost_per_click(bids, rival))[0] > 0
