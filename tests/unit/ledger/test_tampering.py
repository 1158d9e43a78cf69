"""Whatever is changed by hand in any table that matters is found, with its row, on both databases."""

import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, text

from agent.ledger import Head, SqlLedger
from agent.ledger.chain import link, stored_head
from agent.ledger.database import Database
from agent.ledger.verify import verify
from agent.model.alert import Alert
from agent.model.dropped import FileRecord, FileState
from agent.model.entity import Entity
from agent.model.proposal import Fate, Receipt, State
from agent.model.rule import Severity
from agent.model.ticket import Task
from tests.wishes import NOW, no, sent, wish, wishes

TRIALS = 2_000 if os.environ.get("STEWARD_FULL") else 160
REMEMBERED = 10


@pytest.fixture
def database(url: str, open_ledger: Callable[[str], SqlLedger]) -> Iterator[Database]:
    """A ledger in which all kinds of things have happened, and the way into it past the program."""
    ledger = open_ledger(url)
    ids = sent(ledger, wishes(8))
    receipts = [Receipt(id, Fate.ACCEPTED, "OK", "as asked", f"q{id}") for id in ids[:6]]
    ledger.receive([*receipts, Receipt(ids[6], Fate.REFUSED, "bidTooLow", "no")], _moves(ids), "act", NOW)
    ledger.move(ids[:5], State.ACCEPTED, State.DONE, "settle", NOW)
    ledger.add([wish(20), wish(21), wish(22, state=State.HELD)])
    ledger.decide([no(wish(20))], NOW)
    alert = Alert("a_1", "stock/out", "d" * 64, Entity("north", "sku", "S1"), "S1", Severity.S1, "3 days left",
                  {"days": 3}, "r_1", NOW, NOW)  # fmt: skip
    task = Task("Order more.", "ann", NOW + timedelta(hours=2))
    other = replace(alert, id="a_2", entity=Entity("north", "sku", "S2"), task=task)
    ledger.alert([alert, other], [], NOW, "r_1")
    ledger.tickets.escalate(["a_2"], NOW + timedelta(minutes=30))
    ledger.alert([], [(other, "stock arrived")], NOW + timedelta(hours=1), "r_2")
    record = FileRecord("north", "e" * 64, "orders.txt", 9, NOW, FileState.BOOKED, NOW, "r_1", "orders", {"rows": 2})
    ledger.file_put(record)
    ledger.switch(stop=True, by="ann", reason="look", at=NOW)
    opened = Database.connect(url, create=False)
    yield opened
    opened.close()


def _moves(ids: list[str]) -> dict[str, State]:
    return {**dict.fromkeys(ids[:6], State.ACCEPTED), ids[6]: State.FAILED, ids[7]: State.IN_DOUBT}


@contextmanager
def unguarded(database: Database) -> Iterator[Connection]:
    """As somebody with the database in hands, its triggers gone; undone afterwards."""
    with database.writer.connect() as connection, connection.begin() as transaction:
        if database.is_sqlite:
            connection.execute(text("PRAGMA defer_foreign_keys=ON"))
            names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
            for name in names:
                connection.execute(text(f"DROP TRIGGER {name}"))
        else:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        yield connection
        transaction.rollback()


def _last(connection: Connection) -> int:
    return int(connection.scalar(text("SELECT max(seq) FROM events")) or 0)


def _events(connection: Connection) -> list[list[Any]]:
    return [list(row) for row in connection.execute(text("SELECT * FROM events ORDER BY seq"))]


def _rewrite(connection: Connection, rows: list[list[Any]], start: int) -> None:
    """These events in place of all, with hashes that fit, the head too."""
    connection.execute(text("DELETE FROM events"))
    before = rows[start - 1][7] if start else "0" * 64
    for number, row in enumerate(rows[start:], start + 1):
        row[0], row[6] = number, before
        before = row[7] = link(before, *row[:6])
    names = ("seq", "at", "kind", "proposal", "run", "payload", "prev_hash", "hash")
    connection.execute(text(f"INSERT INTO events VALUES ({', '.join(f':{name}' for name in names)})"),
                       [dict(zip(names, row, strict=True)) for row in rows])  # fmt: skip
    connection.execute(text("UPDATE chain SET seq = :seq, hash = :hash"), {"seq": len(rows), "hash": before})


def flip(connection: Connection, chance: random.Random) -> range:
    """One bit of one byte of one column of one event."""
    row, column = chance.randint(1, _last(connection)), chance.choice(["at", "kind", "payload", "prev_hash", "hash"])
    value = str(connection.scalar(text(f'SELECT "{column}" FROM events WHERE seq = :row'), {"row": row}))
    data = bytearray(value.encode())
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(7)
    if connection.dialect.name == "sqlite":
        new: Any = bytes(data)
        connection.execute(text(f'UPDATE events SET "{column}" = CAST(:new AS TEXT) WHERE seq = :row'),
                           {"new": new, "row": row})  # fmt: skip
    else:
        # A PostgreSQL server keeps neither NUL nor what is no UTF-8 in a text.
        new = data.decode("utf-8", "replace").replace("\0", "?")
        connection.execute(text(f'UPDATE events SET "{column}" = :new WHERE seq = :row'), {"new": new, "row": row})
    return range(row, row + 1)


def delete(connection: Connection, chance: random.Random) -> range:
    row = chance.randint(1, _last(connection))
    connection.execute(text("DELETE FROM events WHERE seq = :row"), {"row": row})
    return range(row, row + 1)


def swap(connection: Connection, chance: random.Random) -> range:
    first, second = sorted(chance.sample(range(1, _last(connection) + 1), 2))
    for old, new in ((first, -1), (second, first), (-1, second)):
        connection.execute(text("UPDATE events SET seq = :new WHERE seq = :old"), {"new": new, "old": old})
    return range(first, first + 1)


def rewritten(connection: Connection, chance: random.Random) -> range:
    """One event changed, dropped or put in, and every hash from there on made to fit."""
    rows = _events(connection)
    at = chance.randrange(len(rows))
    match chance.choice(["edit", "drop", "insert"]):
        case "edit":
            rows[at][1] = "2020-01-01T00:00:00.000000Z"
        case "drop":
            del rows[at]
        case _:
            rows.insert(at, list(chance.choice(rows)))
    _rewrite(connection, rows, at)
    # A checkpoint tells the stretch in which it happened; a table that disagrees may tell an earlier event of it.
    return range(1, (at // REMEMBERED + 1) * REMEMBERED + 1)


def truncated(connection: Connection, chance: random.Random) -> range:
    row = chance.randint(2, _last(connection))
    connection.execute(text("DELETE FROM events WHERE seq >= :row"), {"row": row})
    connection.execute(text("UPDATE chain SET seq = :seq, hash = (SELECT hash FROM events WHERE seq = :seq)"),
                       {"seq": row - 1})  # fmt: skip
    return range(row, row + 1)


TABLES = {
    "executions": ["run", "sent_at", "payload_hash", "fate", "code", "message", "request_id"],
    "decisions": ["version", "approve", "by", "through", "note", "at"],
    "sealed": ["payload", "seal"],
    "proposals": ["state", "version", "expires_at", "fingerprint", "rule", "digest", "account", "kind", "entity",
                  "field", "as_of", "run", "created_at"],
    "alerts": ["account", "rule", "kind", "entity", "title", "severity", "reason", "evidence", "run", "opened_at",
               "closed_at", "closed_because"],
    "tickets": ["text", "owner", "due_at", "state", "since", "by", "note", "escalated_at"],
    "files": ["name", "size", "modified", "state", "kind", "receipt", "fault", "hint", "at", "run"],
    "flags": ["raised", "by", "reason", "at"],
}  # fmt: skip
OTHER = {
    "sent_at": NOW + timedelta(days=99), "at": NOW + timedelta(days=99), "expires_at": NOW + timedelta(days=99),
    "created_at": NOW + timedelta(days=99), "opened_at": NOW + timedelta(days=99), "closed_at": NOW + timedelta(days=9),
    "modified": NOW + timedelta(days=99), "as_of": NOW.date(), "approve": "other", "raised": "other", "version": 9,
    "size": 77, "due_at": NOW + timedelta(days=99), "since": NOW + timedelta(days=99),
    "escalated_at": NOW + timedelta(days=99),
}  # fmt: skip


def a_cell(connection: Connection, chance: random.Random) -> range:
    """One column of one row beside the events."""
    table = chance.choice(list(TABLES))
    column, key = chance.choice(TABLES[table]), "ctid" if connection.dialect.name != "sqlite" else "rowid"
    if connection.dialect.name == "sqlite" and table in (
        "executions",
        "files",
        "flags",
        "proposals",
        "sealed",
        "tickets",
        "alerts",
    ):
        key = "rowid"
    rows = connection.execute(text(f"SELECT CAST({key} AS TEXT) FROM {table} ORDER BY 1")).scalars().all()
    value: Any = OTHER.get(column, "other")
    if value == "other" and column in ("approve", "raised"):
        change, given = f'NOT "{column}"', {}
    else:
        sqlite_moment = connection.dialect.name == "sqlite" and not isinstance(value, str | int)
        change, given = ":new", {"new": value.isoformat() if sqlite_moment else value}
    where = f"CAST({key} AS TEXT) = :row"
    connection.execute(text(f'UPDATE {table} SET "{column}" = {change} WHERE {where}'),
                       {**given, "row": chance.choice(rows)})  # fmt: skip
    return range(1, _last(connection) + 1)


def a_row(connection: Connection, chance: random.Random) -> range:
    """A whole row beside the events is gone."""
    table, key = chance.choice(list(TABLES)), "ctid" if connection.dialect.name != "sqlite" else "rowid"
    rows = connection.execute(text(f"SELECT CAST({key} AS TEXT) FROM {table} ORDER BY 1")).scalars().all()
    connection.execute(text(f"DELETE FROM {table} WHERE CAST({key} AS TEXT) = :row"), {"row": chance.choice(rows)})
    return range(1, _last(connection) + 1)


TAMPERINGS = (flip, delete, swap, rewritten, truncated, a_cell, a_row)


def test_every_tampering_is_found_with_its_row(database: Database) -> None:
    with database.read() as connection:
        assert verify(connection).ok
        heads = [Head(row[0], row[7]) for row in _events(connection) if row[0] % REMEMBERED == 0]
        newest = stored_head(connection)
        assert newest is not None
    for seed in range(TRIALS):
        chance = random.Random(seed)
        tamper = TAMPERINGS[seed % len(TAMPERINGS)]
        with unguarded(database) as connection:
            rows = tamper(connection, chance)
            found = verify(connection, [*heads, newest])
        assert not found.ok, f"{tamper.__name__} {seed} was not found"
        assert found.row in rows or tamper is rewritten, f"{tamper.__name__} {seed}: {found} is not in {rows}"
    with database.read() as connection:
        assert verify(connection).ok
