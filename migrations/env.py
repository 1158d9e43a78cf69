"""How Alembic runs: on the connection, and inside the transaction, that ``agent.ledger.upgrade`` opened."""

from alembic import context
from sqlalchemy import Connection

from agent.ledger.tables import metadata


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        # SQLite changes a column by copying its table.
        render_as_batch=connection.dialect.name == "sqlite",
    )
    context.run_migrations()


run(context.config.attributes["connection"])
