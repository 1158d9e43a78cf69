"""Stock: how long it lasts and how sure that is, what to order by when, where it runs out before the next arrival."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from starlette.responses import Response

from agent.errors import FactsError
from agent.facts.looking import is_usable, side_by_side
from agent.model.entity import Entity
from agent.model.kinds import STREAMS
from agent.web.asking import Ask
from agent.web.desk import Desk
from agent.web.paging import paged
from agent.wiring import marketplace_of

_INBOUND = ("inbound_working", "inbound_shipped", "inbound_receiving")
_OUTLOOK = ("units_per_day", "days_of_cover", "days_of_cover_low", "position", "next_arrival_days", "gap_days",
            "reorder_point", "order_units", "stockout_risk", "aged_next")  # fmt: skip
_COLUMNS = ("name", "fulfillable", *_INBOUND, *_OUTLOOK)
_LAST = 10**9


@dataclass(frozen=True, slots=True)
class Item:
    """A SKU's stock. ``values`` are the columns of the dictionary, None where not known."""

    entity: Entity
    values: Mapping[str, Any]
    today: date

    @property
    def inbound(self) -> int | None:
        """Units on their way to Amazon; None where none of the three parts is known."""
        known = [self.values[name] for name in _INBOUND if self.values[name] is not None]
        return sum(known) if known else None

    @property
    def arrives(self) -> date | None:
        """The next arrival, in the late case."""
        days = self.values["next_arrival_days"]
        return None if days is None else self.today + timedelta(days=round(days))

    @property
    def order_by(self) -> date | None:
        """About when an order is due: once the stock with all on its way has come down to the reorder point."""
        position, point, a_day = (self.values[name] for name in ("position", "reorder_point", "units_per_day"))
        if position is None or point is None or not a_day:
            return None
        return self.today + timedelta(days=min(max(0, int((position - point) / a_day)), 730))

    @property
    def needs(self) -> Sequence[str]:
        """What is to be done about it: ``out``, ``order``, ``gap``, ``aged``."""
        given = self.values
        found = (("out", given["fulfillable"] == 0), ("order", bool(given["order_units"])),
                 ("gap", bool(given["gap_days"])), ("aged", bool(given["aged_next"])))  # fmt: skip
        return [name for name, is_so in found if is_so]


_ORDERS: Mapping[str, Callable[[Item], Any]] = {
    "cover": lambda each: _known(each.values["days_of_cover"]),
    "risk": lambda each: -_known(each.values["stockout_risk"], -1),
    "order": lambda each: each.order_by or date.max,
    "name": lambda each: each.entity.id,
}
"""How the list can be ordered; what is not known stands last."""


def show(ask: Ask) -> Response:
    """What runs out first at the head, unless ``by`` says otherwise."""
    items, seen, broken = _items(ask.desk)
    account, need, text = ask.query("account"), ask.query("need"), ask.query("text").strip().lower()
    by = ask.query("by") if ask.query("by") in _ORDERS else "cover"
    chosen = [
        each for each in items
        if (not account or each.entity.account == account) and (not need or need in each.needs)
        and (not text or text in each.entity.id.lower() or text in (each.values["name"] or "").lower())
    ]  # fmt: skip
    needs = Counter(need for each in items for need in each.needs)
    return ask.page(
        "stock.html", page=paged(ask, sorted(chosen, key=lambda each: (_ORDERS[by](each), each.entity.id))), by=by,
        orders=list(_ORDERS), account=account, need=need, text=ask.query("text"), total=len(items), broken=broken,
        needs=[(name, needs[name]) for name in ("out", "order", "gap", "aged") if needs[name]], seen=seen,
        accounts=sorted(Counter(each.entity.account for each in items).items()), filtered=bool(account or need or text),
    )  # fmt: skip


def _items(desk: Desk) -> tuple[list[Item], list[tuple[str, datetime, bool]], list[str]]:
    """Every SKU; by account, when its stock was seen and whether a forecast is known; what cannot be read."""
    items, seen, broken = [], [], []
    now = desk.clock.now()
    streams = [STREAMS["inventory"], STREAMS["outlook"]]
    for account in desk.config.accounts:
        view = desk.book.known_at(account, now)
        today = now.astimezone(ZoneInfo(marketplace_of(desk.config, account).time_zone)).date()
        try:
            observed = view.observed_at(streams[0])
            if observed is None:
                continue
            known = side_by_side(view, streams, _COLUMNS)
            seen.append((account, observed, is_usable(view, streams[1])))
        except FactsError as fault:
            broken.append(fault.message)
            continue
        items += [Item(Entity(account, "sku", sku), row, today) for sku, row in known.items()]
    return items, seen, broken


def _known(value: float | None, else_: float = _LAST) -> float:
    return else_ if value is None else value
