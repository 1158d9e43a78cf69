"""Deciding on the page goes through the ledger alone, is bound to what was seen, and asks again where it must."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from agent.clock import SetClock
from agent.ledger import SqlLedger
from agent.model.person import Role
from agent.model.proposal import Decision, Execution, Fate, Receipt, State
from agent.web.app import Application
from tests.page_shop import HOSTILE, PASSWORD, Shop, furnish
from tests.unit.web.conftest import FROM_US, ORIGIN, key_of


@dataclass(slots=True)
class Page:
    """A fresh shop with a person in front of it."""

    shop: Shop
    ledger: SqlLedger
    clock: SetClock
    browser: TestClient
    application: Application
    key: str = ""

    def sign_in(self, name: str = "ann") -> Page:
        self.browser = TestClient(self.application, base_url=ORIGIN, follow_redirects=False)
        told = {"name": name, "password": PASSWORD}
        assert self.browser.post("/login", data=told, headers=FROM_US).status_code == 303
        self.key = key_of(self.browser)
        return self

    def post(self, path: str, **told: str | list[str]) -> tuple[int, str]:
        answer = self.browser.post(path, data={"form_key": self.key, **told}, headers=FROM_US)
        return answer.status_code, answer.text

    def state(self, id: str) -> State:
        return self.ledger.proposals(ids=[id])[0].state

    def told(self) -> str:
        """The line about the last decision."""
        found = re.search(r'id="told">\s*<span>(.*?)</span>', self.browser.get("/inbox").text)
        return found[1] if found is not None else ""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return furnish(
        tmp_path_factory.mktemp("template"), page="type_count_above = 3\ntype_count_above_cost = 5", count=24
    )


@pytest.fixture
def page(template: Shop, tmp_path: Path) -> Iterator[Page]:
    """Its database is a copy; facts are those of the template."""
    import shutil

    from agent.config import load

    for name in ("steward.db", "steward.toml"):
        shutil.copy(template.folder / name, tmp_path / name)
    shop = Shop(tmp_path, load(tmp_path / "steward.toml", variables={}), template.now)
    clock = SetClock(template.now + timedelta(minutes=1))
    with shop.desk(clock) as desk:
        application = Application(desk)
        page = Page(shop, desk.ledger, clock, TestClient(application, base_url=ORIGIN), application)
        yield page.sign_in()


def test_a_rows_button_decides_that_row_whatever_is_ticked(page: Page) -> None:
    assert page.post("/decide", only="approve p_00008:1", pick=["p_00010:1", "p_00011:1"])[0] == 303
    assert [page.state(id) for id in ("p_00008", "p_00010", "p_00011")] == ["approved", "proposed", "proposed"]
    said = page.ledger.decisions(["p_00008"])["p_00008"][0].decision
    assert said == Decision("p_00008", 1, True, "ann", "page")
    assert page.told() == "1 approved."
    assert page.ledger.verify().ok


def test_a_rejection_needs_a_reason_which_the_log_keeps(page: Page) -> None:
    status, text = page.post("/decide", only="reject p_00008:1")
    assert (status, page.state("p_00008")) == (422, "proposed")
    assert "A rejection needs a reason." in text
    assert page.post("/decide", verdict="reject", picks="p_00008:1", note="season <b>")[0] == 303
    assert page.state("p_00008") == "rejected"
    assert page.ledger.decisions(["p_00008"])["p_00008"][0].decision.note == "season <b>"
    assert "season &lt;b&gt;" in page.browser.get("/actions/p_00008").text


def test_what_changed_since_it_was_seen_is_left_alone_and_counted(page: Page) -> None:
    page.ledger.decide([Decision("p_00008", 1, False, "bob", "cli", "no")], page.clock.now())
    told = "p_00008:1 p_00010:2 p_00011:1 p_nobody:1"
    status, text = page.post("/decide/sheet", verdict="approve", picks=told)
    assert status == 200
    assert "Approve 1 proposal?" in text
    assert "3 are left out" in text
    for reason in ("it is rejected already", "it has changed since you saw it", "there is no such proposal"):
        assert reason in text
    # Sent as it was: the sheet's own list would name one.
    assert page.post("/decide", verdict="approve", picks=told)[0] == 303
    assert page.told() == "1 approved. 3 had changed, look again."
    assert [page.state(id) for id in ("p_00008", "p_00010", "p_00011")] == ["rejected", "proposed", "approved"]


def test_above_the_limits_the_count_must_be_typed_and_nobody_gets_around_it(page: Page) -> None:
    picks = " ".join(f"p_{number:05d}:1" for number in (8, 10, 11, 13))
    assert "Type 4 to go on" in page.post("/decide/sheet", verdict="approve", picks=picks)[1]
    for count in ("", "3", "5", "4.0"):
        assert page.post("/decide", verdict="approve", picks=picks, count=count)[0] == 422
    assert page.state("p_00008") == "proposed"
    assert page.post("/decide", verdict="approve", picks=picks, count="4")[0] == 303
    assert page.state("p_00013") == "approved"


def test_something_of_high_risk_among_several_asks_for_the_count_as_well(page: Page) -> None:
    assert "Type 2 to go on" in page.post("/decide/sheet", verdict="approve", picks="p_00007:1 p_00008:1")[1]
    assert "to go on" not in page.post("/decide/sheet", verdict="approve", picks="p_00010:1 p_00008:1")[1]
    assert page.post("/decide", only="approve p_00007:1")[0] == 303, "one alone was looked at"


def test_a_large_amount_asks_for_the_password_once_it_was_given_long_ago(page: Page) -> None:
    page.clock.sleep(16 * 60)
    status, text = page.post("/decide", only="approve p_00901:1")
    assert status == 422
    assert "Your password, for an amount as large as this" in text
    assert page.post("/decide", verdict="approve", picks="p_00901:1", password="wrong wrong wrong")[0] == 422
    assert page.state("p_00901") == "proposed"
    assert page.post("/decide", verdict="approve", picks="p_00901:1", password=PASSWORD)[0] == 303
    assert page.ledger.decisions(["p_00901"])["p_00901"][0].decision.approve


def test_a_whole_filter_is_decided_as_it_is_now(page: Page) -> None:
    status, text = page.post("/decide/sheet", all="rule=ads%2Fbid-up-winner&risk=medium")
    assert status == 200
    found = re.search(r'name="picks" value="([^"]+)"', text)
    assert found is not None
    ids = [pick.partition(":")[0] for pick in found[1].split()]
    chosen = page.ledger.proposals(ids=ids)
    assert len(chosen) > 3
    assert {each.rule for each in chosen} == {"ads/bid-up-winner"}
    assert page.post("/decide", verdict="approve", picks=found[1], count=str(len(ids)))[0] == 303
    assert {each.state for each in page.ledger.proposals(ids=ids)} == {State.APPROVED}


def test_what_a_belt_holds_cannot_be_approved(page: Page) -> None:
    held = page.ledger.proposals(states=[State.HELD])[0]
    status, text = page.post("/decide/sheet", verdict="approve", picks=f"{held.id}:1")
    assert status == 200
    assert "a belt holds it" in text
    page.post("/decide", verdict="approve", picks=f"{held.id}:1")
    assert page.state(held.id) == "held"


def test_two_people_are_needed_above_the_limit_and_one_person_is_not_two(page: Page) -> None:
    assert page.post("/decide", only="approve p_00901:1", password=PASSWORD)[0] == 303
    assert page.told() == "1 waits for a second person."
    assert page.state("p_00901") == "proposed"
    assert 'value="approve p_00901:1"' not in page.browser.get("/inbox").text
    page.post("/decide", only="approve p_00901:1")
    assert page.state("p_00901") == "proposed"
    page.sign_in("bob")
    assert "ann said yes; a second person is needed" in page.browser.get("/inbox").text
    assert page.post("/decide", only="approve p_00901:1")[0] == 303
    assert page.state("p_00901") == "approved"
    assert page.ledger.verify().ok


def test_for_ten_seconds_nothing_is_sent_and_it_can_be_taken_back(page: Page) -> None:
    page.post("/decide", only="approve p_00008:1")
    page.clock.sleep(9)
    attempt = Execution("p_00008", 1, "r_2", page.clock.now(), "h" * 64)
    assert page.ledger.intend([attempt], "steward") == []
    assert page.post("/decide/undo")[0] == 303
    again = page.ledger.proposals(ids=["p_00008"])[0]
    assert (again.state, again.version) == ("proposed", 2)
    assert page.told() == "1 is open again."
    assert page.post("/decide", only="approve p_00008:1")[0] == 303
    assert page.state("p_00008") == "proposed", "the version that was taken back is an old one"
    assert page.ledger.verify().ok


def test_after_ten_seconds_it_is_sent_and_then_nothing_is_taken_back(page: Page) -> None:
    page.post("/decide", picks="p_00008:1 p_00010:1", verdict="approve")
    page.clock.sleep(10)
    attempt = Execution("p_00008", 1, "r_2", page.clock.now(), "h" * 64)
    assert page.ledger.intend([attempt], "steward") == ["p_00008"]
    page.ledger.receive([Receipt("p_00008", Fate.ACCEPTED)], {"p_00008": State.ACCEPTED}, "steward", page.clock.now())
    assert page.post("/decide/undo")[0] == 303
    assert page.told() == "1 is open again. 1 was sent already."
    assert [page.state(id) for id in ("p_00008", "p_00010")] == ["accepted", "proposed"]
    assert page.post("/decide/undo")[0] == 409
    assert page.ledger.verify().ok


def test_approvals_of_the_command_line_are_not_held_and_not_taken_back_by_others(page: Page) -> None:
    page.ledger.decide([Decision("p_00008", 1, True, "bob", "cli")], page.clock.now())
    assert page.ledger.recall(["p_00008"], "ann", page.clock.now()) == []
    attempt = Execution("p_00008", 1, "r_2", page.clock.now(), "h" * 64)
    assert page.ledger.intend([attempt], "steward") == ["p_00008"]


def test_a_session_that_ends_before_the_decision_decides_nothing_and_says_so(page: Page) -> None:
    page.clock.sleep(13 * 3600)
    status, text = page.post("/decide", only="approve p_00008:1")
    assert status == 401
    assert "nothing was decided" in text
    assert page.state("p_00008") == "proposed"


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example", "/\\evil", "javascript:alert(1)"])
def test_nobody_is_led_away_after_a_decision(back: str, page: Page) -> None:
    answer = page.browser.post("/decide", data={"form_key": page.key, "only": "approve p_00008:1", "back": back},
                               headers=FROM_US)  # fmt: skip
    assert answer.headers["location"] == "/inbox"


def test_nonsense_names_nothing(page: Page) -> None:
    head = page.ledger.head()
    for told in ({"only": "approve"}, {"only": "approve '; DROP TABLE proposals"}, {"pick": ["a", ":1", "p_1:x"]}, {}):
        assert page.post("/decide", verdict="approve", **told)[0] == 422
    assert page.ledger.head() == head


def test_titles_and_reasons_of_others_are_text_and_nothing_else(page: Page) -> None:
    for path in ("/inbox", "/actions/p_00907", "/actions/p_00907?piece=why", "/plans/r_7F3KQ2M9XA", "/inbox?by=entity",
                 f"/inbox?text={HOSTILE[:40]}", "/actions/%3Cscript%3E", "/plans/%3Cscript%3E"):  # fmt: skip
        text = page.browser.get(path).text
        assert "<img" not in text
        assert "<script>document" not in text
        assert "<script>\n" not in text
        assert not re.search(r"<[^>]*\sonmouseover=", text.replace("&#39;", "").replace("&#34;", ""))
    sheet = page.post("/decide/sheet", verdict="reject", picks="p_00907:1")[1]
    assert "<img" not in sheet
    assert "{{7*7}}" in sheet


def test_viewers_see_everything_and_no_button(page: Page) -> None:
    page.sign_in("vera")
    text = page.browser.get("/inbox").text
    assert "p_00008" in text
    assert "data-approve" not in text
    assert page.ledger.people.user("vera").role is Role.VIEWER  # type: ignore[union-attr]


def test_what_looks_like_a_secret_in_an_answer_is_masked_wherever_it_is_shown(page: Page) -> None:
    secrets = ["Atza|IQEBLjAsAhQdeadbeef0123456789", "Bearer abcdef0123456789", "client_secret=9f8e7d6c5b4a3210"]
    message = f"401 at https://api.example.com/x?sig=0123456789abcdef: {' '.join(secrets)}"
    page.ledger.decide([Decision("p_00008", 1, True, "bob", "cli", f"see {secrets[2]}")], page.clock.now())
    page.ledger.intend([Execution("p_00008", 1, "r_2", page.clock.now(), "h" * 64)], "steward")
    receipt = Receipt("p_00008", Fate.REFUSED, "unauthorized", message)
    page.ledger.receive([receipt], {"p_00008": State.FAILED}, "steward", page.clock.now())
    for path in ("/actions/p_00008", "/actions/p_00008/json", "/inbox", "/plans/r_7F3KQ2M9XA"):
        text = page.browser.get(path).text
        for secret in ("deadbeef0123456789", "abcdef0123456789", "9f8e7d6c5b4a3210"):
            assert secret not in text, path
    assert "unauthorized" in page.browser.get("/actions/p_00008").text


def test_hundreds_of_rows_are_decided_at_once_and_more_than_the_most_are_refused(page: Page) -> None:
    from dataclasses import replace

    from agent.model.entity import Entity
    from agent.web.screens import decide
    from tests.page_shop import wish

    many = [wish(1, page.shop.now, id=f"p_m{number}", rule="ads/many") for number in range(600)]
    many = [replace(each, change=replace(each.change, entity=Entity("eu-main", "keyword", each.id))) for each in many]
    page.ledger.add(many)
    status, text = page.post("/decide/sheet", all="rule=ads/many")
    assert status == 200
    assert "Approve 600 proposals?" in text
    found = re.search(r'name="picks" value="([^"]+)"', text)
    assert found is not None
    assert page.post("/decide", verdict="approve", picks=found[1], count="600", password=PASSWORD)[0] == 303
    assert page.told() == "600 approved."
    too_many = " ".join(f"p_{number}:1" for number in range(decide.MOST + 1))
    assert page.post("/decide/sheet", verdict="approve", picks=too_many)[0] == 413
