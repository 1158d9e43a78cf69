"""Orders, returns, feedback and reviews are those of the days on which they were bought, and only become more."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

import pytest

from agent.clock import SetClock
from connectors.sandbox.sandbox import Sandbox
from connectors.sandbox.scenario import Scenario
from tests.unit.connectors.sandbox.shop.conftest import DAYS, NOW, evening, on

Open = Callable[..., tuple[Sandbox, SetClock]]
END = evening(DAYS)


def test_what_is_known_of_a_day_only_grows_and_is_complete_two_days_after_its_end(lived: Sandbox) -> None:
    shop, day = lived.shop, 20
    moments = [evening(day) + timedelta(hours=hours) for hours in range(0, 80, 3)]
    known = [{row.sku: row for row in shop.sales(on(day), moment)} for moment in moments]
    for before, after in pairwise(known):
        for sku, row in before.items():
            later = after[sku]
            assert later.sessions >= row.sessions
            assert later.page_views >= row.page_views
            assert later.units_ordered >= row.units_ordered
            assert later.order_items >= row.order_items
            assert later.ordered_sales >= row.ordered_sales
    assert known[0] == {}
    units = [sum(row.units_ordered for row in rows.values()) for rows in known]
    first = next(one for one in units if one)
    assert 0.7 * units[-1] < first < 0.95 * units[-1]
    assert {row.complete for row in known[-1].values()} == {True}
    assert shop.sales(on(day), END) == list(known[-1].values())


def test_visits_orders_and_units_of_a_row_fit_each_other(lived: Sandbox) -> None:
    for age in (0.6, 1.1, 3.0):
        for row in lived.shop.sales(on(30), evening(30) + timedelta(days=age)):
            assert row.units_ordered >= row.order_items
            assert row.page_views >= row.sessions >= row.order_items
            assert 0 <= row.featured_offer_share <= 1


def test_order_lines_add_up_to_the_units_ordered(lived: Sandbox) -> None:
    shop = lived.shop
    for day in (-40, 3, 61):
        start, end = lived.market.bounds(on(day))
        orders = shop.orders_placed(start, end, END)
        units: dict[str, int] = {}
        for order in orders:
            units[order.line.sku] = units.get(order.line.sku, 0) + order.line.units
        assert units == {row.sku: row.units_ordered for row in shop.sales(on(day), END) if row.units_ordered}
        assert len({order.order_id for order in orders}) == len(orders)


def test_following_updates_finds_every_order_in_its_last_state(open_shop: Open, short: Scenario) -> None:
    sandbox, clock = open_shop(short)
    shop, seen, since = sandbox.shop, {}, NOW
    for _ in range(40):
        clock.sleep(3600 * 7)
        seen |= {order.order_id: order.status for order in shop.orders(since, clock.now())}
        since = clock.now()
    settled = shop.orders_placed(NOW, NOW + timedelta(days=8), clock.now())
    assert len(settled) > 200
    assert {order.order_id: order.status for order in settled}.items() <= seen.items()
    assert {order.status for order in settled} == {"Shipped", "Cancelled"}


def test_a_pending_order_has_no_amount_yet(lived: Sandbox) -> None:
    lines = lived.shop.order_lines(END - timedelta(hours=12), END)
    assert {line.amount is None for line in lines if line.status != "Shipped"} == {True}
    assert all(line.amount for line in lines if line.status == "Shipped")


def test_every_return_is_of_an_order_that_was_shipped_before(lived: Sandbox) -> None:
    returns = lived.shop.returns(evening(40), evening(60))
    assert len(returns) > 100
    for row in returns:
        order = lived.shop.order(row.order_id, END)
        assert order is not None
        assert order.line.sku == row.sku
        assert order.status == "Shipped"
        assert order.purchased_at < row.returned_at


def test_about_as_much_comes_back_as_the_goods_say(lived: Sandbox) -> None:
    place = lived.shop.skus.index("DM-36")
    sold = sum(int(lived.shop.trade.days[on(day)].units[place]) for day in range(-300, 100))
    back = sum(row.sku == "DM-36" for row in lived.shop.returns(evening(-300), evening(140)))
    assert back / sold == pytest.approx(0.212, rel=0.1)


def test_reviews_love_or_hate_and_quiet_products_are_loved(lived: Sandbox) -> None:
    shop = lived.shop
    reviews = shop.reviews(evening(-300), END)
    stars = [sum(row.stars == n for row in reviews) for n in (1, 2, 3, 4, 5)]
    assert stars[4] > 0.5 * len(reviews)
    assert stars[0] > stars[1]
    quiet = {shop.asin(sku) for sku in shop.quiet}
    assert {row.stars for row in reviews if row.asin in quiet} <= {4, 5}


def test_reviews_and_feedback_of_a_stretch_stay_what_they_were(lived: Sandbox) -> None:
    shop, since, until = lived.shop, evening(10), evening(40)
    halves = shop.reviews(since, evening(25)) + shop.reviews(evening(25), until)
    assert shop.reviews(since, until) == halves
    assert shop.feedback(since, until) == shop.feedback(since, evening(25)) + shop.feedback(evening(25), until)


def test_a_review_may_be_requested_once_five_to_thirty_days_after_delivery(open_shop: Open, short: Scenario) -> None:
    sandbox, _ = open_shop(short)
    shop = sandbox.shop
    order = next(o for o in shop.orders_placed(evening(-59), evening(-50), NOW) if o.status == "Shipped")
    due = order.delivery_latest + timedelta(days=5)
    assert not shop.may_request_review(order.order_id, due - timedelta(minutes=1))
    assert shop.may_request_review(order.order_id, due)
    assert not shop.may_request_review(order.order_id, order.delivery_latest + timedelta(days=31))
    assert shop.request_review(order.order_id, due)
    assert not shop.request_review(order.order_id, due)
    assert not shop.may_request_review("111-0000000-0000000", due)


def test_the_account_is_in_good_health_and_counts_its_defects(lived: Sandbox) -> None:
    health = lived.shop.standing(END)
    assert health.orders > 10_000
    assert health.order_defect_rate == pytest.approx(
        (health.negative_feedback + health.claims + health.chargebacks) / health.orders, abs=1e-5
    )
    assert 0 < health.order_defect_rate < 0.007


def test_economics_and_transactions_tell_of_the_same_spend(lived: Sandbox) -> None:
    spend = sum(row.ad_spend for row in lived.shop.economics(on(50), END))
    start, end = lived.market.bounds(on(51))
    fees = [row.amount for row in lived.shop.transactions(start, end) if row.type == "ServiceFee"]
    assert fees == [-spend]
    assert spend > 0
