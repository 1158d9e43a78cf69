"""Listings: where each stands, what holds changes of it back and until when, and who changed it last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.responses import Response

from agent.errors import FactsError
from agent.facts.looking import is_usable, side_by_side
from agent.model.belt import BeltLimits
from agent.model.entity import Entity
from agent.model.kinds import KINDS, STREAMS
from agent.model.money import Money
from agent.model.setting import Scope
from agent.web.asking import Ask
from agent.web.desk import Desk
from agent.web.paging import paged

TRENDS = ("declining", "dormant", "on_target_stable", "rising", "unknown")
_COLUMNS = (
    "title", "asin", "state", "buyable", "price", "errors", "warnings", "enforcement", "issue", "featured_own",
    "featured_price", "trend", "frozen", "observing", "observed_until", "edited_at", "edited_field", "edited_sku",
    "edited_by", "verdict", "effect", "suggested_lever",
)  # fmt: skip
_LEVERS = ("price", "title", "bullets", "description", "main_image")


@dataclass(frozen=True, slots=True)
class Hold:
    """What keeps rules from changing a listing. ``name``: locked, frozen, watched, cooldown; ``field``: of which field.
    ``until``: when it ends, None where that depends on how it sells."""

    name: str
    until: datetime | None = None
    field: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """``values``: the columns of the dictionary, None where not known."""

    entity: Entity
    values: Mapping[str, Any]
    holds: Sequence[Hold]
    currency: str

    @property
    def trend(self) -> str:
        return self.values["trend"] or "unknown"

    @property
    def price(self) -> Money | None:
        micros = self.values["price"]
        return None if micros is None or not self.currency else Money(micros, self.currency)

    @property
    def in_trouble(self) -> bool:
        """It cannot be bought, or Amazon has something against it."""
        given = self.values
        return given["buyable"] is False or bool(given["errors"]) or bool(given["enforcement"])


def show(ask: Ask) -> Response:
    """What is in trouble first, then what declines."""
    items, seen, broken = _items(ask.desk)
    account, trend, held = ask.query("account"), ask.query("trend"), ask.query("held")
    text, trouble = ask.query("text").strip().lower(), ask.query("trouble") == "1"
    chosen = [
        each for each in items
        if (not account or each.entity.account == account) and (not trend or each.trend == trend)
        and (not held or any(hold.name == held for hold in each.holds)) and (not trouble or each.in_trouble)
        and (not text or text in each.entity.id.lower() or text in (each.values["title"] or "").lower())
    ]  # fmt: skip
    chosen.sort(key=lambda each: (not each.in_trouble, _rank(each.trend), each.entity.id))
    holds = Counter(name for each in items for name in {hold.name for hold in each.holds})
    trends = Counter(each.trend for each in items)
    return ask.page(
        "listings.html", page=paged(ask, chosen), total=len(items), seen=seen, broken=broken, account=account,
        trend=trend, held=held, trouble=trouble, text=ask.query("text"), now=ask.desk.clock.now(),
        trends=[(name, trends[name]) for name in TRENDS if trends[name]], holds=sorted(holds.items()),
        accounts=sorted(Counter(each.entity.account for each in items).items()),
        troubled=sum(each.in_trouble for each in items),
        filtered=bool(account or trend or held or text or trouble),
    )  # fmt: skip


def _items(desk: Desk) -> tuple[list[Item], list[tuple[str, datetime, bool]], list[str]]:
    """Every listing; by account, when they were seen and whether their control is known; what cannot be read."""
    items, seen, broken = [], [], []
    now = desk.clock.now()
    streams = [STREAMS[name] for name in KINDS["listing"].states]
    for account in desk.config.accounts:
        view = desk.book.known_at(account, now)
        try:
            observed = view.observed_at(streams[0])
            if observed is None:
                continue
            known = side_by_side(view, streams, _COLUMNS)
            seen.append((account, observed, is_usable(view, STREAMS["listing_control"])))
        except FactsError as fault:
            broken.append(fault.message)
            continue
        scopes, limits, currency = desk.config.scopes(account), desk.config.limits(account), desk.currency(account)
        cooling = _cooling(desk, account, limits, now)
        items += [
            Item(Entity(account, "listing", sku), row, _holds(sku, row, scopes, cooling.get(sku, ())), currency)
            for sku, row in known.items()
        ]
    return items, seen, broken


def _cooling(desk: Desk, account: str, limits: BeltLimits, now: datetime) -> Mapping[str, Sequence[Hold]]:
    """By SKU, the fields that we have changed so lately that they rest."""
    found: dict[str, list[Hold]] = {}
    for (entity, field), at in desk.ledger.last_changes(account, "listing", _LEVERS).items():
        rest = limits.cooldown.get(field)
        if rest is not None and now - at < rest:
            found.setdefault(entity.id, []).append(Hold("cooldown", at + rest, field))
    return found


def _holds(sku: str, row: Mapping[str, Any], scopes: Sequence[Scope], cooling: Sequence[Hold]) -> list[Hold]:
    found = [Hold("locked")] if _locked(sku, row, scopes) else []
    if row["frozen"]:
        found.append(Hold("frozen"))
    if row["observing"]:
        found.append(Hold("watched", row["observed_until"]))
    return [*found, *cooling]


def _locked(sku: str, row: Mapping[str, Any], scopes: Sequence[Scope]) -> bool:
    """The setting ``locked``, the narrowest scope last."""
    locked = False
    for scope in scopes:
        names = (row["asin"],) if scope.kind == "asin" else (sku, row["title"])
        if scope.kind in ("account", "listing", "sku", "asin") and "locked" in scope.values and scope.fits(*names):
            locked = bool(scope.values["locked"])
    return locked


def _rank(trend: str) -> int:
    return TRENDS.index(trend) if trend in TRENDS else len(TRENDS)
