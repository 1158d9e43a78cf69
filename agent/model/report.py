"""A report of one account: what was done, what waits, how it sells; the figures alone, in nobody's language.

Money is integer micros of ``currency``. What is not known is None or named as missing, never zero. Days are those of
the account's marketplace, instants are UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from agent.model.record import RuleRecord
from agent.model.rule import Severity
from agent.model.window import Span


class Period(StrEnum):
    DAILY = "daily"
    WEEKLY = "weekly"

    @property
    def days(self) -> int:
        """How many days of figures are held against as many before; what was done is of as many times 24 hours."""
        return 1 if self is Period.DAILY else 7

    @property
    def length(self) -> timedelta:
        return timedelta(days=self.days)


RECORD_DAYS = 90
Micros = int
"""Money, in millionths of the report's currency."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Two spans of days, the newer first. ``missing``: days of either that have not come in. ``moving``: days whose
    figures Amazon still changes, those after ``now`` included."""

    now: Span
    before: Span
    missing: tuple[date, ...] = ()
    moving: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Figures:
    """Sales of some days. ``sessions``: visits."""

    sales: Micros
    units: int
    sessions: int


@dataclass(frozen=True, slots=True)
class Parts:
    """Where a change of sales comes from, in micros; the parts add up to the change exactly.

    ``other``: what cannot be split (products that sold on one side only), and what no product accounts for.
    """

    sessions: Micros = 0
    conversion: Micros = 0
    price: Micros = 0
    other: Micros = 0

    @property
    def total(self) -> int:
        return self.sessions + self.conversion + self.price + self.other

    def __add__(self, more: Parts) -> Parts:
        return Parts(self.sessions + more.sessions, self.conversion + more.conversion, self.price + more.price,
                     self.other + more.other)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mover:
    """A product whose sales moved. ``sales``: of the newer span."""

    id: str
    name: str
    sales: Micros
    change: Micros
    parts: Parts


@dataclass(frozen=True, slots=True)
class DaySales:
    """None where the day is not known."""

    day: date
    sales: Micros | None


@dataclass(frozen=True, slots=True)
class Sales:
    """``now`` and ``before`` are None where a day of theirs is missing. ``days``: what a chart shows."""

    spans: Compared
    now: Figures | None
    before: Figures | None
    days: tuple[DaySales, ...]
    parts: Parts | None = None
    movers: tuple[Mover, ...] = ()
    by: str = "sku"
    """What sales were split by: sku, asin or account."""


@dataclass(frozen=True, slots=True)
class AdFigures:
    cost: Micros
    sales: Micros
    orders: int
    clicks: int


@dataclass(frozen=True, slots=True)
class AdGroupRow:
    """``profit``: ad sales × break-even ACoS − cost; None where nobody has set what breaks even."""

    name: str
    now: AdFigures
    profit: Micros | None
    profit_before: Micros | None


@dataclass(frozen=True, slots=True)
class DayAds:
    """None where the day is not known."""

    day: date
    cost: Micros | None
    sales: Micros | None


@dataclass(frozen=True, slots=True)
class Ads:
    """``unpriced``: ad groups that cost something and whose break-even ACoS is not set; their cost is
    ``unpriced_cost``, and the profits leave them out."""

    spans: Compared
    now: AdFigures | None
    before: AdFigures | None
    days: tuple[DayAds, ...]
    profit: Micros | None = None
    profit_before: Micros | None = None
    unpriced: int = 0
    unpriced_cost: Micros = 0
    groups: tuple[AdGroupRow, ...] = ()


@dataclass(frozen=True, slots=True)
class StockRow:
    """One product that needs a look, the most pressing first."""

    sku: str
    name: str
    sellable: int | None
    per_day: float | None
    cover_low_days: float | None
    """So long it lasts where demand is high; ``cover_days``: where it is as expected."""
    cover_days: float | None
    arrival_days: float | None
    gap_days: float | None
    order_units: int | None


@dataclass(frozen=True, slots=True)
class Stock:
    """``count``: products with stock figures. ``gaps``: in stock, and run out before the next arrival.
    ``aged``: units older than 180 days. A count is None where what it is counted from never came."""

    at: datetime
    stale: bool
    count: int
    out: int | None
    gaps: int | None
    due: int | None
    aged: int | None
    rows: tuple[StockRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Health:
    """Amazon's own measures of the account; None where Amazon tells none."""

    at: datetime
    stale: bool
    status: str | None
    rating: float | None
    order_defects: float | None
    late_shipments: float | None
    cancellations: float | None
    violations: int | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Changes of one rule that wait for somebody's yes. ``cost``: what they may cost more in all (a day for a budget,
    a click for a bid);
    ``unpriced``: how many of them nobody can put a price to."""

    rule: str
    about: str
    count: int
    cost: Micros
    unpriced: int


@dataclass(frozen=True, slots=True)
class Failure:
    """A change that was refused or ended in doubt."""

    rule: str
    title: str
    why: str
    doubtful: bool


@dataclass(frozen=True, slots=True)
class Work:
    """What became of changes within the period, counted; and what stands open now."""

    proposed: int = 0
    """Levers that a change was asked for; asked again the next day they count once."""
    held: int = 0
    """What a belt held back, counted alike."""
    approved: int = 0
    rejected: int = 0
    expired: int = 0
    sent: int = 0
    done: int = 0
    failed: int = 0
    doubtful: int = 0
    """In doubt or in conflict now."""
    waiting: tuple[Waiting, ...] = ()
    failures: tuple[Failure, ...] = ()
    dry_run: bool = False
    stopped_because: str | None = None

    @property
    def to_decide(self) -> int:
        return sum(each.count for each in self.waiting)


@dataclass(frozen=True, slots=True)
class RuleWeek:
    """How one rule fared within the period. ``judged``: whether it was judged at all. ``record``: of its present text
    over ``RECORD_DAYS``; None of a rule that did nothing. ``by_itself``: its changes go on without being asked."""

    rule: str
    about: str
    judged: bool
    proposed: int = 0
    approved: int = 0
    rejected: int = 0
    expired: int = 0
    done: int = 0
    failed: int = 0
    alerts: int = 0
    record: RuleRecord | None = None
    by_itself: bool = False


@dataclass(frozen=True, slots=True)
class OpenAlerts:
    """The open alerts of one rule. ``titles``: of a few of them, the newest first."""

    severity: Severity
    rule: str
    about: str
    count: int
    fresh: int
    titles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ToDo:
    """An open ticket."""

    text: str
    title: str
    owner: str
    due_at: datetime
    overdue: bool


@dataclass(frozen=True, slots=True)
class Audit:
    """``whole``: nothing since the last checkpoint has been altered. ``signed_at``: when that was; None: never."""

    entries: int
    signed_entries: int
    signed_at: datetime | None
    whole: bool


@dataclass(frozen=True, slots=True)
class Coverage:
    """``late``: by stream in use that is older than it may be, when it last came in. ``gaps``: by stream, how many of
    its last days are missing."""

    streams: int
    late: Mapping[str, datetime]
    gaps: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Report:
    """One account as it stood at ``at``. A part is None where nothing of it has ever come in."""

    period: Period
    account: str
    marketplace: str
    currency: str
    time_zone: str
    at: datetime
    since: datetime
    day: date
    """The day of ``at`` in the account's own zone."""
    work: Work
    audit: Audit
    coverage: Coverage
    sales: Sales | None = None
    ads: Ads | None = None
    stock: Stock | None = None
    health: Health | None = None
    rules: tuple[RuleWeek, ...] = ()
    standing: tuple[OpenAlerts, ...] = ()
    todo: tuple[ToDo, ...] = ()
    finished: int = 0
    """Tickets that were ended within the period."""
