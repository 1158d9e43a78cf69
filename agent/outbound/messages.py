"""What goes out and what comes back. Nothing here shows a header, a body or a query when it is printed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from agent.errors import ContractError
from agent.outbound.written import json_value

_LONGEST_RETRY_AFTER = 86_400.0
# Amazon: which of these headers carries the request id differs between services.
_REQUEST_IDS = ("x-amzn-requestid", "x-amz-rid", "x-amz-request-id")
# Amazon: the rate per second that holds for this seller and operation; sent with most answers, and seldom with a 429.
_STATED_RATE = "x-amzn-ratelimit-limit"
_FASTEST_STATED = 1000.0


@dataclass(frozen=True, slots=True)
class Rate:
    """At most ``per_second`` calls on average, and up to ``burst`` at once after a pause.

    ``published``: the source tells its limit. A refusal then says that others have used it up, not that it is wrong.
    """

    per_second: float
    burst: int = 1
    published: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """One request. Calls of one connector, account and operation share one allowance, ``rate``.

    ``expects``: statuses besides 2xx that are answers to the caller, not errors.
    ``patience_seconds``: how long it may wait for its turn or for a source that asks it to come back later.
    """

    connector: str
    account: str
    operation: str
    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    rate: Rate = Rate(5, 5)
    expects: frozenset[int] = frozenset()
    tries: int = 5
    patience_seconds: float = 60
    timeout_seconds: float = 40
    # Amazon: synchronous Ads calls answer within 30 s in 99 of 100 cases.


@dataclass(frozen=True, slots=True)
class Link:
    """A signed address that an answer gave us. It is only followed to one of ``hosts`` (``*.example.com`` allowed)."""

    connector: str
    account: str
    operation: str
    url: str = field(repr=False)
    hosts: tuple[str, ...]
    limit_bytes: int = 4 * 1024**3
    tries: int = 3
    rate: Rate = Rate(5, 5)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that came whole. Header names are lower case."""

    connector: str
    operation: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def succeeded(self) -> bool:
        return 200 <= self.status < 300

    @property
    def request_id(self) -> str:
        """The source's own id of this call, for a support case."""
        return next((self.headers[name][:128] for name in _REQUEST_IDS if name in self.headers), "")

    @property
    def stated_rate(self) -> float | None:
        """How many calls per second the source says it allows; None where it does not say."""
        text = self.headers.get(_STATED_RATE, "").strip()
        if not re.fullmatch(r"\d{1,6}(\.\d{1,9})?", text):
            return None
        return min(float(text), _FASTEST_STATED) or None

    def json(self) -> object:
        """The body, with fractions as ``Decimal``. Anything that is not JSON is a ``ContractError``."""
        with suppress(ValueError):
            return json_value(self.body)
        # Raised out here, where no other error stands behind it: the parser's own would hold the whole body.
        raise ContractError(
            f"{self.operation} did not answer JSON but {self._kind()}.",
            connector=self.connector, operation=self.operation, status=self.status, request_id=self.request_id,
            hint="Nothing of it was used. If it stays, look at the source's status page.",
        )  # fmt: skip

    def retry_after_seconds(self, now: datetime) -> float | None:
        """How long the source asks us to stay away; None when it does not say."""
        text = self.headers.get("retry-after", "").strip()
        try:
            seconds = float(text) if text.replace(".", "", 1).isdigit() else self._until(text, now)
        except (ValueError, TypeError):
            return None
        return min(max(seconds, 0.0), _LONGEST_RETRY_AFTER)

    def _until(self, text: str, now: datetime) -> float:
        """Seconds until an HTTP date, by the source's own clock where it shows it: ours may be off."""
        with suppress(KeyError, ValueError, TypeError):
            now = parsedate_to_datetime(self.headers["date"])
        return (_aware(parsedate_to_datetime(text)) - _aware(now)).total_seconds()

    def _kind(self) -> str:
        start = self.body.lstrip()[:1]
        return "nothing" if not start else "a web page" if start == b"<" else "something else"


@dataclass(frozen=True, slots=True)
class NotSent:
    """The request surely never arrived; it may be sent again after ``retry_after_seconds``."""

    reason: str
    retry_after_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Lost:
    """The request may have arrived, and no whole answer came. Only reading tells what it did."""

    reason: str
    request_id: str = ""


WriteAnswer = Reply | NotSent | Lost


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A document that came whole. ``content_type`` as the store says it; it may name the charset."""

    path: Path
    size: int
    request_id: str = ""
    content_type: str = ""


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
