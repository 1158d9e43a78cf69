"""Signing in with a provider, which is a real one in small: over HTTP, with signed tokens."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from agent.clock import SetClock
from agent.config import load
from agent.config.page import Oidc as Given
from agent.model.person import Role
from agent.web.app import Application
from agent.web.desk import Desk
from tests.oidc_provider import CLIENT, SECRET, Provider, provider
from tests.page_shop import Shop, furnish
from tests.unit.web.conftest import FROM_US, ORIGIN

ELSEWHERE = {"Sec-Fetch-Site": "cross-site"}


class Door:
    """The page, its provider, and somebody's browser."""

    def __init__(self, desk: Desk, clock: SetClock, vendor: Provider) -> None:
        self.desk, self.clock, self.vendor = desk, clock, vendor
        self.browser = self.new_browser()

    def new_browser(self) -> TestClient:
        return TestClient(Application(self.desk), base_url=ORIGIN, follow_redirects=False)

    def back(self) -> dict[str, str]:
        """To the provider and back: what our own page then sends on."""
        address = self.browser.get("/oidc/start").headers["location"]
        assert address.startswith(f"{self.vendor.url}/authorize?")
        page = self.browser.get(self.vendor.authorize(address).removeprefix(ORIGIN), headers=ELSEWHERE)
        assert page.status_code == 200
        return {name: unescape(value) for name, value in re.findall(r'name="(code|state)" value="([^"]*)"', page.text)}

    def come_in(self, **claims: object) -> tuple[int, str]:
        self.vendor.claims = {"preferred_username": "ann", **claims}
        answer = self.browser.post("/oidc/back", data=self.back(), headers=FROM_US)
        return answer.status_code, answer.text


@pytest.fixture(scope="module")
def vendor() -> Iterator[Provider]:
    with provider(0) as found:
        yield found


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return furnish(tmp_path_factory.mktemp("template"), count=1, rules=())


@pytest.fixture
def door(template: Shop, vendor: Provider, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Door]:
    """A fresh database; ``more`` of the configuration comes as the parameter."""
    for name in ("steward.db", "steward.toml"):
        shutil.copy(template.folder / name, tmp_path / name)
    config = load(tmp_path / "steward.toml", variables={})
    given = {"issuer": vendor.url, "client_id": CLIENT, "client_secret": SECRET, **getattr(request, "param", {})}
    config = config.model_copy(update={"page": config.page.model_copy(update={"oidc": Given(**given)})})
    clock = SetClock(template.now)
    vendor.now, vendor.more, vendor.signed_with, vendor.algorithm = template.now.timestamp(), {}, None, "RS256"
    vendor.faults.clear()
    with Shop(tmp_path, config, template.now).desk(clock) as desk:
        yield Door(desk, clock, vendor)


def test_a_user_comes_in_by_the_name_the_provider_says_and_needs_no_password(door: Door) -> None:
    assert door.vendor.url in door.browser.get("/login").text
    assert door.come_in()[0] == 303
    assert "ann" in door.browser.get("/me").text
    assert door.vendor.faults == []
    assert [each.user for each in door.desk.doorman.people.sessions()] == ["ann"]
    assert door.desk.ledger.verify().ok


def test_who_is_no_user_or_shut_out_stays_out(door: Door) -> None:
    status, text = door.come_in(preferred_username="zoe")
    assert (status, "zoe has no access here" in text) == (403, True)
    assert door.desk.doorman.people.user("zoe") is None
    door.desk.doorman.people.change("ann", "root", "disabled", door.clock.now(), disabled=True)
    assert door.come_in()[0] == 403
    for name in ("a/b", "", 7, None):
        assert door.come_in(preferred_username=name)[0] == 403


@pytest.mark.parametrize("door", [{"create_role": "viewer"}], indirect=True)
def test_somebody_new_is_let_in_where_that_is_configured_as_what_it_says(door: Door) -> None:
    assert door.come_in(preferred_username="zoe")[0] == 303
    user = door.desk.doorman.people.user("zoe")
    assert user is not None
    assert user.role is Role.VIEWER
    assert door.desk.ledger.verify().ok


@pytest.mark.parametrize("door", [{"claim": "email", "create_role": "viewer"}], indirect=True)
def test_an_address_counts_only_where_it_was_verified(door: Door) -> None:
    for verified in (False, None, "true"):
        assert door.come_in(email="zoe@example.com", email_verified=verified)[0] == 403
    assert door.come_in(email="zoe@example.com", email_verified=True)[0] == 303


@pytest.mark.parametrize(
    "more",
    [{"iss": "https://evil.example"}, {"aud": "another"}, {"aud": [CLIENT, "another"], "azp": "another"}, {"exp": 1},
     {"exp": None}, {"nonce": "another"}, {"nonce": None}],
)  # fmt: skip
def test_a_token_for_another_or_of_another_try_is_refused(more: dict[str, object], door: Door) -> None:
    door.vendor.more = more
    status, text = door.come_in()
    assert (status, "not for this sign-in" in text) == (403, True)


def test_a_token_that_the_provider_did_not_sign_is_refused(door: Door) -> None:
    from joserfc.jwk import OctKey, RSAKey

    door.vendor.signed_with = RSAKey.generate_key(2048, {"kid": "one"})
    assert "not signed by it" in door.come_in()[1]
    # A shared secret instead of the provider's own key.
    door.vendor.signed_with, door.vendor.algorithm = OctKey.generate_key(256, {"kid": "one"}), "HS256"
    assert "not signed by it" in door.come_in()[1]
    assert door.desk.doorman.people.sessions() == []


def test_a_try_is_good_once_in_its_own_browser_and_for_a_while(door: Door) -> None:
    door.vendor.claims = {"preferred_username": "ann"}
    told = door.back()
    stranger = door.new_browser()
    assert "another browser" in stranger.post("/oidc/back", data=told, headers=FROM_US).text
    assert "used before" in door.browser.post("/oidc/back", data=told, headers=FROM_US).text
    told = door.back()
    assert door.browser.post("/oidc/back", data=told, headers=ELSEWHERE).status_code == 403
    door.clock.sleep(601)
    assert "is old" in door.browser.post("/oidc/back", data=told, headers=FROM_US).text
    assert "used before" in door.browser.post("/oidc/back", data={**told, "state": "x"}, headers=FROM_US).text
    assert door.browser.get("/oidc/back?error=access_denied").status_code == 403
    assert door.desk.doorman.people.sessions() == []


def test_a_provider_that_calls_itself_otherwise_or_is_silent_lets_nobody_in(template: Shop, vendor: Provider) -> None:
    for issuer, said in ((f"{vendor.url}/", "does not call itself"), ("http://127.0.0.1:9", "does not answer")):
        page = template.config.page.model_copy(update={"oidc": Given(issuer=issuer, client_id=CLIENT)})
        shop = Shop(template.folder, template.config.model_copy(update={"page": page}), template.now)
        with shop.desk() as desk:
            answer = TestClient(Application(desk), base_url=ORIGIN, follow_redirects=False).get("/oidc/start")
            assert (answer.status_code, said in answer.text) == (503, True)


def test_without_a_provider_there_is_nothing_to_begin(template: Shop) -> None:
    with template.desk() as desk:
        browser = TestClient(Application(desk), base_url=ORIGIN, follow_redirects=False)
        assert [browser.get(path).status_code for path in ("/oidc/start", "/oidc/back?code=x")] == [404, 404]
        assert "oidc" not in browser.get("/login").text
