"""The rules on the page: where each stands, how it judged, what it is at fault for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from agent.model.change import Change
from agent.model.entity import Entity
from agent.model.money import Money
from agent.model.proposal import Decision
from agent.web.desk import Desk
from tests.page_shop import Shop, furnish, wish
from tests.unit.web.conftest import Browser

NAMES = ("ads/bid-down-above-target", "inventory/gap", "events/cool-down")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return furnish(tmp_path_factory.mktemp("shop"), count=8, rules=NAMES)


@pytest.fixture(scope="module")
def desk(shop: Shop) -> Iterator[Desk]:
    with shop.desk() as desk:
        yield desk


@pytest.fixture(scope="module")
def root(signed_in: Browser) -> TestClient:
    return signed_in("root")


@pytest.fixture
def rule_file(shop: Shop) -> Iterator[Path]:
    """The file of the first rule, put back afterwards."""
    path = shop.folder / "rules" / f"{NAMES[0]}.yaml"
    before = path.read_bytes()
    yield path
    path.write_bytes(before)


def badges(text: str) -> list[str]:
    return re.findall(r'class="badge \w+"><span aria-hidden="true">.</span> ([^<]+)</span>', text)


def test_rules_are_listed_by_group_with_how_they_judged_last(root: TestClient) -> None:
    text = root.get("/rules").text
    assert re.findall(r'<h2 id="group-\d+">(\w+)</h2>', text) == ["ads", "events", "inventory"]
    assert badges(text) == ["ask", "in order", "tell", "in order", "tell", "in order"]
    row = re.search(r"bid-down-above-target</a>.*?</tr>", text, re.DOTALL)
    assert row is not None
    assert re.findall(r'class="num" data-label="(\w+)">([\d,–]+)', row[0]) == [
        ("judged", "1,240"), ("matched", "7"), ("unknown", "12"), ("proposed", "7"), ("accepted", "75")]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "count"),
    [("group=ads", 1), ("mode=tell", 2), ("state=in+order", 3), ("state=at+fault", 0), ("text=COOL", 1),
     ("text=acos+keywords", 1), ("mode=nonsense", 0), ("account=us-shop", 3), ("account=nobody", 3)],
)  # fmt: skip
def test_the_list_is_filtered(query: str, count: int, root: TestClient) -> None:
    answer = root.get(f"/rules?{query}")
    assert answer.status_code == 200
    assert answer.text.count("/rules/of/") == count


def test_one_rule_shows_its_text_its_tests_and_its_days(root: TestClient) -> None:
    text = root.get(f"/rules/of/{NAMES[0]}").text
    assert "min_clicks: 15  # fewer say nothing" in text
    assert "all 9 pass" in text
    assert "another bid" in text
    found = re.search(r'<script type="application/json" id="activity-data">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    lines = {line["label"]: line["values"] for line in json.loads(found[1])["lines"]}
    assert lines["matched"] == [29, 26, 23, 20, 29, 26, 23, 20, 29, 26, 23, 7]
    assert lines["unknown"].count(12) == 11
    assert lines["proposed"][-1] == 7
    assert lines["done"] == [0] * 11 + [1]
    assert root.get("/rules/of/ads/nobody").status_code == 404


def test_a_rule_shows_what_became_of_what_its_present_text_asked_for(
    root: TestClient, shop: Shop, rule_file: Path
) -> None:
    page = f"/rules/of/{NAMES[0]}?account=us-shop"
    assert "Nothing it asked for was decided or sent yet." in root.get(page).text
    digest, dollar = sha256(rule_file.read_bytes()).hexdigest(), Money.of("1", "USD")
    made = [wish(number, shop.now, rule=NAMES[0], digest=digest, run="r_us",
                 change=Change(Entity("us-shop", "keyword", f"k-{number}"), "bid", dollar, Money.of("0.8", "USD")))
            for number in range(801, 806)]  # fmt: skip
    with shop.ledger() as ledger:
        ledger.add(made)
        ledger.decide([Decision(each.id, 1, number > 0, "ann", "page", "no") for number, each in enumerate(made)],
                      shop.now)  # fmt: skip
    text = root.get(page).text
    assert re.search(r'Accepted by people</dt><dd>\s*80% <span class="dim">4 of 5', text)
    assert "it needs 20 decisions of people, 90% of them a yes" in text


def test_a_rule_that_never_judged_has_no_chart(root: TestClient) -> None:
    text = root.get("/rules/of/events/cool-down").text
    assert "activity-data" not in text
    assert "nothing: it only tells" in text


def test_a_fault_is_shown_with_its_place_and_remedy_and_holds_newer_texts_back(
    root: TestClient, rule_file: Path, shop: Shop
) -> None:
    assert badges(root.get("/rules").text).count("in order") == 3
    other = shop.folder / "rules" / "events" / "cool-down.yaml"
    before = other.read_bytes()
    rule_file.write_bytes(rule_file.read_bytes().replace(b"recent.clicks >=", b"recent.click >="))
    other.write_bytes(before.replace(b"gone: 5d", b"gone: 6d"))
    try:
        text = root.get("/rules").text
        assert "1 rule file is at fault" in text
        assert re.search(r"line 20, column 5 · R0\d\d", text), "where it is"
        assert "did you mean" in text, "what to do"
        assert sorted(badges(text)) == ["ask", "at fault", "held back", "in order", "tell", "tell"]
        one = root.get(f"/rules/of/{NAMES[0]}").text
        assert "The last text that was in order goes on judging." in one
        assert "recent.click &gt;= min_clicks" in one
        held = root.get("/rules/of/events/cool-down").text
        assert "gone: 6d" in held
        assert "gone: 5d" in held, "the text that judges"
    finally:
        other.write_bytes(before)


def test_a_page_that_starts_with_a_faulty_rule_shows_it(shop: Shop, rule_file: Path) -> None:
    from agent.web.rulings import Shelf

    rule_file.write_bytes(b"rule: ads/bid-down-above-target\n")
    with shop.desk() as desk:
        found = Shelf.of(desk)
        assert found.force.rules == ()
        standing = {each.name: str(each.standing) for each in found.rules}
    assert standing == dict.fromkeys(NAMES, "held back") | {NAMES[0]: "at fault"}
