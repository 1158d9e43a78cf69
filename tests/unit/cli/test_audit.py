"""The audit log, read and verified by command."""

import json
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

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
        "checkpoints": 0, "note": "No checkpoints: that the whole log was rewritten or cut off would not be noticed.",
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


def cut_off(office: Office, rows: int) -> None:
    """Everything after a row is gone from every table, and the head moved back: the database agrees with itself."""
    with closing(sqlite3.connect(office.folder / "steward.db")) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("DELETE FROM events WHERE seq > ?", (rows,))
        connection.execute("DELETE FROM decisions")
        connection.execute("UPDATE proposals SET state = 'proposed'")
        connection.execute("UPDATE chain SET (seq, hash) = (SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1)")
        connection.commit()


def test_a_cut_that_leaves_no_trace_in_the_database_is_found_by_a_checkpoint(office: Office) -> None:
    with office.ledger() as ledger:
        approved(ledger, wishes(2))
    office.steward("audit", "checkpoint")
    assert office.steward("audit", "verify", "--json").json["checkpoints"] == 1
    cut_off(office, 2)
    ran = office.steward("audit", "verify", "--json")
    assert (ran.code, ran.json["row"]) == (1, 3)
    assert ran.json["message"] == "events 3 to 4 are missing"


def test_a_log_that_lost_what_was_signed_is_not_signed_again(office: Office) -> None:
    with office.ledger() as ledger:
        approved(ledger, wishes(2))
    office.steward("audit", "checkpoint")
    cut_off(office, 2)
    ran = office.steward("audit", "checkpoint")
    assert ran.code == 1
    assert "not whole from event 4 on" in ran.err
    assert (office.folder / "checkpoints.txt").read_text().count("—") == 1


def test_a_file_of_a_database_is_verified_with_what_was_kept_elsewhere_and_nothing_else(office: Office) -> None:
    with office.ledger() as ledger:
        approved(ledger, wishes(2))
    office.steward("audit", "checkpoint")
    key, file, database = (
        office.steward("audit", "key").out.strip(), office.folder / "checkpoints.txt", office.folder / "steward.db",
    )  # fmt: skip
    office.config.unlink()
    words = ("audit", "verify", "--offline", str(database), "--checkpoints", str(file))
    assert office.steward(*words, "--public-key", key).code == 0
    unsigned = office.steward(*words)
    assert unsigned.code == 1 and "--public-key" in unsigned.out
    file.write_text(file.read_text().replace("\n4\n", "\n3\n"))
    assert "signature of the checkpoint in line 1 is wrong" in office.steward(*words, "--public-key", key).out
    assert office.steward(*words, "--public-key", "nonsense+00000000+AAAA").code == 2
    cut_off(office, 2)
    assert office.steward("audit", "verify", "--offline", str(database)).code == 0


def test_a_missing_file_of_checkpoints_is_said(office: Office) -> None:
    with office.ledger() as ledger:
        approved(ledger, wishes(1))
    ran = office.steward("audit", "verify", "--checkpoints", "nowhere.txt")
    assert ran.code == 2 and "nowhere.txt" in ran.err


def test_a_key_that_is_gone_is_not_made_again_over_what_it_signed(office: Office) -> None:
    with office.ledger() as ledger:
        approved(ledger, wishes(1))
    office.steward("audit", "checkpoint")
    key = office.folder / "audit.key"
    assert key.stat().st_mode & 0o777 == 0o600
    key.chmod(0o644)
    assert "chmod 600" in office.steward("audit", "key").err
    key.unlink()
    assert "not at" in office.steward("audit", "key").err


def test_nothing_new_is_not_signed_twice(office: Office) -> None:
    with office.ledger() as ledger:
        approved(ledger, wishes(1))
    first = office.steward("audit", "checkpoint").out
    assert first.splitlines()[1] == "2"
    assert office.steward("audit", "checkpoint", "--json").json["checkpoint"] is None
    with office.ledger() as ledger:
        approved(ledger, wishes(3)[2:])
    office.steward("audit", "checkpoint")
    assert office.steward("audit", "verify", "--json").json["checkpoints"] == 2


def test_an_export_can_be_checked_by_the_few_lines_in_the_documentation(office: Office) -> None:
    with office.ledger() as ledger:
        approved(ledger, wishes(3))
    office.steward("audit", "checkpoint")
    file = office.folder / "audit.jsonl"
    assert office.steward("audit", "export", "-o", str(file)).code == 0
    page = (Path(__file__).parents[3] / "docs" / "operations.md").read_text(encoding="utf-8")
    found = re.search(r"```python\n(# check.py.*?)```", page, re.DOTALL)
    assert found is not None
    check = [sys.executable, "-c", found.group(1), str(file)]
    assert subprocess.run(check, capture_output=True, text=True, check=True).stdout.startswith("6 events, 1 checkpoint")
    file.write_text(
        file.read_text(encoding="utf-8").replace('\\"by\\":\\"ann\\"', '\\"by\\":\\"eve\\"', 1), encoding="utf-8"
    )
    assert "event 4" in subprocess.run(check, capture_output=True, text=True, check=False).stderr
    rows = office.steward("audit", "export", "--format", "csv", "--since", "4").out.splitlines()
    assert [row.split(",")[:2] for row in rows[:3]] == [["record", "seq"], ["event", "5"], ["event", "6"]]
    assert json.loads(office.steward("audit", "export").out.splitlines()[0])["sealed"]
