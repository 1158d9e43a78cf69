"""The audit log on the page: searched, read on, verified and taken along whole."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path

from starlette.testclient import TestClient

from agent.web.app import Application
from agent.web.desk import Desk
from tests.page_shop import HOSTILE, PASSWORD, furnish
from tests.unit.web.conftest import FROM_US, ORIGIN, Browser, key_of


def _numbers(text: str) -> list[int]:
    return [int(found.replace(",", "")) for found in re.findall(r'data-label="no\.">([\d,]+)<', text)]


def test_it_is_read_from_the_newest_on_piece_by_piece(vera: TestClient, desk: Desk) -> None:
    seen, path, last = [], "/audit", desk.ledger.head().seq
    while path:
        text = vera.get(path).text
        seen += _numbers(text)
        older = re.search(r'rel="next" href="([^"]+)"', text)
        path = older[1] if older is not None else ""
    assert seen == list(range(max(seen), 0, -1))
    assert max(seen) >= last


def test_it_is_searched_by_time_person_event_and_thing(vera: TestClient, desk: Desk) -> None:
    events = {event.seq: event for event in desk.ledger.events()}

    def found(query: str) -> list[int]:
        return _numbers(vera.get(f"/audit?{query}").text)

    approved = found("actor=ann&kind=approved")
    assert len(approved) > 3
    assert approved == [seq for seq in sorted(events, reverse=True)
                        if events[seq].kind == "approved" and events[seq].payload["by"] == "ann"]  # fmt: skip
    assert {events[seq].proposal for seq in found("about=p_00001")} == {"p_00001"}
    entity = desk.ledger.proposals(ids=["p_00001"])[0].change.entity.id
    assert set(found("about=p_00001")) <= set(found(f"about={entity}"))
    assert found("about=R-1") != [], "alerts are found by their thing as well"
    day = f"{desk.clock.now():%Y-%m-%d}"
    assert found(f"since={day}") == [seq for seq in sorted(events, reverse=True)
                                     if f"{events[seq].at:%Y-%m-%d}" >= day][:50]  # fmt: skip
    assert found("until=2020-01-01") == []
    assert found("since=yesterday&kind=approved&actor=ann") == approved, "what is no day is left out"
    assert found("actor=%25") == []


def test_hostile_words_and_secrets_stay_out(vera: TestClient) -> None:
    text = vera.get("/audit?about=p_00907").text
    assert HOSTILE not in text
    assert "&lt;img src=x" in text


def test_it_is_verified_where_it_stands(signed_in: Browser, tmp_path: Path) -> None:
    ann = signed_in("ann")
    told = {"form_key": key_of(ann)}
    assert "The audit log is whole" in ann.post("/audit/verify", data=told, headers=FROM_US).text
    shop = furnish(tmp_path, count=1, rules=())
    with sqlite3.connect(tmp_path / "steward.db") as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        database.execute("UPDATE events SET payload = replace(payload, 'root', 'rood') WHERE seq = 2")
    database.close()
    with shop.desk() as desk:
        browser = TestClient(Application(desk), base_url=ORIGIN, follow_redirects=False)
        browser.post("/login", data={"name": "ann", "password": PASSWORD}, headers=FROM_US)
        answer = browser.post("/audit/verify", data={"form_key": key_of(browser)}, headers=FROM_US)
        assert "event 2 was changed after it was written" in answer.text


def test_all_of_it_is_taken_along_by_admins(signed_in: Browser, desk: Desk) -> None:
    assert signed_in("ann").get("/audit/export").status_code == 403
    answer = signed_in("root").get("/audit/export")
    rows = [json.loads(line) for line in answer.text.splitlines()]
    assert [row["seq"] for row in rows if row["record"] == "event"] == list(range(1, desk.ledger.head().seq + 1))
    assert answer.headers["content-disposition"] == 'attachment; filename="steward-audit.jsonl"'
