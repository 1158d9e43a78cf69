"""What the last change of a listing did, once it has been watched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import numpy as np

from agent.derive.asked import Cell
from agent.derive.desk import Desk
from agent.derive.edits import EditSeen
from agent.methods.trend import Rates, judge_change

_BEFORE_DAYS = 14
_EXTENDED_DAYS = 14


def verdict_of(
    desk: Desk, sku: str, families: Mapping[str, str], edits: Sequence[EditSeen], freeze: int
) -> dict[str, Cell]:
    """keep, revert or inconclusive for the newest change whose window is over; nothing where none was watched.

    Units per session after the day of the change against the two weeks before it, less what the other families did. A
    window that says nothing goes on to 14 days. Another change in the window makes it inconclusive: two levers at once
    tell nothing of either.
    """
    over = [edit for edit in edits if edit.at + timedelta(days=freeze) <= desk.asked.known_at]
    if not over or desk.sales is None or np.isnan(desk.sales.sessions).all():
        return {}
    newest = over[-1]
    changed = newest.at.date()
    others = [each for each in edits if each is not newest and abs((each.at - newest.at).days) < freeze
              and each.at.date() != changed]  # fmt: skip
    for days in (freeze, _EXTENDED_DAYS):
        own = _rates(desk, families, families[sku], changed, days, inside=True)
        if own is None:
            break
        effect = judge_change(own, _rates(desk, families, families[sku], changed, days, inside=False), days)
        found: dict[str, Cell] = {"verdict": effect.verdict if not others else "inconclusive", "effect": effect.effect}
        if effect.verdict != "inconclusive":
            return found
    return found if own is not None or days != freeze else {}


def _rates(
    desk: Desk, families: Mapping[str, str], family: str, changed: date, days: int, *, inside: bool
) -> Rates | None:
    """Units and sessions of the family, or of all others, before and after; None where a day is not known yet.

    Days out of stock are left out on either side.
    """
    at = (changed - desk.sold.span.first).days
    if at < _BEFORE_DAYS or at + days >= desk.sold.units.shape[1]:
        return None
    rows = [desk.row[sku] for sku, name in families.items() if (name == family) is inside]
    if not rows:
        return None
    before, after = slice(at - _BEFORE_DAYS, at), slice(at + 1, at + 1 + days)
    there = ~desk.out[rows]
    units, sessions = (
        np.where(there, np.nan_to_num(each[rows]), 0.0) for each in (desk.sold.units, desk.sold.sessions)
    )
    return Rates(*(float(each[:, span].sum()) for span in (before, after) for each in (units, sessions)))
