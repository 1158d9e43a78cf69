"""Bring the tables to this program's version: all pending migrations in one transaction, or none of them.

Whoever starts at the same time waits for the lock and then finds the work done; killed in the middle, the database is
as it was before.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, inspect, text

from agent.errors import AgentError, ConfigError
from agent.ledger.database import Database
from agent.ledger.door import door
from agent.ledger.tables import HEAD
from agent.shipped import shipped

_LOCK = text("SELECT pg_advisory_xact_lock(7401991, hashtext(current_schema()))")


def must_be_current(database: Database) -> None:
    """Upgrade if need be. Alembic is not even imported when there is nothing to do."""
    with database.read() as connection:
        found = revision(connection)
    if found != HEAD:
        migrate(database, HEAD)


def revision(connection: Connection) -> str | None:
    """The migration the tables are at; None for an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def migrate(database: Database, to: str) -> None:
    """Go up or down to a migration (``base``: no tables). What a newer Steward made is refused and left alone."""
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    # An option's per cent signs would be interpolated.
    config.set_main_option("script_location", str(shipped("migrations")).replace("%", "%%"))
    known = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions("base", "heads")]
    with _alone(database) as connection:
        found = revision(connection)
        if found is not None and found not in known:
            raise _newer(found)
        config.attributes["connection"] = connection
        down = to == "base" or (found is not None and to in known and known.index(to) > known.index(found))
        (command.downgrade if down else command.upgrade)(config, to)


def _newer(found: str) -> ConfigError:
    return ConfigError(
        f"the database was written by a newer Steward (its tables are at {found}, this program knows {HEAD})",
        setting="database", hint="install that version of Steward, or restore a backup made before the upgrade",
    )  # fmt: skip


@contextmanager
def _alone(database: Database) -> Iterator[Connection]:
    """One transaction that no other upgrade runs beside."""
    with door(), database.writer.connect() as connection:
        if database.is_sqlite:
            # SQLite changes a table by copying it, and dropping the old one would drop what refers to it. The switch
            # does nothing inside a transaction, so it goes past the library, which would begin one.
            _pragma(connection, "PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                if not database.is_sqlite:
                    connection.execute(_LOCK)
                yield connection
                _must_be_consistent(connection, database)
        finally:
            if database.is_sqlite and not connection.invalidated:
                _pragma(connection, "PRAGMA foreign_keys=ON")


def _pragma(connection: Connection, statement: str) -> None:
    cursor = connection.connection.cursor()
    cursor.execute(statement)
    cursor.close()


def _must_be_consistent(connection: Connection, database: Database) -> None:
    if database.is_sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
        raise AgentError("the upgrade would leave rows without what they refer to; nothing was changed",
                         hint="report this with the output of 'steward doctor'")  # fmt: skip
