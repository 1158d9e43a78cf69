"""From a scenario to an account and the ground it stands on: who searches what, and what rivals pay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np

from agent.model.money import MICROS, to_step
from connectors.sandbox.account import (
    AUTO_TARGETS,
    ENABLED,
    PAUSED,
    Account,
    AdGroup,
    Campaign,
    Keyword,
    NegativeKeyword,
    ProductAd,
    Target,
)
from connectors.sandbox.chance import Floats, stream
from connectors.sandbox.scenario import CampaignPlan, Product, Scenario
from connectors.sandbox.words import asins, negatives, phrases

_PLAN = 1
_BUDGET_OF_A_DAY = 2.2
"""A campaign's budget in days of usual spend; a tight one has half a day."""


@dataclass(frozen=True, slots=True)
class Plot:
    """What the market holds for one target.

    ``volume``: clicks a day to be had at any price; ``rival``: the rivals' bid in micros; ``click_through`` and
    ``cvr`` are shares. ``order`` is the target's place inside its product, from 0 to 1.
    """

    id: str
    product: int
    campaign_id: str
    ad_group_id: str
    volume: float
    rival: float
    click_through: float
    cvr: float
    order: float


@dataclass(slots=True)
class Ground:
    """The plots of all targets, in the order in which they were created."""

    plots: list[Plot] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Site:
    """One campaign under construction."""

    product_index: int
    product: Product
    plan: CampaignPlan
    campaign_id: str
    ad_group_id: str
    luck: np.random.Generator


def build(scenario: Scenario, seed: int, today: date) -> tuple[Account, Ground]:
    """The account as it stands when the clock starts. The same scenario and seed give the same account."""
    account, ground = Account(), Ground()
    for index, product in enumerate(scenario.products):
        for number, plan in enumerate(scenario.campaigns):
            if product.stage in plan.stages:
                luck = stream(seed, _PLAN, index, number)
                _campaign(scenario, account, ground, index, plan, luck, today)
    return account, ground


def _campaign(scenario: Scenario, account: Account, ground: Ground, index: int, plan: CampaignPlan,
              luck: np.random.Generator, today: date) -> None:  # fmt: skip
    product = scenario.products[index]
    site = _Site(index, product, plan, account.mint("campaign"), account.mint("ad_group"), luck)
    plots = list(_plots(scenario, site))
    bids = _first_bids(scenario, site, plots)
    name = f"{product.sku} {plan.name}"
    began = today.replace(day=1).replace(year=today.year - 2)
    budget = _budget(scenario, site, plots)
    targeting = "AUTO" if plan.kind == "auto" else "MANUAL"
    account.put(Campaign(site.campaign_id, name, ENABLED, targeting, budget, "LEGACY_FOR_SALES", began.isoformat()))
    default = to_step(np.median([plot.rival for plot in plots]), scenario.account.marketplace.step)
    account.put(AdGroup(site.ad_group_id, site.campaign_id, name, ENABLED, default))
    asin = asins(product.sku, 1)[0]
    account.put(ProductAd(account.mint("product_ad"), site.campaign_id, site.ad_group_id, product.sku, asin, ENABLED))
    _targets(scenario, account, ground, site, plots, bids)
    for text, match_type in negatives(product.title, plan.negatives):
        id = account.mint("negative_keyword")
        account.put(NegativeKeyword(id, site.campaign_id, site.ad_group_id, text, match_type, ENABLED))


def _plots(scenario: Scenario, site: _Site) -> Iterator[Plot]:
    market, product, plan, luck = scenario.market, site.product, site.plan, site.luck
    count = plan.targets
    clicks = product.units_per_day * market.scale * market.ad_share / product.cvr
    parts = [each.weight for each in scenario.campaigns if product.stage in each.stages]
    volumes = 2 * clicks * plan.weight / sum(parts) * _zipf(count, market.zipf)
    volumes = np.where((luck.random(count) < market.dormant) & (np.arange(count) > 2), 0.0, volumes)
    # At a bid like the rivals' a click costs four fifths of it, which is the product's usual price of a click.
    rivals = product.cpc / 0.8 * MICROS * plan.rival * np.exp(luck.normal(0, market.rival_spread, count))
    mean = min(0.95, product.cvr * plan.cvr)
    cvrs = luck.beta(market.cvr_concentration * mean, market.cvr_concentration * (1 - mean), count).clip(0.0005, 0.9)
    shown = np.clip(market.click_through * np.exp(luck.normal(0, 0.4, count)), 0.0002, 0.9)
    for place in range(count):
        yield Plot("", site.product_index, site.campaign_id, site.ad_group_id, float(volumes[place]),
                   float(rivals[place]), float(shown[place]), float(cvrs[place]), float(luck.random()))  # fmt: skip


def _zipf(count: int, exponent: float) -> Floats:
    weights: Floats = np.arange(1, count + 1, dtype=np.float64) ** -exponent
    shares: Floats = weights / weights.sum()
    return shares


def _first_bids(scenario: Scenario, site: _Site, plots: Sequence[Plot]) -> list[int | None]:
    """The operator's bids: around the rivals', some too high, some too low, a few left to the ad group."""
    market, place = scenario.market, scenario.account.marketplace
    errors = market.bid_bias * np.exp(site.luck.normal(0, market.bid_spread, len(plots)))
    left = site.luck.random(len(plots)) < market.default_bids
    return [
        None if left[i] else max(place.bid_floor, to_step(plot.rival * errors[i], place.step))
        for i, plot in enumerate(plots)
    ]


def _budget(scenario: Scenario, site: _Site, plots: Sequence[Plot]) -> int:
    usual = sum(plot.volume / 2 * plot.rival * 0.8 for plot in plots)
    tight = site.luck.random() < scenario.market.tight
    floor = scenario.account.marketplace.budget_floor * 5
    return max(floor, to_step(usual * (0.5 if tight else _BUDGET_OF_A_DAY), MICROS))


def _targets(scenario: Scenario, account: Account, ground: Ground, site: _Site, plots: Sequence[Plot],
             bids: Sequence[int | None]) -> None:  # fmt: skip
    names = list(_names(site))
    for plot, bid, (text, match_type) in zip(plots, bids, names, strict=True):
        state = PAUSED if site.luck.random() < scenario.market.paused else ENABLED
        thing = _thing(account, site, text, match_type, state, bid)
        account.put(thing)
        ground.plots.append(replace(plot, id=thing.id))


def _names(site: _Site) -> Iterator[tuple[str, str]]:
    plan = site.plan
    if plan.kind == "auto":
        yield from ((text, "AUTO") for text in AUTO_TARGETS)
    elif plan.kind == "products":
        yield from ((asin, "PRODUCT") for asin in asins(f"{site.product.sku} rivals", plan.targets))
    else:
        types = plan.match_types
        for place, text in enumerate(phrases(site.product.title, plan.targets)):
            yield text, types[place % len(types)].upper()


def _thing(account: Account, site: _Site, text: str, match_type: str, state: str, bid: int | None) -> Keyword | Target:
    if match_type == "AUTO":
        return Target(account.mint("target"), site.campaign_id, site.ad_group_id, (text, None), "AUTO", state, bid)
    if match_type == "PRODUCT":
        expression = ("ASIN_SAME_AS", text)
        return Target(account.mint("target"), site.campaign_id, site.ad_group_id, expression, "MANUAL", state, bid)
    return Keyword(account.mint("keyword"), site.campaign_id, site.ad_group_id, text, match_type, state, bid)
