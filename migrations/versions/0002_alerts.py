"""What rules told.

Revision: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    words = ("id", "account", "rule", "digest", "kind", "entity", "title", "severity", "reason", "evidence", "run")
    op.create_table(
        "alerts",
        *(sa.Column(name, sa.Text(), nullable=False) for name in words),
        sa.Column("opened_at", _instant(), nullable=False),
        sa.Column("seen_at", _instant(), nullable=False),
        sa.Column("closed_at", _instant()),
        sa.Column("closed_because", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
    )
    op.create_index("ix_alerts_account_closed_at", "alerts", ["account", "closed_at"])


def downgrade() -> None:
    op.drop_table("alerts")


def _instant() -> sa.types.TypeEngine[object]:
    """ISO 8601 text in UTC on SQLite, which has no type for instants."""
    return sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")
