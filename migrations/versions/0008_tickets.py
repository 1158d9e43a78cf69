"""What people are to do about alerts.

Revision: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tickets",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("alert", "text", "owner")),
        sa.Column("due_at", _instant(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("since", _instant(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("by", "note")),
        sa.Column("escalated_at", _instant()),
        sa.PrimaryKeyConstraint("alert", name="pk_tickets"),
        sa.ForeignKeyConstraint(["alert"], ["alerts.id"], name="fk_tickets_alert"),
    )
    op.create_index("ix_tickets_state_due_at", "tickets", ["state", "due_at"])


def downgrade() -> None:
    op.drop_table("tickets")


def _instant() -> sa.types.TypeEngine[object]:
    """ISO 8601 text in UTC on SQLite, which has no type for instants."""
    return sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")
