"""The history cannot be changed unseen."""

import os
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from agent.ledger import Head, SqlLedger
from agent.ledger.chain import link
from agent.model.proposal import State
from tests.wishes import NOW, approved, sent, wish, wishes, yes

TRIALS = 2_000 if os.environ.get("STEWARD_FULL") else 200


@pytest.fixture(scope="session")
def history(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger in which something has happened."""
    path = tmp_path_factory.mktemp("history") / "steward.db"
    shutil.copy(sqlite_template, path)
    ledger = SqlLedger.open(f"sqlite:///{path}")
    ids = sent(ledger, wishes(12))
    ledger.receive([], dict.fromkeys(ids[:9], State.ACCEPTED), "act", NOW)
    ledger.move(ids[:9], State.ACCEPTED, State.DONE, "settle", NOW)
    ledger.switch(stop=True, by="ann", reason="look", at=NOW)
    assert ledger.verify().ok
    ledger.close()
    return path


@contextmanager
def tampered(history: Path, folder: Path) -> Iterator[sqlite3.Connection]:
    """A copy with its guards removed, open to anybody with the file."""
    shutil.copy(history, folder / "copy.db")
    with closing(sqlite3.connect(folder / "copy.db")) as connection, connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        yield connection


def found(folder: Path, *remembered: Head) -> tuple[bool, int | None]:
    ledger = SqlLedger.open(f"sqlite:///{folder / 'copy.db'}")
    verification = ledger.verify(*remembered)
    ledger.close()
    return verification.ok, verification.row


def last(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT max(seq) FROM events").fetchone()[0])


def edit(connection: sqlite3.Connection, chance: random.Random) -> int:
    row = chance.randint(1, last(connection))
    column = chance.choice(["at", "kind", "proposal", "run", "payload", "prev_hash", "hash"])
    connection.execute(f'UPDATE events SET "{column}" = coalesce("{column}", \'\') || ? WHERE seq = ?', ("x", row))
    return row


def forge(connection: sqlite3.Connection, chance: random.Random) -> int:
    """Change an event and give it the hash that fits: then its successor, or the head, does not."""
    row = chance.randint(1, last(connection))
    _, at, kind, proposal, run, _, prev, _ = connection.execute("SELECT * FROM events WHERE seq = ?", (row,)).fetchone()
    fits = link(prev, row, at, kind, proposal, run, "{}")
    connection.execute("UPDATE events SET payload = '{}', hash = ? WHERE seq = ?", (fits, row))
    return min(row + 1, last(connection))


def delete(connection: sqlite3.Connection, chance: random.Random) -> int:
    row = chance.randint(1, last(connection))
    connection.execute("DELETE FROM events WHERE seq = ?", (row,))
    return row


def swap(connection: sqlite3.Connection, chance: random.Random) -> int:
    first, second = sorted(chance.sample(range(1, last(connection) + 1), 2))
    for old, new in ((first, -1), (second, first), (-1, second)):
        connection.execute("UPDATE events SET seq = ? WHERE seq = ?", (new, old))
    return first


def insert(connection: sqlite3.Connection, chance: random.Random) -> int:
    """Push a copy of some event in, with or without a hash that fits what goes before."""
    row = chance.randint(1, last(connection) + 1)
    for seq in range(last(connection), row - 1, -1):
        connection.execute("UPDATE events SET seq = seq + 1 WHERE seq = ?", (seq,))
    before = connection.execute("SELECT hash FROM events WHERE seq = ?", (row - 1,)).fetchone() or ("0" * 64,)
    content = (NOW.isoformat(), "approved", "p_1", None, "{}")
    fits = link(before[0], row, *content)
    clever = chance.random() < 0.5
    connection.execute(
        "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (row, *content, before[0], fits if clever else "0" * 64)
    )
    # One that fits betrays itself by its successor; at the very end, by the head that does not know it.
    return row + 1 if clever and row < last(connection) else row


def truncate(connection: sqlite3.Connection, chance: random.Random) -> int:
    row = chance.randint(1, last(connection))
    connection.execute("DELETE FROM events WHERE seq >= ?", (row,))
    return row


@pytest.mark.parametrize("tamper", [edit, forge, delete, swap, insert, truncate])
def test_tampering_is_found_with_the_number_of_the_row(
    history: Path, tmp_path: Path, tamper: Callable[[sqlite3.Connection, random.Random], int]
) -> None:
    for seed in range(TRIALS // 6 + 1):
        with tampered(history, tmp_path) as connection:
            row = tamper(connection, random.Random(seed))
        assert found(tmp_path) == (False, row), f"seed {seed}"


def test_a_whole_log_is_found_whole(history: Path, tmp_path: Path) -> None:
    with tampered(history, tmp_path):
        pass
    assert found(tmp_path) == (True, None)


def test_a_cut_that_moves_the_head_too_is_found_by_a_remembered_head(history: Path, tmp_path: Path) -> None:
    with tampered(history, tmp_path) as connection:
        seq, hash_ = connection.execute("SELECT seq, hash FROM events WHERE seq = 20").fetchone()
        remembered = Head(*connection.execute("SELECT seq, hash FROM chain").fetchone())
        connection.execute("DELETE FROM events WHERE seq > 36")
        hash_ = connection.execute("SELECT hash FROM events WHERE seq = 36").fetchone()[0]
        connection.execute("UPDATE chain SET seq = 36, hash = ?", (hash_,))
        connection.execute("UPDATE proposals SET state = 'intent' WHERE state IN ('accepted', 'done')")
        connection.execute("DELETE FROM flags")
        assert seq == 20
    assert found(tmp_path) == (True, None)
    assert found(tmp_path, remembered) == (False, 37)


def test_a_log_rewritten_with_fitting_hashes_is_found_by_a_remembered_head(history: Path, tmp_path: Path) -> None:
    with tampered(history, tmp_path) as connection:
        remembered = Head(*connection.execute("SELECT seq, hash FROM chain").fetchone())
        prev = "0" * 64
        for seq, at, kind, proposal, run, payload in connection.execute(
            "SELECT seq, at, kind, proposal, run, payload FROM events ORDER BY seq"
        ).fetchall():
            said = payload.replace('"ann"', '"eve"')
            new = link(prev, seq, at, kind, proposal, run, said)
            connection.execute(
                "UPDATE events SET payload = ?, prev_hash = ?, hash = ? WHERE seq = ?", (said, prev, new, seq)
            )
            prev = new
        connection.execute("UPDATE chain SET hash = ?", (prev,))
        connection.execute("UPDATE decisions SET by = 'eve'")
        connection.execute("UPDATE flags SET by = 'eve'")
    assert found(tmp_path) == (True, None)
    assert found(tmp_path, remembered) == (False, remembered.seq)


@pytest.mark.parametrize(
    ("statement", "row"),
    [
        ("UPDATE sealed SET payload = replace(payload, '0.75', '0.05') WHERE proposal = 'p_3'", 3),
        ("DELETE FROM sealed WHERE proposal = 'p_4'", 4),
        ("DELETE FROM proposals WHERE id = 'p_5'", 5),
        ("UPDATE proposals SET state = 'approved' WHERE id = 'p_12'", 36),
        ("DELETE FROM chain", None),
        ("UPDATE chain SET hash = 'x'", None),
    ],
)
def test_what_the_events_speak_of_must_be_as_they_left_it(
    history: Path, tmp_path: Path, statement: str, row: int | None
) -> None:
    with tampered(history, tmp_path) as connection:
        connection.execute(statement)
        end = last(connection)
    assert found(tmp_path) == (False, row or end)


def test_a_head_remembered_earlier_stays_part_of_the_log(ledger: SqlLedger) -> None:
    approved(ledger, wishes(3))
    now = ledger.verify()
    remembered = Head(now.rows, now.head)
    ledger.add([wish(4)])
    assert ledger.verify(remembered).ok
    assert not ledger.verify(Head(remembered.seq, "f" * 64)).ok
    assert ledger.verify(Head(99, "f" * 64)).row == 8


def test_an_empty_log_is_whole(ledger: SqlLedger) -> None:
    found = ledger.verify()
    assert (found.ok, found.rows, found.head) == (True, 0, "0" * 64)


def test_the_hash_is_what_the_documentation_says() -> None:
    """SHA-256 of the JSON array [prev_hash, seq, at, kind, proposal, run, payload], so that others can check it."""
    import json
    from hashlib import sha256

    parts = ["ab", 7, "2026-03-18T09:30:00.000000Z", "approved", "p_1", None, '{"note":"无 “q” \\n"}']
    text = json.dumps(parts, separators=(",", ":"))
    assert link("ab", 7, parts[2], "approved", "p_1", None, parts[6]) == sha256(text.encode()).hexdigest()


def test_events_are_paged_from_a_number(ledger: SqlLedger) -> None:
    ledger.add(wishes(5))
    ledger.decide([yes(wish(2))], NOW)
    assert [event.seq for event in ledger.events(limit=2)] == [5, 6]
    assert [event.seq for event in ledger.events(since=4)] == [5, 6]
    assert [event.seq for event in ledger.events(proposal="p_2")] == [2, 6]
    assert [event.seq for event in ledger.events(run="r_1", limit=1)] == [5]
