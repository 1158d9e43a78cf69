"""An empty ledger on each database, copied from one that was migrated once."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.ledger import SqlLedger
from tests.postgres import PostgresServer, new_database


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ledger") / "template.db"
    SqlLedger.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresServer) -> str:
    postgres.sql("CREATE DATABASE ledger_template TEMPLATE template0")
    SqlLedger.open(postgres.url("ledger_template")).close()
    return "ledger_template"


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    shutil.copy(sqlite_template, tmp_path / "steward.db")
    return f"sqlite:///{tmp_path / 'steward.db'}"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a migrated, empty database."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url")
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with new_database(server, request.getfixturevalue("postgres_template")) as name:
        yield server.url(name)


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
