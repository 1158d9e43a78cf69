"""What the tables say beside the events must be what the events say.

Events are taken one after the other; what each leaves behind in another table is kept as a short hash. Then the tables
are read, and every row must be what the events left there: nothing more, nothing less, nothing else.

Not held against events: runs, tallies, promises of sources, when an open alert was last seen, sessions and keys of the
page, and what was told to whom (notices, groups, messages, callbacks). They are bookkeeping.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, Table, column, select, table

from agent.ledger.stored import canonical, instant_text, storable
from agent.ledger.tables import (
    alerts,
    decisions,
    executions,
    files,
    flags,
    inputs,
    proposals,
    sealed,
    silences,
    tickets,
    users,
)
from agent.model.proposal import State
from agent.model.ticket import TicketState

_STATES = frozenset(map(str, State))
_MARKS = (
    '"through":',
    '"attempt":',
    '"fate":',
    '"seal":',
    '"alert":',
    '"ticket":',
    '"sha256":',
    '"reason":',
    '"version":',
    '"backup":',
    '"did":',
    '"silence":',
)
"""No event whose payload has none of these leaves more than a state behind."""

Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """``row``: the number of the event that is not as it was written, or that something else contradicts."""

    row: int
    message: str


@dataclass(slots=True)
class Left:
    """What an event left in a row: the columns it decides on, in their one spelling."""

    row: int
    says: dict[str, Any]


@dataclass(slots=True)
class Agreement:
    """What all events taken so far leave in the tables."""

    state: dict[str, tuple[int, str]] = field(default_factory=dict)
    left: dict[Key, Left] = field(default_factory=dict)
    _decided: Counter[str] = field(default_factory=Counter)
    _attempts: dict[str, int] = field(default_factory=dict)
    _given: dict[str, int] = field(default_factory=dict)
    _newest: int = 0

    def take(self, row: Row[Any]) -> None:
        self._newest = row.seq
        if row.proposal is not None and row.kind in _STATES:
            self.state[row.proposal] = (row.seq, row.kind)
        if not any(mark in row.payload for mark in _MARKS):
            return
        said = json.loads(row.payload)
        if row.proposal is not None:
            self._take_of_a_proposal(row, said)
        elif row.kind in ("alert_opened", "alert_closed"):
            self._take_alert(row, said)
        elif row.kind.startswith("ticket_"):
            self._take_ticket(row, said)
        elif row.kind in ("silence_added", "silence_ended"):
            self._take_silence(row, said)
        elif row.kind == "file":
            self._set(("files", said["account"], said["sha256"]), row.seq, _file_left(row, said))
        elif row.kind == "user":
            self._set(("users", said["user"]), row.seq, {_ROW: said[_ROW]})
        elif row.kind == "judged":
            self._given.setdefault(said["inputs"], row.seq)
        elif row.kind == "restored":
            held = {"raised": True, "by": row.run, "reason": said["backup"], "at": row.at}
            for account in said["accounts"]:
                self._set(("flags", f"restored {account}"), row.seq, held)
        elif row.kind == "read_back":
            self.left.pop(("flags", f"restored {said['account']}"), None)
        elif row.kind in ("rule_promoted", "rule_demoted"):
            standing = {"raised": row.kind == "rule_promoted", "by": said["by"], "reason": said["reason"], "at": row.at}
            self._set(("flags", f"auto {said['account']} {said['rule']}"), row.seq, standing)
        elif row.kind in ("stopped", "released"):
            switch = {"raised": row.kind == "stopped", "by": said["by"], "reason": said["reason"], "at": row.at}
            self._set(("flags", "stop"), row.seq, switch)

    def _take_of_a_proposal(self, row: Row[Any], said: Mapping[str, Any]) -> None:
        proposal = row.proposal
        if "seal" in said:
            self._set(("proposals", proposal), row.seq, {"version": 1, "expires_at": said["expires_at"]})
        if "version" in said:
            self._add(("proposals", proposal), row.seq, {"version": said["version"]})
        if "through" in said:
            self._decided[proposal] += 1
            decided = {
                "version": said["version"], "approve": row.kind != State.REJECTED, "by": said["by"],
                "through": said["through"], "note": said.get("note", ""), "at": row.at,
            }  # fmt: skip
            self._set(("decisions", proposal, self._decided[proposal]), row.seq, decided)
        if "attempt" in said:
            self._attempts[proposal] = max(said["attempt"], self._attempts.get(proposal, 0))
            sent = {"run": row.run, "sent_at": row.at, "payload_hash": said["payload_hash"]}
            unanswered = {"fate": None, "code": "", "message": "", "request_id": ""}
            self._set(("executions", proposal, said["attempt"]), row.seq, sent | unanswered)
        if "fate" in said and proposal in self._attempts:
            answer = {"fate": said["fate"]} | {name: said.get(name, "") for name in ("code", "message", "request_id")}
            self._add(("executions", proposal, self._attempts[proposal]), row.seq, answer)

    def _take_alert(self, row: Row[Any], said: Mapping[str, Any]) -> None:
        key = ("alerts", said["alert"])
        if row.kind == "alert_closed":
            self._add(key, row.seq, {"closed_at": row.at, "closed_because": said["because"]})
            return
        opened = {name: value for name, value in said.items() if name in alerts.c}
        opened |= {"evidence": canonical(said["evidence"]), "run": row.run, "opened_at": row.at}
        self._set(key, row.seq, {**opened, "closed_at": None, "closed_because": ""})

    def _take_silence(self, row: Row[Any], said: Mapping[str, Any]) -> None:
        key = ("silences", said["silence"])
        if row.kind == "silence_ended":
            self._add(key, row.seq, {"ends_at": row.at})
            return
        added = {name: said[name] for name in ("by", "reason", "ends_at")}
        self._set(key, row.seq, added | {"matchers": canonical(said["matchers"]), "starts_at": row.at})

    def _take_ticket(self, row: Row[Any], said: Mapping[str, Any]) -> None:
        key = ("tickets", said["ticket"])
        match row.kind:
            case "ticket_opened":
                opened = {name: said[name] for name in ("text", "owner", "due_at")}
                state = {"state": TicketState.OPEN, "since": row.at, "by": "", "note": "", "escalated_at": None}
                self._set(key, row.seq, opened | state)
            case "ticket_assigned":
                self._add(key, row.seq, {"owner": said["owner"]})
            case "ticket_escalated":
                self._add(key, row.seq, {"escalated_at": row.at})
            case _:
                moved = {"state": row.kind.removeprefix("ticket_"), "since": row.at}
                self._add(key, row.seq, moved | {name: said[name] for name in ("by", "note")})

    def _set(self, key: Key, row: int, says: Mapping[str, Any]) -> None:
        self.left[key] = Left(row, dict(says))

    def _add(self, key: Key, row: int, says: Mapping[str, Any]) -> None:
        """A later event about the same row."""
        left = self.left.setdefault(key, Left(row, {}))
        left.row = row
        left.says |= says

    def seal_faults(self, connection: Connection, rows: Sequence[Row[Any]]) -> Iterator[Fault]:
        """Each proposal born in these events must still read as it was sealed, in every column."""
        born = {row.seq: json.loads(row.payload).get("seal") for row in rows if '"seal":' in row.payload}
        plain = _plain(proposals, "id", "event", "fingerprint", "state", *_SEALED)
        text = _plain(sealed, "proposal", "seal", "payload")
        between = plain.c.event.between(rows[0].seq, rows[-1].seq)
        query = select(plain, text.c.seal, text.c.payload).join_from(plain, text, text.c.proposal == plain.c.id)
        for row in connection.execute(query.where(between).order_by(plain.c.event)):
            if not born.pop(row.event, None) == row.seal == _hash(row.payload) or not _reads_as_sealed(row):
                yield Fault(row.event, f"proposal {row.id} is not as it was sealed")
        for seq in born:
            yield Fault(seq, f"the proposal of event {seq} is missing")

    def faults(self, connection: Connection) -> Iterator[Fault]:
        """Whatever a table says that its events do not; the oldest event first within each table."""
        yield from self._state_faults(connection)
        for checked in CHECKED:
            found = [*self._table_faults(connection, checked)]
            yield from sorted(found, key=lambda fault: fault.row)
        yield from sorted(self._input_faults(connection), key=lambda fault: fault.row)

    def _input_faults(self, connection: Connection) -> Iterator[Fault]:
        """What judgings were given must still be what its name says."""
        plain = _plain(inputs, "hash", "payload")
        for row in connection.execute(select(plain)):
            seq = self._given.pop(row.hash, self._newest)
            if _hash(row.payload) != row.hash:
                yield Fault(seq, f"what the judging of event {seq} was given is not what it was")
        for seq in self._given.values():
            yield Fault(seq, f"what the judging of event {seq} was given is missing")

    def _state_faults(self, connection: Connection) -> Iterator[Fault]:
        plain, found = _plain(proposals, "id", "event", "state"), []
        for row in connection.execute(select(plain)):
            seq, kind = self.state.pop(row.id, (row.event, ""))
            if kind != row.state:
                left = f"event {seq} left it {kind}" if kind else "no event speaks of it"
                found.append(Fault(seq, f"proposal {row.id} says {row.state}, but {left}"))
        found += [Fault(seq, f"the proposal of event {seq} is missing") for seq, _ in self.state.values()]
        yield from sorted(found, key=lambda fault: fault.row)

    def _table_faults(self, connection: Connection, checked: Checked) -> Iterator[Fault]:
        name = checked.table.name
        plain = _plain(checked.table, *checked.table.c.keys())
        counted: Counter[str] = Counter()
        for row in connection.execute(select(plain).order_by(*(plain.c[part] for part in checked.order))):
            left = self.left.pop((name, *checked.key(row, counted)), None)
            if left is None:
                yield Fault(self._newest, f"no event speaks of {checked.called(row)}")
            elif not _agrees(row, left.says):
                yield Fault(left.row, f"{checked.called(row)} is not as event {left.row} left it")
        for key in [key for key in self.left if key[0] == name]:
            yield Fault(self.left[key].row, f"what event {self.left[key].row} left in {name} is missing")


@dataclass(frozen=True, slots=True)
class Checked:
    """A table whose rows events vouch for. ``key``: which row it is, with a counter over the rows before."""

    table: Table
    order: tuple[str, ...]
    key: Callable[[Row[Any], Counter[str]], Key]
    called: Callable[[Row[Any]], str]


def _nth_decision(row: Row[Any], counted: Counter[str]) -> Key:
    counted[row.proposal] += 1
    return (row.proposal, counted[row.proposal])


CHECKED = (
    Checked(proposals, ("event",), lambda row, _: (row.id,), lambda row: f"proposal {row.id}"),
    Checked(decisions, ("id",), _nth_decision, lambda row: f"a decision on proposal {row.proposal}"),
    Checked(executions, ("proposal", "attempt"), lambda row, _: (row.proposal, row.attempt),
             lambda row: f"attempt {row.attempt} of proposal {row.proposal}"),
    Checked(tickets, ("alert",), lambda row, _: (row.alert,), lambda row: f"ticket {row.alert}"),
    Checked(alerts, ("opened_at",), lambda row, _: (row.id,), lambda row: f"alert {row.id}"),
    Checked(files, ("at",), lambda row, _: (row.account, row.sha256), lambda row: f"file {row.name}"),
    Checked(silences, ("id",), lambda row, _: (row.id,), lambda row: f"silence {row.id}"),
    Checked(flags, ("name",), lambda row, _: (row.name,), lambda row: f"the switch {row.name}"),
    Checked(users, ("name",), lambda row, _: (row.name,), lambda row: f"the user {row.name}"),
)  # fmt: skip

_SEALED = ("rule", "digest", "account", "kind", "entity", "field", "as_of", "run", "created_at", "undoes")
_ROW = "row"
"""The payload's name for the hash of a whole row."""


def row_hash(row: Mapping[str, Any]) -> str:
    """The hash of a row's columns as they are stored, for an event to vouch for what it does not spell out."""
    return _hash(canonical({name: _spelled(value) for name, value in row.items()}))


def _file_left(row: Row[Any], said: Mapping[str, Any]) -> dict[str, Any]:
    left = {name: said[name] for name in ("name", "state", "kind", "fault", _ROW) if name in said}
    return left | {"at": row.at, "run": row.run}


def _agrees(row: Row[Any], says: Mapping[str, Any]) -> bool:
    stored = row._mapping
    for name, value in says.items():
        found = row_hash({each: stored[each] for each in stored}) if name == _ROW else _spelled(stored[name])
        if found != _spelled(value):
            return False
    return True


def _reads_as_sealed(row: Row[Any]) -> bool:
    """The columns that searches use, against the sealed text; the fingerprint is given up for a newer wish only."""
    content = json.loads(row.payload)
    said = {**content, **content["change"]}
    if row.id != said["id"] or any(_spelled(getattr(row, name)) != said[name] for name in _SEALED):
        return False
    same = {name: content[name] for name in ("digest", "as_of", "undoes")}
    if row.fingerprint is None:
        return bool(row.state == State.SUPERSEDED)
    return bool(row.fingerprint == _hash(canonical({**content["change"], **same})))


def _plain(kept: Table, *names: str) -> Any:
    """A table without its types: what stands in it is read as it is, also where it is nonsense."""
    return table(kept.name, *(column(name) for name in names)).alias(f"plain_{kept.name}")


def _spelled(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    return storable(value) if isinstance(value, str) else value


def _hash(text: Any) -> str:
    return sha256(text.encode("utf-8", "surrogateescape")).hexdigest() if isinstance(text, str) else ""
