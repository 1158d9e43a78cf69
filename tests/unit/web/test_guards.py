"""What a request must show before any screen sees it, and what every answer carries."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from agent.clock import SetClock
from agent.config.notify import Channel, Notify
from agent.mint import mint
from agent.model.person import Role, User
from agent.notify.setup import office_of
from agent.web.app import Application
from agent.web.desk import Desk
from agent.web.routes import ROUTES, Route
from tests.page_shop import PASSWORD, QUICK, USERS, Shop, furnish
from tests.unit.web.conftest import FROM_US, ORIGIN, Browser, key_of

_PARTS = {"{id:path}": "281474976700001", "{account}": "eu-main", "{kind}": "keyword",
          "{name:path}": "ads/bid-down-above-target", "{channel}": "nobody",
          "{id}": "p_00010", "{run}": "r_7F3KQ2M9XA", "{key}": "nobody"}  # fmt: skip


@pytest.fixture
def fresh(shop: Shop) -> Iterator[TestClient]:
    """A browser of a page that was just started: nobody has used up any tries."""
    with shop.desk() as desk:
        yield TestClient(Application(desk), base_url=ORIGIN, follow_redirects=False)


def _path(route: Route) -> str:
    path = route.path
    for part, value in _PARTS.items():
        path = path.replace(part, value)
    return path


def _called(browser: TestClient, route: Route, key: str = "", headers: dict[str, str] = FROM_US) -> int:
    if route.method == "GET":
        return browser.get(_path(route)).status_code
    return browser.post(_path(route), data={"form_key": key}, headers=headers).status_code


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_route_lets_in_the_role_it_names_and_nobody_below(
    route: Route, stranger: TestClient, signed_in: Browser
) -> None:
    if route.path == "/logout":
        return  # it ends the session: below
    alone = _called(stranger, route)
    if route.role is None:
        assert alone != 500
        return
    assert alone == (401 if route.method == "POST" else 303)
    for name, role in USERS.items():
        browser = signed_in(name)
        came = _called(browser, route, key_of(browser) if route.method == "POST" else "")
        assert came != 500
        assert (came == 403) is not role.may(route.role), f"{name} got {came}"


@pytest.mark.parametrize("route", [each for each in ROUTES if each.method == "POST" and not each.signed],
                         ids=lambda route: route.path)  # fmt: skip
def test_what_changes_something_needs_the_key_and_must_come_from_us(route: Route, signed_in: Browser) -> None:
    browser = signed_in("root")
    if route.role is not None:
        assert _called(browser, route, "") == 403
        assert _called(browser, route, "0" * 64) == 403
    key = key_of(browser)
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "none"},
                    {"Origin": "https://elsewhere.example"}, {"Origin": "null"}, {}):  # fmt: skip
        assert _called(browser, route, key, headers) == 403


def test_an_older_browser_may_name_its_origin_instead(signed_in: Browser) -> None:
    browser = signed_in("ann")
    told = {"form_key": key_of(browser), "verdict": "approve"}
    assert browser.post("/decide", data=told, headers={"Origin": ORIGIN}).status_code == 422


def test_only_posts_change_anything(signed_in: Browser) -> None:
    """A GET of what is a POST is refused, and no GET route leads to a handler that a POST has as well."""
    browser = signed_in("root")
    posts = {each.path for each in ROUTES if each.method == "POST"}
    gets = {each.path for each in ROUTES if each.method == "GET"}
    for path in posts - gets:
        assert browser.get(path.replace("{id}", "x").replace("{key}", "x")).status_code == 405
    handlers = [(each.method, each.handler) for each in ROUTES]
    assert not {does for how, does in handlers if how == "GET"} & {does for how, does in handlers if how == "POST"}


def test_each_screen_of_the_navigation_has_a_key_of_its_own() -> None:
    keys = [each.key for each in ROUTES if each.label]
    assert len(set(keys)) == len(keys)
    assert all(len(key) == 1 for key in keys)


@pytest.mark.parametrize("path", ["/inbox", "/login", "/nothing", "/static/steward.css", "/livez", "/actions/none"])
def test_every_answer_loads_nothing_from_elsewhere_and_is_not_framed_or_kept(path: str, signed_in: Browser) -> None:
    headers = signed_in("ann").get(path).headers
    policy = headers["content-security-policy"]
    for part in ("default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "base-uri 'none'",
                 "form-action 'self'", "frame-ancestors 'none'", "object-src 'none'"):  # fmt: skip
        assert part in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cache-control"] == ("no-cache" if path.startswith("/static/") else "no-store")
    assert "strict-transport-security" not in headers


def test_what_is_named_by_its_content_may_be_kept_for_ever(stranger: TestClient) -> None:
    from agent.web.assets import path_of

    assert "immutable" in stranger.get(path_of("steward.css")).headers["cache-control"]
    assert stranger.get("/static/../app.py").status_code == 404
    assert stranger.get("/static/vendor/htmx.LICENSE").status_code == 404


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1:1", "localhost", "", "127.0.0.1:8470.evil.example"])
def test_a_name_that_is_not_ours_is_not_answered(host: str, stranger: TestClient) -> None:
    assert stranger.get("/login", headers={"Host": host}).status_code == 421


def test_a_cookie_is_out_of_reach_of_scripts_and_other_sites(fresh: TestClient) -> None:
    cookie = fresh.post("/login", data={"name": "ann", "password": PASSWORD}, headers=FROM_US).headers["set-cookie"]
    name, _, rest = cookie.partition("=")
    assert name == "steward-8470"
    assert len(rest.partition(";")[0]) >= 43
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= {part.strip() for part in rest.split(";")}
    assert "Domain" not in cookie


def test_behind_tls_the_cookie_is_bound_to_the_host_and_browsers_remember_tls(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    shop = furnish(tmp_path_factory.mktemp("tls"), page='url = "https://ops.example.com/steward"', count=1)
    with shop.desk() as desk:
        browser = TestClient(Application(desk), base_url="https://ops.example.com", follow_redirects=False)
        # With the prefix and without: proxies do either.
        for path in ("/steward/login", "/login"):
            answer = browser.post(path, data={"name": "ann", "password": PASSWORD}, headers=FROM_US)
            assert answer.headers["location"] == "/steward/inbox"
        assert answer.headers["set-cookie"].startswith("__Host-steward=")
        assert "Secure" in answer.headers["set-cookie"]
        assert answer.headers["strict-transport-security"].startswith("max-age=")
        page = browser.get("/steward/inbox")
        assert page.status_code == 200
        links = [part.split('"')[0] for part in page.text.split('href="')[1:]]
        assert [link for link in links if not link.startswith(("/steward/", "#"))] == []


def test_five_wrong_tries_and_one_waits_by_name_and_by_address(shop: Shop) -> None:
    clock = SetClock(shop.now)
    with shop.desk(clock) as desk:
        browser = TestClient(Application(desk), base_url=ORIGIN, follow_redirects=False)
        wrong = {"name": "ann", "password": "not the password"}
        tries = [browser.post("/login", data=wrong, headers=FROM_US).status_code for _ in range(7)]
        assert tries == [401] * 5 + [429] * 2
        right = {"name": "bob", "password": PASSWORD}
        assert browser.post("/login", data=right, headers=FROM_US).status_code == 429
        clock.sleep(61)
        assert browser.post("/login", data=right, headers=FROM_US).status_code == 303


def test_an_unknown_name_and_a_wrong_password_read_the_same(fresh: TestClient) -> None:
    said = {fresh.post("/login", data={"name": name, "password": "x" * 14}, headers=FROM_US).text.replace(name, "")
            for name in ("ann", "zoe")}  # fmt: skip
    assert len(said) == 1


@pytest.mark.parametrize(("idle", "lasts"), [(timedelta(minutes=29), True), (timedelta(minutes=31), False)])
def test_a_session_ends_without_use(idle: timedelta, lasts: bool, shop: Shop) -> None:
    clock = SetClock(shop.now)
    with shop.desk(clock) as desk:
        browser = TestClient(Application(desk), base_url=ORIGIN, follow_redirects=False)
        browser.post("/login", data={"name": "ann", "password": PASSWORD}, headers=FROM_US)
        clock.sleep(idle.total_seconds())
        assert (browser.get("/inbox").status_code == 200) is lasts


def test_a_session_ends_after_its_longest_time_however_much_it_is_used(shop: Shop) -> None:
    clock = SetClock(shop.now)
    with shop.desk(clock) as desk:
        browser = TestClient(Application(desk), base_url=ORIGIN, follow_redirects=False)
        browser.post("/login", data={"name": "ann", "password": PASSWORD}, headers=FROM_US)
        came = []
        for _ in range(26):
            clock.sleep(29 * 60)
            came.append(browser.get("/me").status_code)
        assert came == [200] * 24 + [303] * 2


@pytest.mark.parametrize(
    ("name", "change"),
    [("cara", {"disabled": True}), ("cecil", {"role": Role.VIEWER}), ("cleo", {"password": "another"})],
)
def test_whoever_loses_something_is_out_at_once(name: str, change: dict[str, object], shop: Shop) -> None:
    with shop.desk() as desk:
        now = desk.clock.now()
        desk.ledger.people.add(User(name, Role.APPROVER, False, "", now), QUICK.hashed(PASSWORD, name), "root")
        browser = TestClient(Application(desk), base_url=ORIGIN, follow_redirects=False)
        browser.post("/login", data={"name": name, "password": PASSWORD}, headers=FROM_US)
        assert browser.get("/me").status_code == 200
        desk.ledger.people.change(name, "root", "test", now, **change)
        assert browser.get("/me").status_code == 303
        assert desk.ledger.verify().ok


def test_something_dangerous_asks_for_a_password_that_was_given_long_ago(shop: Shop) -> None:
    clock = SetClock(shop.now)
    dangerous = Route("POST", "/dangerous", lambda ask: ask.json({}), Role.VIEWER, fresh=True)
    with shop.desk(clock) as desk:
        browser = TestClient(Application(desk, [*ROUTES, dangerous]), base_url=ORIGIN, follow_redirects=False)
        browser.post("/login", data={"name": "ann", "password": PASSWORD}, headers=FROM_US)
        told = {"form_key": key_of(browser)}
        assert browser.post("/dangerous", data=told, headers=FROM_US).status_code == 200
        clock.sleep(16 * 60)
        refused = browser.post("/dangerous", data=told, headers=FROM_US)
        assert refused.status_code == 403
        assert "Your password again" in refused.text
        for password, code in (("wrong wrong wrong", 401), (PASSWORD, 303)):
            assert browser.post("/again", data={**told, "password": password}, headers=FROM_US).status_code == code
        assert browser.post("/dangerous", data=told, headers=FROM_US).status_code == 200


def test_signing_out_ends_the_session_for_whoever_holds_its_cookie(fresh: TestClient, desk: Desk) -> None:
    fresh.post("/login", data={"name": "ann", "password": PASSWORD}, headers=FROM_US)
    stolen = dict(fresh.cookies)
    assert fresh.post("/logout", data={"form_key": key_of(fresh)}, headers=FROM_US).status_code == 303
    thief = TestClient(Application(desk), base_url=ORIGIN, follow_redirects=False, cookies=stolen)
    assert thief.get("/inbox").status_code == 303


def test_a_link_of_a_chat_opens_what_it_names_once_one_has_signed_in(shop: Shop, stranger: TestClient) -> None:
    assert stranger.get("/actions/p_00010").headers["location"] == "/login?to=%2Factions%2Fp_00010"
    onward = stranger.get("/actions/p_00010", headers={"Sec-Fetch-Site": "cross-site"})
    assert "url=/actions/p_00010?once=1" in onward.text
    for to, led in (("/actions/p_00010", "/actions/p_00010"), ("//evil.example", "/inbox"),
                    ("https://evil.example", "/inbox"), ("/\\evil.example", "/inbox")):  # fmt: skip
        with shop.desk() as desk:
            browser = TestClient(Application(desk), base_url=ORIGIN, follow_redirects=False)
            told = {"name": "ann", "password": PASSWORD, "to": to}
            assert browser.post("/login", data=told, headers=FROM_US).headers["location"] == led


def test_the_link_in_a_message_opens_the_plan_it_is_about_and_opening_decides_nothing(shop: Shop) -> None:
    with shop.desk() as desk:
        ledger, told = desk.ledger, Notify(channels={"team": Channel(kind="slack")}, page=ORIGIN)
        config = shop.config.model_copy(update={"notify": told})
        office = office_of(config, ledger, SetClock(shop.now), mint, lambda rule: "", hurried=True)
        office.read()
        office.flush()
        (link,) = {link.url.removeprefix(ORIGIN) for posted in ledger.outbox.log() for link in posted.message.links
                   if "/plans/" in link.url}  # fmt: skip
        before = {each.id: (each.state, each.version) for each in ledger.proposals()}
        browser = TestClient(Application(desk), base_url=ORIGIN, follow_redirects=False)
        login = browser.get(link, headers={"Sec-Fetch-Site": "none"}).headers["location"]
        assert login == f"/login?to={quote(link, safe='')}"
        form = {"name": "ann", "password": PASSWORD, "to": link}
        assert browser.post("/login", data=form, headers=FROM_US).headers["location"] == link
        page = browser.get(link)
        assert page.status_code == 200
        assert "p_00010" in page.text
        assert {each.id: (each.state, each.version) for each in ledger.proposals()} == before
        assert browser.post(link, data={"form_key": key_of(browser)}, headers=FROM_US).status_code == 405


def test_a_form_that_is_too_large_is_refused_and_nothing_decided(signed_in: Browser, desk: Desk) -> None:
    browser, head = signed_in("ann"), desk.ledger.head()
    told = {"form_key": key_of(browser), "picks": "p_1:1 " * 400_000}
    assert browser.post("/decide", data=told, headers=FROM_US).status_code == 413
    assert desk.ledger.head() == head


def test_the_one_time_link_lets_one_browser_in_once_and_only_while_there_are_no_users(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    shop = furnish(tmp_path_factory.mktemp("alone"), users={}, count=1)
    with shop.desk() as desk:
        link = f"/enter/{desk.doorman.new_link()}"
        first, second = (TestClient(Application(desk), base_url=ORIGIN, follow_redirects=False) for _ in range(2))
        assert first.get("/inbox").status_code == 303
        assert first.get(link).status_code == 200, "looking at it uses nothing up"
        assert first.post(link, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
        assert first.post(link, headers=FROM_US).headers["location"] == "/inbox"
        assert second.post(link, headers=FROM_US).status_code == 403
        assert (first.get("/inbox").status_code, second.get("/inbox").status_code) == (200, 303)
        desk.ledger.people.add(User("ann", Role.ADMIN, False, "", shop.now), QUICK.hashed(PASSWORD, "ann"), "owner")
        assert first.get("/inbox").status_code == 303
        assert desk.ledger.verify().ok


def test_the_roles_form_a_ladder() -> None:
    assert [one.may(other) for one, other in itertools.product(Role, Role)] == [
        True, False, False, True, True, False, True, True, True,
    ]  # fmt: skip
