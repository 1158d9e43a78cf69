"""The belts of the shop: what a listing's price and a request for a review must never do.

None of them can be configured away. Each looks at facts of its own about the entity (``GUARDED``), whatever the rule
looked at; what it needs and does not know blocks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from decimal import Decimal

from agent.engine.bounds import bounded
from agent.engine.scene import Scene
from agent.engine.wish import Wish
from agent.model.expression import Name, Scalar, Source
from agent.model.kinds import SETTINGS, state_columns
from agent.model.metric import Unit

Belt = Callable[[Wish, Scene], Wish]

MOST_EDITS_24H, MOST_EDITS_7D = 2, 6
"""Price changes of one SKU, by anybody: more looks like a quarrel between programs."""
FAIR = Decimal("1.15")
"""How far above the usual price, or the competitive one, a price may go. Amazon: its marketplace fair pricing policy
takes the featured offer away from prices significantly higher than recent ones."""
FIRST_DAY, LAST_DAY = 5, 30
"""Amazon: a review may be asked for from 5 days after the earliest delivery to 30 days after the latest."""


def _state(kind: str, column: str, *path: str) -> Name:
    return Name(Source.STATE, column, state_columns(kind)[column].unit, ".".join([*path, column]), path)


def _age(kind: str, column: str) -> Name:
    return Name(Source.AGE, column, Unit.DAYS, f"age({column})")


_MIN_MARGIN = Name(Source.SETTING, "min_margin", SETTINGS["min_margin"].unit, "min_margin")

GUARDED: Mapping[str, tuple[Name, ...]] = {
    "listing": (
        *(_state("listing", name) for name in (
            "trend", "frozen", "observing", "edited_field", "edited_sku", "edited_by", "price_edits_24h",
            "price_edits_7d", "price_median_30d", "competitive_price")),
        Name(Source.UNTIL, "observed_until", Unit.DAYS, "until(observed_until)"),
        *(_state("sku", name, "sku") for name in (
            "landed_cost", "min_price", "max_price", "referral_fee", "fulfillment_fee", "other_fees")),
        _MIN_MARGIN,
    ),
    "order": (_age("order", "delivery_earliest"), _age("order", "delivery_latest"), _state("order", "review_request")),
}  # fmt: skip
"""By kind, what its guards look at."""

_BY_LABEL = {kind: {name.label: name for name in names} for kind, names in GUARDED.items()}


def seen(wish: Wish, scene: Scene, label: str) -> Scalar:
    """One of the guarded facts about the wish's entity; None where it is not known."""
    entity = wish.change.entity
    return scene.guarded.get(entity, {}).get(_BY_LABEL[entity.kind][label].key)


def freeze(wish: Wish, scene: Scene) -> Wish:
    """A listing that rises, or sells as wanted, is left alone."""
    trend, frozen = seen(wish, scene, "trend"), seen(wish, scene, "frozen")
    if frozen is None:
        return wish.blocked_by("freeze", note="whether it should be left alone is not known")
    if frozen:
        return wish.blocked_by("freeze", str(trend), note="it sells as it should: leave it alone")
    return wish.passed("freeze", str(trend or ""))


def observation(wish: Wish, scene: Scene) -> Wish:
    """After any change in a product family, by anybody, nothing else in it is changed until its effect was watched:
    two levers moved at once cannot be told apart."""
    observing = seen(wish, scene, "observing")
    if observing is None:
        return wish.blocked_by("observation", note="whether it is being watched is not known")
    if not observing:
        return wish.passed("observation")
    left = seen(wish, scene, "until(observed_until)")
    days = f"{left:.1f} d left" if isinstance(left, int | float) else ""
    who = {"us": "us", "somebody_else": "somebody else"}.get(str(seen(wish, scene, "edited_by")), "somebody")
    what = f"{seen(wish, scene, 'edited_field')} of {seen(wish, scene, 'edited_sku')}"
    return wish.blocked_by("observation", days, note=f"{what} was changed by {who} and is being watched")


def price_rate(wish: Wish, scene: Scene) -> Wish:
    """How often a price may change, whoever changes it."""
    day, week = seen(wish, scene, "price_edits_24h"), seen(wish, scene, "price_edits_7d")
    limit = f"{MOST_EDITS_24H} in 24 h, {MOST_EDITS_7D} in 7 d"
    if not isinstance(day, int | float) or not isinstance(week, int | float):
        return wish.blocked_by("price rate", "?", limit, "how often it changed is not known")
    figure = f"{day:.0f} in 24 h, {week:.0f} in 7 d"
    if day >= MOST_EDITS_24H or week >= MOST_EDITS_7D:
        return wish.blocked_by("price rate", figure, limit)
    return wish.passed("price rate", figure, limit)


def margin(wish: Wish, scene: Scene) -> Wish:
    """A cut never goes below cost, fees and the least margin, nor below the operator's least price.

    floor = (landed cost + FBA fee + other fees) / (1 − referral fee / price − least margin)
    """
    if wish.amounts is None or wish.amounts[0] <= wish.amounts[1]:
        return wish.passed("margin")
    before, after = wish.amounts
    costs = [seen(wish, scene, f"sku.{name}") for name in ("landed_cost", "fulfillment_fee", "referral_fee")]
    known = [cost for cost in costs if isinstance(cost, int | float)]
    if len(known) < len(costs):
        return wish.blocked_by("margin", str(after), note="its cost or fees are not known")
    landed, fulfillment, referral = (Decimal(str(cost)) for cost in known)
    left = 1 - referral / before.micros - _number(seen(wish, scene, "min_margin"))
    if left <= 0:
        return wish.blocked_by("margin", str(after), note="fees and least margin leave nothing of the price")
    floor = (landed + fulfillment + _number(seen(wish, scene, "sku.other_fees"))) / left
    floor = max(floor, _number(seen(wish, scene, "sku.min_price")))
    return bounded(wish, scene, "margin", scene.marketplace.money(math.ceil(floor)))


def fair_price(wish: Wish, scene: Scene) -> Wish:
    """A raise never goes far above what it usually costs here or elsewhere, nor above the operator's highest price."""
    if wish.amounts is None or wish.amounts[1] <= wish.amounts[0]:
        return wish.passed("fair price")
    usual = _number(seen(wish, scene, "price_median_30d"))
    if not usual:
        return wish.blocked_by("fair price", str(wish.amounts[1]), note="its usual price is not known")
    ceiling = FAIR * max(usual, _number(seen(wish, scene, "competitive_price")))
    highest = _number(seen(wish, scene, "sku.max_price"))
    limit = min(ceiling, highest) if highest else ceiling
    return bounded(wish, scene, "fair price", scene.marketplace.money(math.floor(limit)))


def review_window(wish: Wish, scene: Scene) -> Wish:
    """A review is asked for once for an order, within Amazon's days."""
    if seen(wish, scene, "review_request") != "open":
        return wish.blocked_by("review window", note="it was asked for already, or Amazon refused")
    first, last = seen(wish, scene, "age(delivery_earliest)"), seen(wish, scene, "age(delivery_latest)")
    limit = f"{FIRST_DAY} to {LAST_DAY} d after delivery"
    if not isinstance(first, int | float) or not isinstance(last, int | float):
        return wish.blocked_by("review window", "?", limit, "when it was delivered is not known")
    inside = first >= FIRST_DAY and last <= LAST_DAY
    figure = f"{first:.1f} d"
    return wish.passed("review window", figure, limit) if inside else wish.blocked_by("review window", figure, limit)


GUARDS: Mapping[tuple[str, str], tuple[Belt, ...]] = {
    ("listing", "price"): (freeze, observation, price_rate, margin, fair_price),
    ("order", "review_request"): (review_window,),
}
"""By kind and field, the guards a change goes through besides the belts that hold for all."""


def guarded(wish: Wish, scene: Scene) -> Wish:
    """The wish with the answers of its guards."""
    for guard in GUARDS.get((wish.change.entity.kind, wish.change.field), ()):
        wish = guard(wish, scene)
    return wish


def _number(value: Scalar) -> Decimal:
    """The figure, or nothing where there is none."""
    known = isinstance(value, int | float) and not isinstance(value, bool)
    return Decimal(str(value)) if known else Decimal()
