"""Deciding with keys, in bulk, late, and without scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from agent.model.person import Role, User
from agent.model.proposal import Decision, State
from agent.web.desk import Desk
from tests.browser.conftest import NARROW, Tab
from tests.page_shop import PASSWORD, QUICK


def _states(desk: Desk, *ids: str) -> list[State]:
    found = {each.id: each.state for each in desk.ledger.proposals(ids=ids)}
    return [found[id] for id in ids]


def _ids(tab: Tab) -> list[str]:
    return list(tab.eval_on_selector_all("tr[data-row]", "rows => rows.map(row => row.dataset.row)"))


def test_many_are_approved_by_keys_alone_and_taken_back(open_tab: Callable[..., Tab], desk: Desk) -> None:
    tab = open_tab()
    tab.goto("/inbox?rule=ads/bid-up-winner")
    ids = _ids(tab)
    for key in ("j", "j", "x", "j", "j", "Shift+X"):
        tab.keyboard.press(key)
    assert tab.locator("[data-chosen]").inner_text() == "3 chosen"
    tab.keyboard.press("a")
    tab.wait_for_selector("h1:has-text('Approve 3 proposals?')")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#told")
    assert tab.locator("#told > span").inner_text() == "3 approved."
    assert _states(desk, *ids[1:4]) == ["approved"] * 3
    assert tab.url.endswith("/inbox?rule=ads/bid-up-winner"), "back where one was"
    tab.keyboard.press("u")
    tab.wait_for_selector("#told:has-text('3 are open again.')")
    assert _states(desk, *ids[1:4]) == ["proposed"] * 3


def test_a_row_is_explained_and_rejected_by_keys(open_tab: Callable[..., Tab], desk: Desk) -> None:
    tab = open_tab()
    tab.goto("/inbox?rule=ads/bid-down-above-target&risk=low")
    first = _ids(tab)[0]
    tab.keyboard.press("j")
    tab.keyboard.press("e")
    tab.wait_for_selector("tr.here .trace-lines code:has-text('recent.clicks >= min_clicks')")
    tab.keyboard.press("r")
    tab.wait_for_selector("h1:has-text('Reject 1 proposal?')")
    tab.keyboard.type("season is over")
    tab.click("button.danger")
    tab.wait_for_selector("#told:has-text('1 rejected.')")
    assert _states(desk, first) == ["rejected"]


def test_what_somebody_else_decided_meanwhile_is_left_alone(open_tab: Callable[..., Tab], desk: Desk) -> None:
    tab = open_tab()
    tab.goto("/inbox?rule=ads/bid-down-above-target&risk=low")
    one, two = _ids(tab)[1:3]
    desk.ledger.decide([Decision(one, 1, True, "bob", "cli")], desk.clock.now())
    tab.check(f"tr[data-row={one}] input")
    tab.check(f"tr[data-row={two}] input")
    tab.click("[data-approve-all]")
    tab.wait_for_selector(".left-out:has-text('1 is left out')")
    desk.ledger.decide([Decision(two, 1, True, "bob", "cli")], desk.clock.now())
    tab.click("button.primary")
    tab.wait_for_selector("#told:has-text('1 had changed, look again.')")
    assert [each.decision.by for each in desk.ledger.decisions([two])[two]] == ["bob"]


def test_filters_narrow_the_list_without_a_new_page(open_tab: Callable[..., Tab]) -> None:
    tab = open_tab()
    tab.goto("/inbox")
    tab.evaluate("window.stays = true")
    tab.select_option("select[name=account]", "us-shop")
    tab.locator("tr[data-row]").nth(2).wait_for(state="detached")
    assert tab.locator("tr[data-row]").count() == 2
    assert "account=us-shop" in tab.url
    assert tab.evaluate("window.stays") is True
    tab.keyboard.press("Tab")
    tab.go_back()
    tab.locator("tr[data-row]").nth(2).wait_for()


def test_keys_search_lead_to_screens_and_are_explained(open_tab: Callable[..., Tab]) -> None:
    tab = open_tab()
    tab.goto("/inbox")
    tab.keyboard.press("/")
    tab.keyboard.type("j k x")
    assert tab.input_value("#search") == "j k x"
    tab.keyboard.press("Escape")
    tab.keyboard.press("?")
    assert tab.is_visible("#keys")
    tab.keyboard.press("Escape")
    tab.keyboard.press("g")
    tab.keyboard.press("p")
    tab.wait_for_url("**/plans")


def test_on_a_phone_one_is_decided_with_a_thumb(open_tab: Callable[..., Tab], desk: Desk) -> None:
    tab = open_tab(size=NARROW)
    tab.goto("/inbox?rule=ads/bid-up-winner&risk=medium")
    last = _ids(tab)[-1]
    assert not tab.is_visible(".decide-bar"), "nothing is ticked"
    tab.tap(f"tr[data-row={last}] .pick label")
    tab.tap(".decide-bar [data-approve-all]")
    tab.tap("button.primary")
    tab.wait_for_selector("#told:has-text('1 approved.')")
    assert _states(desk, last) == ["approved"]


def test_without_scripts_everything_is_read_and_decided_one_by_one(open_tab: Callable[..., Tab], desk: Desk) -> None:
    tab = open_tab(java_script_enabled=False)
    tab.goto("/inbox")
    tab.fill("#search", "多口")
    tab.click("text=Show")
    first = _first(tab)
    tab.click(f"tr[data-row={first}] summary")
    tab.click(f"tr[data-row={first}] .trace a")
    assert tab.locator("h2", has_text="What happened").is_visible()
    tab.click("[data-approve]")
    assert _states(desk, first) == ["approved"]
    tab.goto("/inbox?rule=ads/pause-without-orders")
    tab.click("[data-reject]")
    tab.fill("textarea", "not yet")
    tab.click("button.danger")
    assert _states(desk, "p_00902") == ["rejected"]


def _first(tab: Tab) -> str:
    return str(tab.locator("tr[data-row]").first.get_attribute("data-row"))


def test_hostile_words_do_nothing(open_tab: Callable[..., Tab]) -> None:
    tab = open_tab()
    asked = []
    tab.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    for path in ("/inbox?text=onerror", "/actions/p_00907", "/plans/r_7F3KQ2M9XA"):
        tab.goto(path)
        tab.hover("h1")
        assert tab.locator("img").count() == 0
        assert tab.title() != "x"
    assert asked == []


def test_times_are_the_readers_own(open_tab: Callable[..., Tab]) -> None:
    here, there = (open_tab(timezone_id=zone) for zone in ("UTC", "Asia/Shanghai"))
    shown = []
    for tab in (here, there):
        tab.goto("/actions/p_00002")
        shown.append(tab.locator(".timeline time").first.inner_text())
    assert shown[0] != shown[1]


def test_the_link_of_this_machine_lets_a_browser_in(browser: object, tmp_path_factory: pytest.TempPathFactory) -> None:
    from agent.web.serving import PageServer
    from tests.browser.conftest import free_port
    from tests.page_shop import furnish

    port = free_port()
    shop = furnish(tmp_path_factory.mktemp("alone"), port, users={}, count=2)
    with shop.desk() as desk, PageServer(desk):
        context = browser.new_context()  # type: ignore[attr-defined]
        tab = context.new_page()
        tab.goto(f"http://127.0.0.1:{port}/enter/{desk.doorman.new_link()}")
        tab.wait_for_url("**/inbox")
        assert "owner" in tab.locator(".who").inner_text()
        context.close()


def test_above_the_limit_a_second_person_says_yes_as_well(open_tab: Callable[..., Tab], desk: Desk) -> None:
    ann, bob = open_tab("ann"), open_tab("bob")
    for tab in (ann, bob):
        tab.goto("/inbox?rule=ads/budget-raise-capped")
    ann.click("tr[data-row=p_00901] [data-approve]")
    ann.wait_for_selector("#told:has-text('1 waits for a second person.')")
    assert _states(desk, "p_00901") == ["proposed"]
    assert ann.locator("tr[data-row=p_00901] [data-approve]").count() == 0, "nobody is asked twice"
    # What bob sees was loaded before: his yes is the second one all the same.
    bob.click("tr[data-row=p_00901] [data-approve]")
    bob.wait_for_selector("#told:has-text('1 approved.')")
    assert _states(desk, "p_00901") == ["approved"]
    assert [each.decision.by for each in desk.ledger.decisions(["p_00901"])["p_00901"]] == ["ann", "bob"]


def test_an_approval_of_what_was_renewed_meanwhile_is_left_alone(open_tab: Callable[..., Tab], desk: Desk) -> None:
    """Taken back by the one who approved it, it is a new version: what somebody else still sees is the old one."""
    ann, bob = open_tab("ann"), open_tab("bob")
    for tab in (ann, bob):
        tab.goto("/inbox?rule=ads/bid-down-above-target&risk=low")
    last = _ids(ann)[-1]
    ann.click(f"tr[data-row={last}] [data-approve]")
    ann.wait_for_selector("#told:has-text('1 approved.')")
    ann.keyboard.press("u")
    ann.wait_for_selector("#told:has-text('1 is open again.')")
    bob.click(f"tr[data-row={last}] [data-approve]")
    bob.wait_for_selector("#told:has-text('1 had changed, look again.')")
    assert _states(desk, last) == ["proposed"]


def test_a_session_that_ends_mid_decision_decides_nothing_and_says_so(
    browser: Any, url: str, cookies: Callable[[str], list[dict[str, Any]]], desk: Desk
) -> None:
    # The refusal is an error in the browser's console: this tab is one of its own.
    user = User("vince", Role.APPROVER, False, "", desk.clock.now())
    desk.doorman.people.add(user, QUICK.hashed(PASSWORD, user.name), "root")
    context = browser.new_context(base_url=url, locale="en-GB")
    context.add_cookies(cookies("vince"))
    tab = context.new_page()
    tab.goto("/inbox?rule=pricing/follow-fair-price")
    tab.click("tr[data-row=p_00903] [data-reject]")
    tab.fill("textarea", "not yet")
    desk.doorman.people.end("root", desk.clock.now(), user="vince")
    tab.click("button.danger")
    tab.wait_for_selector("h1:has-text('Your session has ended')")
    assert "nothing was decided" in tab.inner_text("main")
    assert desk.ledger.decisions(["p_00903"]) == {}
    context.close()
