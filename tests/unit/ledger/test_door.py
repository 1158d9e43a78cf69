"""What goes wrong with a database is said in our words, with what to do, and leaves nothing half done."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from signal import Signals

import pytest
from sqlalchemy import event

from agent.errors import AgentError, ConfigError, LedgerConflictError
from agent.ledger import SqlLedger
from agent.ledger.database import Database
from agent.model.proposal import State
from agent.model.verdict import Tally
from tests.postgres import PostgresServer
from tests.wishes import approved, attempt, wishes


def hampered(url: str, pragma: str) -> SqlLedger:
    """A ledger whose every connection has met with a mishap."""
    database = Database.connect(url, create=False)
    # The first connection is in the pool already, without it.
    database.engine.dispose()
    event.listen(database.engine, "connect", lambda connection, _: connection.execute(f"PRAGMA {pragma}"))
    return SqlLedger(database)


@pytest.mark.parametrize(
    ("pragma", "message", "hint", "retryable"),
    [
        ("max_page_count=60", "the disk is full", "make room", True),
        ("query_only=ON", "cannot be written", "write access", False),
    ],
)
def test_a_database_that_takes_no_writes_says_so_and_holds_no_half_intents(
    sqlite_url: str, open_ledger: Callable[[str], SqlLedger], pragma: str, message: str, hint: str, retryable: bool
) -> None:
    healthy = open_ledger(sqlite_url)
    approved(healthy, wishes(50))
    ledger = hampered(sqlite_url, pragma)
    with pytest.raises(AgentError, match=message) as caught:
        ledger.intend([attempt(each) for each in wishes(50)], "act")
    ledger.close()
    assert (hint in caught.value.hint, caught.value.retryable) == (True, retryable)
    assert healthy.counts() == {State.APPROVED: 50}
    assert healthy.executions([each.id for each in wishes(50)]) == {}
    assert healthy.verify().ok


def test_a_database_another_one_holds_may_be_tried_again(
    sqlite_url: str, open_ledger: Callable[[str], SqlLedger]
) -> None:
    healthy, ledger = open_ledger(sqlite_url), hampered(sqlite_url, "busy_timeout=50")
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(AgentError, match="another process holds") as caught:
            ledger.add(wishes(1))
        assert caught.value.retryable
        assert healthy.proposals() == [], "readers never wait"
        other.execute("ROLLBACK")
    assert ledger.add(wishes(1)) == wishes(1)
    ledger.close()


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("dear diary " * 100)
    with pytest.raises(AgentError, match="is no database") as caught:
        SqlLedger.open(f"sqlite:///{path}")
    assert "backup" in caught.value.hint
    assert path.read_text() == "dear diary " * 100


def test_a_database_is_made_only_where_it_is_wanted(tmp_path: Path) -> None:
    path = tmp_path / "data" / "steward.db"
    with pytest.raises(ConfigError, match="there is no database"):
        SqlLedger.open(f"sqlite:///{path}", create=False)
    assert not path.parent.exists()
    SqlLedger.open(f"sqlite:///{path}").close()
    assert path.stat().st_mode & 0o077 == 0, "nobody else reads it"
    SqlLedger.open(f"sqlite:///{path}", create=False).close()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"file.steward\.db cannot be made"):
        SqlLedger.open(f"sqlite:///{tmp_path}/file/steward.db")


@pytest.mark.parametrize("url", ["mysql://eve:secret@host/db", "sqlite://", "sqlite:///:memory:", "steward.db", ""])
def test_other_databases_are_refused_without_telling_the_password(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        SqlLedger.open(url)
    assert "secret" not in caught.value.message
    assert caught.value.setting == "database"


def test_values_that_contradict_the_ledger_are_a_conflict(ledger: SqlLedger) -> None:
    with pytest.raises(LedgerConflictError) as caught:
        ledger.tally("no such run", [Tally("ads/a", "d", 1, 0, 0)])
    assert "INSERT" not in caught.value.message


@pytest.mark.postgres
def test_a_server_that_cannot_be_reached_may_be_tried_again(tmp_path: Path) -> None:
    with pytest.raises(AgentError, match="cannot be reached") as caught:
        SqlLedger.open(f"postgresql://steward:secret@/ledger?host={tmp_path}")
    assert caught.value.retryable
    assert "secret" not in caught.value.message


@pytest.mark.postgres
def test_a_missing_database_is_named(postgres: PostgresServer) -> None:
    with pytest.raises(AgentError, match='"nowhere" does not exist') as caught:
        SqlLedger.open(postgres.url("nowhere"))
    assert "check the name" in caught.value.hint


@pytest.mark.postgres
@pytest.mark.parametrize("how", [Signals.SIGINT, Signals.SIGQUIT])
def test_after_a_restart_of_the_server_work_goes_on(
    postgres: PostgresServer, postgres_ledger_url: str, open_ledger: Callable[[str], SqlLedger], how: Signals
) -> None:
    ledger = open_ledger(postgres_ledger_url)
    ledger.add(wishes(2))
    postgres.stop(how)
    try:
        with pytest.raises(AgentError):
            ledger.counts()
    finally:
        postgres.start()
    assert ledger.counts() == {State.PROPOSED: 2}
    assert ledger.verify().ok
