"""Stock obeys its laws: what comes in and goes out adds up, and what is not there is not sold."""

from collections.abc import Callable
from datetime import timedelta

from agent.clock import SetClock
from connectors.sandbox.sandbox import Sandbox
from connectors.sandbox.scenario import Scenario
from connectors.sandbox.shop_rows import LedgerRow
from tests.unit.connectors.sandbox.shop.conftest import DAYS, NOW, evening, on

Open = Callable[..., tuple[Sandbox, SetClock]]
END = evening(DAYS)


def book(sandbox: Sandbox, days: range) -> list[dict[str, LedgerRow]]:
    return [{row.sku: row for row in sandbox.shop.ledger(on(day), END)} for day in days]


def test_every_day_of_the_ledger_adds_up_and_begins_where_the_day_before_ended(lived: Sandbox) -> None:
    before: dict[str, LedgerRow] = {}
    for day in book(lived, range(-365, DAYS)):
        for sku, row in day.items():
            moved = row.receipts - row.customer_shipments + row.customer_returns + row.found - row.lost - row.damaged
            assert row.starting_balance + moved - row.disposed == row.ending_balance
            assert sku not in before or row.starting_balance == before[sku].ending_balance
        before = day


def test_nothing_in_the_ledger_is_ever_negative(lived: Sandbox) -> None:
    for day in book(lived, range(-365, DAYS)):
        for row in day.values():
            assert min(row.starting_balance, row.receipts, row.customer_shipments, row.customer_returns, row.found,
                       row.lost, row.damaged, row.disposed, row.ending_balance) >= 0  # fmt: skip


def test_what_was_sent_is_counted_in_and_no_more(lived: Sandbox) -> None:
    days = book(lived, range(100, 160))
    counted = sum(row.receipts for day in days for row in day.values())
    sent = {row.shipment_id: row for row in lived.shop.shipments(evening(160))}
    assert all(row.units_received <= row.units_shipped for row in sent.values())
    assert all(row.units_received == row.units_shipped for row in sent.values() if row.status == "closed")
    assert counted > 0


def test_units_are_in_an_open_order_or_in_a_shipment_and_never_in_both(lived: Sandbox) -> None:
    shop, now, today = lived.shop, evening(30), on(30)
    rows = shop.purchase_orders(now)
    open_ = sum(row.units_ordered - row.units_received for row in rows)
    coming = sum(row.units_shipped - row.units_received for row in shop.shipments(now))
    whole = sum(one.units - one.received(today) for one in shop.trade.operator.consignments if one.ordered < today)
    assert open_ + coming == whole
    assert min(open_, coming) > 0


def test_stock_falls_over_the_day_and_meets_the_ledger_at_its_end(lived: Sandbox) -> None:
    shop, sku = lived.shop, "DM-26"
    hours = [shop.stock(evening(10) + timedelta(hours=h)) for h in (-11, -6, 0, 6, 11)]
    left = [next(row.fulfillable for row in rows if row.sku == sku) for rows in hours]
    assert left == sorted(left, reverse=True)
    assert left[0] > left[-1]
    ended, begun = ({row.sku: row for row in shop.ledger(on(day), END)}[sku] for day in (10, 11))
    night = next(row for row in shop.stock(evening(10) + timedelta(hours=12, minutes=1)) if row.sku == sku)
    whole = night.fulfillable + night.reserved_orders + night.reserved_transfer
    assert whole == ended.ending_balance + begun.receipts


def test_ages_add_up_to_the_sellable_stock(lived: Sandbox) -> None:
    ending = {row.sku: row.ending_balance for row in lived.shop.ledger(on(99), END)}
    for row in lived.shop.stock_health(evening(100)):
        ages = row.age_0_90 + row.age_91_180 + row.age_181_270 + row.age_271_365 + row.age_over_365
        assert ages == row.available == ending[row.sku]


def test_a_product_that_is_out_of_stock_sells_what_comes_back_and_its_ads_are_not_shown(lived: Sandbox) -> None:
    shop = lived.shop
    out = [day for day in range(50, 75) if shop.trade.opening(on(day)).in_stock[0] < 0.2]
    assert len(out) >= 5
    for day in out:
        back = {row.sku: row for row in shop.ledger(on(day), END)}["DM-01"].starting_balance
        row = next((row for row in shop.sales(on(day), END) if row.sku == "DM-01"), None)
        assert row is None or row.units_ordered <= back
    clicks = [sum(int(lived.market.sold(on(day), END).clicks[0]) for day in days[:5]) for days in (out, range(40, 45))]
    assert clicks[0] < 0.2 * clicks[1]


def test_a_stock_out_costs_reach_that_comes_back_over_weeks(lived: Sandbox) -> None:
    rank = [lived.shop.trade.days[on(day)].rank[0] for day in range(45, 110)]
    lowest = rank.index(min(rank))
    assert rank[0] > 0.99
    assert rank[lowest] < 0.7
    assert rank[lowest + 7] < 0.85
    assert rank[-1] > 0.9


def test_visits_fall_while_a_product_cannot_be_bought(lived: Sandbox) -> None:
    def visits(day: int) -> int:
        return next((row.sessions for row in lived.shop.sales(on(day), END) if row.sku == "DM-01"), 0)

    assert sum(visits(day) for day in range(58, 62)) < 0.5 * sum(visits(day) for day in range(44, 48))


def test_the_operator_keeps_what_is_quiet_in_stock(lived: Sandbox) -> None:
    for day in book(lived, range(-200, DAYS)):
        assert all(day[sku].ending_balance > 0 for sku in lived.shop.quiet)


def test_ads_never_sell_more_than_the_shop_does(lived: Sandbox) -> None:
    for day in range(-100, DAYS, 3):
        done = lived.shop.trade.closed(on(day), END)
        assert done is not None
        assert (lived.market.sold(on(day), END).units <= done.units).all()
        assert (done.units <= done.opening.terms.available).all()


def test_steps_or_one_jump_make_the_same_stock(open_shop: Open, short: Scenario) -> None:
    (stepped, slow), (at_once, fast) = open_shop(short), open_shop(short)
    for _ in range(60):
        slow.sleep(3600 * 5)
        stepped.shop.stock(slow.now())
        stepped.shop.sales(on(0), slow.now())
    fast.sleep(3600 * 300)
    now = fast.now()
    assert stepped.shop.stock(now) == at_once.shop.stock(now)
    assert stepped.shop.ledger(on(11), now) == at_once.shop.ledger(on(11), now)
    assert list(stepped.shop.orders(NOW, now)) == list(at_once.shop.orders(NOW, now))


def test_asking_for_a_day_to_come_closes_none(open_shop: Open, short: Scenario) -> None:
    (curious, one), (patient, other) = open_shop(short), open_shop(short)
    assert curious.market.figures(on(9), NOW).clicks.sum() == 0
    assert curious.shop.sales(on(9), NOW) == curious.shop.ledger(on(0), NOW) == []
    for sandbox, clock in ((curious, one), (patient, other)):
        clock.sleep(86_400)
        sandbox.shop.set_price("DM-06", 15_990_000, clock.now())
        clock.sleep(86_400 * 9)
    now = one.now()
    assert curious.shop.stock(now) == patient.shop.stock(now)


def test_another_seed_makes_another_shop(open_shop: Open, short: Scenario) -> None:
    assert open_shop(short, 1)[0].shop.stock(NOW) != open_shop(short, 2)[0].shop.stock(NOW)
