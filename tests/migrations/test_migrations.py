"""The tables in the database and the tables in the program are the same, and the way there is safe."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

import agent
from agent.errors import AgentError, ConfigError
from agent.ledger import SqlLedger
from agent.ledger.database import Database
from agent.ledger.tables import HEAD, metadata
from agent.ledger.upgrade import migrate, revision
from agent.model.proposal import State
from agent.shipped import shipped
from tests.wishes import sent, wishes

KILLS = range(1, 60) if os.environ.get("STEWARD_FULL") else (2, 9, 17, 28)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'steward.db'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    database = Database.connect(url, create=True)
    yield database
    database.close()


def script() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(shipped("migrations")))
    return ScriptDirectory.from_config(config)


def test_the_program_knows_the_newest_migration() -> None:
    assert script().get_heads() == [HEAD]


def test_head_equals_the_tables_of_the_program(url: str, database: Database) -> None:
    SqlLedger.open(url).close()
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_every_migration_goes_up_down_and_up_again(url: str, database: Database) -> None:
    """With rows in place: each step down and up again from the head to the very beginning."""
    for each in [one.revision for one in script().walk_revisions()]:
        ledger = SqlLedger.open(url)
        if not ledger.proposals():
            sent(ledger, wishes(3))
        below = script().get_revision(each).down_revision or "base"
        migrate(database, str(below))
        with database.read() as connection:
            assert revision(connection) == (None if below == "base" else below)
        ledger.close()
        migrate(database, HEAD)
    ledger = SqlLedger.open(url)
    assert ledger.verify().ok
    assert sent(ledger, wishes(3)) != []
    ledger.close()


def test_opening_again_changes_nothing(url: str) -> None:
    ledger = SqlLedger.open(url)
    sent(ledger, wishes(2))
    ledger.close()
    again = SqlLedger.open(url)
    assert again.counts() == {State.INTENT: 2}
    assert again.verify().ok
    again.close()


def test_a_newer_database_is_refused_and_left_alone(url: str, database: Database) -> None:
    ledger = SqlLedger.open(url)
    sent(ledger, wishes(2))
    with database.writer.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for _ in range(2):
        with pytest.raises(ConfigError, match=r"newer Steward \(its tables are at 9999") as caught:
            SqlLedger.open(url)
    assert (caught.value.exit_code, "backup" in caught.value.hint) == (2, True)
    assert ledger.counts() == {State.INTENT: 2}
    ledger.close()


OPEN = "import sys; from agent.ledger import SqlLedger; print(SqlLedger.open(sys.argv[1]).verify().ok)"


def test_several_may_start_at_once(url: str) -> None:
    starts = [subprocess.Popen([sys.executable, "-c", OPEN, url], stdout=-1, stderr=-1, text=True) for _ in range(4)]
    for start in starts:
        out, err = start.communicate(timeout=120)
        assert (out, err) == ("True\n", "")


DIE = """
import os, sys
from sqlalchemy import Engine, event
from agent.ledger import SqlLedger
left = int(sys.argv[2])

def count(*_):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), 9)

event.listen(Engine, "after_cursor_execute", count)
SqlLedger.open(sys.argv[1])
"""


def test_killed_at_any_step_the_next_start_finishes_the_upgrade(url: str, database: Database) -> None:
    died = 0
    for step in KILLS:
        died += subprocess.run([sys.executable, "-c", DIE, url, str(step)], timeout=120).returncode == -9
        with database.read() as connection:
            assert revision(connection) in (None, HEAD), "all of it or nothing"
    assert died >= 4
    ledger = SqlLedger.open(url)
    assert ledger.verify().ok
    assert sent(ledger, wishes(2)) == ["p_1", "p_2"]
    ledger.close()


def test_an_upgrade_that_would_orphan_rows_is_undone(tmp_path: Path) -> None:
    """While SQLite rebuilds tables its foreign keys are off, so they are checked before the commit."""
    url = f"sqlite:///{tmp_path / 'steward.db'}"
    ledger = SqlLedger.open(url)
    sent(ledger, wishes(1))
    ledger.close()
    with closing(sqlite3.connect(tmp_path / "steward.db")) as raw, raw:
        raw.execute("INSERT INTO tallies VALUES ('no run', 'r', 'd', 1, 1, 1, '{}')")
    database = Database.connect(url, create=False)
    with pytest.raises(AgentError, match="without what they refer to"):
        migrate(database, HEAD)
    database.close()


def test_steward_may_stand_in_a_folder_of_any_name(tmp_path: Path) -> None:
    """A per cent sign would be an interpolation for Alembic's configuration."""
    home = tmp_path / "50 % of, my files"
    shutil.copytree(shipped("migrations"), home / "migrations")
    shutil.copytree(Path(agent.__file__).parent, home / "agent")
    done = subprocess.run(
        [sys.executable, "-c", OPEN, f"sqlite:///{home / 'steward.db'}"], cwd=home, timeout=120, capture_output=True,
        env={"PYTHONPATH": str(home)}, text=True,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("True\n", "")
