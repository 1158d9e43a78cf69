"""One thing's screen: its figures now and then, who changed it, and what rules say of it."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from tests.page_facts import SKUS
from tests.page_shop import HOSTILE, Shop

KEYWORD, CAMPAIGN = "/entities/eu-main/keyword/281474976700001", "/entities/eu-main/campaign/c-11"


def _chart(text: str, id: str) -> Any:
    found = re.search(rf'<script type="application/json" id="{id}-data">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def _lines(chart: Any) -> dict[str, list[float | None]]:
    return {line["label"]: line["values"] for line in chart["lines"]}


def _units(chart: Any) -> dict[str, str]:
    return {line["label"]: line["unit"] for line in chart["lines"]}


def test_bid_and_click_cost_stand_beside_impressions_and_acos_with_everybodys_changes_marked(vera: TestClient) -> None:
    text = vera.get(KEYWORD).text
    bids, shown = _chart(text, "chart1"), _chart(text, "chart2")
    assert [(line["label"], line["unit"]) for line in bids["lines"]] == [("bid", "money"), ("cost per click", "money")]
    assert [(line["label"], line["unit"]) for line in shown["lines"]] == [
        ("impressions", "number"),
        ("ACoS", "percent"),
    ]
    held = [value for value in _lines(bids)["bid"] if value is not None]
    assert (held[0], held[-2], held[-1]) == (0.75, 0.67, 0.52), "as pulls saw it, day by day"
    assert _lines(bids)["bid"][0] is None, "before the first pull it is not known"
    assert [mark["label"] for mark in bids["marks"]] == ["bid €0.75 → €0.67 (somebody else)", "bid 0.67 → 0.52 EUR"]


def test_what_we_sent_is_told_once_and_what_somebody_else_did_is_told_as_theirs(vera: TestClient) -> None:
    history = vera.get(KEYWORD).text.partition('id="history"')[2]
    assert history.count("0.67 → 0.52") == 1, "the pull that saw our own change tells nothing new"
    assert re.search(r"seen by a pull.*?bid €0.75 → €0.67 <small[^>]*>somebody else", history, re.DOTALL)
    assert "ads/bid-down-above-target · ann" in history


def test_figures_as_known_then_are_drawn_beside_those_known_now(vera: TestClient, shop: Shop) -> None:
    then = shop.now.date() - timedelta(days=8)
    now = _lines(_chart(vera.get(CAMPAIGN).text, "chart3"))
    both = _lines(_chart(vera.get(f"{CAMPAIGN}?then={then}").text, "chart3"))
    assert set(now) == {"ad cost", "ad sales"}
    assert set(both) == {"ad cost", "ad sales", "ad cost, as known then", "ad sales, as known then"}
    late, early = both["ad sales"], both["ad sales, as known then"]
    assert late == now["ad sales"]
    assert early[-3] is None, "nothing was known of days to come"
    at = 60 - 1 - 12
    assert early[at] is not None
    assert late[at] is not None
    assert early[at] < late[at], "sales were still coming in"


def test_how_a_day_grew_from_pull_to_pull_is_drawn(vera: TestClient, shop: Shop) -> None:
    day = shop.now.date() - timedelta(days=12)
    chart = _chart(vera.get(f"{CAMPAIGN}?day={day}").text, "told-chart")
    sales = _lines(chart)["ad sales"]
    assert chart["days"][0] == (shop.now - timedelta(days=10, hours=3)).date().isoformat()
    assert sales[0] is not None
    assert sales == sorted(sales, key=lambda value: value or 0.0)
    assert sales[0] < (sales[-1] or 0.0)
    assert "nothing was corrected yet" in vera.get(f"{CAMPAIGN}?day={shop.now.date()}").text


def test_every_rule_says_whether_it_matches_and_what_it_saw(vera: TestClient) -> None:
    assert "ads/bid-down-above-target</strong>" not in vera.get(KEYWORD).text, "only when it is asked for"
    text = vera.get(f"{KEYWORD}?rules=1").text
    part = text[text.index("ads/bid-down-above-target</strong>") :]
    assert re.search(r"\d of \d conditions hold", part)
    assert "<code>" in part
    assert "no match" in text or "unknown" in text


def test_the_stock_of_a_sku_runs_down_to_an_arrival_between_two_quantiles(vera: TestClient) -> None:
    chart = _chart(vera.get("/entities/eu-main/sku/DOCK-1").text, "projection")
    lines = _lines(chart)
    expected, low, high = (
        lines["expected"],
        lines["if demand is high (10% chance)"],
        lines["if demand is low (10% chance)"],
    )
    assert all((a or 0) <= (b or 0) <= (c or 0) for a, b, c in zip(low, expected, high, strict=True))
    assert expected[0] is not None
    assert 50 < expected[0] < 65, "64 units, about six a day"
    assert expected[14] == 0, "it runs out before the shipment"
    assert max(value or 0 for value in expected[15:]) > 350, "and is filled up again by it"
    assert chart["marks"][0]["label"] == "400 units arrive (FBA15/DOCK-1)"


def test_stock_that_is_sold_is_nobodys_change(vera: TestClient) -> None:
    history = vera.get("/entities/eu-main/sku/DOCK-1").text.partition('id="history"')[2].partition("</section>")[0]
    assert "somebody else" not in history
    assert "Nothing yet" in history


def test_an_id_may_hold_anything_and_nothing_unknown_is_shown_as_a_figure(vera: TestClient) -> None:
    text = vera.get(f"/entities/eu-main/sku/{quote(SKUS[5], safe='')}").text
    assert HOSTILE not in text
    assert "A/B 50% &lt;b&gt;" in text
    assert re.search(r"<dt>between warehouses</dt><dd[^>]*>unknown</dd>", text)
    assert re.search(r"<dt>can be sold now</dt><dd>15</dd>", text)


@pytest.mark.parametrize(
    "path", ["/entities/eu-main/keyword/none", "/entities/nobody/keyword/x", "/entities/eu-main/nothing/x",
             f"/entities/eu-main/sku/{'x' * 600}"],
)  # fmt: skip
def test_what_does_not_exist_is_said_not_to(path: str, vera: TestClient) -> None:
    assert vera.get(path).status_code == 404


@pytest.mark.parametrize("query", ["then=nonsense", "then=9999-12-31", "day=0001-01-01", "day=9999-12-31", "page=99"])
def test_dates_that_are_none_change_nothing(query: str, vera: TestClient) -> None:
    assert vera.get(f"{CAMPAIGN}?{query}").status_code == 200
