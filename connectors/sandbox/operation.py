"""What every simulated call is made of: a declared operation, and one visit to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from connectors.sandbox.answers import JSON, Answer, Style
from connectors.sandbox.calls import Call
from connectors.sandbox.faults import Strikes

if TYPE_CHECKING:
    from connectors.sandbox.sandbox import Sandbox


@dataclass(frozen=True, slots=True)
class Visit:
    """One call on its way through the sandbox."""

    sandbox: Sandbox
    call: Call
    now: datetime
    request_id: str
    strikes: Strikes
    found: Sequence[str]
    """The variable parts of the path, decoded."""


@dataclass(frozen=True, slots=True)
class Usage:
    """A usage plan of the Selling Partner API: calls a second, calls at once, and the role the caller needs.

    An empty ``role`` needs none. Rates are Amazon's own; the scenario's wire says how many times faster they run.
    """

    rate: float
    burst: int
    role: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """``takes`` and ``gives`` are media types; ``scoped`` calls name a profile; ``open`` ones need no token.

    With a ``usage`` it belongs to the Selling Partner API, else to Amazon Ads or to neither.
    """

    name: str
    method: str
    path: str
    handle: Callable[[Visit], Answer]
    takes: str = ""
    gives: str = JSON
    scoped: bool = True
    open: bool = False
    style: Style = Style.SPONSORED
    usage: Usage | None = None
