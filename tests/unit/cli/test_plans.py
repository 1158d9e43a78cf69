"""What people read of a plan, of one action and of the state of things, on a terminal and in a pipe."""

import io
import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from agent import language
from agent.cli.details import detail_json, show_detail
from agent.cli.plans import show_proposals
from agent.cli.screen import Screen
from agent.cli.state import show_status
from agent.cli.work import show_plan
from agent.config import load
from agent.language import choose
from agent.ledger import SqlLedger
from agent.model.proposal import Execution, Fate, Proposal, Receipt, Run, State
from agent.shown.status import status_of
from agent.wiring import book_of
from tests.office import Office
from tests.plan_pages import proposals, report, tickets
from tests.reviewed import Reviewed
from tests.wishes import NOW, approved, no, wish

pytestmark = pytest.mark.usefixtures("as_before")


def page(show: Callable[[Screen], None], *, terminal: bool = True, json: bool = False, lang: str = "en") -> str:
    """Both streams of a command, one after the other."""
    language.use(choose(lang))
    out, err = io.StringIO(), io.StringIO()
    show(Screen(json, False, terminal, out, err))
    return out.getvalue() + (f"--- standard error\n{err.getvalue()}" if err.getvalue() else "")


def carried_out(ledger: SqlLedger) -> Proposal:
    """A proposal that was approved, sent, taken by Amazon and read back."""
    at = NOW + timedelta(minutes=5)
    approved(ledger, [wish(1)])
    ledger.intend([Execution("p_1", 1, "r_2", at, "h" * 64)], "act")
    receipt = Receipt("p_1", Fate.ACCEPTED, "SUCCESS", "", "amzn-request-1")
    ledger.receive([receipt], {"p_1": State.ACCEPTED}, "act", at + timedelta(seconds=1))
    ledger.move(["p_1"], State.ACCEPTED, State.DONE, "settle", at + timedelta(seconds=9))
    return ledger.proposals(ids=["p_1"])[0]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_plan_on_a_terminal_is_what_was_reviewed(lang: str, reviewed: Reviewed) -> None:
    reviewed(
        f"plan.{lang}.txt", page(lambda screen: show_plan(screen, report(), proposals(), tickets=tickets()), lang=lang)
    )


def test_a_plan_in_a_pipe_is_what_was_reviewed(reviewed: Reviewed) -> None:
    reviewed(
        "plan.pipe.txt",
        page(lambda screen: show_plan(screen, report(), proposals(), tickets=tickets()), terminal=False),
    )


def test_a_plan_in_a_pipe_has_a_line_for_every_proposal_and_the_same_columns_in_each() -> None:
    text = page(lambda screen: show_proposals(screen, proposals()), terminal=False)
    assert [line.count("\t") for line in text.splitlines()] == [9] * len(proposals())


def test_what_a_limit_leaves_out_is_said() -> None:
    text = page(lambda screen: show_proposals(screen, proposals(), 2))
    assert "5 more" in text
    assert "p_3" not in text


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_json_of_a_plan_is_the_same_in_every_language(lang: str, reviewed: Reviewed) -> None:
    text = page(
        lambda screen: show_plan(screen, report(), proposals(), tickets=tickets()), json=True, terminal=False, lang=lang
    )
    reviewed("plan.json", json.dumps(json.loads(text), ensure_ascii=False, indent=2) + "\n")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_an_action_in_full_is_what_was_reviewed(lang: str, office: Office, reviewed: Reviewed) -> None:
    with office.ledger() as ledger:
        proposal = carried_out(ledger)
        reviewed(f"action.{lang}.txt", page(lambda screen: show_detail(screen, ledger, proposal), lang=lang))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_json_of_an_action_is_the_same_in_every_language(lang: str, office: Office, reviewed: Reviewed) -> None:
    with office.ledger() as ledger:
        proposal = carried_out(ledger)
        text = page(lambda screen: screen.object("steward.action/1", detail_json(ledger, proposal)), lang=lang)
    reviewed("action.json", json.dumps(json.loads(text), ensure_ascii=False, indent=2) + "\n")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_state_of_things_is_what_was_reviewed(lang: str, office: Office, reviewed: Reviewed) -> None:
    config = load(office.config, variables={})
    with office.ledger() as ledger:
        carried_out(ledger)
        ledger.add([wish(2), wish(3), wish(4, state=State.HELD)])
        ledger.decide([no(wish(3))], NOW)
        for job, counts, fault in (("pull", {"rows": 1200}, ""), ("judge", {}, "no facts of keyword")):
            run = Run(f"r_{job}", job, "north", NOW)
            ledger.begin(run)
            ledger.end(Run(run.id, job, "north", NOW, NOW + timedelta(seconds=4), counts, fault))
        ledger.switch(stop=True, by="ann", reason="looks wrong", at=NOW)
        state = status_of(config, ledger, book_of(config), ["north"])
        reviewed(f"status.{lang}.txt", page(lambda screen: show_status(screen, state), lang=lang))
