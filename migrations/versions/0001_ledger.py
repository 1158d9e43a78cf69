"""The ledger's tables, and the triggers that keep what is written as it is.

Revision: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TABLES = ("flags", "pulls", "chain", "events", "executions", "decisions", "sealed", "proposals", "tallies", "runs")
_SEALED = ("id", "event", "rule", "digest", "account", "kind", "entity", "field", "as_of", "run",
           "created_at", "undoes")  # fmt: skip


def upgrade() -> None:
    _records()
    _wishes()
    _log()
    _small_ones()
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgres()


def downgrade() -> None:
    postgres = op.get_bind().dialect.name != "sqlite"
    for table in _TABLES:
        op.drop_table(table)
    if postgres:
        op.execute("DROP FUNCTION steward_refuse()")


def _instant() -> sa.types.TypeEngine[object]:
    """ISO 8601 text in UTC on SQLite, which has no type for instants."""
    return sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")


def _text(name: str, *, optional: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=optional)


def _records() -> None:
    op.create_table(
        "runs",
        _text("id"), _text("job"), _text("account"),
        sa.Column("started", _instant(), nullable=False),
        sa.Column("ended", _instant()),
        _text("counts"), _text("fault"),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
    )  # fmt: skip
    op.create_index("ix_runs_job_account_started", "runs", ["job", "account", "started"])
    op.create_table(
        "tallies",
        _text("run"), _text("rule"), _text("digest"),
        sa.Column("judged", sa.BigInteger(), nullable=False),
        sa.Column("matched", sa.BigInteger(), nullable=False),
        sa.Column("unknown", sa.BigInteger(), nullable=False),
        _text("unknown_because"),
        sa.PrimaryKeyConstraint("run", "rule", name="pk_tallies"),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name="fk_tallies_run"),
    )  # fmt: skip


def _wishes() -> None:
    op.create_table(
        "proposals",
        _text("id"), _text("state"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("expires_at", _instant(), nullable=False),
        _text("fingerprint", optional=True),
        sa.Column("event", sa.BigInteger(), nullable=False),
        _text("rule"), _text("digest"), _text("account"), _text("kind"), _text("entity"), _text("field"),
        sa.Column("as_of", sa.Date(), nullable=False),
        _text("run"),
        sa.Column("created_at", _instant(), nullable=False),
        _text("undoes", optional=True),
        sa.PrimaryKeyConstraint("id", name="pk_proposals"),
        sa.UniqueConstraint("fingerprint", name="uq_proposals_fingerprint"),
        sa.UniqueConstraint("event", name="uq_proposals_event"),
    )  # fmt: skip
    op.create_index("ix_proposals_account_kind_entity_field", "proposals", ["account", "kind", "entity", "field"])
    op.create_index("ix_proposals_state_account", "proposals", ["state", "account"])
    op.create_index("ix_proposals_run", "proposals", ["run"])
    op.create_table(
        "sealed",
        _text("proposal"), _text("payload"), _text("seal"),
        sa.PrimaryKeyConstraint("proposal", name="pk_sealed"),
        sa.ForeignKeyConstraint(["proposal"], ["proposals.id"], name="fk_sealed_proposal"),
    )  # fmt: skip
    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        _text("proposal"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("approve", sa.Boolean(), nullable=False),
        _text("by"), _text("through"), _text("note"),
        sa.Column("at", _instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_decisions"),
        sa.ForeignKeyConstraint(["proposal"], ["proposals.id"], name="fk_decisions_proposal"),
    )  # fmt: skip
    op.create_index("ix_decisions_proposal", "decisions", ["proposal"])
    op.create_table(
        "executions",
        _text("proposal"),
        sa.Column("attempt", sa.Integer(), nullable=False),
        _text("run"),
        sa.Column("sent_at", _instant(), nullable=False),
        _text("payload_hash"), _text("fate", optional=True), _text("code"), _text("message"), _text("request_id"),
        sa.PrimaryKeyConstraint("proposal", "attempt", name="pk_executions"),
        sa.ForeignKeyConstraint(["proposal"], ["proposals.id"], name="fk_executions_proposal"),
    )  # fmt: skip


def _log() -> None:
    op.create_table(
        "events",
        # On SQLite only an INTEGER key is the row's own number.
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        _text("at"), _text("kind"), _text("proposal", optional=True), _text("run", optional=True),
        _text("payload"), _text("prev_hash"), _text("hash"),
        sa.PrimaryKeyConstraint("seq", name="pk_events"),
    )  # fmt: skip
    op.create_index("ix_events_proposal", "events", ["proposal"])
    chain = op.create_table(
        "chain",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        _text("hash"),
        sa.PrimaryKeyConstraint("id", name="pk_chain"),
        sa.CheckConstraint("id = 1", name="ck_chain_one_row"),
    )
    op.bulk_insert(chain, [{"id": 1, "seq": 0, "hash": "0" * 64}])


def _small_ones() -> None:
    op.create_table(
        "pulls",
        _text("account"), _text("stream"),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        _text("cursor"),
        sa.Column("look_again_at", _instant(), nullable=False),
        sa.Column("asked_at", _instant(), nullable=False),
        sa.PrimaryKeyConstraint("account", "stream", name="pk_pulls"),
    )  # fmt: skip
    op.create_table(
        "flags",
        _text("name"),
        sa.Column("raised", sa.Boolean(), nullable=False),
        _text("by"), _text("reason"),
        sa.Column("at", _instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_flags"),
    )  # fmt: skip


def _guard_sqlite() -> None:
    refused = {
        "events_stay": "UPDATE ON events",
        "events_are_kept": "DELETE ON events",
        # INSERT OR REPLACE would overwrite a row without asking the trigger on DELETE.
        "events_only_follow": "INSERT ON events WHEN NEW.seq <= (SELECT max(seq) FROM events)",
        "seals_stay": "UPDATE ON sealed",
        "seals_are_kept": "DELETE ON sealed",
        "seals_are_new": "INSERT ON sealed WHEN EXISTS (SELECT 1 FROM sealed WHERE proposal = NEW.proposal)",
        "proposals_stay": f"UPDATE OF {', '.join(_SEALED)} ON proposals",
        "proposals_are_kept": "DELETE ON proposals",
        "proposals_are_new": "INSERT ON proposals WHEN EXISTS (SELECT 1 FROM proposals WHERE id = NEW.id)",
    }
    for name, when in refused.items():
        op.execute(f"CREATE TRIGGER {name} BEFORE {when} BEGIN SELECT RAISE(ABORT, 'what is written stays'); END")


def _guard_postgres() -> None:
    op.execute(
        "CREATE FUNCTION steward_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'what is written stays'; END $$"
    )
    old, new = (", ".join(f"{row}.{name}" for name in _SEALED) for row in ("OLD", "NEW"))
    refused = {
        "events_stay": "UPDATE OR DELETE ON events FOR EACH ROW",
        "events_are_kept": "TRUNCATE ON events FOR EACH STATEMENT",
        "seals_stay": "UPDATE OR DELETE ON sealed FOR EACH ROW",
        "seals_are_kept": "TRUNCATE ON sealed FOR EACH STATEMENT",
        "proposals_stay": f"UPDATE ON proposals FOR EACH ROW WHEN (({old}) IS DISTINCT FROM ({new}))",
        "proposals_are_kept": "DELETE ON proposals FOR EACH ROW",
        "proposals_remain": "TRUNCATE ON proposals FOR EACH STATEMENT",
    }
    for name, when in refused.items():
        op.execute(f"CREATE TRIGGER {name} BEFORE {when} EXECUTE FUNCTION steward_refuse()")
