"""From a change to a row of an upload workbook: pure. What Amazon could not take as meant is refused here, in words.

Amazon: of a row with the operation Update, the id and the fields its template calls required for that entity must be
there; the template's sheet Config lists them. They are filled as the newest download told them. An empty cell leaves
a field as it is, so nothing can be emptied.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from agent.model.actions import CREATE, MOST_PLACEMENT
from agent.model.change import Change, Edit
from agent.model.creation import MATCH_TYPES, Creation
from agent.model.marketplace import Marketplace
from agent.model.money import MICROS, Money
from agent.model.percent import Percent

SHEET = "Sponsored Products Campaigns"
COLUMNS = (
    "Product", "Entity", "Operation", "Campaign ID", "Ad Group ID", "Portfolio ID", "Ad ID", "Keyword ID",
    "Product Targeting ID", "Campaign Name", "Ad Group Name", "Start Date", "End Date", "Targeting Type", "State",
    "Daily Budget", "SKU", "Ad Group Default Bid", "Bid", "Keyword Text", "Native Language Keyword",
    "Native Language Locale", "Match Type", "Bidding Strategy", "Placement", "Percentage",
    "Product Targeting Expression", "Audience ID", "Shopper Cohort Percentage", "Shopper Cohort Type", "Segment Name",
)  # fmt: skip
"""Those of Amazon's upload template for sellers, in its order."""

Cell = str | Decimal
Row = Mapping[str, Cell]
_STATES = ("enabled", "paused")
"""Archiving cannot be undone; it is an edit of negatives only."""
STRATEGIES = {
    "legacy_for_sales": "Dynamic bids - down only",
    "auto_for_sales": "Dynamic bids - up and down",
    "manual": "Fixed bid",
}


class UnwritableError(ValueError):
    """Why a change cannot stand in the workbook; for people."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How a kind stands in the workbook: our columns with Amazon's names.

    ``required``: what every row carries. ``optional``: what it carries where it is known, for the person who looks
    through it before uploading, or lest Amazon takes an empty cell for a wish. ``edits``: what can be changed.
    ``archives``: its state is set by archiving alone. Amazon: that is an operation of its own, and final.
    """

    entity: str
    id: str
    required: Mapping[str, str]
    edits: Mapping[str, str]
    optional: Mapping[str, str]
    archives: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """All of our columns that a row is made of."""
        return tuple(dict.fromkeys((*self.required, *self.optional, *self.edits)))


_PARENTS = {"campaign_id": "Campaign ID", "ad_group_id": "Ad Group ID"}
SHAPES: Mapping[str, Shape] = {
    "campaign": Shape(
        "Campaign", "Campaign ID", {"name": "Campaign Name", "state": "State", "budget": "Daily Budget"},
        {"state": "State", "budget": "Daily Budget", "bidding_strategy": "Bidding Strategy"},
        {"targeting_type": "Targeting Type", "bidding_strategy": "Bidding Strategy", "portfolio_id": "Portfolio ID"},
    ),
    "ad_group": Shape(
        "Ad Group", "Ad Group ID",
        {"campaign_id": "Campaign ID", "name": "Ad Group Name", "state": "State",
         "default_bid": "Ad Group Default Bid"},
        {"state": "State", "default_bid": "Ad Group Default Bid"}, {},
    ),
    "keyword": Shape(
        "Keyword", "Keyword ID", {**_PARENTS, "state": "State"}, {"state": "State", "bid": "Bid"},
        {"text": "Keyword Text", "match_type": "Match Type"},
    ),
    "product_target": Shape(
        "Product Targeting", "Product Targeting ID", {**_PARENTS, "state": "State"}, {"state": "State", "bid": "Bid"},
        {},
    ),
    "product_ad": Shape("Product Ad", "Ad ID", {**_PARENTS, "state": "State"}, {"state": "State"}, {"sku": "SKU"}),
    "negative_keyword": Shape(
        "Negative Keyword", "Keyword ID", _PARENTS, {"state": "State"}, {"text": "Keyword Text"}, archives=True,
    ),
}  # fmt: skip
PLACEMENTS = {
    "placement_top": "placementTop", "placement_product_page": "placementProductPage",
    "placement_rest": "placementRestOfSearch",
}  # fmt: skip
"""As the template for uploads names them."""
EDITS = frozenset(
    {Edit(kind, field) for kind, shape in SHAPES.items() for field in shape.edits}
    | {Edit("campaign", field) for field in PLACEMENTS}
    | {Edit(kind, CREATE) for kind in MATCH_TYPES}
)
MONEY_FIELDS = frozenset({"bid", "default_bid", "budget", "price"})


def row_of(change: Change, known: Mapping[str, Any] | None, marketplace: Marketplace) -> Row:
    """The row that makes the change. ``known``: the thing's columns as they are; None where it is not listed.

    Raises ``UnwritableError``.
    """
    shape, known = SHAPES[change.entity.kind], _listed(known)
    if change.field in PLACEMENTS:
        return _adjustment(change)
    operation = "Archive" if shape.archives else "Update"
    row: dict[str, Cell] = {"Product": "Sponsored Products", "Entity": shape.entity, "Operation": operation}
    row[shape.id] = change.entity.id
    for column, name in shape.required.items():
        if known[column] is None:
            raise UnwritableError(f"The newest export does not tell its {name}, and Amazon wants it in the row.")
        row[name] = _cell(column, known[column])
    for column, name in shape.optional.items():
        if known[column] is not None and (told := _cell(column, known[column])):
            row[name] = told
    if not shape.archives:
        row[shape.edits[change.field]] = _after(change, marketplace)
    elif change.after != "archived":
        raise UnwritableError(f"{change.after!r} is no state that can be written.")
    _refuse_unprintable(row)
    return row


def made(change: Change, ad_group: Mapping[str, Any] | None, marketplace: Marketplace) -> Row:
    """The row that makes something new. ``ad_group``: where it goes, as the newest export tells it.

    Raises ``UnwritableError``.
    """
    new = change.after
    if not isinstance(new, Creation) or new.key != change.entity.id:
        raise UnwritableError(f"{new} is nothing that can be made.")
    if ad_group is None or not ad_group.get("campaign_id"):
        raise UnwritableError("Its ad group is not listed in the newest export.")
    row: dict[str, Cell] = {
        "Product": "Sponsored Products", "Entity": _MADE[new.kind], "Operation": "Create",
        "Campaign ID": str(ad_group["campaign_id"]), "Ad Group ID": new.ad_group_id, "State": "enabled",
    }  # fmt: skip
    if new.kind == "product_target":
        row["Product Targeting Expression"] = f'asin="{new.text}"'
    else:
        row |= {"Keyword Text": new.text, "Match Type": _MATCHES[new.match_type]}
    if new.bid is not None:
        row["Bid"] = money(replace(change, field="bid", after=new.bid), marketplace)
    _refuse_unprintable(row)
    return row


_MADE = {"keyword": "Keyword", "negative_keyword": "Negative Keyword", "product_target": "Product Targeting"}
# Amazon: the words of the template's own list; a download writes others.
_MATCHES = {"exact": "exact", "phrase": "phrase", "broad": "broad", "negative_exact": "negativeExact",
            "negative_phrase": "negativePhrase"}  # fmt: skip


def _adjustment(change: Change) -> Row:
    """A row of ``Bidding Adjustment``. Amazon: other placements have rows of their own and stay as they are."""
    after = change.after
    if not isinstance(after, Percent) or not 0 <= after.ratio <= MOST_PLACEMENT:
        raise UnwritableError(f"{after} is no adjustment from 0% to {MOST_PLACEMENT:.0%}.")
    return {
        "Product": "Sponsored Products", "Entity": "Bidding Adjustment", "Operation": "Update",
        "Campaign ID": change.entity.id, "Placement": PLACEMENTS[change.field], "Percentage": Decimal(after.points),
    }  # fmt: skip


def _listed(known: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if known is None:
        raise UnwritableError("It is not listed in the newest export.")
    return known


def price_of(change: Change, known: Mapping[str, Any] | None, marketplace: Marketplace) -> str:
    """A price as the flat file takes it. Raises ``UnwritableError``."""
    _listed(known)
    sku = change.entity.id
    if not sku.isprintable() or sku != sku.strip():
        raise UnwritableError("Its SKU has signs that a tab-separated file cannot carry.")
    amount = money(change, marketplace)
    if amount <= 0:
        raise UnwritableError("Amazon takes no price of zero.")
    return str(amount)


def money(change: Change, marketplace: Marketplace) -> Decimal:
    """The new amount with the marketplace's decimals. Raises ``UnwritableError``."""
    after = change.after
    if after is None:
        raise UnwritableError("An empty cell leaves it as it is: a value cannot be taken away by a file.")
    if not isinstance(after, Money):
        raise UnwritableError(f"{after!r} is no amount of money.")
    if after.currency != marketplace.currency:
        raise UnwritableError(f"{after} is not in the account's currency, {marketplace.currency}.")
    if after.micros % marketplace.step:
        raise UnwritableError(f"{after} is finer than {marketplace.money(marketplace.step)}.")
    return (Decimal(after.micros) / MICROS).quantize(Decimal(marketplace.step) / MICROS)


def _after(change: Change, marketplace: Marketplace) -> Cell:
    if change.field in MONEY_FIELDS:
        return money(change, marketplace)
    if change.field == "bidding_strategy":
        if (word := STRATEGIES.get(str(change.after))) is None:
            raise UnwritableError(f"{change.after!r} is no strategy that can be written.")
        return word
    if change.after not in _STATES:
        raise UnwritableError(f"{change.after!r} is no state that can be written.")
    return str(change.after)


def _cell(column: str, value: Any) -> Cell:
    read: Callable[[Any], Cell] = _CELLS.get(column, str)
    return read(value)


def _amount(micros: int) -> Decimal:
    return Decimal(micros) / MICROS


_CELLS: Mapping[str, Callable[[Any], Cell]] = {
    "budget": _amount, "default_bid": _amount,
    # Amazon: a download writes these words with a capital.
    "match_type": str.capitalize, "targeting_type": str.capitalize,
    # Amazon: a rule-based strategy cannot be named in an upload; an empty cell leaves it as it is.
    "bidding_strategy": lambda strategy: STRATEGIES.get(strategy, ""),
}  # fmt: skip


def _refuse_unprintable(row: Row) -> None:
    for name, cell in row.items():
        if isinstance(cell, str) and not cell.isprintable():
            raise UnwritableError(f"Its {name} has signs that a workbook cannot carry.")
