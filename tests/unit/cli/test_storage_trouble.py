"""While the storage fails, health is red, with what is wrong and what to do; and green again once it is over."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.office import Office
from tests.soak.storage import is_possible, small_disk, taking_nothing

_WITHOUT_API = """\
database = "sqlite:///steward.db"
facts = "facts"
rules = []

[accounts.north]
marketplace = "DE"

[accounts.north.file_drop]
folder = "drop"
"""


@pytest.fixture
def desk(office: Office) -> Office:
    """An account that no doctor calls Amazon for."""
    office.write(_WITHOUT_API)
    with office.ledger():
        pass
    return office


@contextmanager
def locked(office: Office) -> Iterator[None]:
    """Another process holds the database."""
    with closing(sqlite3.connect(office.folder / "steward.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def told(office: Office) -> tuple[list[str], list[str]]:
    """What is red, by status and by the doctor."""
    shown = office.steward("status", "--json")
    found = office.steward("doctor", "--json").json["checks"]
    red = {f"{each['part']}: {each['found']} → {each['hint']}" for each in shown.json["storage"] if not each["ok"]}
    assert shown.code == (1 if red else 0)
    assert shown.json["healthy"] is not bool(red)
    parts = [each for each in found if each["check"].startswith("storage")]
    return sorted(red), sorted(f"{each['check'].removeprefix('storage ')}: {each['found']} → {each['hint']}"
                               for each in parts if each["state"] == "failed")  # fmt: skip


def test_while_somebody_holds_the_database_health_is_red_and_all_else_is_still_told(desk: Office) -> None:
    assert told(desk) == ([], [])
    with locked(desk):
        red, failed = told(desk)
    assert red == failed == [
        "database: another process holds the database (database is locked) → try again; end the process that holds it"
    ]  # fmt: skip
    assert told(desk) == ([], [])


def test_facts_that_cannot_be_written_are_red_alone(desk: Office) -> None:
    (desk.folder / "facts").write_text("no folder")
    red, failed = told(desk)
    assert red == failed
    assert [each.partition(":")[0] for each in red] == ["facts"]
    page = desk.steward("status").out
    assert page.startswith("✗ storage facts: ")
    assert "north: no proposals yet" in page


@pytest.mark.skipif(not is_possible(), reason="only an administrator mounts a small disk")
@pytest.mark.parametrize("trouble", ["full", "read-only"])
def test_a_disk_that_takes_nothing_is_red_and_heals(desk: Office, trouble: str) -> None:
    with small_disk("size=4m") as folder:
        here = Office(Path(folder), desk.capture)
        here.write(_WITHOUT_API)
        with here.ledger():
            pass
        assert told(here) == ([], [])
        with taking_nothing(folder, trouble):
            red, failed = told(here)
            assert red == failed
            assert [each.partition(":")[0] for each in red] == ["database", "facts"]
        assert told(here) == ([], [])
