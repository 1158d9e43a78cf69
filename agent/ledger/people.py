"""Who may use the page: users, their sessions, and keys of programs.

What a browser or a program holds is kept as its hash alone. Users are held against the events that made them what they
are; when a session was last seen is bookkeeping.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from agent.errors import ConfigError
from agent.ledger.agreement import row_hash
from agent.ledger.database import Database, Write
from agent.ledger.tables import sessions, tokens, users
from agent.model.person import LINK, Role, Session, Token, User


def key_of(secret: str) -> str:
    """What is kept of a secret of 256 random bits."""
    return sha256(secret.encode()).hexdigest()


class People:
    """Every method is one transaction. ``did`` and ``by`` say in the audit log what was done to a user, and by whom."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # Users

    def users(self) -> list[User]:
        """By name."""
        with self._database.read() as connection:
            return [_user_of(row) for row in connection.execute(select(users).order_by(users.c.name))]

    def user(self, name: str) -> User | None:
        with self._database.read() as connection:
            row = _row(connection, name)
            return _user_of(row) if row is not None else None

    def password(self, name: str) -> str | None:
        """The hash of a user's password; None for a user that is not known."""
        with self._database.read() as connection:
            row = _row(connection, name)
            return str(row.password) if row is not None else None

    def add(self, user: User, password: str, by: str) -> None:
        """A new user. Raises ``ConfigError`` for a name that is taken: names stay, also of those who have left."""
        with self._database.write() as write:
            if _row(write.connection, user.name) is not None:
                raise ConfigError(f"there is a user '{user.name}' already", setting="users",
                                  hint="choose another name, or set role and password of this one")  # fmt: skip
            row = _user_row(user, password)
            write.connection.execute(insert(users), row)
            _note(write, row, by, "added")
            # Somebody of this name may have used the page alone, before there were users.
            _end(write, sessions, sessions.c.user == user.name, by, user.at)

    def change(self, name: str, by: str, did: str, at: datetime, **values: Any) -> User:
        """Set ``role``, ``disabled``, ``language`` or ``password``. Whatever takes something away ends all sessions
        of the user: a new password, a new role, being disabled. All but a role end the keys of programs as well:
        what a key may do is never more than its user's role at that moment.

        Raises ``ConfigError`` for an unknown user, and where no admin would be left.
        """
        with self._database.write() as write:
            found = _row(write.connection, name)
            if found is None:
                raise ConfigError(f"there is no user '{name}'", setting="users", hint="see 'steward users list'")
            row = {**found._mapping, **values, "at": at}
            _must_leave_an_admin(write.connection, row, found)
            write.connection.execute(update(users).where(users.c.name == name).values(row))
            _note(write, row, by, did)
            if values.keys() & {"role", "disabled", "password"}:
                _end(write, sessions, sessions.c.user == name, by, at)
            if values.get("disabled") or "password" in values:
                _end(write, tokens, tokens.c.user == name, by, at)
            return User(name, Role(row["role"]), row["disabled"], row["language"], at)

    # Sessions

    def begin(self, secret: str, session: Session) -> None:
        with self._database.write() as write:
            row = {"key": key_of(secret), "id": session.id, "user": session.user, "began_at": session.began_at,
                   "signed_at": session.signed_at, "seen_at": session.seen_at, "browser": session.browser,
                   "address": session.address, "ended_at": None}  # fmt: skip
            write.connection.execute(insert(sessions), row)
            write.journal.note("signed_in", session.began_at, {"by": session.user, "session": session.id})

    def session(self, secret: str) -> Session | None:
        """The session that a browser holds this secret of; also one that has ended."""
        with self._database.read() as connection:
            row = connection.execute(select(sessions).where(sessions.c.key == key_of(secret))).one_or_none()
            return _session_of(row) if row is not None else None

    def seen(self, id: str, at: datetime, *, signed: bool = False) -> None:
        """That the session was used just now; ``signed``: and the password was given again."""
        values = {"seen_at": at} | ({"signed_at": at} if signed else {})
        with self._database.store() as connection:
            connection.execute(update(sessions).where(sessions.c.id == id).values(values))

    def sessions(self, user: str | None = None, since: datetime | None = None) -> list[Session]:
        """Those that have not been ended, the newest first; ``since``: and were used since then."""
        query = select(sessions).where(sessions.c.ended_at.is_(None)).order_by(sessions.c.seen_at.desc())
        if user is not None:
            query = query.where(sessions.c.user == user)
        if since is not None:
            query = query.where(sessions.c.seen_at >= since)
        with self._database.read() as connection:
            return [_session_of(row) for row in connection.execute(query)]

    def end(self, by: str, at: datetime, *, id: str | None = None, user: str | None = None) -> int:
        """End one session, or all of a user; returns how many ended."""
        which = sessions.c.id == id if id is not None else sessions.c.user == user
        with self._database.write() as write:
            return _end(write, sessions, which, by, at)

    # Keys of programs, and links

    def give(self, secret: str, token: Token, by: str) -> None:
        with self._database.write() as write:
            _give(write, secret, token, by)

    def invite(self, secret: str, token: Token, by: str) -> None:
        """A one-time link of a user, in place of the one before."""
        with self._database.write() as write:
            _end(write, tokens, (tokens.c.user == token.user) & (tokens.c.scopes == LINK), by, token.made_at)
            _give(write, secret, token, by)

    def token(self, secret: str) -> Token | None:
        """The key with this secret; also one that has ended or expired."""
        with self._database.read() as connection:
            row = connection.execute(select(tokens).where(tokens.c.key == key_of(secret))).one_or_none()
            return _token_of(row) if row is not None else None

    def tokens(self, user: str | None = None) -> list[Token]:
        """Those of programs that have not been ended, the newest first."""
        given = (tokens.c.ended_at.is_(None), tokens.c.scopes != LINK)
        query = select(tokens).where(*given).order_by(tokens.c.made_at.desc())
        if user is not None:
            query = query.where(tokens.c.user == user)
        with self._database.read() as connection:
            return [_token_of(row) for row in connection.execute(query)]

    def token_seen(self, id: str, at: datetime) -> None:
        with self._database.store() as connection:
            connection.execute(update(tokens).where(tokens.c.id == id).values(seen_at=at))

    def take(self, id: str, by: str, at: datetime) -> bool:
        """End a key; False where it had ended or never was."""
        with self._database.write() as write:
            return bool(_end(write, tokens, tokens.c.id == id, by, at))


def _row(connection: Connection, name: str) -> Row[Any] | None:
    return connection.execute(select(users).where(users.c.name == name)).one_or_none()


def _note(write: Write, row: dict[str, Any], by: str, did: str) -> None:
    """The event that vouches for a user's row, without the password's hash."""
    said = {"user": row["name"], "role": row["role"], "disabled": row["disabled"], "by": by, "did": did}
    write.journal.note("user", row["at"], {**said, "row": row_hash(row)})


def _must_leave_an_admin(connection: Connection, row: dict[str, Any], before: Row[Any]) -> None:
    was = before.role == Role.ADMIN and not before.disabled
    if not was or (row["role"] == Role.ADMIN and not row["disabled"]):
        return
    here = (users.c.role == Role.ADMIN) & ~users.c.disabled & (users.c.name != before.name)
    if connection.execute(select(users.c.name).where(here)).first() is None:
        raise ConfigError(f"'{before.name}' is the only admin", setting="users", hint="make somebody else admin first")


def _give(write: Write, secret: str, token: Token, by: str) -> None:
    row = {"key": key_of(secret), "id": token.id, "user": token.user, "name": token.name,
           "scopes": " ".join(token.scopes), "made_at": token.made_at, "expires_at": token.expires_at,
           "seen_at": None, "ended_at": None}  # fmt: skip
    write.connection.execute(insert(tokens), row)
    said = {"by": by, "user": token.user, "key": token.id, "scopes": list(token.scopes)}
    write.journal.note("key_given", token.made_at, said)


def _end(write: Write, table: Any, which: Any, by: str, at: datetime) -> int:
    here = update(table).where(which, table.c.ended_at.is_(None)).values(ended_at=at)
    rows = write.connection.execute(here.returning(table.c.id, table.c.user)).all()
    kind, what = ("signed_out", "session") if table is sessions else ("key_taken", "key")
    for row in rows:
        write.journal.note(kind, at, {"by": by, what: row.id, "user": row.user})
    return len(rows)


def _user_row(user: User, password: str) -> dict[str, Any]:
    return {"name": user.name, "role": user.role, "password": password, "language": user.language,
            "disabled": user.disabled, "at": user.at}  # fmt: skip


def _user_of(row: Row[Any]) -> User:
    return User(row.name, Role(row.role), row.disabled, row.language, row.at)


def _session_of(row: Row[Any]) -> Session:
    return Session(row.id, row.user, row.began_at, row.signed_at, row.seen_at, row.browser, row.address, row.ended_at)


def _token_of(row: Row[Any]) -> Token:
    return Token(row.id, row.user, row.name, tuple(row.scopes.split()), row.made_at, row.expires_at, row.seen_at,
                 row.ended_at)  # fmt: skip
