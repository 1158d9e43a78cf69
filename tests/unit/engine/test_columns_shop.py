"""Kinds with several snapshots, things that are related to several others, and moments."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from agent.engine.columns import judge
from agent.engine.streams import streams_of
from agent.model.expression import Call, How, Name, Source
from agent.model.fact import Stream
from agent.model.kinds import state_columns
from agent.model.metric import Unit
from agent.model.setting import Scope
from agent.model.window import Anchor, Window
from tests.unit.engine.memory_facts import NOW, QUESTION, MemoryFacts, above, facts, keyword, rule, state


@dataclass
class Aged(MemoryFacts):
    """Facts of which some streams were observed at another time, or never (None)."""

    observed: dict[str, datetime | None] = field(default_factory=dict)

    def observed_at(self, stream: Stream) -> datetime | None:
        return self.observed.get(stream.name, NOW)


def of(kind: str, column: str, path: tuple[str, ...] = (), source: Source = Source.STATE) -> Name:
    unit = Unit.DAYS if source is not Source.STATE else state_columns(kind)[column].unit
    return Name(source, column, unit, ".".join([*path, column]), path)


def step(judges: str, name: Name, view: MemoryFacts, entity: str, question=QUESTION):
    judgement = judge([rule(Call("known", (name,), Unit.FLAG), judges=judges)], view, question)[judges]
    verdict = judgement.verdict("ads/test", entity)
    return verdict and verdict.trace[0]


def value(judges: str, name: Name, view: MemoryFacts, entity: str, question=QUESTION):
    return step(judges, name, view, entity, question).values[name.label]


def shop(*pairs: tuple[str, str], **cover: float | None) -> MemoryFacts:
    """Ad group g1 advertises the SKUs paired with it; ``cover`` are the days their stock lasts."""
    ads = [{"entity": f"a{n}", "ad_group_id": group, "sku": sku, "state": "enabled"}
           for n, (group, sku) in enumerate(pairs)]  # fmt: skip
    return facts(
        [keyword("k1")],
        product_ads=ads,
        inventory=[{"entity": sku, "fulfillable": 5, "asin": f"B-{sku}"} for sku in cover],
        outlook=[{"entity": sku, "days_of_cover": days, "order_units": 10} for sku, days in cover.items()],
    )


def test_further_snapshots_add_columns_to_the_entities_of_the_first():
    costs = [{"entity": "S1", "landed_cost": 4_000_000}, {"entity": "OLD", "landed_cost": 1}]
    view = facts(inventory=[{"entity": "S1", "fulfillable": 7}], costs=costs)
    assert value("sku", of("sku", "fulfillable"), view, "S1") == 7
    assert value("sku", of("sku", "landed_cost"), view, "S1") == 4_000_000
    assert step("sku", of("sku", "landed_cost"), view, "OLD") is None


def test_without_the_first_snapshot_the_next_that_was_pulled_says_who_is_there():
    view = Aged(rows={"costs": [{"entity": "S1", "landed_cost": 4_000_000}]},
                observed={"inventory": None, "inventory_health": None})  # fmt: skip
    assert value("sku", of("sku", "landed_cost"), view, "S1") == 4_000_000
    judgement = judge([rule(Call("known", (of("sku", "fulfillable"),), Unit.FLAG), judges="sku")], view, QUESTION)
    assert judgement["sku"].population == 1


def test_what_was_never_delivered_is_unknown_and_named():
    view = Aged(rows={"inventory": [{"entity": "S1"}]}, observed={"fees": None})
    wanted = rule(above(of("sku", "referral_fee"), 1), judges="sku")
    verdict = judge([wanted], view, QUESTION)["sku"].verdict("ads/test", "S1")
    assert verdict.trace[0].because == "fees was never delivered"


@pytest.mark.parametrize(("hours", "known"), [(36, 3.0), (37, None)])
def test_what_the_program_worked_out_too_long_ago_is_unknown(hours, known):
    view = Aged(rows={"inventory": [{"entity": "S1"}], "outlook": [{"entity": "S1", "days_of_cover": 3.0}]},
                observed={"outlook": NOW - timedelta(hours=hours)})  # fmt: skip
    assert value("sku", of("sku", "days_of_cover"), view, "S1") == known


def test_a_keyword_sees_the_stock_of_what_its_ad_group_advertises():
    view = shop(("g1", "S1"), S1=3.0)
    assert value("keyword", of("sku", "days_of_cover", ("sku",)), view, "k1") == 3.0
    assert value("ad_group", of("sku", "days_of_cover", ("sku",)), view, "g1") == 3.0


def test_of_several_skus_each_figure_says_how_they_become_one():
    view = shop(("g1", "S1"), ("g1", "S2"), ("g2", "S3"), S1=9.0, S2=4.0, S3=1.0)
    assert value("keyword", of("sku", "days_of_cover", ("sku",)), view, "k1") == 4.0
    assert value("keyword", of("sku", "order_units", ("sku",)), view, "k1") == 20
    assert value("keyword", of("sku", "asin", ("sku",)), view, "k1") is None


def test_what_one_of_several_does_not_know_is_not_known_of_them_together():
    view = shop(("g1", "S1"), ("g1", "S2"), S1=9.0, S2=None)
    assert value("keyword", of("sku", "days_of_cover", ("sku",)), view, "k1") is None


def test_a_paused_ad_advertises_nothing():
    view = shop(("g1", "S1"), ("g1", "S2"), S1=9.0, S2=4.0)
    view.rows["product_ads"][1]["state"] = "paused"
    assert value("keyword", of("sku", "days_of_cover", ("sku",)), view, "k1") == 9.0


def test_a_listing_and_its_sku_are_found_by_the_same_id():
    listing = {"entity": "S1", "price": 20_000_000, "asin": "B1"}
    view = facts(listings=[listing], catalog=[{"entity": "B1", "brand": "X"}],
                 inventory=[{"entity": "S1", "fulfillable": 7}])  # fmt: skip
    assert value("listing", of("sku", "fulfillable", ("sku",)), view, "S1") == 7
    assert value("sku", of("listing", "price", ("listing",)), view, "S1") == 20_000_000
    assert value("listing", of("asin", "brand", ("product",)), view, "S1") == "X"


def test_settings_of_a_sku_hold_for_its_listing():
    view = facts(listings=[{"entity": "S1"}, {"entity": "S2"}], inventory=[{"entity": "S1"}, {"entity": "S2"}])
    settings = (Scope("account", "*", {"min_margin": 0.1}), Scope("sku", "S1", {"min_margin": 0.3}))
    question = type(QUESTION)("demo", QUESTION.today, NOW, "EUR", settings)
    margin = Name(Source.SETTING, "min_margin", Unit.RATIO, "min_margin")
    assert [value("listing", margin, view, id, question) for id in ("S1", "S2")] == [0.3, 0.1]


def test_moments_are_told_in_days_before_and_after():
    seen = NOW - timedelta(days=2, hours=12)
    view = facts(returns=[{"entity": "r1", "returned_at": seen}, {"entity": "r2"}])
    assert value("return", of("return", "returned_at", source=Source.AGE), view, "r1") == 2.5
    assert value("return", of("return", "returned_at", source=Source.UNTIL), view, "r1") == -2.5
    assert value("return", of("return", "returned_at", source=Source.AGE), view, "r2") is None


@pytest.mark.parametrize(("days", "expected"), [(1, 900_000), (5, 1_200_000), (20, 1_000_000), (40, None)])
def test_a_state_column_is_told_as_it_was(days, expected):
    """First seen at 1.00 thirty days ago, then 1.20 ten days ago, then 0.90 two days ago."""
    moves = [(30, None, 1_000_000), (10, 1_000_000, 1_200_000), (2, 1_200_000, 900_000)]
    view = facts()
    view.moves = [{"entity": "k1", "at": NOW - timedelta(days=ago), "before": before, "after": after,
                   "first": before is None} for ago, before, after in moves]  # fmt: skip
    name = Name(Source.WAS, "bid", Unit.MONEY, f"was(bid, {days}d)", (), Window(days, Anchor.NOW))
    assert value("keyword", name, view, "k1") == expected


def held(view: MemoryFacts, moves: list[tuple[int, int | None, int]], days: int) -> float | None:
    """What ``bid`` was on the mean of the last ``days`` whole days, by moves so many days before midnight."""
    midnight = datetime.combine(QUESTION.today, datetime.min.time(), NOW.tzinfo)
    view.moves = [{"entity": "k1", "at": midnight - timedelta(days=ago), "before": before, "after": after,
                   "first": before is None} for ago, before, after in moves]  # fmt: skip
    window = Window(days, Anchor.YESTERDAY)
    return value("keyword", Name(Source.HELD, "bid", Unit.MONEY, "recent.bid.mean", (), window, How.MEAN), view, "k1")


def test_the_mean_of_a_state_weighs_each_value_by_how_long_it_stood():
    moves = [(30, None, 1_000_000), (10, 1_000_000, 1_200_000), (2, 1_200_000, 900_000)]
    assert held(facts(), moves, 4) == (2 * 1_200_000 + 2 * 900_000) / 4
    assert held(facts(), moves, 20) == (10 * 1_000_000 + 8 * 1_200_000 + 2 * 900_000) / 20


def test_before_it_was_first_seen_a_state_counts_as_what_it_was_then():
    assert held(facts(), [(3, None, 1_000_000), (1, 1_000_000, 2_000_000)], 10) == 1_100_000
    assert held(facts(), [(0, None, 700_000)], 10) == 700_000


def test_what_changed_after_the_window_is_not_in_its_mean():
    assert held(facts(), [(30, None, 1_000_000), (0, 1_000_000, 3_000_000)], 10) == 1_000_000


def test_times_without_a_value_weigh_nothing():
    assert held(facts(), [(30, None, 1_000_000), (5, 1_000_000, None)], 10) == 1_000_000
    assert held(facts(), [(30, None, None)], 10) is None


def test_a_rule_rests_on_every_stream_on_the_way_to_what_it_reads():
    cover = rule(Call("known", (of("sku", "days_of_cover", ("sku",)),), Unit.FLAG))
    assert streams_of(cover) == ("keywords", "product_ads", "outlook")
    margin = rule(Call("known", (of("sku", "landed_cost", ("sku",)),), Unit.FLAG), judges="listing")
    assert streams_of(margin) == ("listings", "costs")


def test_a_plain_state_is_still_a_plain_state():
    assert value("keyword", state("bid", Unit.MONEY), facts(), "k1") == 1_000_000
