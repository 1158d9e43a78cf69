"""The page: people, their sessions and keys; and what its lists group and sort proposals by.

Revision: 0011
"""

import json

import sqlalchemy as sa
from alembic import op

from agent.ledger.sealing import facets_of

revision = "0011"
down_revision = "0008"
branch_labels = None
depends_on = None

_PIECE = 5_000


def upgrade() -> None:
    op.create_table(
        "users",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("name", "role", "password", "language")),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("at", _instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_users"),
    )
    op.create_table(
        "sessions",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("key", "id", "user", "browser", "address")),
        *(sa.Column(name, _instant(), nullable=False) for name in ("began_at", "signed_at", "seen_at")),
        sa.Column("ended_at", _instant()),
        sa.PrimaryKeyConstraint("key", name="pk_sessions"),
        sa.UniqueConstraint("id", name="uq_sessions_id"),
    )
    op.create_index("ix_sessions_user", "sessions", ["user"])
    op.create_table(
        "tokens",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("key", "id", "user", "name", "scopes")),
        sa.Column("made_at", _instant(), nullable=False),
        *(sa.Column(name, _instant()) for name in ("expires_at", "seen_at", "ended_at")),
        sa.PrimaryKeyConstraint("key", name="pk_tokens"),
        sa.UniqueConstraint("id", name="uq_tokens_id"),
    )
    for name, kind in (("risk", sa.Text()), ("cost", sa.BigInteger()), ("share", sa.Float()), ("title", sa.Text())):
        op.add_column("proposals", sa.Column(name, kind))
    _fill()
    op.create_index("ix_proposals_state_rule", "proposals", ["state", "rule"])


def downgrade() -> None:
    op.drop_index("ix_proposals_state_rule", "proposals")
    # Not by copying the table, which would lose the triggers that guard it.
    for name in ("title", "share", "cost", "risk"):
        op.execute(sa.text(f"ALTER TABLE proposals DROP COLUMN {name}"))
    for table in ("tokens", "sessions", "users"):
        op.drop_table(table)


def _fill() -> None:
    """From the sealed texts, piece by piece."""
    connection, last = op.get_bind(), ""
    sealed = sa.table("sealed", sa.column("proposal"), sa.column("payload"))
    names = ("id", "risk", "cost", "share", "title")
    proposals = sa.table("proposals", *(sa.column(name) for name in names))
    change = sa.update(proposals).where(proposals.c.id == sa.bindparam("which")).values(
        {name: sa.bindparam(f"new_{name}") for name in names[1:]})  # fmt: skip
    while True:
        query = sa.select(sealed).where(sealed.c.proposal > last).order_by(sealed.c.proposal).limit(_PIECE)
        rows = connection.execute(query).all()
        if not rows:
            return
        last = rows[-1].proposal
        connection.execute(change, [{"which": row.proposal, **_facets(row.payload)} for row in rows])


def _facets(payload: str) -> dict[str, object]:
    return {f"new_{name}": value for name, value in facets_of(json.loads(payload)).items()}


def _instant() -> sa.types.TypeEngine[object]:
    """ISO 8601 text in UTC on SQLite, which has no type for instants."""
    return sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")
