"""The shapes of what is asked: queries and bodies. Whatever is not written here is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

MOST = 200
"""Rows of a piece, and proposals of a decision, at most."""
_PIECE = 50
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_max_length=1_000)


_EXACT = ConfigDict(strict=True, extra="forbid", frozen=True)
"""A body says what it means: no number as a text."""


class Nothing(Asked):
    """No parameters."""


def _digits(given: object) -> object:
    """A number in an address is digits alone; ``1.0`` and ``１`` are not."""
    if isinstance(given, str) and not (given.isascii() and given.isdigit() and len(given) < 10):
        raise ValueError("write it in digits")
    return given


StateName = Literal["proposed", "held", "approved", "rejected", "expired", "superseded", "intent", "accepted", "done",
                    "failed", "in_doubt", "conflict"]  # fmt: skip
Text = Annotated[str, Field(min_length=1, max_length=200)]
Limit = Annotated[int, BeforeValidator(_digits), Field(ge=1, le=MOST, description="Rows of this piece.")]
NumberCursor = Annotated[str, Field(pattern=r"^[0-9]{1,15}$", description="What the piece before gave as next.")]
MomentCursor = Annotated[
    str, Field(pattern=r"^[0-9]{1,17}:[A-Za-z0-9_.-]{1,80}$", description="What the piece before gave as next.")
]


class ProposalQuery(Asked):
    state: StateName | None = None
    account: Text | None = None
    rule: Text | None = None
    kind: Text | None = None
    field: Text | None = None
    risk: Literal["low", "medium", "high"] | None = None
    entity: Text | None = None
    run: Text | None = None
    text: Text | None = Field(default=None, description="Words of titles, ids of things and rules; all must be there.")
    limit: Limit = _PIECE
    cursor: NumberCursor | None = None


class RunQuery(Asked):
    job: Text | None = None
    account: Text | None = None
    limit: Limit = _PIECE
    cursor: MomentCursor | None = None


class PlanQuery(Asked):
    account: Text | None = None
    limit: Limit = _PIECE
    cursor: MomentCursor | None = None


class AlertQuery(Asked):
    state: Literal["open", "closed"] | None = None
    account: Text | None = None
    severity: Literal["S1", "S2", "S3", "S4"] | None = None
    rule: Text | None = None
    limit: Limit = _PIECE
    cursor: MomentCursor | None = None


class RuleQuery(Asked):
    account: Text


class Pick(Asked):
    """A proposal in the version that was seen."""

    model_config = _EXACT
    id: str = Field(min_length=1, max_length=80)
    version: int = Field(ge=1, le=999_999_999)


class Picks(Asked):
    model_config = _EXACT
    proposals: list[Pick] = Field(
        min_length=1, max_length=MOST, description="Each id once; all of them are decided, or none.",
        json_schema_extra={"uniqueItems": True},
    )  # fmt: skip

    @field_validator("proposals")
    @classmethod
    def _each_once(cls, given: list[Pick]) -> list[Pick]:
        if len({each.id for each in given}) < len(given):
            raise ValueError("an id is there twice")
        return given


class ApproveBody(Picks):
    note: str = Field(default="", max_length=1_000)


class BecauseBody(Picks):
    note: str = Field(pattern=r"\S", max_length=1_000, description="Why; it stays in the audit log.")


def cursor_of(at: datetime, id: str) -> str:
    """Behind this row."""
    return f"{(at - _EPOCH) // timedelta(microseconds=1)}:{id}"


def place_of(cursor: str | None) -> tuple[datetime, str] | None:
    """The inverse of ``cursor_of``."""
    if cursor is None:
        return None
    micros, _, id = cursor.partition(":")
    return _EPOCH + timedelta(microseconds=int(micros)), id
