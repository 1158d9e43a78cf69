"""Files that were taken in, refused, not recognised, or written for upload.

Revision: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TEXTS = ("account", "sha256", "name", "state", "kind", "receipt", "fault", "hint", "run")


def upgrade() -> None:
    """What happened to a file also stands in the log of events, which stays; this table says how things are now."""
    op.create_table(
        "files",
        *(sa.Column(name, sa.Text(), nullable=False) for name in _TEXTS),
        sa.Column("size", sa.BigInteger(), nullable=False),
        *(sa.Column(name, _instant(), nullable=False) for name in ("modified", "at")),
        sa.PrimaryKeyConstraint("account", "sha256", name="pk_files"),
    )
    op.create_index("ix_files_at", "files", ["at"])


def downgrade() -> None:
    op.drop_table("files")


def _instant() -> sa.types.TypeEngine[object]:
    """ISO 8601 text in UTC on SQLite, which has no type for instants."""
    return sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")
