"""What the inbox shows: groups with their sums, filters, pages."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.page_shop import Shop
from tests.unit.web.conftest import Browser


@pytest.fixture(scope="module")
def ann(signed_in: Browser) -> TestClient:
    return signed_in("ann")


def rows(text: str) -> list[str]:
    return re.findall(r'data-row="(p_\d+)"', text)


def test_everything_open_is_there_once_whatever_it_is_grouped_by(ann: TestClient, shop: Shop) -> None:
    with shop.ledger() as ledger:
        open_ = sorted(each.id for each in ledger.proposals() if each.state == "proposed")
    for by in ("rule", "account", "risk", "entity"):
        assert sorted(rows(ann.get(f"/inbox?by={by}").text)) == open_


@pytest.mark.parametrize(
    ("query", "count"),
    [("rule=pricing/follow-fair-price", 1), ("account=us-shop", 2), ("risk=high", 5), ("kind=campaign", 2),
     ("text=DOCK", 6), ("text=dock+monitor", 3), ("text=多口", 4), ("text=%25", 0), ("state=held", 1),
     ("rule=nobody", 0), ("risk=high&account=us-shop", 0), ("state=nonsense&page=-3&by=x", 41), ("page=99", 41)],
)  # fmt: skip
def test_filters_hold_together_and_unknown_ones_leave_all(query: str, count: int, ann: TestClient) -> None:
    answer = ann.get(f"/inbox?{query}")
    assert answer.status_code == 200
    assert len(rows(answer.text)) == count


def test_the_costliest_of_the_riskiest_come_first_within_a_group(ann: TestClient) -> None:
    text = ann.get("/inbox?rule=ads/bid-up-winner").text
    assert re.findall(r'class="badge (\w+)"[^>]*><span aria-hidden="true">[●◐○]', text)[0] == "bad"


def test_a_group_says_how_many_what_they_cost_and_how_far_they_go(ann: TestClient) -> None:
    head = ann.get("/inbox?rule=ads/budget-raise-capped").text
    assert "1 proposal" in head
    assert "+€30.00" in head
    assert "+30%" in head


def test_why_is_explained_with_the_values_that_were_seen(ann: TestClient) -> None:
    text = ann.get("/actions/p_00010?piece=why").text
    assert "recent.clicks &gt;= min_clicks" in text
    for label, value in (("recent.clicks", "24"), ("recent.acos", "0.38"), ("bid", "€1.16"), ("floor", "?"),
                         ("stage", "mature"), ("locked", "no")):  # fmt: skip
        assert f"{label} <b>{value}</b>" in text
    assert "<html" not in text


def test_the_days_of_what_is_changed_are_drawn_and_stand_beside_it_as_figures(ann: TestClient) -> None:
    text = ann.get("/actions/p_00001").text
    found = re.search(r'<script type="application/json" id="days-data">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    chart = json.loads(found[1])
    assert [line["label"] for line in chart["lines"]] == ["ad cost", "ad sales", "clicks"]
    assert [line["unit"] for line in chart["lines"]] == ["money", "money", "number"]
    assert {len(line["values"]) for line in chart["lines"]} == {len(chart["days"])} == {60}
    assert chart["lines"][0]["values"][0] is None, "a day that no pull delivered is not known"
    assert chart["marks"][0]["label"] == "bid 0.67 → 0.52 EUR"
    assert text.count('<th scope="row">') == 60
    assert "days-data" not in ann.get("/actions/p_00903").text, "nothing is known of it"


def test_an_action_tells_its_whole_story_and_gives_it_as_json(ann: TestClient) -> None:
    text = ann.get("/actions/p_00002").text
    for said in ("the bid is below the floor", "bidTooLow", "req-77", "agreed in the weekly call", "failed"):
        assert said in text
    body = json.loads(ann.get("/actions/p_00002/json").text)
    assert body["id"] == "p_00002"
    assert [each["event"] for each in body["history"]] == ["proposed", "approved", "intent", "sent", "failed"]
    assert body["known_at"].endswith("Z")


def test_a_plan_counts_by_rule_and_state(ann: TestClient) -> None:
    text = ann.get("/plans/r_7F3KQ2M9XA?state=held").text
    assert "cooldown" in text
    assert "changed by somebody 14 h ago" in text
    assert ann.get("/plans/none").status_code == 404
    assert "r_7F3KQ2M9XA" in ann.get("/plans").text


@pytest.mark.parametrize(
    ("wish", "lang", "word"),
    [("zh-CN,en;q=0.5", "zh-Hans", "待批"), ("zh-TW", "zh-Hans", "待批"), ("de, en-GB;q=0.7", "en", "Inbox"),
     ("", "en", "Inbox")],
)  # fmt: skip
def test_the_browser_chooses_the_language(wish: str, lang: str, word: str, ann: TestClient) -> None:
    text = ann.get("/inbox", headers={"Accept-Language": wish}).text
    assert f'<html lang="{lang}">' in text
    assert f"<h1>{word}" in text


def test_reasons_are_read_in_ones_own_language_and_stay_as_sealed_where_none_is(
    ann: TestClient,
) -> None:
    chinese = {"Accept-Language": "zh-CN"}
    action, inbox = (ann.get(path, headers=chinese).text for path in ("/actions/p_00002", "/inbox"))
    assert "16 次点击的 ACoS 为 40%，目标 30%" in action
    assert "次点击的 ACoS 为" in inbox
    assert "ACoS 41% on 17 clicks, target 30%" in ann.get("/actions/p_00003", headers=chinese).text
    assert "ACoS 40% on 16 clicks, target 30%" in ann.get("/actions/p_00002").text


def test_the_days_before_are_drawn_where_they_are_known(ann: TestClient) -> None:
    text = ann.get("/inbox?kind=keyword&account=eu-main").text
    assert text.count('<svg class="spark"') == len(rows(text))
    assert ann.get("/inbox?kind=listing").text.count('<svg class="spark"') == 0


@pytest.mark.parametrize(
    ("place", "licences"),
    [("agent/web/static/vendor", {"htmx.LICENSE", "uplot.LICENSE"}), ("tests/browser/vendor", {"axe.LICENSE"})],
)
def test_vendored_files_are_those_that_were_reviewed(place: str, licences: set[str]) -> None:
    folder = Path(__file__).parents[3] / place
    listed = dict(reversed(line.split(maxsplit=1)) for line in (folder / "SHA256SUMS").read_text().splitlines())
    found = {path.name: sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.*s")}
    assert found == listed
    assert licences <= {path.name for path in folder.iterdir()}


def test_alerts_are_listed_by_gravity_as_long_as_they_hold(ann: TestClient) -> None:
    text = ann.get("/alerts").text
    assert re.findall(r"</span> (S\d) ·", text) == ["S1", "S2", "S3"]
    assert "9 days of cover" in text
    assert "41 % more" not in text
    assert "<img" not in text
    assert "41 % more" in ann.get("/alerts?state=closed").text
    assert re.findall(r"</span> (S\d) ·", ann.get("/alerts?severity=S2").text) == ["S2"]
    assert "Nothing fits this filter" in ann.get("/alerts?account=nobody").text
