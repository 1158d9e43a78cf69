"""What can be done to things at Amazon, declared once: kind, field, type, limits, undo, and how it is read back.

Rules, limits, undoing and the documentation read this table; a connector says which of these it can carry out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from agent.model.metric import Unit

CREATE = "create"
"""The field of a change that makes a new thing; what is changed is its existence."""


class Undo(StrEnum):
    """How an action is taken back."""

    SET_BACK = "set back"
    PAUSE = "pause"
    """A created thing stays, and is switched off."""
    ARCHIVE = "archive"
    """Amazon: negatives cannot be paused for good use; they are archived, which is final."""
    NEVER = "never"


class ReadBack(StrEnum):
    """How it is found out whether an action took effect."""

    VALUE = "value"
    """The field is read by the thing's id."""
    NATURAL_KEY = "natural key"
    """The thing is looked for by what makes it unique, for its id is not known before."""


@dataclass(frozen=True, slots=True)
class ActionKind:
    """One action.

    ``texts``: what a rule may ask for where the field is a text. ``least`` and ``most``: the bounds Amazon sets the
    field, in its unit; None where the marketplace or nobody does. ``key``: by what Amazon recognises a thing that is
    there already. ``resend``: sending it again changes nothing more, so a doubt may be settled by another attempt.
    ``by_rules``: whether a rule may ask for it; else only undoing does.
    """

    kind: str
    field: str
    unit: Unit
    undo: Undo = Undo.SET_BACK
    read_back: ReadBack = ReadBack.VALUE
    texts: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    key: tuple[str, ...] = ()
    resend: bool = True
    by_rules: bool = True


_STATES = ("enabled", "paused")
"""Archiving cannot be undone at Amazon, so no rule asks for it."""
STRATEGIES = ("manual", "legacy_for_sales", "auto_for_sales")
"""Fixed bids, down only, up and down. Amazon: a rule-based strategy needs more than its name and cannot be set."""
MOST_PLACEMENT = 9.0
"""Amazon: a placement adds at most 900 % to a bid, and never takes anything away."""
_NATURAL_KEY = ("ad_group_id", "match_type", "text")
"""Amazon: a second one of the same key is refused as a duplicate, so a create may be sent again."""
PLACEMENTS = ("placement_top", "placement_product_page", "placement_rest")


def _state(kind: str) -> ActionKind:
    return ActionKind(kind, "state", Unit.TEXT, texts=_STATES)


def _money(kind: str, field: str) -> ActionKind:
    return ActionKind(kind, field, Unit.MONEY)


def _rows() -> Iterator[ActionKind]:
    for kind in ("campaign", "ad_group", "keyword", "product_target", "product_ad"):
        yield _state(kind)
    yield _money("campaign", "budget")
    yield ActionKind("campaign", "bidding_strategy", Unit.TEXT, texts=STRATEGIES)
    for placement in PLACEMENTS:
        yield ActionKind("campaign", placement, Unit.RATIO, least=0.0, most=MOST_PLACEMENT)
    yield _money("ad_group", "default_bid")
    yield _money("keyword", "bid")
    yield _money("product_target", "bid")
    yield _money("listing", "price")
    for kind in ("keyword", "product_target"):
        yield ActionKind(kind, CREATE, Unit.TEXT, Undo.PAUSE, ReadBack.NATURAL_KEY, key=_NATURAL_KEY)
    yield ActionKind("negative_keyword", CREATE, Unit.TEXT, Undo.ARCHIVE, ReadBack.NATURAL_KEY, key=_NATURAL_KEY)
    yield ActionKind("negative_keyword", "state", Unit.TEXT, Undo.NEVER, texts=("archived",), by_rules=False)
    yield ActionKind("order", "review_request", Unit.TEXT, Undo.NEVER, texts=("requested",), resend=False)


ACTIONS: Mapping[tuple[str, str], ActionKind] = {(action.kind, action.field): action for action in _rows()}
"""Every action, by kind and field."""


def settable(kind: str) -> frozenset[str]:
    """The fields of a kind that rules can set."""
    return frozenset(each.field for each in ACTIONS.values() if each.kind == kind and each.by_rules) - {CREATE}
