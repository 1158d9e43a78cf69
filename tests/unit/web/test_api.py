"""Programs read and decide with a key that speaks for a user, within what both may do, and within a person's limits."""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.testclient import TestClient

from agent.access.keys import Keys
from agent.clock import SetClock
from agent.config import load
from agent.errors import ConfigError
from agent.ledger import SqlLedger
from agent.model.money import Money
from agent.model.person import Role, Scope, User
from agent.model.proposal import Decision, Execution
from agent.web.api import openapi
from agent.web.api.table import OPERATIONS, PREFIX
from agent.web.app import Application
from agent.web.desk import Desk
from tests.page_shop import PASSWORD, USERS, Shop, furnish, others, wish
from tests.unit.web.conftest import FROM_US, ORIGIN

PUBLISHED = Path(__file__).parents[3] / "docs" / "schemas" / "api" / "openapi.json"
BOTH = ("read", "decide")


@dataclass(slots=True)
class Api:
    """A fresh shop with programs in front of it."""

    ledger: SqlLedger
    clock: SetClock
    desk: Desk
    client: TestClient
    application: Application

    def key(self, user: str = "ann", scopes: tuple[str, ...] = BOTH, days: int = 90) -> str:
        found = self.ledger.people.user(user)
        assert found is not None
        return Keys(self.ledger.people, self.clock).give(found, "a test", scopes, days, "root")[1]

    def get(self, path: str, key: str, **query: Any) -> Any:
        answer = self.client.get(PREFIX + path, params=query, headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, verb: str, key: str, *picks: str, **more: Any) -> tuple[int, Any]:
        parts = (pick.partition(":") for pick in picks)
        body = {"proposals": [{"id": id, "version": int(version)} for id, _, version in parts], **more}
        headers = {"Authorization": f"Bearer {key}"}
        answer = self.client.post(f"{PREFIX}/decisions/{verb}", json=body, headers=headers)
        return answer.status_code, answer.json()

    def states(self, *ids: str) -> list[str]:
        found = {each.id: str(each.state) for each in self.ledger.proposals(ids=ids)}
        return [found[id] for id in ids]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    page = "type_count_above = 4\ntype_count_above_cost = 5"
    return furnish(tmp_path_factory.mktemp("template"), page=page, count=24, rules=("ads/bid-*",))


@pytest.fixture
def api(template: Shop, tmp_path: Path) -> Iterator[Api]:
    for name in ("steward.db", "steward.toml"):
        shutil.copy(template.folder / name, tmp_path / name)
    shutil.copytree(template.folder / "rules", tmp_path / "rules")
    shop = Shop(tmp_path, load(tmp_path / "steward.toml", variables={}), template.now)
    clock = SetClock(template.now + timedelta(minutes=1))
    with shop.desk(clock) as desk:
        application = Application(desk)
        client = TestClient(application, base_url=ORIGIN, follow_redirects=False)
        yield Api(desk.ledger, clock, desk, client, application)


def test_the_published_document_is_the_one_that_is_answered(api: Api) -> None:
    """Renewed by ``make api`` after the table changed: a change of it is a change for every program that uses it."""
    assert PUBLISHED.read_bytes() == openapi.text()
    assert api.client.get(f"{PREFIX}/openapi.json").json() == json.loads(PUBLISHED.read_bytes())


def test_every_operation_lets_in_the_key_and_the_role_it_names_and_nobody_below(api: Api) -> None:
    chosen = [scopes for count in (1, 2) for scopes in itertools.combinations(BOTH, count)]
    keys = {(role, scopes): api.key("root", scopes) for role in Role for scopes in chosen}
    # A key that was made by somebody who may do more: what counts is what they may do now.
    wrong = []
    for role in Role:
        api.ledger.people.add(_other_admin(api), "-", "root") if role is Role.VIEWER else None
        api.ledger.people.change("root", "second", "role", api.clock.now(), role=role)
        for operation, scopes in itertools.product(OPERATIONS, chosen):
            # What is asked can be of no operation: whoever may come in is told so, and nothing is worked out.
            path = PREFIX + operation.path.replace("{", "").replace("}", "")
            headers = {"Authorization": f"Bearer {keys[role, scopes]}"}
            status = _asked(api, operation.method, path, headers)
            may = operation.scope in scopes and role.may(operation.scope.role)
            if status != (422 if may else 403):
                wrong.append((operation.name, role, scopes, status))
    assert wrong == []


def _asked(api: Api, method: str, path: str, headers: dict[str, str]) -> int:
    """Without a client between: there are a hundred of these."""
    sent = [(name.lower().encode(), value.encode()) for name, value in {"Host": ORIGIN[7:], **headers}.items()]
    scope = {"type": "http", "method": method, "path": path, "query_string": b"nothing=1", "headers": sent}
    return api.application.answer(Request(scope), b"{}").status_code


def _other_admin(api: Api) -> Any:
    return User("second", Role.ADMIN, False, "", api.clock.now())


def test_without_a_good_key_nothing_is_told_and_the_remedy_is(api: Api) -> None:
    expired, ended = api.key(days=1), api.key()
    token = api.ledger.people.token(ended)
    assert token is not None
    api.clock.sleep(86_401)
    api.ledger.people.take(token.id, "ann", api.clock.now())
    for header in (None, "Basic YW5uOnBhc3M=", "Bearer", "Bearer steward_nobody", f"Bearer {expired}",
                   f"Bearer {ended}"):  # fmt: skip
        answer = api.client.get(f"{PREFIX}/proposals", headers={"Authorization": header} if header else {})
        assert answer.status_code == 401, header
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.json()["place"] == "header.Authorization"
        assert "steward users token add" in answer.json()["remedy"]
    assert "expired" in api.client.get(f"{PREFIX}/me", headers={"Authorization": f"Bearer {expired}"}).json()["title"]


@pytest.mark.parametrize("change", [{"disabled": True}, {"password": "another"}])
def test_a_key_ends_with_what_its_user_loses(change: dict[str, Any], api: Api) -> None:
    key = api.key("ann")
    api.get("/me", key)
    api.ledger.people.change("ann", "root", "test", api.clock.now(), **change)
    headers = {"Authorization": f"Bearer {key}"}
    assert api.client.get(f"{PREFIX}/me", headers=headers).status_code == 401
    assert api.ledger.verify().ok


def test_a_key_in_the_address_is_refused_however_good_it_is(api: Api) -> None:
    key = api.key()
    headers = {"Authorization": f"Bearer {key}"}
    for path, query in (("/me", {"access_token": key}), ("/me", {"x": key}), (f"/proposals/{key}", {}),
                        ("/me", {"token": "x"})):  # fmt: skip
        answer = api.client.get(PREFIX + path, params=query, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "exposed")
        assert key not in answer.text


def test_made_up_keys_are_counted_and_the_address_waits(api: Api) -> None:
    good = {"Authorization": f"Bearer {api.key()}"}
    tries = [api.client.get(f"{PREFIX}/me", headers={"Authorization": f"Bearer steward_{number}"}).status_code
             for number in range(12)]  # fmt: skip
    assert tries == [401] * 10 + [429] * 2
    waits = api.client.get(f"{PREFIX}/me", headers=good)
    assert waits.status_code == 429
    api.clock.sleep(int(waits.headers["retry-after"]))
    assert api.client.get(f"{PREFIX}/me", headers=good).status_code == 200


def test_a_session_of_the_page_opens_nothing_and_no_cookie_is_given(api: Api) -> None:
    api.client.post("/login", data={"name": "ann", "password": PASSWORD}, headers=FROM_US)
    assert api.client.get("/me").status_code == 200
    assert api.client.get(f"{PREFIX}/me").status_code == 401
    api.client.cookies.clear()
    answer = api.client.get(f"{PREFIX}/me", headers={"Authorization": f"Bearer {api.key()}"})
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"
    assert api.client.get("/inbox", headers={"Authorization": f"Bearer {api.key()}"}).status_code == 303


def test_lists_are_read_piece_by_piece_while_new_rows_come_in(api: Api) -> None:
    key, seen, cursor = api.key(scopes=("read",)), [], None
    whole = [each["id"] for each in api.get("/proposals", key, limit=200)["items"]]
    for _ in range(20):
        piece = api.get("/proposals", key, limit=7, **({"cursor": cursor} if cursor else {}))
        api.ledger.add([wish(600 + len(seen), api.clock.now())])
        seen += [each["id"] for each in piece["items"]]
        cursor = piece["next"]
        if cursor is None:
            break
    assert seen == whole
    held = api.get("/proposals", key, state="held", account="eu-main")["items"]
    assert {each["state"] for each in held} == {"held"}
    alerts = [api.get("/alerts", key, limit=1)]
    while alerts[-1]["next"]:
        alerts.append(api.get("/alerts", key, limit=1, cursor=alerts[-1]["next"]))
    assert sorted(each["items"][0]["id"] for each in alerts) == ["a_0", "a_1", "a_2", "a_3"]
    assert [each["id"] for each in api.get("/alerts", key, state="closed")["items"]] == ["a_3"]
    runs = [api.get("/runs", key, limit=4)]
    while runs[-1]["next"]:
        runs.append(api.get("/runs", key, limit=4, cursor=runs[-1]["next"]))
    assert [each["id"] for piece in runs for each in piece["items"]] == [run.id for run in api.ledger.runs(None)]


def test_what_the_page_shows_is_told_to_programs(api: Api) -> None:
    key = api.key(scopes=("read",))
    one = api.get("/proposals/p_00901", key)
    assert (one["before"], one["after"]) == (
        {"amount": "50.00", "currency": "EUR"},
        {"amount": "65.00", "currency": "EUR"},
    )
    assert one["cost"] == {"amount": "30.00", "currency": "EUR"}
    assert [line["outcome"] for line in one["trace"]] == ["match"] * 4
    done = api.get("/proposals/p_00001", key)
    assert done["state"] == "done"
    assert done["decisions"][0] | {"at": ""} == {
        "version": 1, "verdict": "approve", "by": "ann", "through": "cli", "note": "agreed in the weekly call",
        "at": "",
    }  # fmt: skip
    plan = api.get("/plans/r_7F3KQ2M9XA", key)
    assert plan["states"]["held"] == 1
    assert sum(plan["states"].values()) == len(api.get("/proposals", key, run="r_7F3KQ2M9XA", limit=200)["items"])
    rules = api.get("/rules", key, account="eu-main")
    assert rules["fault"] == ""
    assert "ads/bid-down-above-target" in {each["name"] for each in rules["items"]}
    health = api.get("/health", key)
    assert (health["healthy"], health["dry_run"], health["stopped"]) == (True, True, None)
    assert [each["account"] for each in health["accounts"]] == ["eu-main", "us-shop"]
    assert api.get("/me", key)["scopes"] == ["read"]


def test_a_decision_is_bound_to_what_was_seen_and_all_of_it_or_none(api: Api) -> None:
    key = api.key()
    status, told = api.post("approve", key, "p_00008:1", "p_00010:2", "p_00002:1", "p_nobody:1")
    assert (status, told["code"]) == (409, "stale")
    assert [(each["id"], each["version"], each["state"]) for each in told["stale"]] == [
        ("p_00010", 1, "proposed"), ("p_00002", 1, "failed"), ("p_nobody", None, None),
    ]  # fmt: skip
    assert api.states("p_00008") == ["proposed"]
    status, told = api.post("approve", key, "p_00008:1", note="within the weekly plan")
    assert (status, told["decided"], told["waiting"]) == (200, ["p_00008"], [])
    assert api.post("approve", key, "p_00008:1")[0] == 409, "said again"
    token = api.ledger.people.tokens("ann")[0]
    said = api.ledger.decisions(["p_00008"])["p_00008"][0].decision
    assert said == Decision("p_00008", 1, True, "ann", f"api {token.id}", "within the weekly plan")
    assert api.ledger.verify().ok


def test_what_a_program_approved_is_held_and_can_be_taken_back_until_it_is_sent(api: Api) -> None:
    key, now = api.key(), api.clock.now()
    assert api.post("approve", key, "p_00008:1", "p_00010:1")[0] == 200
    attempt = Execution("p_00008", 1, "r_1", now + timedelta(seconds=9), "h" * 64)
    assert api.ledger.intend([attempt], "steward") == [], "nothing is sent before 10 seconds"
    assert api.post("undo", key, "p_00008:1", "p_00010:2")[0] == 409
    assert api.states("p_00008", "p_00010") == ["approved", "approved"]
    assert api.post("undo", api.key("bob"), "p_00008:1")[0] == 409, "somebody else's"
    assert api.post("undo", key, "p_00008:1") == (200, {"open": ["p_00008"]})
    assert api.states("p_00008", "p_00010") == ["proposed", "approved"]
    assert api.post("approve", key, "p_00008:1")[0] == 409, "it is a new version"
    assert api.post("stop", api.key("bob"), "p_00010:1", note=" ")[0] == 422
    assert api.post("stop", api.key("bob"), "p_00010:1", note="wrong week")[0] == 200
    assert api.states("p_00010") == ["rejected"]
    assert api.post("reject", key, "p_00011:1", note="not now")[1]["verdict"] == "reject"
    assert api.ledger.verify().ok


def test_programs_of_one_person_are_one_person(api: Api) -> None:
    """Above ``second_above`` (20 EUR in this account) two people have to say yes."""
    api.desk.config = api.desk.config.model_copy(
        update={"page": api.desk.config.page.model_copy(update={"type_count_above_cost": None})}
    )
    budget = next(each for each in others(api.clock.now()) if each.id == "p_00901")
    large = replace(budget, id="p_large", change=replace(budget.change, after=Money.of("90", "EUR")))
    api.ledger.add([large])
    for _ in range(2):
        status, told = api.post("approve", api.key("ann"), "p_large:1")
        assert (status, told["waiting"], told["decided"], told["held_until"]) == (200, ["p_large"], [], None)
    assert api.post("approve", api.key("bob"), "p_large:1")[1]["decided"] == ["p_large"]
    assert api.ledger.verify().ok


def test_what_a_person_would_be_asked_about_again_is_left_to_a_person(api: Api) -> None:
    key = api.key()
    for picks, detail in (
        (["p_00007:1", "p_00008:1"], "high risk"),
        (["p_00901:1"], "cost more than"),
        ([f"p_{number:05d}:1" for number in (8, 10, 11, 13, 16)], "More than 4"),
    ):
        status, told = api.post("approve", key, *picks)
        assert (status, told["code"]) == (403, "limit")
        assert detail in told["detail"]
        assert "on the page" in told["remedy"]
    assert api.post("approve", key, "p_00007:1")[0] == 200, "one alone was looked at"


def test_small_steps_within_an_hour_count_as_one(api: Api) -> None:
    key = api.key()
    for number in (8, 10, 11, 13):
        assert api.post("approve", key, f"p_{number:05d}:1")[0] == 200
    assert api.post("approve", api.key(), "p_00016:1")[1]["code"] == "limit", "another key is the same person"
    assert api.post("approve", api.key("bob"), "p_00016:1")[0] == 200
    api.clock.sleep(3_601)
    assert api.post("approve", key, "p_00017:1")[0] == 200


def test_what_cannot_be_read_is_told_with_its_place(api: Api) -> None:
    key = api.key()
    headers = {"Authorization": f"Bearer {key}"}
    for query, place in (("limit=0", "limit"), ("limit=1.0", "limit"), ("cursor=x", "cursor"), ("state=open", "state"),
                         ("nope=1", "nope")):  # fmt: skip
        told = api.client.get(f"{PREFIX}/proposals?{query}", headers=headers)
        assert (told.status_code, told.json()["place"]) == (422, f"query.{place}")
    assert api.client.get(f"{PREFIX}/runs?limit=1&limit=2", headers=headers).json()["place"] == "query.limit"
    twice = b'{"proposals":[{"id":"p","version":1},{"id":"p","version":2}]}'
    for body, place in ((b"{", "body"), (b"[]", "body"), (b'{"proposals":[]}', "body.proposals"),
                        (twice, "body.proposals"),
                        (b'{"proposals":[{"id":"p","version":"1"}]}', "body.proposals.0.version")):  # fmt: skip
        told = api.client.post(f"{PREFIX}/decisions/approve", content=body,
                               headers={**headers, "Content-Type": "application/json"})  # fmt: skip
        assert (told.status_code, told.json()["place"]) == (422, place)
    plain = api.client.post(f"{PREFIX}/decisions/approve", content=b"{}", headers=headers)
    assert plain.status_code == 415
    assert api.client.get(f"{PREFIX}/nothing", headers=headers).status_code == 404
    gone = api.client.delete(f"{PREFIX}/proposals", headers=headers)
    assert (gone.status_code, gone.headers["allow"]) == (405, "GET")
    chinese = api.client.get(f"{PREFIX}/me", headers={"Accept-Language": "zh-CN"}).json()
    assert chinese["title"] == "需要密钥。"


def test_a_key_that_its_user_could_not_use_is_not_made(api: Api) -> None:
    for user, scopes, days in (("vera", ("decide",), 9), ("ann", (), 9), ("ann", ("admin",), 9), ("ann", ("read",), 0),
                               ("ann", ("read",), 367)):  # fmt: skip
        with pytest.raises(ConfigError):
            api.key(user, scopes, days)
    assert {user for user, role in USERS.items() if role.may(Scope.DECIDE.role)} == {"ann", "bob", "root"}
