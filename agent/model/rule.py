"""A loaded rule: what the rulebook hands to the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from agent.model.expression import Literal, Node
from agent.model.window import Window


class Mode(StrEnum):
    TELL = "tell"
    ASK = "ask"
    AUTO = "auto"


class Severity(StrEnum):
    S1 = "S1"
    """Now: customer harm, account risk, runaway spend."""
    S2 = "S2"
    """The same day."""
    S3 = "S3"
    """The daily digest."""
    S4 = "S4"
    """The weekly report."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file; both count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Line:
    """One line of ``when``: a step of the trace."""

    text: str
    expression: Node
    place: Place


@dataclass(frozen=True, slots=True)
class Let:
    name: str
    expression: Node
    place: Place


TEXT, AD_GROUP = "create.text", "create.ad_group"
"""Lets of a rule that creates something: what it is called, and the ad group it goes into."""


DUE, OWNER = "ticket.due", "ticket.owner"
"""Lets of a rule that opens a ticket: the days it leaves, and whose it is."""


@dataclass(frozen=True, slots=True)
class Propose:
    """What a match asks for.

    ``action`` ``set``: ``field`` is a column of the kind's state, ``to`` its new value. ``create``: ``field`` is the
    kind of what is made, ``to`` its bid, or its match type where it has no bid. ``to_place``: where ``to`` is written.
    """

    action: str
    field: str
    to: Node
    place: Place
    match_type: str = ""
    to_place: Place = Place(1, 1)

    @property
    def creates(self) -> bool:
        return self.action == "create"


class OnDrift(StrEnum):
    """What a rule does about a value of ours that somebody else has changed since."""

    RESPECT = "respect"
    """It leaves the lever alone for ``REST_AFTER_OTHERS``."""
    ASK = "ask"
    """It proposes as ever, but a person decides, whatever the rule's mode."""
    OVERWRITE = "overwrite"
    """It proposes as ever."""
    PIN = "pin"
    """It asks for our value again, as long as the pin holds."""


REST_AFTER_OTHERS = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Drift:
    """``pin``: how long after our change its value is asked for again; only with ``PIN``."""

    on: OnDrift = OnDrift.ASK
    pin: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Limits:
    """A rule's own limits, on top of the belts; None leaves a belt as configured."""

    step: float | None = None
    cooldown: timedelta | None = None
    floor: Literal | None = None
    ceiling: Literal | None = None
    most: int | None = None
    """Most changes of this rule in one run."""


@dataclass(frozen=True, slots=True)
class Said:
    """A piece of ``say``: plain text, or a value with its format spec (``.0%``, ``.2f``, or empty)."""

    text: str = ""
    value: Node | None = None
    spec: str = ""


@dataclass(frozen=True, slots=True)
class RuleTest:
    """A test that stands in the rule's file.

    ``given``: a tree of names to plain values, as written (``{"bid": Decimal, "recent": {"clicks": 40}}``).
    ``expect``: ``no match``, ``unknown``, ``match``, ``blocked by <belt>``, or ``{field: value}``.
    """

    name: str
    given: Mapping[str, Any]
    expect: str | Mapping[str, Any]
    place: Place


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """``digest`` is the SHA-256 of the file's text; ``name`` its path below the rules folder, without ``.yaml``.

    A loaded rule is equal to itself alone, so that what follows from it can be remembered by it.
    """

    name: str
    path: str
    digest: str
    text: str
    about: str
    judges: str
    when: tuple[Line, ...]
    mode: Mode
    severity: Severity
    params: Mapping[str, Literal] = field(default_factory=dict)
    windows: Mapping[str, Window] = field(default_factory=dict)
    lets: tuple[Let, ...] = ()
    """In an order in which each uses only earlier ones."""
    propose: Propose | None = None
    ticket: str = ""
    """What a person is to do about a match; a rule that opens tickets proposes nothing else."""
    limits: Limits = Limits()
    drift: Drift = Drift()
    say: tuple[Said, ...] = ()
    tests: tuple[RuleTest, ...] = ()
    priority: int = 0
