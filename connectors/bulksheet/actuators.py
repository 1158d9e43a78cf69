"""Writing by way of a person: approved changes become files that somebody uploads, a later export says what came of it.

The files hold absolute values. What was accepted stands in the file; whether it took effect is only known from a
download that was made later, so ``live`` looks at what the facts say and tells from when that is.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Generic, TypeVar

from agent.errors import SourceError
from agent.model.actions import CREATE
from agent.model.change import Change, Edit, Value
from agent.model.creation import Creation
from agent.model.entity import Entity
from agent.model.kinds import state_columns
from agent.model.marketplace import Marketplace
from agent.model.money import Money
from agent.model.percent import Percent
from agent.model.proposal import Fate, ProposalId, Receipt
from agent.model.recorded import Recorded
from agent.ports import Known
from connectors.bulksheet.upload import EDITS, MONEY_FIELDS, SHAPES, Row, UnwritableError, made, price_of, row_of
from connectors.bulksheet.written import price_file, put, workbook

Line = TypeVar("Line")

PRICE_EDITS = frozenset({Edit("listing", "price")})
WRITTEN, NOT_WRITTEN = "WRITTEN", "NOT_WRITTEN"
_LATER_SECONDS = 3600.0
"""A file that cannot be written now is left for a later pass."""


class FileActuator(ABC, Generic[Line]):
    """What both files have in common: they grow by batches, and are read back from facts.

    ``path`` None: only looks. ``without``: edits that another actuator of the account makes.
    """

    edits: frozenset[Edit]
    batch = 10_000
    about: str

    def __init__(self, marketplace: Marketplace, known: Known, path: Path | None = None,
                 without: frozenset[Edit] = frozenset()) -> None:  # fmt: skip
        self.edits = type(self).edits - without
        self.path, self.sha256 = path, ""
        self._lines: list[Line] = []
        self._marketplace, self._known = marketplace, known

    @property
    def rows(self) -> int:
        """How many changes stand in the file."""
        return len(self._lines)

    def live(self, entities: Sequence[Entity], field: str) -> Mapping[Entity, Value]:
        """The field as the newest export told it. Raises ``SourceError`` where none did yet."""
        found: dict[Entity, Value] = {}
        moments = []
        for kind, asked in _by_kind(entities).items():
            observed_at = self._known.observed_at(kind, field)
            if observed_at is None:
                raise SourceError(
                    f"no export has told the {field} of any {kind} yet", connector="bulksheet", operation="live",
                    hint="take one in: steward pull --from FILE",
                )  # fmt: skip
            moments.append(observed_at)
            rows = self._known.rows(kind, (field,), list(asked))
            found |= {asked[id]: self._value(field, row[field]) for id, row in rows.items()}
        return Recorded(found, min(moments)) if moments else {}

    def apply(self, changes: Mapping[ProposalId, Change]) -> Sequence[Receipt]:
        """Add rows to the file and put it on disk; the receipt names file and row, and the file's SHA-256.

        What must not stand in it is refused with the reason.
        """
        if self.path is None:
            return [_later(id, "There is no file to write to.") for id in changes]
        lines, refused = self._lines_of(changes)
        if not lines:
            return refused
        whole = [*self._lines, *lines.values()]
        try:
            self.sha256 = put(self.path, self._body(whole))
        except OSError as fault:
            return [*refused, *(_later(id, f"{self.path} cannot be written: {fault.strerror}") for id in lines)]
        # As a spreadsheet counts: the header is row 1.
        first, self._lines = len(self._lines) + 2, whole
        return [*refused, *(self._receipt(id, f"{self.path.name}, row {number}")
                            for number, id in enumerate(lines, start=first))]  # fmt: skip

    def _receipt(self, id: ProposalId, place: str) -> Receipt:
        """What would be the source's id of the call is the place in the file, and which file it was."""
        return Receipt(id, Fate.ACCEPTED, WRITTEN, f"written to {place}", f"{place}, sha256 {self.sha256}")

    def _lines_of(self, changes: Mapping[ProposalId, Change]) -> tuple[Mapping[ProposalId, Line], list[Receipt]]:
        known: dict[Entity, Mapping[str, Any]] = {}
        listed = [self._listed(change) for change in changes.values()]
        for kind, asked in _by_kind(listed).items():
            rows = self._known.rows(kind, self._columns(kind), list(asked))
            known |= {asked[id]: row for id, row in rows.items()}
        lines: dict[ProposalId, Line] = {}
        refused = []
        for id, change in changes.items():
            try:
                lines[id] = self._line(change, known.get(self._listed(change)))
            except UnwritableError as fault:
                refused.append(Receipt(id, Fate.REFUSED, NOT_WRITTEN, str(fault)))
        return lines, refused

    def _listed(self, change: Change) -> Entity:
        """What has to be listed for the change to be written: the thing itself, or where a new one goes."""
        new = change.after
        return (
            Entity(change.entity.account, "ad_group", new.ad_group_id) if isinstance(new, Creation) else change.entity
        )

    def _value(self, field: str, told: Value | float) -> Value:
        if isinstance(told, float):
            return Percent.of(told)
        return Money(told, self._marketplace.currency) if field in MONEY_FIELDS and isinstance(told, int) else told

    @abstractmethod
    def _columns(self, kind: str) -> Sequence[str]:
        """Of our columns those a line is made of."""

    @abstractmethod
    def _line(self, change: Change, known: Mapping[str, Any] | None) -> Line:
        """Raises ``UnwritableError``."""

    @abstractmethod
    def _body(self, lines: Sequence[Line]) -> bytes: ...


class BulkWorkbook(FileActuator[Row]):
    """Bids, budgets, states, strategies and placements of Sponsored Products, as a bulk operations workbook."""

    edits = EDITS
    about = "bulk operations workbook"

    def _columns(self, kind: str) -> Sequence[str]:
        return SHAPES[kind].columns

    def _line(self, change: Change, known: Mapping[str, Any] | None) -> Row:
        if change.field == CREATE:
            return made(change, known, self._marketplace)
        return row_of(change, known, self._marketplace)

    def live(self, entities: Sequence[Entity], field: str) -> Mapping[Entity, Value]:
        """Of what is to be made: what the newest export has of it, by its natural key.

        Amazon: a download need not hold what is archived, so a negative keyword that it lacks is taken for archived.
        """
        if field != CREATE:
            told = super().live(entities, field)
            gone = [each for each in entities if SHAPES[each.kind].archives and each not in told]
            return (
                Recorded({**told, **dict.fromkeys(gone, "archived")}, told.at) if isinstance(told, Recorded) else told
            )
        found: dict[Entity, Value] = {}
        moments = []
        for kind, asked in _by_kind(entities).items():
            there, at = self._there(kind, [Creation.of_key(kind, key) for key in asked])
            moments.append(at)
            found |= {asked[key]: new for key, new in there.items()}
        return Recorded(found, min(moments)) if moments else {}

    def _there(self, kind: str, wanted: Sequence[Creation]) -> tuple[Mapping[str, Value], datetime]:
        """By key, in ad groups that are listed; and from when that is. Raises ``SourceError``."""
        groups = {new.ad_group_id for new in wanted}
        listed = self._known.rows("ad_group", ("campaign_id",), sorted(groups))
        at = self._known.observed_at(kind, "text")
        if at is None:
            raise SourceError(
                f"no export has told any {kind} yet", connector="bulksheet", operation="live",
                hint="take one in: steward pull --from FILE",
            )  # fmt: skip
        columns = [name for name in ("text", "match_type", "bid", "ad_group_id") if name in state_columns(kind)]
        rows = self._known.within(kind, columns, sorted(groups))
        there = {new.key: new for new in (self._new(kind, id, row) for id, row in rows.items())}
        return {new.key: there.get(new.key) for new in wanted if new.ad_group_id in listed}, at

    def _new(self, kind: str, id: str, row: Mapping[str, Any]) -> Creation:
        bid, text = row.get("bid"), str(row["text"])
        money = Money(bid, self._marketplace.currency) if isinstance(bid, int) else None
        match = str(row.get("match_type", "asin" if text.startswith("asin=") else "other"))
        told = Creation.of(kind, str(row["ad_group_id"]), match, text.removeprefix("asin="), money)
        return replace(told, id=id)

    def _body(self, lines: Sequence[Row]) -> bytes:
        return workbook(lines)


class PriceFile(FileActuator[tuple[str, str]]):
    """Prices of listings, as Amazon's Price & Quantity flat file."""

    edits = PRICE_EDITS
    about = "price file"

    def _columns(self, kind: str) -> Sequence[str]:
        return ("price",)

    def _line(self, change: Change, known: Mapping[str, Any] | None) -> tuple[str, str]:
        return change.entity.id, price_of(change, known, self._marketplace)

    def _body(self, lines: Sequence[tuple[str, str]]) -> bytes:
        return price_file(lines)


def prices_beside(path: Path) -> Path:
    """Where the prices go: ``OUT.xlsx`` has ``OUT.prices.txt`` beside it."""
    return path.with_name(f"{path.stem}.prices.txt")


def _later(id: ProposalId, why: str) -> Receipt:
    return Receipt(id, Fate.NOT_APPLIED, NOT_WRITTEN, why, retry_after_seconds=_LATER_SECONDS)


def _by_kind(entities: Sequence[Entity]) -> Mapping[str, dict[str, Entity]]:
    found: dict[str, dict[str, Entity]] = {}
    for entity in entities:
        found.setdefault(entity.kind, {})[entity.id] = entity
    return found
