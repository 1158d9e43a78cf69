"""An empty ledger on each database, copied from one that was migrated once."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.ledger import SqlLedger
from tests.postgres import PostgresServer


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ledger") / "template.db"
    SqlLedger.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres: PostgresServer) -> str:
    postgres.sql("CREATE DATABASE ledger TEMPLATE template0")
    SqlLedger.open(postgres.url("ledger")).close()
    return "ledger"


_TABLES = (
    "tokens", "sessions", "users", "inputs", "files", "flags", "tickets", "alerts", "pulls", "events", "executions",
    "decisions", "sealed", "proposals", "tallies", "runs",
    "cursors", "callbacks", "silences", "messages", "groups", "notices",
)  # fmt: skip


def _emptied(server: PostgresServer, database: str) -> str:
    """Far quicker than a new database; the guards against deleting are off for this one session."""
    deletes = "; ".join(f"DELETE FROM {table}" for table in _TABLES)
    head = f"UPDATE chain SET seq = 0, hash = '{'0' * 64}'"
    server.sql(f"SET session_replication_role = replica; {deletes}; {head}", database)
    return server.url(database)


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    shutil.copy(sqlite_template, tmp_path / "steward.db")
    return f"sqlite:///{tmp_path / 'steward.db'}"


@pytest.fixture
def postgres_ledger_url(postgres: PostgresServer, migrated_postgres: str) -> str:
    return _emptied(postgres, migrated_postgres)


@pytest.fixture
def postgres_ledger(postgres: PostgresServer, migrated_postgres: str) -> Callable[[], SqlLedger]:
    """Opens a ledger on a database emptied before; close it before the next."""
    return lambda: SqlLedger.open(_emptied(postgres, migrated_postgres))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest) -> str:
    """The address of a migrated, empty database."""
    return str(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_ledger_url"))


@pytest.fixture
def open_ledger() -> Iterator[Callable[[str], SqlLedger]]:
    """Opens ledgers and closes them when the test is over."""
    opened: list[SqlLedger] = []

    def open_(url: str) -> SqlLedger:
        opened.append(SqlLedger.open(url))
        return opened[-1]

    yield open_
    for ledger in opened:
        ledger.close()


@pytest.fixture
def ledger(url: str, open_ledger: Callable[[str], SqlLedger]) -> SqlLedger:
    return open_ledger(url)
