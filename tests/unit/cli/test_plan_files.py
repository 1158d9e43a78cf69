"""Plan files: sealed, for one use, within a time, of one account; whatever is wrong is refused with its reason."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.ledger.plan_file import PlanFile
from agent.model.proposal import Proposal, State
from tests.office import CONFIG, Office
from tests.ran import Ran
from tests.wishes import no, wish, wishes, yes

LATE = datetime(2099, 1, 1, tzinfo=UTC)


@pytest.fixture
def desk(office: Office) -> Office:
    """An office that may send, with three open proposals."""
    office.write(CONFIG.replace("dry_run = true", "dry_run = false"))
    with office.ledger() as ledger:
        ledger.add([replace(each, expires_at=LATE) for each in wishes(3)])
    return office


def made(office: Office, name: str = "plan.json", **parts: Any) -> Path:
    """A plan file of all that is open, as 'plan -o' writes it, remembered by the ledger."""
    path, now = office.folder / name, datetime.now(UTC)
    with office.ledger() as ledger:
        open_ = ledger.proposals(states=[State.PROPOSED])
        seals = ledger.seals([each.id for each in open_])
        whole: dict[str, Any] = {"account": "north", "run": "r_1", "tables": ledger.tables, "made_at": now,
                                 "expires_at": now + timedelta(hours=1)} | parts  # fmt: skip
        file = PlanFile.of(**whole, proposals=[(each, seals[each.id]) for each in open_])
        ledger.remember(file, name, now)
    path.write_text(file.text(), encoding="utf-8")
    return path


def states(office: Office) -> dict[str, str]:
    with office.ledger() as ledger:
        return {each.id: str(each.state) for each in ledger.proposals()}


def applied(office: Office, path: Path, *more: str) -> Ran:
    return office.steward("apply", str(path), "--yes", *more)


OPEN = {"p_1": "proposed", "p_2": "proposed", "p_3": "proposed"}


def test_plan_writes_what_is_open_and_apply_approves_exactly_that(desk: Office) -> None:
    """Amazon cannot be reached here: what was approved stays approved, and is nobody's else to approve again."""
    path = desk.folder / "plan.json"
    ran = desk.steward("plan", "-o", str(path), "--json")
    assert ran.code == 0, ran.err
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with desk.ledger() as ledger:
        ledger.add([wish(4, expires_at=LATE)])
    applied(desk, path)
    assert states(desk) == {"p_1": "approved", "p_2": "approved", "p_3": "approved", "p_4": "proposed"}
    with desk.ledger() as ledger:
        (decided,) = ledger.decisions(["p_2"])["p_2"]
        assert decided.decision.through == "plan file"
        assert decided.decision.version == 1
        assert ledger.verify().ok
    assert [(each["kind"], each["state"]) for each in desk.steward("files", "list", "--json").json["files"]] == [
        ("plan file", "applied")
    ]


def test_a_plan_file_is_good_for_one_use(desk: Office) -> None:
    path = made(desk)
    applied(desk, path)
    again = applied(desk, path)
    assert again.code == 6
    assert "used already" in again.err
    copy = desk.folder / "copy.json"
    copy.write_text(json.dumps(json.loads(path.read_text())), encoding="utf-8")
    assert applied(desk, copy).code == 6


def edited(change: str, to: str) -> Any:
    return lambda path: path.write_text(path.read_text().replace(change, to, 1))


def resealed(path: Path) -> None:
    """An edit that also makes the hash anew."""
    content = {key: value for key, value in json.loads(path.read_text()).items() if key != "sha256"}
    content["proposals"] = content["proposals"][:1]
    path.write_text(PlanFile._from(content).text())


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (edited('"0.75"', '"0.95"'), "was changed after it was written"),
        (edited('"version": 1', '"version": 2'), "was changed after it was written"),
        (edited("planfile/1", "planfile/2"), "newer Steward"),
        (edited("planfile/1", "plan/1"), "is no plan file"),
        (lambda path: path.write_text("{"), "is no plan file"),
        (lambda path: path.write_text("[" * 100_000), "is no plan file"),
        (lambda path: path.write_bytes(b"\xff\xfe"), "is no plan file"),
        (lambda path: path.unlink(), "cannot be read"),
        (resealed, "not written from this database"),
    ],
)
def test_what_is_not_as_it_was_written_is_refused(desk: Office, spoil: Any, told: str) -> None:
    path = made(desk)
    spoil(path)
    ran = applied(desk, path)
    assert ran.code == 2
    assert told in ran.err
    assert states(desk) == OPEN


@pytest.mark.parametrize(
    ("parts", "code", "told"),
    [
        ({"account": "south"}, 2, "is of the account 'south'"),
        ({"tables": "0001"}, 2, "made before an upgrade"),
        ({"expires_at": datetime(2026, 3, 18, tzinfo=UTC)}, 6, "expired at 2026-03-18"),
    ],
)
def test_another_account_other_tables_and_a_time_that_is_over_are_refused(
    desk: Office, parts: dict[str, Any], code: int, told: str
) -> None:
    ran = applied(desk, made(desk, **parts))
    assert ran.code == code
    assert told in ran.err
    assert states(desk) == OPEN


def rejected(ledger: Any, one: Proposal) -> None:
    ledger.decide([no(one)], one.created_at)


def approved(ledger: Any, one: Proposal) -> None:
    ledger.decide([yes(one)], one.created_at)


def renewed(ledger: Any, one: Proposal) -> None:
    ledger.add([wish(9, entity="k2", after="0.60", expires_at=LATE)])


@pytest.mark.parametrize(("change", "why"), [(rejected, "rejected"), (approved, "approved"), (renewed, "superseded")])
def test_where_a_row_is_not_as_it_was_it_is_named_and_nothing_is_approved(desk: Office, change: Any, why: str) -> None:
    path = made(desk)
    with desk.ledger() as ledger:
        change(ledger, wish(2))
    before = states(desk)
    ran = applied(desk, path, "--json")
    assert ran.code == 5
    assert ran.json["changed"] == [{"id": "p_2", "reason": why}]
    assert states(desk) == before


def test_what_needs_two_people_waits_for_the_second(desk: Office) -> None:
    desk.write(desk.config.read_text() + "\n[accounts.north.approval]\nsecond_above = 0.10\n")
    with desk.ledger() as ledger:
        ledger.add([wish(5, after="1.20", expires_at=LATE)])
    ran = applied(desk, made(desk))
    assert "1 wait for a second person" in ran.err
    assert states(desk)["p_5"] == "proposed"
    with desk.ledger() as ledger:
        found = ledger.verify()
        assert found.ok, found.message


def test_in_dry_run_a_plan_file_stays_unused(office: Office, desk: Office) -> None:
    path = made(desk)
    office.write(CONFIG)
    assert applied(office, path).code == 6
    assert states(office) == OPEN
    office.write(CONFIG.replace("dry_run = true", "dry_run = false"))
    applied(office, path)
    assert set(states(office).values()) == {"approved"}
