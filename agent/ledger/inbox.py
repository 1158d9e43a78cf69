"""Questions about very many proposals at once: groups, pages, counts; all of it in SQL.

Risk, cost and share are columns beside the sealed text, worked out of it when it was sealed. Lists use them; whatever
is decided is decided on the sealed text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, func, or_, select

from agent.ledger.database import Database
from agent.ledger.moves import pieces
from agent.ledger.sealing import proposal_of
from agent.ledger.tables import proposals, sealed
from agent.model.proposal import Proposal, ProposalId, State
from agent.model.risk import Risk

GROUPS = ("rule", "account", "risk", "entity")
"""What an inbox can be grouped by."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which proposals; an empty part holds always. ``text`` is looked for in titles, ids of things and rules.
    ``state``: None for any."""

    state: State | None = State.PROPOSED
    account: str = ""
    rule: str = ""
    kind: str = ""
    field: str = ""
    risk: str = ""
    entity: str = ""
    run: str = ""
    text: str = ""

    def conditions(self) -> list[ColumnElement[bool]]:
        columns = proposals.c
        found: list[ColumnElement[bool]] = [] if self.state is None else [columns.state == self.state]
        exact = ("account", "rule", "kind", "field", "risk", "entity", "run")
        found += [columns[name] == value for name in exact if (value := getattr(self, name))]
        for word in self.text.lower().split():
            places = (columns.title, columns.entity, columns.rule)
            found.append(or_(*(func.lower(place).contains(word, autoescape=True) for place in places)))
        return found


@dataclass(frozen=True, slots=True)
class Cell:
    """So many proposals that are alike in rule, account, kind, field and risk.

    ``cost``: what they may cost more together, in micros of the account's currency; ``unpriced``: how many of them
    nobody can put in money. ``least`` and ``most``: the smallest and largest relative change.
    """

    rule: str
    account: str
    kind: str
    field: str
    risk: str
    count: int
    cost: int
    unpriced: int
    least: float | None
    most: float | None


class Inbox:
    """Every method is one read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def cells(self, wanted: Wanted) -> list[Cell]:
        """What there is, counted by everything that an inbox groups and filters by."""
        columns = proposals.c
        keys = (columns.rule, columns.account, columns.kind, columns.field, columns.risk)
        unpriced = func.count() - func.count(columns.cost)
        figures = (func.count(), func.coalesce(func.sum(columns.cost), 0), unpriced, func.min(columns.share),
                   func.max(columns.share))  # fmt: skip
        query = select(*keys, *figures).where(*wanted.conditions()).group_by(*keys).order_by(*keys)
        with self._database.read() as connection:
            return [Cell(row[0], row[1], row[2], row[3], row[4] or "", row[5], int(row[6]), row[7], row[8], row[9])
                    for row in connection.execute(query)]  # fmt: skip

    def page(self, wanted: Wanted, group: str = "rule", limit: int = 50, offset: int = 0) -> list[Proposal]:
        """By group, and within one the riskiest and costliest first."""
        columns = proposals.c
        rank = case({risk: number for number, risk in enumerate((Risk.HIGH, Risk.MEDIUM, Risk.LOW))},
                    value=columns.risk, else_=3)  # fmt: skip
        first = [] if group == "risk" else [columns.account, columns.kind] if group == "entity" else []
        key = rank if group == "risk" else columns[group]
        # The order is found in narrow rows; only those of the page are read whole.
        chosen = (
            select(columns.id)
            .where(*wanted.conditions())
            .order_by(*first, key, rank, columns.cost.desc(), columns.event)
            .limit(limit)
            .offset(offset)
        )
        with self._database.read() as connection:
            ids = connection.execute(chosen).scalars().all()
            query = select(proposals, sealed.c.payload).join(sealed, sealed.c.proposal == columns.id)
            found = {row.id: proposal_of(row) for row in connection.execute(query.where(columns.id.in_(ids)))}
        return [found[id] for id in ids]

    def middle(self, wanted: Wanted, group: str, keys: Sequence[str]) -> dict[str, float]:
        """The median relative change of each of these groups; one without any is left out."""
        key, share = proposals.c[group], proposals.c.share
        ranked = (
            select(
                key.label("key"), share.label("share"),
                func.row_number().over(partition_by=key, order_by=share).label("place"),
                func.count().over(partition_by=key).label("size"),
            )
            .where(*wanted.conditions(), share.is_not(None), key.in_(keys))
            .subquery()
        )  # fmt: skip
        at = ranked.c.place == ranked.c.size / 2 + 1
        with self._database.read() as connection:
            return {row.key: row.share for row in connection.execute(select(ranked.c.key, ranked.c.share).where(at))}

    def any_in(self, ids: Sequence[ProposalId], state: State) -> bool:
        """Whether one of these is in the state."""
        with self._database.read() as connection:
            for some in pieces(ids):
                query = select(proposals.c.id).where(proposals.c.id.in_(some), proposals.c.state == state).limit(1)
                if connection.execute(query).first() is not None:
                    return True
        return False

    def all(self, wanted: Wanted, most: int) -> list[Proposal]:
        """Every one that is wanted, oldest first; never more than ``most``."""
        query = (
            select(proposals, sealed.c.payload)
            .join(sealed, sealed.c.proposal == proposals.c.id)
            .where(*wanted.conditions())
            .order_by(proposals.c.event)
            .limit(most)
        )
        with self._database.read() as connection:
            return [proposal_of(row) for row in connection.execute(query)]
