"""What judgings were given, by content, so that a decision can be worked out again.

Revision: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "inputs",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("hash", "kind", "payload")),
        sa.PrimaryKeyConstraint("hash", name="pk_inputs"),
    )
    if op.get_bind().dialect.name == "sqlite":
        for name, when in (("inputs_stay", "UPDATE"), ("inputs_are_kept", "DELETE")):
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {when} ON inputs BEGIN SELECT RAISE(ABORT, 'what is written stays'); END"
            )
    else:
        op.execute(
            "CREATE TRIGGER inputs_stay BEFORE UPDATE OR DELETE ON inputs "
            "FOR EACH ROW EXECUTE FUNCTION steward_refuse()"
        )


def downgrade() -> None:
    op.drop_table("inputs")
