"""Users and keys on the page: who is let in, as what, by which link, and what their programs may hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from agent.clock import SetClock
from agent.model.person import Role
from agent.web.app import Application
from agent.web.desk import Desk
from tests.page_shop import JOIN, PASSWORD, furnish
from tests.unit.web.conftest import FROM_US, ORIGIN, key_of

NEW = "staple battery horse correct"


class Office:
    """A fresh page with somebody in front of it."""

    def __init__(self, desk: Desk, clock: SetClock) -> None:
        self.desk, self.clock, self.people = desk, clock, desk.doorman.people

    def browser(self) -> TestClient:
        return TestClient(Application(self.desk), base_url=ORIGIN, follow_redirects=False)

    def sign_in(self, name: str, password: str = PASSWORD) -> TestClient:
        browser = self.browser()
        told = {"name": name, "password": password}
        assert browser.post("/login", data=told, headers=FROM_US).status_code == 303
        return browser


def post(browser: TestClient, path: str, **fields: str | list[str]) -> tuple[int, str]:
    answer = browser.post(path, data={"form_key": key_of(browser), **fields}, headers=FROM_US)
    return answer.status_code, answer.text


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    shop = furnish(tmp_path, count=1, rules=())
    clock = SetClock(shop.now)
    with shop.desk(clock) as desk:
        yield Office(desk, clock)
        assert desk.ledger.verify().ok


def test_somebody_is_added_and_chooses_a_password_by_a_link_that_holds_once(office: Office) -> None:
    root, new = office.sign_in("root"), office.browser()
    status, text = post(root, "/users", name="zoe", role="viewer", password="")
    found = re.search(rf"{ORIGIN}(/join/[\w-]{{43}})", text)
    assert status == 200
    assert found is not None
    assert found[1] not in root.get("/users/zoe").text
    assert new.get(found[1]).status_code == 200, "looking uses nothing up"
    assert new.post(found[1], data={"new": NEW, "repeated": "x"}, headers=FROM_US).status_code == 422
    assert new.post(found[1], data={"new": "short", "repeated": "short"}, headers=FROM_US).status_code == 422
    assert new.post(found[1], data={"new": NEW, "repeated": NEW}, headers={}).status_code == 403
    assert new.post(found[1], data={"new": NEW, "repeated": NEW}, headers=FROM_US).headers["location"] == "/login"
    assert new.post(found[1], data={"new": NEW, "repeated": NEW}, headers=FROM_US).status_code == 403
    assert office.sign_in("zoe", NEW).get("/users").status_code == 403


def test_a_newer_link_and_time_end_an_older_one(office: Office) -> None:
    root, new = office.sign_in("root"), office.browser()
    assert new.get(f"/join/{JOIN}").status_code == 200
    post(root, "/users/vera/link")
    assert new.get(f"/join/{JOIN}").status_code == 403
    secret = office.desk.links.new("vera", "root")
    office.clock.sleep(48 * 3_600)
    assert new.get(f"/join/{secret}").status_code == 403
    assert "steward_" not in secret
    assert office.desk.keys.known(secret, "x").caller is None, "a link opens nothing else"


def test_made_up_links_are_counted(office: Office) -> None:
    new = office.browser()
    for number in range(5):
        new.get(f"/join/nobody-{number}")
    assert "Too many tries" in new.get(f"/join/{JOIN}").text


def test_an_admin_changes_shuts_out_and_lets_in_and_one_admin_stays(office: Office) -> None:
    root, ann = office.sign_in("root"), office.sign_in("ann")
    assert post(root, "/users", name="max", role="admin", password=NEW)[0] == 303
    assert post(root, "/users", name="max", role="admin", password=NEW)[0] == 422, "names stay"
    for name in ("a/b", "", "x" * 65):
        assert post(root, "/users", name=name, role="viewer", password=NEW)[0] == 422
    assert post(root, "/users/ann/role", role="boss")[0] == 422
    assert post(root, "/users/ann/role", role="viewer")[0] == 303
    assert ann.get("/inbox").status_code == 303, "a new role ends all sessions"
    bob = office.sign_in("bob")
    assert post(root, "/users/bob/sessions/end")[0] == 303
    assert bob.get("/inbox").status_code == 303
    assert post(root, "/users/bob/disable")[0] == 303
    assert "shut out" in root.get("/users").text
    assert post(root, "/users/bob/link")[0] == 422
    assert post(root, "/users/bob/enable")[0] == 303
    post(root, "/users/max/role", role="viewer")
    status, text = post(root, "/users/root/disable")
    assert (status, "only admin" in text) == (422, True)
    assert post(root, "/users/nobody/disable")[0] == 404


def test_what_is_dangerous_asks_for_the_password_again(office: Office) -> None:
    root = office.sign_in("root")
    office.clock.sleep(16 * 60)
    status, text = post(root, "/users", name="zoe", role="admin", password=NEW)
    assert (status, "Your password again" in text) == (403, True)
    assert office.people.user("zoe") is None
    assert post(root, "/me/keys", name="x", scope="read", days="9")[0] == 403


def test_a_key_is_shown_once_and_ended_by_its_user_and_by_an_admin(office: Office) -> None:
    ann, root = office.sign_in("ann"), office.sign_in("root")
    status, text = post(ann, "/me/keys", name="nightly", scope=["read", "decide"], days="30")
    found = re.search(r"steward_[\w-]{43}", text)
    assert status == 200
    assert found is not None
    assert found[0] not in ann.get("/me").text + root.get("/users/ann").text
    (key,) = office.people.tokens("ann")
    assert (key.name, key.scopes) == ("nightly", ("read", "decide"))
    assert post(office.sign_in("bob"), f"/me/keys/{key.id}/end")[0] == 303
    assert office.people.tokens("ann") == [key], "somebody else's is not there"
    assert post(root, f"/users/ann/keys/{key.id}/end")[0] == 303
    assert office.people.tokens("ann") == []
    vera = office.sign_in("vera")
    assert 'value="decide"' not in vera.get("/me").text
    for fields in ({"scope": "decide", "days": "9"}, {"scope": "read", "days": "999"}, {"days": "9"},
                   {"scope": "read", "days": "٣"}):  # fmt: skip
        assert post(vera, "/me/keys", name="x", **fields)[0] == 422


def test_the_one_who_is_alone_adds_an_admin_first_and_signs_in_from_then_on(tmp_path: Path) -> None:
    shop = furnish(tmp_path, users={}, count=1, rules=())
    with shop.desk() as desk:
        browser = TestClient(Application(desk), base_url=ORIGIN, follow_redirects=False)
        browser.post(f"/enter/{desk.doorman.new_link()}", headers=FROM_US)
        assert "make yourself admin first" in browser.get("/users").text
        assert post(browser, "/users", name="ann", role="approver", password=NEW)[0] == 422
        assert post(browser, "/me/keys", name="x", scope="read", days="9")[0] == 303
        assert post(browser, "/users", name="root", role="admin", password=NEW)[0] == 303
        assert [(each.name, each.role) for each in desk.doorman.people.users()] == [("root", Role.ADMIN)]
        assert browser.get("/inbox").status_code == 303
