"""Looking at proposals, and deciding on exactly those that were seen."""

from datetime import UTC, datetime

import pytest

from agent.model.proposal import State
from agent.model.rule import Severity
from tests.office import Office
from tests.wishes import wish, wishes, yes

LATE = datetime(2099, 1, 1, tzinfo=UTC)


@pytest.fixture
def desk(office: Office) -> Office:
    """Three open bids (less, much more, of another rule) and one that a belt holds."""
    with office.ledger() as ledger:
        ledger.add([
            wish(1, expires_at=LATE),
            wish(2, expires_at=LATE, after="1.50", severity=Severity.S2),
            wish(3, expires_at=LATE, rule="stock/pause", title="red cup"),
            wish(4, expires_at=LATE, state=State.HELD),
        ])  # fmt: skip
    return office


def listed(office: Office, *arguments: str) -> list[str]:
    ran = office.steward("actions", "list", "--json", *arguments)
    assert ran.code == 0, ran.err
    return sorted(each["id"] for each in ran.json["actions"])


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("", ["p_1", "p_2", "p_3", "p_4"]),
        ("rule=stock/*", ["p_3"]),
        ("risk=high", ["p_2"]),
        ("risk=low rule=ads/*", ["p_1", "p_4"]),
        ("entity=k2 kind=keyword field=bid", ["p_2"]),
        ("severity=S2", ["p_2"]),
        ("title=red*", ["p_3"]),
        ("rule=nobody/*", []),
    ],
)
def test_a_filter_keeps_what_fits_all_its_parts(desk: Office, where: str, expected: list[str]) -> None:
    assert listed(desk, "--filter", where) == expected


def test_states_choose_and_an_unknown_state_is_told_with_the_known_ones(desk: Office) -> None:
    assert listed(desk, "--state", "held") == ["p_4"]
    assert listed(desk, "--state", "held", "--state", "proposed", "--limit", "1000") == ["p_1", "p_2", "p_3", "p_4"]
    ran = desk.steward("actions", "list", "--state", "hold")
    assert ran.code == 2
    assert "held" in ran.err


@pytest.mark.parametrize("verb", ["list", "approve"])
@pytest.mark.parametrize("filled", [True, False])
def test_an_unknown_facet_is_refused_with_the_known_ones(office: Office, verb: str, filled: bool) -> None:
    """Also where there is nothing to filter: the mistake is the same."""
    if filled:
        with office.ledger() as ledger:
            ledger.add(wishes(1))
    ran = office.steward("actions", verb, "--filter", "rules=ads/*")
    assert ran.code == 2
    for facet in ("rule=", "risk=", "field=", "kind=", "entity=", "severity=", "title="):
        assert facet in ran.err


def test_approving_without_naming_anything_is_refused(desk: Office) -> None:
    ran = desk.steward("actions", "approve", "--yes")
    assert ran.code == 2
    assert "--filter ''" in ran.err
    assert listed(desk, "--state", "approved") == []


def test_approving_everything_open_leaves_what_a_belt_holds(desk: Office) -> None:
    ran = desk.steward("actions", "approve", "--filter", "", "--yes", "--json")
    assert ran.json == {"schema": "steward.decision/1", "approve": True, "decided": 3, "waiting": [], "stale": []}
    assert listed(desk, "--state", "approved") == ["p_1", "p_2", "p_3"]
    assert listed(desk, "--state", "held") == ["p_4"]


def test_the_same_id_twice_is_one_decision(desk: Office) -> None:
    assert desk.steward("actions", "approve", "p_1", "p_1", "--yes", "--json").json["decided"] == 1


def test_a_rejection_needs_a_reason_and_keeps_it(desk: Office) -> None:
    assert desk.steward("actions", "reject", "p_1", "--yes").code == 2
    assert listed(desk, "--state", "rejected") == []
    assert desk.steward("actions", "reject", "p_1", "--yes", "--reason", "season is over").code == 0
    history = desk.steward("actions", "show", "p_1", "--json").json["history"]
    assert [event["note"] for event in history if event["event"] == "rejected"] == ["season is over"]


def test_what_was_decided_meanwhile_is_told_and_exits_5(desk: Office) -> None:
    with desk.ledger() as ledger:
        ledger.decide([yes(wish(1))], wish(1).created_at)
    ran = desk.steward("actions", "approve", "p_1", "p_2", "--yes")
    assert ran.code == 5
    assert ran.out == "1 approved\n"
    assert "p_1" in ran.err


def test_what_expired_cannot_be_approved(office: Office) -> None:
    with office.ledger() as ledger:
        ledger.add([wish(1, expires_at=datetime(2026, 3, 20, tzinfo=UTC))])
    assert office.steward("actions", "approve", "p_1", "--yes", "--json").json["stale"] == ["p_1"]


def test_what_a_belt_holds_cannot_be_approved_by_its_id(desk: Office) -> None:
    ran = desk.steward("actions", "approve", "p_4", "--yes", "--json")
    assert ran.code == 5
    assert ran.json["stale"] == ["p_4"]
    assert listed(desk, "--state", "held") == ["p_4"]


def test_an_unknown_proposal_is_told_by_its_id(desk: Office) -> None:
    for command in (("show", "p_9"), ("approve", "p_1", "p_9", "--yes")):
        ran = desk.steward("actions", *command)
        assert ran.code == 2
        assert "p_9" in ran.err
    assert listed(desk, "--state", "approved") == []


def test_nothing_that_fits_is_no_failure(desk: Office) -> None:
    ran = desk.steward("actions", "approve", "--filter", "rule=nobody/*", "--yes")
    assert ran.code == 0
    assert ran.err == "Nothing was decided.\n"


def test_a_reason_of_blanks_is_none(desk: Office) -> None:
    assert desk.steward("actions", "reject", "p_1", "--yes", "--reason", "  ").code == 2
    assert desk.steward("stop-all", "--reason", " ").code == 2


def test_what_may_cost_more_than_the_limit_waits_for_a_second_person(
    desk: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """p_2 raises a bid by half, the others cut theirs. The same person twice is one person."""
    desk.write(desk.config.read_text() + "\n[accounts.north.approval]\nsecond_above = 0.40\n")
    for who, waiting in (("ann", ["p_2"]), ("ann", ["p_2"]), ("bob", [])):
        monkeypatch.setenv("LOGNAME", who)
        ran = desk.steward("actions", "approve", "--filter", "", "--yes", "--json")
        assert ran.code == 0
        assert ran.json["waiting"] == waiting
    history = desk.steward("actions", "show", "p_2", "--json").json["history"]
    assert [(each["event"], each.get("by")) for each in history[1:]] == [("first approval", "ann"), ("approved", "bob")]


def test_a_second_person_may_also_say_no(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.write(desk.config.read_text() + "\n[accounts.north.approval]\nsecond_above = 0.40\n")
    monkeypatch.setenv("LOGNAME", "ann")
    assert desk.steward("actions", "approve", "p_2", "--yes").out == "0 approved\n1 wait for a second person\n"
    monkeypatch.setenv("LOGNAME", "bob")
    assert desk.steward("actions", "reject", "p_2", "--yes", "--reason", "too much").code == 0
    assert listed(desk, "--state", "rejected") == ["p_2"]


def test_what_a_raise_puts_at_risk_on_a_day_counts_against_the_limit(office: Office) -> None:
    """A cent more for a bid is little; what it may cost on one day is not."""
    office.write(office.config.read_text() + "\n[accounts.north.approval]\nsecond_above = 5.00\n")
    risk = {"money at risk": {"amount": "5.01", "currency": "EUR"}}
    with office.ledger() as ledger:
        ledger.add([wish(1, after="1.01", expires_at=LATE), wish(2, after="1.01", evidence=risk, expires_at=LATE)])
    assert office.steward("actions", "approve", "--filter", "", "--yes", "--json").json["waiting"] == ["p_2"]
