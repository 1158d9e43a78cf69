"""Stock and listings: how long it lasts, what is to be done, and what holds changes back."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from urllib.parse import unquote

import pytest
from starlette.testclient import TestClient

from tests.page_facts import SKUS
from tests.page_shop import HOSTILE, Shop


def _skus(text: str) -> list[str]:
    found = re.findall(r'class="title" href="/entities/eu-main/(?:sku|listing)/([^"]+)"', text)
    return [unquote(unescape(each)) for each in found]


def _row(text: str, sku: str) -> str:
    """What the row of a SKU says, without its marks."""
    row = next(each for each in text.split("<tr>") if f"<small>{sku} ·" in each)
    return " ".join(re.sub(r"<[^>]+>", " ", row.partition("</tr>")[0]).split())


def test_what_runs_out_first_stands_first_and_what_is_unknown_last(vera: TestClient) -> None:
    assert _skus(vera.get("/stock").text) == ["OUT-9", "DOCK-1", "HUB-4", "HUB-7", "CABLE-2", "A/B 50% <b>"]
    assert _skus(vera.get("/stock?by=risk").text)[:2] == ["HUB-4", "DOCK-1"]
    assert _skus(vera.get("/stock?by=name").text) == sorted(SKUS)


def test_a_row_says_how_long_it_lasts_and_how_sure_that_is_and_when_to_order(vera: TestClient, shop: Shop) -> None:
    text = vera.get("/stock").text
    dock = _row(text, "DOCK-1")
    for part in ("61", "400", "6.1", "10 days", "8.6 days if demand is high", "9.4 days without stock", "now: 60 units",
                 "92%"):  # fmt: skip
        assert part in dock
    assert "unknown unknown none known unknown unknown" in _row(text, "A/B 50% &lt;b&gt;")
    assert HOSTILE not in text
    # 430 units with all on the way, order at 262, 4 a day: 42 days.
    due = {shop.now.date() + timedelta(days=42 + shift) for shift in (0, 1)}
    assert any(f"about {day}" in _row(text, "HUB-7") for day in due)


@pytest.mark.parametrize(
    ("query", "found"),
    [("need=out", ["OUT-9"]), ("need=order", ["DOCK-1", "HUB-4"]), ("need=gap", ["DOCK-1"]), ("need=aged", ["CABLE-2"]),
     ("text=hub", ["HUB-4", "HUB-7"]), ("account=us-shop", []), ("by=nonsense&need=out&page=7", ["OUT-9"])],
)  # fmt: skip
def test_stock_is_narrowed_by_what_is_to_be_done(query: str, found: list[str], vera: TestClient) -> None:
    assert _skus(vera.get(f"/stock?{query}").text) == found


def test_what_is_in_trouble_stands_first_among_listings(vera: TestClient) -> None:
    text = vera.get("/listings").text
    assert _skus(text)[:2] == ["OUT-9", "DOCK-1"]
    assert "6 listings, 2 in trouble" in " ".join(re.sub(r"<[^>]+>", " ", text).split())
    assert HOSTILE not in text
    dock = _row(text, "DOCK-1")
    assert "listing suppressed 2 errors: The main image has a watermark." in dock
    assert "€89.00" in dock


def test_a_listing_says_what_holds_changes_back_until_when_and_who_changed_it_last(vera: TestClient) -> None:
    text = vera.get("/listings").text
    assert re.search(r"sells well: left alone .*rests after our change price until \d{4}-", _row(text, "HUB-7"))
    watched = _row(text, "HUB-4")
    assert re.search(r"watched after a change until \d{4}-", watched)
    assert "main image by somebody else" in watched
    assert "revert, units per visit -18%" in _row(text, "OUT-9")
    unknown = _row(text, "A/B 50% &lt;b&gt;")
    assert unknown.endswith("unknown"), "that nothing was changed is not known of it"


@pytest.mark.parametrize(
    ("query", "found"),
    [("trend=declining", ["HUB-4"]), ("held=frozen", ["CABLE-2", "HUB-7"]), ("held=watched", ["HUB-4"]),
     ("held=cooldown", ["HUB-7"]),
     ("trouble=1", ["OUT-9", "DOCK-1"]), ("text=kabel", ["CABLE-2"]), ("trend=nonsense", [])],
)  # fmt: skip
def test_listings_are_narrowed_by_how_they_sell_and_what_holds_them(
    query: str, found: list[str], vera: TestClient
) -> None:
    assert _skus(vera.get(f"/listings?{query}").text) == found
