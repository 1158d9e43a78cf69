"""Every incident of the demo is visible where it should be, from its moment on; what it must lead to stands as data."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent.clock import SetClock
from agent.errors import ConfigError
from connectors.sandbox.market import Market
from connectors.sandbox.sandbox import Sandbox
from connectors.sandbox.scenario import Incident, Scenario
from connectors.sandbox.scenario_file import load_scenario
from connectors.sandbox.shop_rows import ListingRow
from tests.unit.connectors.sandbox.shop.conftest import DAYS, NOW, evening, on

Open = Callable[..., tuple[Sandbox, SetClock]]
END = evening(DAYS)
SHIPPED = Path(__file__).resolve().parents[5] / "rules"


def listing(sandbox: Sandbox, sku: str, day: int) -> ListingRow:
    found = sandbox.shop.listing(sku, evening(day))
    assert found is not None
    return found


def test_a_late_shipment_is_seen_from_its_day_on_and_leaves_a_gap(lived: Sandbox) -> None:
    def coming(day: int) -> dict[str, object]:
        return {row.shipment_id: row.expected_at for row in lived.shop.shipments(evening(day)) if row.sku == "DM-01"}

    before, after = coming(39), coming(40)
    moved = [shipment for shipment, expected in before.items() if after.get(shipment, expected) != expected]
    assert len(moved) == 1
    assert after[moved[0]] - before[moved[0]] == timedelta(days=14)  # type: ignore[operator]
    out = [day for day in range(40, 80) if lived.shop.trade.days[on(day)].opening.in_stock[0] < 0.5]
    assert out
    assert abs(out[0] - 55) <= 4


def test_the_closest_rival_is_cheaper_for_ten_days(lived: Sandbox) -> None:
    asked = [lived.shop.rivals("DM-06", evening(day))[0].price or 0 for day in (51, 53, 60, 63)]
    assert asked[1] < 0.9 * asked[0]
    assert asked[2] < 0.9 * asked[0]
    assert asked[3] > 0.95 * asked[0]


def test_warnings_of_harm_come_on_their_day_one_of_them_with_four_stars(lived: Sandbox) -> None:
    asin = lived.shop.asin("DM-11")
    rows = [row for row in lived.shop.reviews(evening(60) - timedelta(hours=10), evening(61)) if row.asin == asin]
    warned = [row for row in rows if row.id.startswith("RW")]
    assert sorted(row.stars for row in warned) == [1, 1, 4]
    assert all("skin" in row.text or "face" in row.text for row in warned)


def test_clicks_grow_dear_on_the_busiest_keywords(lived: Sandbox, demo: Scenario) -> None:
    market: Market = lived.market
    busiest = sorted((plot for plot in market.plots() if demo.products[plot.product].sku == "DM-16"),
                     key=lambda plot: -plot.volume)[:4]  # fmt: skip
    places = [i for i, plot in enumerate(market.plots()) if plot in busiest]
    price = []
    for days in (range(45, 60), range(65, 80)):
        figures = [market.figures(on(day), END) for day in days]
        clicks, cost = (sum(int(getattr(f, name)[places].sum()) for f in figures) for name in ("clicks", "cost"))
        price.append(cost / clicks)
    assert price[1] > 1.7 * price[0]


def test_a_title_is_edited_by_somebody_else(lived: Sandbox) -> None:
    assert listing(lived, "DM-21", 69).title != listing(lived, "DM-21", 70).title
    assert listing(lived, "DM-21", 70).title == listing(lived, "DM-21", 150).title
    assert listing(lived, "DM-21", 69).bullets == listing(lived, "DM-21", 70).bullets


def test_demand_turns_with_the_season(lived: Sandbox) -> None:
    place = lived.shop.skus.index("DM-36")
    sold = [sum(int(lived.shop.trade.days[on(day)].units[place]) for day in days)
            for days in (range(75, 89), range(116, 130))]  # fmt: skip
    assert sold[1] < 0.65 * sold[0]


def test_a_hijacker_takes_the_featured_offer(lived: Sandbox) -> None:
    asin = lived.shop.asin("DM-12")
    offers = lived.shop.offers(asin, evening(95))
    assert [offer.own for offer in offers if offer.featured] == [False]
    assert len(lived.shop.offers(asin, evening(94))) == len(lived.shop.offers(asin, evening(106))) == 1
    assert not lived.shop.offer_price("DM-12", evening(95)).featured_own
    shares = [next(row.featured_offer_share for row in lived.shop.sales(on(day), END) if row.sku == "DM-12")
              for day in (90, 97)]  # fmt: skip
    assert shares[0] > 0.9 > 0.7 > shares[1]


def test_a_suppressed_listing_cannot_be_bought_though_it_is_in_stock(lived: Sandbox) -> None:
    row = listing(lived, "DM-02", 100)
    assert (row.buyable, row.discoverable) == (False, False)
    assert [(issue.severity, issue.enforcement) for issue in row.issues] == [("ERROR", "LISTING_SUPPRESSED")]
    assert next(one.fulfillable for one in lived.shop.stock(evening(100)) if one.sku == "DM-02") > 0
    assert not [row for row in lived.shop.sales(on(101), END) if row.sku == "DM-02" and row.units_ordered]
    assert listing(lived, "DM-02", 99).buyable
    assert listing(lived, "DM-02", 103).issues == ()


def test_a_feed_stands_still_for_its_days(lived: Sandbox) -> None:
    shop = lived.shop
    assert shop.stalled("sales", evening(104)) is None
    assert shop.stalled("sales", evening(107)) == shop.stalled("sales", evening(105))
    assert shop.stalled("stock", evening(107)) is None
    assert shop.stalled_seconds("sales", evening(107)) > 86_400
    assert shop.stalled("sales", evening(109)) is None


def test_one_buyer_takes_very_many(lived: Sandbox) -> None:
    lines = [order.line for order in lived.shop.orders_placed(*lived.market.bounds(on(118)), END)]
    assert max(line.units for line in lines if line.sku == "DM-27") == 180


def test_stock_grows_old_by_the_next_fifteenth(lived: Sandbox) -> None:
    def aged(day: int) -> int:
        return next(row.aged_fee_units for row in lived.shop.stock_health(evening(day)) if row.sku == "DM-09")

    assert aged(131) > 100
    assert aged(60) == 0


def test_somebody_raises_bids_by_hand(lived: Sandbox) -> None:
    mine = [effect for effect in lived.log.effects if effect.through == "person" and effect.field == "bid"]
    assert len(mine) > 30
    assert {effect.at.date() for effect in mine} == {on(170)}
    assert all(effect.after > effect.before for effect in mine if effect.before and effect.after)  # type: ignore[operator]


def test_every_expectation_names_rules_that_are_shipped(lived: Sandbox) -> None:
    expected = lived.shop.expectations()
    rules = {path.relative_to(SHIPPED).with_suffix("").as_posix() for path in SHIPPED.rglob("*.yaml")}
    folders = {f"{name.split('/')[0]}/*" for name in rules}
    assert len(expected) >= 12
    assert {rule for one in expected for rule in (*one.rules, *one.forbidden)} <= rules | folders
    assert all(one.day <= one.deadline for one in expected)
    assert [one.number for one in expected] == list(range(1, len(expected) + 1))


def test_nothing_is_planted_on_the_twelve_quiet_products(lived: Sandbox) -> None:
    assert len(lived.shop.quiet) == 12
    assert not {incident.sku for incident in lived.scenario.incidents} & set(lived.shop.quiet)


def test_the_demo_shows_stock_listing_and_review_findings_at_once(lived: Sandbox) -> None:
    shop = lived.shop
    assert not listing(lived, "DM-18", 0).buyable
    assert [row for row in shop.reviews(evening(-5), NOW) if row.id.startswith("RW")]
    assert any(row.sku == "DM-31" and row.expected_at > evening(20) for row in shop.shipments(NOW))


def test_a_new_price_shows_at_once_and_shoppers_answer_from_the_next_day_on(open_shop: Open, short: Scenario) -> None:
    (cheap, clock), (usual, other) = open_shop(short), open_shop(short)
    cheap.shop.set_price("DM-31", 28_490_000, NOW)
    row = cheap.shop.listing("DM-31", NOW)
    assert row is not None
    assert row.price == 28_490_000
    assert cheap.shop.written_prices() == {"DM-31": 28_490_000}
    clock.sleep(86_400 * 20)
    other.sleep(86_400 * 20)
    days = [{one.sku: one for one in sandbox.shop.sales(on(day), clock.now())}["DM-31"]
            for sandbox in (cheap, usual) for day in range(20)]  # fmt: skip
    assert days[0] == days[20]
    assert sum(row.units_ordered for row in days[1:15]) > 1.8 * sum(row.units_ordered for row in days[21:35])
    assert days[3].ordered_sales == days[3].units_ordered * 28_490_000


def test_what_we_and_others_write_on_a_listing_holds_from_that_moment_on(open_shop: Open, short: Scenario) -> None:
    shop = open_shop(short)[0].shop
    shop.edit_listing("DM-06", "bullets", "One\nTwo", NOW, "outsider")
    before, after = (shop.listing("DM-06", NOW + timedelta(seconds=s)) for s in (-1, 0))
    assert before is not None
    assert after is not None
    assert after.bullets == ("One", "Two") != before.bullets
    assert after.changed_at == NOW
    with pytest.raises(ValueError, match="there is no colour"):
        shop.edit_listing("DM-06", "colour", "red", NOW, "us")


def test_ads_reports_wait_while_their_feed_stands_still(start: Callable[[Scenario], object], small: Scenario) -> None:
    stale = Incident(0, 3, "feed_stale", "DM-01", text="ads")
    amazon = start(replace(small, incidents=(stale,)))
    report = amazon.ask().json["reportId"]  # type: ignore[attr-defined]
    amazon.clock.sleep(3000)  # type: ignore[attr-defined]
    status = amazon.call("GET", f"/reporting/reports/{report}").json["status"]  # type: ignore[attr-defined]
    assert status != "COMPLETED"


def test_what_was_ordered_for_a_season_is_left_over_when_it_ends(lived: Sandbox) -> None:
    """DM-36: half the demand within 25 days, and a last order of the season that arrives as it turns."""
    (turn,) = [each for each in lived.scenario.incidents if each.kind == "season" and each.sku == "DM-36"]
    (left,) = [row for row in lived.shop.stock(evening(turn.until + 5)) if row.sku == "DM-36"]
    recent = [sum(row.units_ordered for row in lived.shop.sales(on(turn.until + day), END) if row.sku == "DM-36")
              for day in range(-7, 0)]  # fmt: skip
    assert left.fulfillable > 104 * sum(recent) / len(recent)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{day: 1, kind: hijak, sku: DM-01}", "kind is 'hijak'"),
        ("{day: 1, kind: hijack, sku: DM-01, factor: 0.9}", "has no until"),
        ("{day: 1, kind: bulk_order, sku: DM-01}", "has no units"),
        ("{day: 1, kind: title_edit, sku: DM-01, field: colour}", "field is 'colour'"),
        ("{day: 1, kind: reviews, sku: DM-01, count: 2, days: 3}", "knows no days"),
        ("{day: 1, kind: reviews, sku: DM-01, count: 2, expect: [a/b]}", "without a deadline"),
        ("{day: 1, until: 2, kind: feed_stale, sku: DM-01, feed: moon}", "feed is 'moon'"),
    ],
    ids=["kind", "until", "units", "field", "unknown", "deadline", "feed"],
)
def test_a_wrong_incident_is_refused_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    shipped = Path(load_scenario.__code__.co_filename).with_name("scenarios")
    for name in ("demo-skus.csv", "demo-shop.csv"):
        (tmp_path / name).write_text((shipped / name).read_text())
    whole = (shipped / "demo.yaml").read_text().split("incidents:\n")[0] + f"incidents:\n  - {text}\n"
    (tmp_path / "mine.yaml").write_text(whole)
    with pytest.raises(ConfigError, match=said) as caught:
        load_scenario(tmp_path / "mine.yaml")
    assert f"mine.yaml:{len(whole.splitlines())}:" in str(caught.value)


def test_a_product_without_goods_is_refused(tmp_path: Path) -> None:
    shipped = Path(load_scenario.__code__.co_filename).with_name("scenarios")
    for name in ("demo-skus.csv", "demo.yaml"):
        (tmp_path / name).write_text((shipped / name).read_text())
    rows = (shipped / "demo-shop.csv").read_text().splitlines()
    (tmp_path / "demo-shop.csv").write_text("\n".join(rows[:-1]))
    with pytest.raises(ConfigError, match="no goods for DM-40"):
        load_scenario(tmp_path / "demo.yaml")
