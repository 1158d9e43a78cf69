"""What people may have to hear of, and what they were told last; silences. Rows in, rows out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from agent.errors import ConfigError, ForbiddenError
from agent.ledger.database import Write
from agent.ledger.tables import cursors, groups, notices, silences
from agent.model.message import Urgency
from agent.model.notice import Notice, Silence
from agent.model.rule import Severity

CURSOR = "notices"
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Group:
    """What one channel was last told of notices that belong together. ``told``: the keys of those open then."""

    channel: str
    name: str
    told_at: datetime
    told: frozenset[str]


def cursor(connection: Connection, name: str = CURSOR) -> int:
    """The number of the last event that was read; 0 where none was."""
    return connection.scalar(select(cursors.c.seq).where(cursors.c.name == name)) or 0


def advance(connection: Connection, seen: int, to: int, name: str = CURSOR) -> bool:
    """Compare-and-set; False where somebody else has read on."""
    if cursor(connection, name) != seen:
        return False
    connection.execute(delete(cursors).where(cursors.c.name == name))
    connection.execute(insert(cursors), {"name": name, "seq": to})
    return True


def keep(connection: Connection, changed: Iterable[Notice]) -> None:
    """Store notices, each in place of what was known of it. A changed one is not settled."""
    rows = {notice.key: _row(notice) for notice in changed}
    keys = list(rows)
    for first in range(0, len(keys), _CHUNK):
        connection.execute(delete(notices).where(notices.c.key.in_(keys[first : first + _CHUNK])))
    if rows:
        connection.execute(insert(notices), list(rows.values()))


def settle(connection: Connection, keys: Sequence[str]) -> None:
    """Nothing about these is left to tell."""
    for first in range(0, len(keys), _CHUNK):
        here = notices.c.key.in_(keys[first : first + _CHUNK])
        connection.execute(update(notices).where(here).values(settled=True))


def unsettled(connection: Connection) -> list[Notice]:
    """All that something may have to be told about, the oldest first."""
    query = select(notices).where(notices.c.settled.is_(False)).order_by(notices.c.event, notices.c.key)
    return [_notice_of(row) for row in connection.execute(query)]


def known(connection: Connection, keys: Iterable[str]) -> dict[str, Notice]:
    wanted = list(dict.fromkeys(keys))
    found: dict[str, Notice] = {}
    for first in range(0, len(wanted), _CHUNK):
        some = select(notices).where(notices.c.key.in_(wanted[first : first + _CHUNK]))
        found |= {row.key: _notice_of(row) for row in connection.execute(some)}
    return found


def acknowledge(write: Write, key: str, by: str, at: datetime) -> Notice:
    """Somebody is at it: it is not told again before it ends."""
    found = known(write.connection, [key]).get(key)
    if found is None:
        raise ConfigError(f"there is no notice {key}", hint="see 'steward notify open'")
    if not found.is_open:
        raise ForbiddenError(f"{key} is over already", hint="nothing is to be done")
    write.connection.execute(
        update(notices).where(notices.c.key == key).values(acknowledged_at=at, acknowledged_by=by)
    )  # fmt: skip
    write.journal.note("acknowledged", at, {"notice": key, "by": by})
    return replace(found, acknowledged_at=at, acknowledged_by=by)


def forget(connection: Connection, before: datetime) -> int:
    """Let go of what ended before this and is settled; returns how many."""
    ended = (notices.c.settled, func.coalesce(notices.c.closed_at, notices.c.opened_at) < before)
    return connection.execute(delete(notices).where(*ended, notices.c.closed_at.is_not(None) | notices.c.once)).rowcount


def all_groups(connection: Connection) -> list[Group]:
    return [Group(row.channel, row.name, row.told_at, frozenset(row.told))
            for row in connection.execute(select(groups).order_by(groups.c.channel, groups.c.name))]  # fmt: skip


def put_groups(connection: Connection, changed: Sequence[Group], gone: Iterable[tuple[str, str]]) -> None:
    for channel, name in [*gone, *((group.channel, group.name) for group in changed)]:
        connection.execute(delete(groups).where(groups.c.channel == channel, groups.c.name == name))
    if changed:
        connection.execute(insert(groups), [
            {"channel": group.channel, "name": group.name, "told_at": group.told_at, "told": sorted(group.told)}
            for group in changed
        ])  # fmt: skip


def silence(write: Write, new: Silence) -> None:
    said = {"silence": new.id, "matchers": dict(new.matchers), "by": new.by, "reason": new.reason,
            "ends_at": new.ends_at}  # fmt: skip
    write.journal.note("silence_added", new.starts_at, said)
    write.connection.execute(insert(silences), {
        "id": new.id, "matchers": dict(new.matchers), "by": new.by, "reason": new.reason,
        "starts_at": new.starts_at, "ends_at": new.ends_at,
    })  # fmt: skip


def end_silence(write: Write, id: str, by: str, at: datetime) -> Silence:
    """Raises ``ConfigError`` where there is none, ``ForbiddenError`` where it has ended already."""
    row = write.connection.execute(select(silences).where(silences.c.id == id)).one_or_none()
    if row is None:
        raise ConfigError(f"there is no silence {id}", hint="see 'steward silence list'")
    found = _silence_of(row)
    if found.ends_at <= at:
        raise ForbiddenError(f"the silence {id} has ended already", hint=f"{found.ends_at:%Y-%m-%d %H:%M} UTC")
    write.connection.execute(update(silences).where(silences.c.id == id).values(ends_at=at))
    write.journal.note("silence_ended", at, {"silence": id, "by": by})
    return replace(found, ends_at=at)


def all_silences(connection: Connection, after: datetime | None = None) -> list[Silence]:
    """Those that end after this; all where it is None. What ends first stands first."""
    query = select(silences).order_by(silences.c.ends_at, silences.c.id)
    if after is not None:
        query = query.where(silences.c.ends_at > after)
    return [_silence_of(row) for row in connection.execute(query)]


def _silence_of(row: Row[Any]) -> Silence:
    return Silence(row.id, row.matchers, row.starts_at, row.ends_at, row.by, row.reason)


def _row(notice: Notice) -> Mapping[str, Any]:
    return {
        "key": notice.key, "urgency": notice.urgency, "severity": notice.severity, "account": notice.account,
        "rule": notice.rule, "owner": notice.owner, "title": notice.title, "text": notice.text,
        "data": dict(notice.data), "event": notice.event, "once": notice.once, "opened_at": notice.opened_at,
        "closed_at": notice.closed_at, "closed_because": notice.closed_because,
        "acknowledged_at": notice.acknowledged_at, "acknowledged_by": notice.acknowledged_by, "settled": False,
    }  # fmt: skip


def _notice_of(row: Row[Any]) -> Notice:
    return Notice(
        row.key, Urgency(row.urgency), Severity(row.severity), row.account, row.rule, row.title, row.text,
        row.opened_at, row.event, row.owner, row.once, row.data, row.closed_at, row.closed_because,
        row.acknowledged_at, row.acknowledged_by,
    )  # fmt: skip
