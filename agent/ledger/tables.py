"""The tables. Each fact stands in one place; what must not change is guarded by triggers (``migrations/``).

runs         one pass of one job, with its counts and its fault
tallies      how a rule judged a population in a run
proposals    wishes and where they stand; only ``state``, ``version``, ``expires_at`` and ``fingerprint`` ever change
sealed       the full text of each proposal; apart, so that a change of state need not write it again
decisions    every yes and no that took effect
executions   every attempt to write, committed before the request is sent; Amazon's answer is added
events       what happened, hash-chained, append-only
chain        one row: number and hash of the newest event, so that a cut-off tail is missed
alerts       what rules told: open while they hold, closed when they no longer do
tickets      what a person is to do about an alert, by when, and how far that is
pulls        promises of sources that were not kept yet
flags        switches, such as the kill switch
inputs       what judgings were given, by content
files        exports that were taken in, and workbooks written for upload, by content
users        who may use the page, with the hash of their password
sessions     sign-ins, by the hash of what the browser holds
tokens       keys with which programs speak for a person, by their hash
notices      what people may have to hear of, made from events; ``settled`` once nothing about it is left to tell
groups       by channel, what was last told of notices that belong together
messages     the outbox, and the log of what was told: waiting, sent, refused or given up
silences     what is not told for a while, by whom and why
callbacks    answers that can be given in a chat, each once
cursors      up to which event somebody has read
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from agent.ledger.stored import Instant, Json, Words

HEAD = "0010"
"""The newest migration this program knows."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

runs = Table(
    "runs", metadata,
    Column("id", Words, primary_key=True),
    Column("job", Words, nullable=False),
    Column("account", Words, nullable=False),
    Column("started", Instant, nullable=False),
    Column("ended", Instant),
    Column("counts", Json, nullable=False),
    Column("fault", Words, nullable=False),
    Index(None, "job", "account", "started"),
)  # fmt: skip

tallies = Table(
    "tallies", metadata,
    Column("run", Words, ForeignKey("runs.id"), nullable=False),
    Column("rule", Words, nullable=False),
    Column("digest", Words, nullable=False),
    Column("judged", BigInteger, nullable=False),
    Column("matched", BigInteger, nullable=False),
    Column("unknown", BigInteger, nullable=False),
    Column("unknown_because", Json, nullable=False),
    PrimaryKeyConstraint("run", "rule"),
)  # fmt: skip

proposals = Table(
    "proposals", metadata,
    Column("id", Words, primary_key=True),
    Column("state", Words, nullable=False),
    Column("version", Integer, nullable=False),
    Column("expires_at", Instant, nullable=False),
    # Rule text, change and day, hashed; null once a newer proposal took this one's place.
    Column("fingerprint", Words, unique=True),
    # From here on nothing changes. ``event`` is the number of the event that records the birth.
    Column("event", BigInteger, nullable=False, unique=True),
    Column("rule", Words, nullable=False),
    Column("digest", Words, nullable=False),
    Column("account", Words, nullable=False),
    Column("kind", Words, nullable=False),
    Column("entity", Words, nullable=False),
    Column("field", Words, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("run", Words, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("undoes", Words),
    # Worked out of the sealed text, for lists to group and sort by; nothing is decided by them.
    Column("risk", Words),
    Column("cost", BigInteger),
    Column("share", Float),
    Column("title", Words),
    Index(None, "account", "kind", "entity", "field"),
    Index(None, "state", "account"),
    Index(None, "state", "rule"),
    Index(None, "run"),
)  # fmt: skip

sealed = Table(
    "sealed", metadata,
    Column("proposal", Words, ForeignKey("proposals.id"), primary_key=True),
    Column("payload", Text, nullable=False),
    # The SHA-256 of the payload, as the event of the birth names it.
    Column("seal", Text, nullable=False),
)  # fmt: skip

decisions = Table(
    "decisions", metadata,
    Column("id", Integer, primary_key=True),
    Column("proposal", Words, ForeignKey("proposals.id"), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("approve", Boolean, nullable=False),
    Column("by", Words, nullable=False),
    Column("through", Words, nullable=False),
    Column("note", Words, nullable=False),
    Column("at", Instant, nullable=False),
)  # fmt: skip

executions = Table(
    "executions", metadata,
    Column("proposal", Words, ForeignKey("proposals.id"), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("run", Words, nullable=False),
    Column("sent_at", Instant, nullable=False),
    Column("payload_hash", Words, nullable=False),
    Column("fate", Words),
    Column("code", Words, nullable=False),
    Column("message", Words, nullable=False),
    Column("request_id", Words, nullable=False),
    PrimaryKeyConstraint("proposal", "attempt"),
)  # fmt: skip

events = Table(
    "events", metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    # Text on both databases: what is hashed is exactly what is stored.
    Column("at", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("proposal", Text),
    Column("run", Text),
    Column("payload", Text, nullable=False),
    Column("prev_hash", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Index(None, "proposal"),
)  # fmt: skip

chain = Table(
    "chain", metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("hash", Words, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)  # fmt: skip

alerts = Table(
    "alerts", metadata,
    Column("id", Words, primary_key=True),
    Column("account", Words, nullable=False),
    Column("rule", Words, nullable=False),
    Column("digest", Words, nullable=False),
    Column("kind", Words, nullable=False),
    Column("entity", Words, nullable=False),
    Column("title", Words, nullable=False),
    Column("severity", Words, nullable=False),
    Column("reason", Words, nullable=False),
    Column("evidence", Json, nullable=False),
    Column("run", Words, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("closed_because", Words, nullable=False),
    Index(None, "account", "closed_at"),
)  # fmt: skip

tickets = Table(
    "tickets", metadata,
    Column("alert", Words, ForeignKey("alerts.id"), primary_key=True),
    Column("text", Words, nullable=False),
    Column("owner", Words, nullable=False),
    Column("due_at", Instant, nullable=False),
    # ``since``, ``by`` and ``note`` are of the newest change of state.
    Column("state", Words, nullable=False),
    Column("since", Instant, nullable=False),
    Column("by", Words, nullable=False),
    Column("note", Words, nullable=False),
    Column("escalated_at", Instant),
    Index(None, "state", "due_at"),
)  # fmt: skip

pulls = Table(
    "pulls", metadata,
    Column("account", Words, nullable=False),
    Column("stream", Words, nullable=False),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("cursor", Words, nullable=False),
    Column("look_again_at", Instant, nullable=False),
    Column("asked_at", Instant, nullable=False),
    PrimaryKeyConstraint("account", "stream"),
)  # fmt: skip

flags = Table(
    "flags", metadata,
    Column("name", Words, primary_key=True),
    Column("raised", Boolean, nullable=False),
    Column("by", Words, nullable=False),
    Column("reason", Words, nullable=False),
    Column("at", Instant, nullable=False),
)  # fmt: skip

files = Table(
    "files", metadata,
    Column("account", Words, nullable=False),
    Column("sha256", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("modified", Instant, nullable=False),
    Column("state", Words, nullable=False),
    Column("kind", Words, nullable=False),
    Column("receipt", Json, nullable=False),
    Column("fault", Words, nullable=False),
    Column("hint", Words, nullable=False),
    Column("at", Instant, nullable=False),
    Column("run", Words, nullable=False),
    PrimaryKeyConstraint("account", "sha256"),
    Index(None, "at"),
)  # fmt: skip

inputs = Table(
    "inputs", metadata,
    Column("hash", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("payload", Text, nullable=False),
)  # fmt: skip

users = Table(
    "users", metadata,
    Column("name", Words, primary_key=True),
    Column("role", Words, nullable=False),
    Column("password", Words, nullable=False),
    Column("language", Words, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("at", Instant, nullable=False),
)  # fmt: skip

sessions = Table(
    "sessions", metadata,
    Column("key", Text, primary_key=True),
    Column("id", Words, nullable=False, unique=True),
    Column("user", Words, nullable=False),
    Column("browser", Words, nullable=False),
    Column("address", Words, nullable=False),
    Column("began_at", Instant, nullable=False),
    Column("signed_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Index(None, "user"),
)  # fmt: skip

tokens = Table(
    "tokens", metadata,
    Column("key", Text, primary_key=True),
    Column("id", Words, nullable=False, unique=True),
    Column("user", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("scopes", Words, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("seen_at", Instant),
    Column("ended_at", Instant),
)  # fmt: skip

notices = Table(
    "notices", metadata,
    Column("key", Words, primary_key=True),
    Column("urgency", Words, nullable=False),
    Column("severity", Words, nullable=False),
    Column("account", Words, nullable=False),
    Column("rule", Words, nullable=False),
    Column("owner", Words, nullable=False),
    Column("title", Words, nullable=False),
    Column("text", Words, nullable=False),
    Column("data", Json, nullable=False),
    Column("event", BigInteger, nullable=False),
    Column("once", Boolean, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("closed_because", Words, nullable=False),
    Column("acknowledged_at", Instant),
    Column("acknowledged_by", Words, nullable=False),
    Column("settled", Boolean, nullable=False),
    Index(None, "settled"),
)  # fmt: skip

groups = Table(
    "groups", metadata,
    Column("channel", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("told_at", Instant, nullable=False),
    # The keys of the notices that were open when it was last told.
    Column("told", Json, nullable=False),
    PrimaryKeyConstraint("channel", "name"),
)  # fmt: skip

messages = Table(
    "messages", metadata,
    Column("id", Words, primary_key=True),
    Column("channel", Words, nullable=False),
    Column("group", Words, nullable=False),
    Column("urgency", Words, nullable=False),
    Column("body", Json, nullable=False),
    Column("state", Words, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("next_at", Instant, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("ended_at", Instant),
    Column("code", Words, nullable=False),
    Column("detail", Words, nullable=False),
    Index(None, "state", "channel"),
    Index(None, "created_at"),
)  # fmt: skip

silences = Table(
    "silences", metadata,
    Column("id", Words, primary_key=True),
    Column("matchers", Json, nullable=False),
    Column("by", Words, nullable=False),
    Column("reason", Words, nullable=False),
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
)  # fmt: skip

callbacks = Table(
    "callbacks", metadata,
    Column("id", Words, primary_key=True),
    Column("verb", Words, nullable=False),
    Column("plan", Words, nullable=False),
    # What was seen: pairs of a proposal and its version.
    Column("seen", Json, nullable=False),
    Column("channel", Words, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("redeemed_at", Instant),
    Column("redeemed_by", Words, nullable=False),
)  # fmt: skip

cursors = Table(
    "cursors", metadata,
    Column("name", Words, primary_key=True),
    Column("seq", BigInteger, nullable=False),
)  # fmt: skip
