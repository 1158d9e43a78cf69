"""What became of what rules asked for, and whether their ``auto`` is honoured: each promotion and demotion an event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select

from agent.ledger.database import Database
from agent.ledger.tables import decisions, flags, proposals, runs
from agent.model.entity import Entity
from agent.model.proposal import OPEN_STATES, State
from agent.model.record import RuleRecord, Standing

PROMOTED, DEMOTED = "rule_promoted", "rule_demoted"
_BY = "steward"
_SENT = (State.DONE, State.CONFLICT, *sorted(OPEN_STATES))
_FAILED = (State.FAILED, State.CONFLICT)
_TAKEN_BACK = (State.DONE, State.APPROVED, *sorted(OPEN_STATES))


def standing_flag(account: str, rule: str) -> str:
    """Under which name the switch of a rule is kept."""
    return f"auto {account} {rule}"


class Records:
    """The records of rules, by account."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, account: str, rule: str, digest: str, since: datetime, through: str) -> RuleRecord:
        """What was decided and done since that moment by this text. ``through``: a yes that came this way was no
        person's, and does not count."""
        mine = (proposals.c.account == account, proposals.c.rule == rule, proposals.c.digest == digest)
        with self._database.read() as connection:
            answers = _answers(connection, mine, through)
            lately = [approve for approve, at in answers if at >= since]
            states = _states(connection, mine, since)
            return RuleRecord(
                len(answers), sum(lately), len(lately) - sum(lately), sum(states.get(state, 0) for state in _SENT),
                sum(states.get(state, 0) for state in _FAILED), _undone(connection, mine, since),
            )  # fmt: skip

    def sent(self, account: str, rule: str, digest: str, since: datetime, until: datetime
             ) -> Mapping[datetime, Sequence[Entity]]:  # fmt: skip
        """By the moment of judging, newest first, of which things this text's changes were sent."""
        columns = proposals.c
        query = (
            select(runs.c.started, columns.account, columns.kind, columns.entity)
            .join(runs, runs.c.id == columns.run)
            .where(columns.account == account, columns.rule == rule, columns.digest == digest)
            .where(columns.state.in_(_SENT), columns.undoes.is_(None))
            .where(columns.created_at >= since, columns.created_at <= until)
            .order_by(runs.c.started.desc(), columns.event)
        )
        found: dict[datetime, list[Entity]] = {}
        with self._database.read() as connection:
            for row in connection.execute(query):
                found.setdefault(row.started, []).append(Entity(row.account, row.kind, row.entity))
        return found

    def standings(self, account: str) -> Mapping[str, Standing]:
        """Of every rule that was ever promoted in the account."""
        head = standing_flag(account, "")
        query = select(flags).where(func.substr(flags.c.name, 1, len(head)) == head)
        with self._database.read() as connection:
            return {each.rule: each for each in (_standing(row, head) for row in connection.execute(query))}

    def stand(self, account: str, rule: str, because: Sequence[str], figures: Mapping[str, Any], at: datetime) -> bool:
        """Promote the rule, or demote it where something stands ``because`` of which it may not; returns whether that
        changes anything. A rule that was never promoted is not demoted. ``figures`` go into the event."""
        name, honoured, reason = standing_flag(account, rule), not because, "; ".join(because)
        with self._database.write() as write:
            here = write.connection.execute(select(flags.c.raised).where(flags.c.name == name)).scalar_one_or_none()
            if here is honoured or (here is None and not honoured):
                return False
            write.connection.execute(delete(flags).where(flags.c.name == name))
            row = {"name": name, "raised": honoured, "by": _BY, "reason": reason, "at": at}
            write.connection.execute(insert(flags), row)
            said = {"account": account, "rule": rule, "by": _BY, "reason": reason, **figures}
            write.journal.note(PROMOTED if honoured else DEMOTED, at, said)
            return True


Mine = Sequence[ColumnElement[bool]]
"""What picks the proposals of one text of a rule in one account."""


def _answers(connection: Connection, mine: Mine, through: str) -> Sequence[tuple[bool, datetime]]:
    """What people last said of each proposal that they decided, and when."""
    query = (
        select(decisions.c.proposal, decisions.c.approve, decisions.c.at)
        .join(proposals, proposals.c.id == decisions.c.proposal)
        .where(*mine, proposals.c.undoes.is_(None), decisions.c.through != through)
        .order_by(decisions.c.id)
    )
    return list({row.proposal: (bool(row.approve), row.at) for row in connection.execute(query)}.values())


def _states(connection: Connection, mine: Mine, since: datetime) -> Mapping[State, int]:
    query = select(proposals.c.state, func.count()).where(*mine, proposals.c.undoes.is_(None))
    query = query.where(proposals.c.created_at >= since).group_by(proposals.c.state)
    return {State(state): count for state, count in connection.execute(query)}


def _undone(connection: Connection, mine: Mine, since: datetime) -> int:
    """How many of the text's changes somebody has taken back, or has approved to."""
    undo = proposals.alias("undo")
    query = (
        select(func.count(func.distinct(undo.c.undoes)))
        .join(proposals, proposals.c.id == undo.c.undoes)
        .where(*mine, proposals.c.created_at >= since, undo.c.state.in_(_TAKEN_BACK))
    )
    return int(connection.execute(query).scalar_one())


def _standing(row: Row[Any], head: str) -> Standing:
    return Standing(row.name.removeprefix(head), bool(row.raised), row.reason, row.at)
