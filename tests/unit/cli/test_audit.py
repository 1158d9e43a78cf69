"""The audit log, read and verified by command."""

import sqlite3
from contextlib import closing

from tests.office import Office
from tests.wishes import approved, wishes


def flip_one_byte(office: Office) -> None:
    """As somebody with the file in hands can: the triggers that forbid it are only there for the program."""
    with closing(sqlite3.connect(office.folder / "steward.db")) as connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        changed = connection.execute(
            'UPDATE events SET payload = replace(payload, \'"by":"ann"\', \'"by":"anm"\') WHERE seq = 4'
        )
        assert changed.rowcount == 1
        connection.commit()


def test_a_whole_log_is_told_with_its_head(office: Office) -> None:
    with office.ledger() as ledger:
        approved(ledger, wishes(2))
        head = ledger.verify().head
    ran = office.steward("audit", "verify", "--json")
    assert ran.code == 0
    assert ran.json == {
        "schema": "steward.verification/1", "ok": True, "rows": 4, "row": None, "message": "", "head": head,
    }  # fmt: skip
    assert head[:16] in office.steward("audit", "verify").out


def test_one_flipped_byte_is_found_and_exits_1(office: Office) -> None:
    with office.ledger() as ledger:
        approved(ledger, wishes(2))
    flip_one_byte(office)
    ran = office.steward("audit", "verify", "--json")
    assert ran.code == 1
    assert (ran.json["ok"], ran.json["row"]) == (False, 4)
    text = office.steward("audit", "verify")
    assert text.code == 1
    assert text.out.startswith("✗ ")


def test_the_newest_events_are_shown_the_newest_last(office: Office) -> None:
    with office.ledger() as ledger:
        approved(ledger, wishes(3))
    rows = office.steward("audit", "show", "--limit", "2", "--json").json["events"]
    assert [(row["seq"], row["kind"]) for row in rows] == [(5, "approved"), (6, "approved")]
    lines = office.steward("audit", "show", "--proposal", "p_1").out.splitlines()
    assert [line.split("\t")[2:4] for line in lines] == [["proposed", "p_1"], ["approved", "p_1"]]
    assert "keyword:k1 bid 1.00 → 0.75 EUR" in lines[0]
