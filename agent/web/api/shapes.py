"""The shapes of answers. Money is a decimal text and its currency, instants are UTC, what is not known is null."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from agent.model.person import Role
from agent.model.proposal import Answer, State
from agent.model.risk import Risk
from agent.model.rule import Mode, Severity
from agent.model.verdict import Outcome


class Shape(BaseModel):
    """Nothing that is not written here; what is written is always there."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_serialization_defaults_required=True)


class Amount(Shape):
    amount: str = Field(pattern=r"^-?\d+(\.\d+)?$")
    currency: str = Field(min_length=3, max_length=3)


class Share(Shape):
    """An adjustment in whole per cent."""

    percent: int


class New(BaseModel):
    """Something that is to be made, by its kind; the rest depends on it."""

    model_config = ConfigDict(extra="allow")
    create: str


Value = Amount | Share | New | int | str | None
"""A value of a field before or after a change."""


class Brief(Shape):
    """A proposal in a list. ``relative``: the change as a fraction; ``cost``: what it may cost more."""

    id: str
    version: int
    state: State
    rule: str
    account: str
    kind: str
    entity: str
    title: str
    field: str
    before: Value
    after: Value
    relative: float | None
    risk: Risk
    cost: Amount | None
    reason: str
    severity: Severity
    mode: Mode
    run: str
    created_at: datetime
    known_at: datetime = Field(description="Until when facts were known that it rests on.")
    expires_at: datetime


class Belt(Shape):
    belt: str
    answer: Answer
    figure: str
    limit: str
    note: str


class TraceLine(Shape):
    """A line of the rule and the values it saw."""

    line: str
    outcome: Outcome
    values: dict[str, Any]
    because: str


class Decided(Shape):
    version: int
    verdict: Literal["approve", "reject"]
    by: str
    through: str
    note: str
    at: datetime


class Whole(Brief):
    """One proposal with why it was made, what was decided, and what happened."""

    digest: str = Field(description="SHA-256 of the rule's text.")
    as_of: date
    undoes: str | None
    belts: list[Belt]
    trace: list[TraceLine]
    decisions: list[Decided]
    history: list[dict[str, Any]] = Field(description="By time: at, event and what belongs to it.")


class Proposals(Shape):
    items: list[Brief]
    next: str | None = Field(description="The cursor of the next piece; null: this is the last one.")


class RunShape(Shape):
    id: str
    job: str
    account: str
    started: datetime
    ended: datetime | None
    counts: dict[str, int]
    fault: str


class Runs(Shape):
    items: list[RunShape]
    next: str | None


class RuleTally(Shape):
    rule: str
    digest: str
    judged: int
    matched: int
    unknown: int
    unknown_because: dict[str, int]


class Plan(Shape):
    """What one judging concluded. Its proposals: ``/api/v1/proposals?run=ID``."""

    run: RunShape
    states: dict[str, int] = Field(description="How many of its proposals are in each state now.")
    rules: list[RuleTally]


class AlertShape(Shape):
    id: str
    severity: Severity
    rule: str
    account: str
    kind: str
    entity: str
    title: str
    reason: str
    run: str
    opened_at: datetime
    seen_at: datetime
    closed_at: datetime | None
    closed_because: str


class Alerts(Shape):
    items: list[AlertShape]
    next: str | None


class RuleShape(Shape):
    """A rule of an account as it stands on disk; ``last``: how it was judged last, null where it never was."""

    name: str
    judges: str
    mode: Mode
    severity: Severity
    about: str
    digest: str
    tests: int
    last: RuleTally | None


class Rules(Shape):
    account: str
    fault: str = Field(description="What keeps newer files from being used; empty: nothing.")
    items: list[RuleShape]


class StoragePart(Shape):
    part: str
    ok: bool
    found: str
    hint: str


class Stopped(Shape):
    by: str
    reason: str
    at: datetime


class JobRun(Shape):
    job: str
    started: datetime
    ended: datetime | None
    fault: str
    counts: dict[str, int]


class StreamState(Shape):
    stream: str
    observed_at: datetime | None
    newest_day: date | None


class AccountHealth(Shape):
    account: str
    marketplace: str
    restored: bool = Field(description="Only read back after a restore; nothing is sent.")
    proposals: dict[str, int]
    jobs: list[JobRun]
    streams: list[StreamState]


class Health(Shape):
    healthy: bool
    dry_run: bool
    stopped: Stopped | None
    storage: list[StoragePart]
    accounts: list[AccountHealth]


class Me(Shape):
    user: str
    role: Role
    key: str
    name: str
    scopes: list[str]
    expires_at: datetime | None


class Verdict(Shape):
    """What became of a decision. ``waiting``: approved by you, and a second person has to say yes as well."""

    verdict: Literal["approve", "reject", "stop"]
    decided: list[str]
    waiting: list[str]
    held_until: datetime | None = Field(description="Nothing approved is sent before; null: nothing was approved.")


class Undone(Shape):
    """Open again, each as a new version."""

    open: list[str]
