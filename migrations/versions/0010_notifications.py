"""Whom is told what: incidents, groups, the outbox, silences, and answers given in chats.

Revision: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notices",
        *_texts("key", "urgency", "severity", "account", "rule", "owner", "title", "text", "data"),
        sa.Column("event", sa.BigInteger(), nullable=False),
        sa.Column("once", sa.Boolean(), nullable=False),
        sa.Column("opened_at", _instant(), nullable=False),
        sa.Column("closed_at", _instant()),
        *_texts("closed_because"),
        sa.Column("acknowledged_at", _instant()),
        *_texts("acknowledged_by"),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_notices"),
    )
    op.create_index("ix_notices_settled", "notices", ["settled"])
    op.create_table(
        "groups",
        *_texts("channel", "name"),
        sa.Column("told_at", _instant(), nullable=False),
        *_texts("told"),
        sa.PrimaryKeyConstraint("channel", "name", name="pk_groups"),
    )
    op.create_table(
        "messages",
        *_texts("id", "channel", "group", "urgency", "body", "state"),
        sa.Column("created_at", _instant(), nullable=False),
        sa.Column("next_at", _instant(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("ended_at", _instant()),
        *_texts("code", "detail"),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
    )
    op.create_index("ix_messages_state_channel", "messages", ["state", "channel"])
    op.create_index("ix_messages_created_at", "messages", ["created_at"])
    op.create_table(
        "silences",
        *_texts("id", "matchers", "by", "reason"),
        sa.Column("starts_at", _instant(), nullable=False),
        sa.Column("ends_at", _instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_silences"),
    )
    op.create_table(
        "callbacks",
        *_texts("id", "verb", "plan", "seen", "channel"),
        sa.Column("created_at", _instant(), nullable=False),
        sa.Column("expires_at", _instant(), nullable=False),
        sa.Column("redeemed_at", _instant()),
        *_texts("redeemed_by"),
        sa.PrimaryKeyConstraint("id", name="pk_callbacks"),
    )
    op.create_table(
        "cursors",
        *_texts("name"),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_cursors"),
    )


def downgrade() -> None:
    for name in ("cursors", "callbacks", "silences", "messages", "groups", "notices"):
        op.drop_table(name)


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _instant() -> sa.types.TypeEngine[object]:
    """ISO 8601 text in UTC on SQLite, which has no type for instants."""
    return sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")
