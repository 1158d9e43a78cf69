"""What came in, what ran, and whether all is well."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest
from starlette.testclient import TestClient

from agent.web.desk import Desk
from tests.page_shop import HOSTILE, Shop
from tests.unit.web.conftest import FROM_US, key_of


def _row(text: str, title: str) -> str:
    row = next(each for each in text.split("<tr>") if f">{title}<" in each)
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", row.partition("</tr>")[0]).split()))


def test_a_stream_says_what_is_settled_how_ripe_yesterday_is_and_what_is_promised(vera: TestClient) -> None:
    text = vera.get("/runs").text
    row = _row(text, "figures of campaigns")
    assert re.search(r"settled up to \d{4}-\d\d-\d\d of yesterday's orders about 62% is known ✔ none", row)
    assert "a report is promised, looked for" in row
    days = text[text.index("figures of campaigns") :].partition("</tr>")[0]
    assert 'aria-label="of 30 days 27 settled, 3 still moving, 0 missing"' in days
    assert days.count("day-settled") == 27
    assert days.count("day-moving") == 3


def test_a_day_that_need_not_have_come_yet_is_no_hole(vera: TestClient) -> None:
    text = vera.get("/runs").text
    sales = text[text.index("sales by SKU") :].partition("</tr>")[0]
    assert sales.count("day-awaited") == 1
    assert "day-missing" not in sales
    assert "Nothing fits this filter" in vera.get("/runs?only=1").text


def test_what_ran_stands_with_what_came_of_it_and_its_fault(vera: TestClient) -> None:
    text = vera.get("/runs/jobs").text
    assert HOSTILE not in text
    failed = text[text.index("r_PULL1") :].partition("</tr>")[0]
    for part in ("182,004", "failed", "offers: &lt;img"):
        assert part in failed
    assert "under way" in text[text.index("r_PULL2") :].partition("</tr>")[0]
    assert "r_PULL" not in vera.get("/runs/jobs?job=judge").text
    assert "r_JUDGE01" not in vera.get("/runs/jobs?account=us-shop").text


def test_how_active_rules_were_is_drawn_day_by_day(vera: TestClient, shop: Shop) -> None:
    found = re.search(r'id="activity-data">(.*?)</script>', vera.get("/runs/jobs").text, re.DOTALL)
    assert found is not None
    chart = json.loads(found[1])
    by_label = {line["label"]: dict(zip(chart["days"], line["values"], strict=True)) for line in chart["lines"]}
    with shop.ledger() as ledger:
        run = ledger.run("r_JUDGE05")
    assert run is not None
    day = run.started.date().isoformat()
    assert by_label["newly proposed"][day] == run.counts.get("proposals", 0)
    assert by_label["matched, last judging of the day"][day] == run.counts["matched"]
    assert by_label["newly proposed"][chart["days"][0]] is None, "nothing was judged then: not known, not none"


def test_long_lists_of_runs_go_on_behind_a_link(vera: TestClient, desk: Desk) -> None:
    first = vera.get("/runs/jobs?job=judge").text
    assert "Older" not in first or "before=" in first
    for place in ("nonsense", "1", "99999999999999999999.r", "12.", "%00"):
        assert vera.get(f"/runs/jobs?before={place}").status_code == 200
    ended = desk.ledger.runs(1, "judge")[0]
    micros = int(ended.started.timestamp() * 1_000_000)
    behind = vera.get(f"/runs/jobs?job=judge&before={micros}.{ended.id}").text
    assert ended.id not in behind
    assert "The newest" in behind


def test_health_says_what_needs_a_look_and_when_each_job_last_ran(vera: TestClient) -> None:
    text = vera.get("/health").text
    plain = " ".join(re.sub(r"<[^>]+>", " ", text).split())
    assert "1 thing needs a look" in plain
    assert "offers of others · eu-main nothing has come in since 2026-11-20 04:00 UTC" in plain
    assert "can be written" in plain
    assert "GB free" in plain
    assert re.search(r"data pulled .*? ago ✖ failed offers: ", plain)
    assert "dry-run: nothing is sent" in plain


@pytest.mark.parametrize(("who", "status"), [("vera", 403), ("ann", 200)])
def test_everything_is_checked_when_an_approver_asks(who: str, status: int, vera: TestClient, ann: TestClient) -> None:
    browser = {"vera": vera, "ann": ann}[who]
    came = browser.post("/health/check", data={"form_key": key_of(browser)}, headers=FROM_US)
    assert came.status_code == status
    if status == 200:
        plain = " ".join(re.sub(r"<[^>]+>", " ", came.text).split())
        for part in ("audit log", "events, whole", "account eu-main", "database journal"):
            assert part in plain
