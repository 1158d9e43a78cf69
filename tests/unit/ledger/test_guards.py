"""What the database itself refuses, whoever asks."""

from collections.abc import Callable

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from agent.ledger import SqlLedger
from agent.ledger.database import Database
from agent.ledger.tables import HEAD
from tests.wishes import sent, wishes

REFUSED = [
    "UPDATE events SET payload = '{}' WHERE seq = 1",
    "DELETE FROM events WHERE seq = 3",
    "UPDATE sealed SET payload = '{}'",
    "DELETE FROM sealed",
    "UPDATE proposals SET entity = 'k9'",
    "UPDATE proposals SET rule = 'x', state = 'done' WHERE id = 'p_1'",
    "DELETE FROM proposals",
]
REFUSED_BY = {
    "sqlite": [
        *REFUSED,
        "INSERT OR REPLACE INTO events SELECT * FROM events WHERE seq = 2",
        "INSERT OR REPLACE INTO sealed SELECT * FROM sealed",
        "INSERT OR REPLACE INTO proposals SELECT * FROM proposals",
    ],
    "postgresql": [*REFUSED, "TRUNCATE events", "TRUNCATE sealed", "TRUNCATE proposals CASCADE"],
}


def test_what_is_written_stays(url: str, ledger: SqlLedger) -> None:
    sent(ledger, wishes(2))
    # A plain client, without any of the settings that the ledger makes for its own connections.
    engine = create_engine(Database.connect(url, create=False).url)
    for statement in REFUSED_BY[engine.dialect.name]:
        with pytest.raises(DBAPIError, match="what is written stays"), engine.begin() as connection:
            connection.execute(text(statement))
    engine.dispose()
    assert ledger.verify().ok


def test_where_a_proposal_stands_may_change(url: str, ledger: SqlLedger) -> None:
    ledger.add(wishes(1))
    engine = create_engine(Database.connect(url, create=False).url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE proposals SET version = 2"))
    engine.dispose()
    assert ledger.proposals()[0].version == 2


def test_a_commit_is_on_disk_when_it_returns(url: str, open_ledger: Callable[[str], SqlLedger]) -> None:
    found = {name: (value, good) for name, value, good in open_ledger(url).health()}
    if url.startswith("sqlite"):
        assert found == {
            "tables": (HEAD, True), "journal": ("wal", True), "synchronous": ("2", True),
            "foreign keys": ("1", True), "integrity": ("ok", True),
        }  # fmt: skip
    else:
        # The tests' own server spares itself the sync, and 'doctor' would say so.
        assert found == {
            "tables": (HEAD, True), "synchronous_commit": ("on", True), "fsync": ("off", False),
            "full_page_writes": ("on", True),
        }  # fmt: skip


@pytest.mark.postgres
def test_a_database_that_commits_without_waiting_for_the_disk_is_made_to(
    postgres_url: str, open_ledger: Callable[[str], SqlLedger]
) -> None:
    ledger = open_ledger(f"{postgres_url}&options=-csynchronous_commit%3Doff")
    assert ("synchronous_commit", "on", True) in ledger.health()
