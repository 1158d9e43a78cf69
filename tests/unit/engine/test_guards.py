"""What a price and a request for a review must never do, whatever a rule wants and the configuration says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest

from agent.engine.belts import fastened
from agent.engine.guards import GUARDED, GUARDS
from agent.engine.locks import guarded_facts
from agent.engine.wish import Wish
from agent.model.belt import BeltLimits
from agent.model.entity import Entity
from agent.model.expression import Source
from agent.model.money import Money
from agent.model.proposal import Answer, BeltAnswer
from agent.model.setting import Scope
from tests.matches import match, rule, scene
from tests.unit.engine.memory_facts import NOW, QUESTION, facts

QUIET: Mapping[str, object] = {
    "trend": "declining", "frozen": False, "observing": False, "price_edits_24h": 0, "price_edits_7d": 1,
    "price_median_30d": 20_000_000, "sku.landed_cost": 6_000_000, "sku.referral_fee": 3_000_000,
    "sku.fulfillment_fee": 4_000_000, "sku.other_fees": 0, "min_margin": 0.10,
}  # fmt: skip
"""A listing at 20.00 that may be touched: floor (6 + 4) / (1 − 0.15 − 0.10) = 13.34."""


def priced(before: float, wanted: float, **other: object) -> Wish:
    entity = Entity("demo", "listing", "k1")
    known = {**QUIET, **{name.replace("__", "."): value for name, value in other.items()}}
    row = {name.key: known.get(name.label) for name in GUARDED["listing"]}
    limits = BeltLimits(step={"price": 1.0}, cooldown={})
    at = scene(limits, guarded={entity: row}, population={"listing": 1_000})
    asked = match(rule("pricing/any", field="price", judges="listing"), before, wanted)
    return fastened(Wish.of(*asked, at.marketplace), at)


def said(wish: Wish, belt: str) -> BeltAnswer:
    return next(answer for answer in wish.answers if answer.belt == belt)


def after(wish: Wish) -> str:
    assert isinstance(wish.change.after, Money)
    return str(wish.change.after.amount)


def test_a_quiet_listing_may_change_its_price() -> None:
    wish = priced(20.00, 19.00)
    assert (after(wish), wish.blocked) == ("19.00", False)


@pytest.mark.parametrize(
    ("known", "belt"),
    [({"frozen": True}, "freeze"), ({"frozen": None}, "freeze"), ({"observing": True}, "observation"),
     ({"observing": None}, "observation"), ({"price_edits_24h": 2}, "price rate"),
     ({"price_edits_7d": 6}, "price rate"), ({"price_edits_24h": None}, "price rate"),
     ({"sku__landed_cost": None}, "margin"),
     ({"sku__referral_fee": None}, "margin"), ({"min_margin": 0.9}, "margin")],
)  # fmt: skip
def test_what_speaks_against_a_cut_or_is_not_known_blocks_it(known: dict[str, object], belt: str) -> None:
    wish = priced(20.00, 19.00, **known)
    assert said(wish, belt).answer is Answer.BLOCK


def test_an_edit_that_is_being_watched_is_named() -> None:
    wish = priced(20.00, 19.00, observing=True, edited_field="title", edited_sku="S9", edited_by="somebody_else",
                  **{"until(observed_until)": 4.25})  # fmt: skip
    answer = said(wish, "observation")
    assert answer.note == "title of S9 was changed by somebody else and is being watched"
    assert answer.figure == "4.2 d left"


def test_a_cut_stops_at_cost_fees_and_least_margin() -> None:
    wish = priced(20.00, 10.00)
    assert (after(wish), said(wish, "margin").answer) == ("13.34", Answer.CLAMP)
    assert after(priced(20.00, 10.00, sku__min_price=15_000_000)) == "15.00"


def test_a_price_already_below_its_floor_is_not_cut_further_and_may_be_raised() -> None:
    assert said(priced(12.00, 11.00), "margin").answer is Answer.BLOCK
    wish = priced(12.00, 14.00, price_median_30d=14_000_000)
    assert (after(wish), wish.blocked) == ("14.00", False)


def test_a_raise_needs_no_cost_but_stops_above_the_usual_price() -> None:
    wish = priced(20.00, 30.00, sku__landed_cost=None)
    assert (after(wish), said(wish, "fair price").answer) == ("23.00", Answer.CLAMP)
    assert after(priced(20.00, 30.00, competitive_price=24_000_000)) == "27.60"
    assert after(priced(20.00, 30.00, sku__max_price=21_000_000)) == "21.00"
    assert said(priced(20.00, 21.00, price_median_30d=None), "fair price").answer is Answer.BLOCK


def test_every_guarded_fact_is_read_from_the_facts_themselves() -> None:
    listing = {"entity": "S1", "price": 20_000_000}
    control = {"entity": "S1", "frozen": False, "observing": True, "observed_until": NOW + timedelta(days=3)}
    view = facts(listings=[listing], listing_control=[control], inventory=[{"entity": "S1"}],
                 costs=[{"entity": "S1", "landed_cost": 6_000_000}])  # fmt: skip
    question = type(QUESTION)("demo", QUESTION.today, NOW, "EUR", (Scope("account", "*", {"min_margin": 0.2}),))
    asked = Entity("demo", "listing", "S1")
    row = guarded_facts([asked], view, question)[asked]
    by_label = {name.label: row[name.key] for name in GUARDED["listing"]}
    assert by_label["observing"] is True
    assert by_label["until(observed_until)"] == 3.0
    assert by_label["sku.landed_cost"] == 6_000_000
    assert by_label["min_margin"] == 0.2


@pytest.mark.parametrize(
    ("first", "last", "status", "blocked"),
    [(5.0, 4.0, "open", False), (30.0, 30.0, "open", False), (4.9, 4.0, "open", True), (31.0, 30.1, "open", True),
     (10.0, 9.0, "requested", True), (10.0, 9.0, None, True), (None, 9.0, "open", True)],
)  # fmt: skip
def test_a_review_is_asked_for_once_and_within_amazons_days(
    first: float | None, last: float, status: str | None, blocked: bool
) -> None:
    entity = Entity("demo", "order", "k1")
    known = {"age(delivery_earliest)": first, "age(delivery_latest)": last, "review_request": status}
    at = scene(guarded={entity: {name.key: known[name.label] for name in GUARDED["order"]}})
    asked = rule("reviews/ask", field="review_request", judges="order")
    wish = fastened(Wish.of(*match(asked, "open", "requested"), at.marketplace), at)
    assert (said(wish, "review window").answer is Answer.BLOCK) is blocked


def test_guards_look_only_at_what_is_gathered_for_them() -> None:
    assert {kind for kind, _ in GUARDS} == set(GUARDED)
    assert all(name.source in (Source.STATE, Source.AGE, Source.UNTIL, Source.SETTING)
               for names in GUARDED.values() for name in names)  # fmt: skip
