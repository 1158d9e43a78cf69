"""A rule is changed on the page: by its values or its text, seen before it is saved, and saved whole or not at all."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from agent.clock import SetClock
from agent.web.app import Application
from agent.web.bench import Bench
from agent.web.desk import Desk
from tests.page_shop import PASSWORD, Shop, furnish
from tests.unit.web.conftest import FROM_US, ORIGIN, Browser, key_of

NAME = "ads/bid-down-above-target"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return furnish(tmp_path_factory.mktemp("shop"), count=8, rules=(NAME, "events/cool-down"))


@pytest.fixture(scope="module")
def root(signed_in: Browser) -> TestClient:
    return signed_in("root")


@pytest.fixture
def rule_file(shop: Shop) -> Iterator[Path]:
    """The rule's file, put back afterwards."""
    path = shop.folder / "rules" / f"{NAME}.yaml"
    before = path.read_bytes()
    yield path
    path.write_bytes(before)


def fields(text: str, action: str) -> dict[str, str]:
    """What a browser would send of the form with this action."""
    form = re.search(rf'<form[^>]*action="{action}"[^>]*>(.*?)</form>', text, re.DOTALL)
    assert form is not None, action
    found = {}
    for tag in re.findall(r"<input ([^>]*)>", form[1]):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name is not None:
            found[name[1]] = html.unescape(value[1]) if value is not None else ""
    for name_, body in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form[1], re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', body) or re.search(
            r'<option (?:value=")?([^">]*)', body
        )
        found[name_] = chosen[1] if chosen is not None else ""
    for name_, body in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>\n?(.*?)</textarea>', form[1], re.DOTALL):
        found[name_] = html.unescape(body).replace("\r\n", "\n").replace("\n", "\r\n")
    return found


def opened(browser: TestClient, **query: str) -> dict[str, str]:
    return fields(browser.get("/rules/edit", params={"rule": NAME, **query}).text, "/rules/preview")


def sent(browser: TestClient, path: str, form: Mapping[str, str], **more: str) -> tuple[int, str]:
    answer = browser.post(path, data={**form, **more}, headers=FROM_US)
    return answer.status_code, answer.text or answer.headers.get("location", "")


def test_a_form_that_is_saved_as_it_was_opened_changes_nothing(root: TestClient, rule_file: Path) -> None:
    before = rule_file.read_bytes()
    for form in (opened(root), opened(root, **{"as": "text"})):
        code, text = sent(root, "/rules/preview", form)
        assert code == 200
        assert "Nothing would change" in text
        assert sent(root, "/rules/save", form) == (303, f"/rules/of/{NAME}?saved=0")
        assert rule_file.read_bytes() == before


def test_one_value_is_changed_seen_and_saved_and_the_rest_stays_to_the_byte(
    root: TestClient, rule_file: Path, shop: Shop
) -> None:
    before = rule_file.read_bytes()
    code, text = sent(root, "/rules/preview", opened(root) | {"v.params.min_clicks": "20"})
    assert code == 200
    assert rule_file.read_bytes() == before, "a preview saves nothing"
    lines = re.findall(r'<span class="(more|less)">(.*?)</span>', text)
    assert [(kind, line.split("#")[0].strip()) for kind, line in lines] == [
        ("less", "-   min_clicks: 15"), ("more", "+   min_clicks: 20")]  # fmt: skip
    assert "all 9 pass" in text
    assert "7 days, each as known then" in text
    assert sent(root, "/rules/save", fields(text, "/rules/save")) == (303, f"/rules/of/{NAME}?saved=1")
    assert rule_file.read_bytes() == before.replace(b"min_clicks: 15 ", b"min_clicks: 20 ")
    assert "min_clicks: 20" in root.get(f"/rules/of/{NAME}?saved=1").text
    with shop.ledger() as ledger:
        event = ledger.events(limit=1)[0]
        assert (event.kind, event.payload["rule"], event.payload["by"]) == ("rule_edited", NAME, "root")
        assert ledger.verify().ok
    form = opened(root) | {"v.params.min_clicks": "15"}
    assert sent(root, "/rules/save", form)[0] == 303
    assert rule_file.read_bytes() == before


def test_the_text_is_changed_by_the_same_way(root: TestClient, rule_file: Path) -> None:
    before = rule_file.read_bytes()
    form = opened(root, **{"as": "text"})
    form["text"] = form["text"].replace("severity: S4", "severity: S3") + "# the last line\r\n"
    code, text = sent(root, "/rules/preview", form)
    assert code == 200
    assert sent(root, "/rules/save", fields(text, "/rules/save"))[0] == 303
    assert rule_file.read_bytes() == before.replace(b"severity: S4", b"severity: S3") + b"# the last line\n"


def test_a_value_that_cannot_be_is_said_beside_it_and_the_others_are_kept(root: TestClient, rule_file: Path) -> None:
    wish = opened(root) | {"v.params.min_clicks": "-3", "v.params.deadband": "12"}
    code, text = sent(root, "/rules/preview", wish)
    assert code == 422
    assert 'value="-3"' in text
    assert "Out of bounds: 0 or more." in text
    assert fields(text, "/rules/preview")["v.params.deadband"] == "12"
    assert sent(root, "/rules/save", wish)[0] == 422


def test_a_text_that_would_not_load_or_whose_tests_fail_is_not_saved(root: TestClient, rule_file: Path) -> None:
    before = rule_file.read_bytes()
    form = opened(root, **{"as": "text"})
    faulty = form | {"text": form["text"].replace("recent.clicks >=", "recent.click >=")}
    for path in ("/rules/preview", "/rules/save"):
        code, text = sent(root, path, faulty)
        assert code == 422
        assert "the rules would not load" in text
        assert "did you mean" in text
        assert "recent.click &gt;= min_clicks" in text, "what was typed is still there"
    code, text = sent(root, "/rules/save", opened(root) | {"v.params.min_clicks": "41"})
    assert code == 422
    assert "Some of its own tests fail" in text
    assert "Save</button>" not in text
    assert rule_file.read_bytes() == before


def test_a_rule_that_changed_while_its_form_was_open_is_shown_with_what_was_set(
    root: TestClient, rule_file: Path
) -> None:
    wish = opened(root) | {"v.params.min_clicks": "20"}
    rule_file.write_bytes(rule_file.read_bytes().replace(b"deadband: 10%", b"deadband: 15%"))
    theirs = rule_file.read_bytes()
    for path in ("/rules/preview", "/rules/save"):
        code, text = sent(root, path, wish)
        assert code == 409
        assert "The rule changed while its form was open" in text
        assert "<strong>20</strong>" in text
        assert "deadband: 15%" in text
    assert rule_file.read_bytes() == theirs
    form = fields(text, "/rules/preview") | {"back": "1"}
    again = fields(sent(root, "/rules/preview", form)[1], "/rules/preview")
    assert (again["v.params.min_clicks"], again["v.params.deadband"]) == ("20", "15"), "both, in the newest form"
    assert sent(root, "/rules/save", again)[0] == 303
    assert rule_file.read_bytes() == theirs.replace(b"min_clicks: 15 ", b"min_clicks: 20 ")


def test_a_text_that_changed_meanwhile_is_shown_beside_mine(root: TestClient, rule_file: Path) -> None:
    form = opened(root, **{"as": "text"})
    form["text"] = form["text"].replace("severity: S4", "severity: S3")
    rule_file.write_bytes(rule_file.read_bytes() + b"# theirs\n")
    code, text = sent(root, "/rules/save", form)
    assert code == 409
    assert re.findall(r'<span class="(more|less)">. (.*?)</span>', text) == [
        ("less", "severity: S4"), ("more", "severity: S3"), ("less", "# theirs")]  # fmt: skip


def test_saving_asks_for_the_password_again_and_keeps_what_was_set(shop: Shop, rule_file: Path) -> None:
    clock = SetClock(shop.now)
    with shop.desk(clock) as desk:
        browser = TestClient(Application(desk), base_url=ORIGIN, follow_redirects=False)
        browser.post("/login", data={"name": "root", "password": PASSWORD}, headers=FROM_US)
        wish = opened(browser) | {"v.params.min_clicks": "20"}
        clock.sleep(20 * 60)
        before = rule_file.read_bytes()
        code, text = sent(browser, "/rules/save", wish)
        assert code == 422
        form = fields(text, "/rules/save")
        assert "password" in form
        code, text = sent(browser, "/rules/save", form, password="wrong")
        assert code == 422
        assert "This is not your password." in text
        assert rule_file.read_bytes() == before
        assert sent(browser, "/rules/save", fields(text, "/rules/save"), password=PASSWORD)[0] == 303
        assert rule_file.read_bytes() != before


@pytest.mark.parametrize("name", ["vera", "ann"])
def test_only_an_admin_changes_rules(name: str, signed_in: Browser, root: TestClient, rule_file: Path) -> None:
    browser = signed_in(name)
    assert "/rules/edit" not in browser.get(f"/rules/of/{NAME}").text
    assert browser.get(f"/rules/edit?rule={NAME}").status_code == 403
    wish = opened(root) | {"form_key": key_of(browser), "v.params.min_clicks": "20"}
    assert sent(browser, "/rules/preview", wish)[0] == 403
    assert sent(browser, "/rules/save", wish)[0] == 403


@pytest.mark.parametrize("how", ["read-only", "link"])
def test_a_file_that_is_not_to_be_written_has_no_form(how: str, root: TestClient, rule_file: Path) -> None:
    wish = opened(root) | {"v.params.min_clicks": "20"}
    real = rule_file.with_name("real")
    if how == "read-only":
        rule_file.chmod(0o444)
    else:
        rule_file.rename(real)
        rule_file.symlink_to(real)
    try:
        assert "/rules/edit" not in root.get(f"/rules/of/{NAME}").text
        assert root.get(f"/rules/edit?rule={NAME}").status_code == 409
        assert sent(root, "/rules/save", wish)[0] == 409
    finally:
        if how == "link":
            rule_file.unlink()
            real.rename(rule_file)
        rule_file.chmod(0o644)


def test_hostile_text_is_shown_and_not_obeyed(root: TestClient, rule_file: Path) -> None:
    form = opened(root, **{"as": "text"})
    form["text"] += "# </textarea><script>alert(1)</script>\r\n"
    for path in ("/rules/preview", "/rules/save"):
        text = sent(root, path, form)[1]
        assert "<script>alert" not in text
    assert "<script>alert" not in root.get(f"/rules/edit?rule={NAME}&as=text").text


def test_past_days_are_worked_out_or_the_command_is_named(root: TestClient, desk: Desk, signed_in: Browser) -> None:
    ann = signed_in("ann")
    ask = {"form_key": key_of(ann), "rule": NAME, "days": "10", "account": "eu-main"}
    code, text = sent(ann, "/rules/backtest", ask)
    assert code == 200
    assert "10, each judged on what was known then" in text
    assert 'id="backtest-data"' in text
    spent = replace(desk, bench=Bench(seconds=-1))
    slow = TestClient(Application(spent), base_url=ORIGIN, follow_redirects=False, cookies=dict(ann.cookies))
    code, text = sent(slow, "/rules/backtest", ask)
    assert code == 422
    assert f"steward backtest {NAME} --days 10 --account eu-main" in html.unescape(text)
    assert sent(ann, "/rules/backtest", ask, account="us-shop")[0] == 422, "nothing was ever pulled there"
    assert sent(ann, "/rules/backtest", ask, rule="ads/nobody")[0] == 404
