"""An account with everything a report speaks of: four weeks of sales and ads, stock, health, changes and alerts.

Names and reasons are as hostile as Amazon lets them be. Half of it was made up so that figures can be added by hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from agent.facts.book import Book
from agent.jobs.report import Subject, report
from agent.ledger import SqlLedger
from agent.ledger.chain import Head
from agent.model.alert import Alert
from agent.model.entity import Entity
from agent.model.fact import Delivered, Rows
from agent.model.kinds import STREAMS
from agent.model.marketplace import MARKETPLACES
from agent.model.proposal import Fate, Receipt, Run, State
from agent.model.report import Period, Report
from agent.model.rule import Severity
from agent.model.setting import Scope
from agent.model.ticket import Task
from agent.model.verdict import Tally
from agent.model.window import Span
from tests.wishes import attempt, no, wish, yes

NOW = datetime(2026, 3, 18, 9, 30, tzinfo=UTC)
TODAY = date(2026, 3, 18)
DAYS = Span(date(2026, 2, 10), date(2026, 3, 17))
EVIL = "<script>alert(1)</script>\u202e[x](https://evil.example) @all"
ABOUT = {"ads/bid-down": "Lower bids.", "ads/bid-up": EVIL, "reviews/negative": "Read bad reviews."}
CHANGED = date(2026, 3, 10)
"""From this day on other figures hold; the newest seven settled days begin here or later."""
_MICROS = 1_000_000

_SKUS = {
    # sessions, units, sales of a day: before CHANGED, and from then on
    "HUB-7": ((100, 10, 200), (80, 10, 200)),
    "LAMP-3": ((50, 5, 150), (50, 6, 162)),
    "GONE-1": ((10, 1, 30), (0, 0, 0)),
    "NEW-9": ((0, 0, 0), (20, 2, 50)),
}
_GROUPS = {
    # cost, sales, purchases, clicks of a day: before, and from then on
    "g1": ((10, 40, 2, 20), (9, 50, 2, 18)),
    "g2": ((5, 5, 1, 9), (6, 0, 0, 12)),
    "g3": ((2, 8, 1, 3), (2, 8, 1, 3)),
}


def furnished(folder: Path, *, without: Iterable[str] = ()) -> Book:
    """The facts; ``without``: streams that never came in."""
    book = Book(folder / "facts")
    left_out = set(without)
    for name, columns, span in _facts():
        if name not in left_out:
            book.book("north", STREAMS[name], Delivered([Rows(columns)], span), NOW - timedelta(hours=1), "r_1")
    return book


def _facts() -> Iterable[tuple[str, dict[str, list[Any]], Span | None]]:
    sales = ("sessions", "units_ordered", "ordered_sales")
    yield "sku_sales", _daily(_SKUS, sales, {"ordered_sales"}), DAYS
    total = {"north": tuple(tuple(map(sum, zip(*(each[at] for each in _SKUS.values()), strict=True)))
                            for at in (0, 1))}  # fmt: skip
    yield "account_sales", _daily(total, sales, {"ordered_sales"}), DAYS
    yield "ad_group_traffic", _daily(_GROUPS, ("cost", "sales", "purchases", "clicks"), {"cost", "sales"}), DAYS
    yield "campaigns", {"entity": ["c1", "c2"], "name": ["HUB auto", EVIL], "state": ["enabled", "enabled"]}, None
    yield "ad_groups", {"entity": ["g1", "g2", "g3"], "name": ["hub auto", "exact", "broad"],
                        "campaign_id": ["c1", "c2", "c3"], "state": ["enabled"] * 3}, None  # fmt: skip
    yield "inventory", {"entity": ["HUB-7", "LAMP-3", "GONE-1", "NEW-9"], "fulfillable": [120, 30, 0, 400],
                        "name": ["USB-C hub", EVIL, "Old lamp", "New thing"]}, None  # fmt: skip
    yield "inventory_health", {"entity": ["HUB-7", "LAMP-3"], "age_181_270": [4, 0], "age_271_365": [1, 0],
                               "age_over_365": [0, 0]}, None  # fmt: skip
    yield "outlook", {
        "entity": ["HUB-7", "LAMP-3", "GONE-1", "NEW-9"], "units_per_day": [10.0, 6.0, 1.0, 2.0],
        "days_of_cover": [12.0, 5.0, 0.0, 200.0], "days_of_cover_low": [10.0, 4.0, 0.0, 150.0],
        "next_arrival_days": [9.0, 11.0, None, None], "gap_days": [0.0, 7.0, 20.0, 0.0],
        "order_units": [300, 0, 40, 0],
    }, None  # fmt: skip
    yield "account_health", {"entity": ["north"], "status": ["warning"], "order_defect_rate": [0.0125],
                             "late_shipment_rate": [0.0], "cancellation_rate": [None], "health_rating": [None],
                             "violations": [2]}, None  # fmt: skip


def _daily(figures: Mapping[str, Any], names: tuple[str, ...], money: set[str]) -> dict[str, list[Any]]:
    rows = [(id, day, *both[day >= CHANGED]) for id, both in figures.items() for day in DAYS]
    columns = list(zip(*rows, strict=True))
    found: dict[str, list[Any]] = {"entity": list(columns[0]), "day": list(columns[1])}
    for name, values in zip(names, columns[2:], strict=True):
        found[name] = [value * (_MICROS if name in money else 1) for value in values]
    return found


def worked(ledger: SqlLedger) -> SqlLedger:
    """Changes of all fates, alerts, tickets and a judging within the last day."""
    at = NOW - timedelta(hours=6)
    born = {"created_at": at, "known_at": at, "expires_at": NOW + timedelta(days=3)}
    done, refused, doubtful, waiting, dear, turned_down, older = (
        wish(1, **born), wish(2, **born, title=EVIL), wish(3, **born, title="exact “lamp”"), wish(4, **born),
        wish(5, after="1.50", rule="ads/bid-up", **born), wish(6, **born),
        wish(7, **{**born, "created_at": NOW - timedelta(days=3)}),
    )  # fmt: skip
    lot = _alert(3, Severity.S3, NOW - timedelta(days=5), "look at the lot", "", -3, "listings/frozen")
    ledger.alert([lot], [], lot.opened_at, "r_0")
    ledger.add([older])
    ledger.add([done, refused, doubtful, waiting, dear, turned_down])
    ledger.decide([yes(done), yes(refused), yes(doubtful), no(turned_down)], at)
    ledger.intend([replace(attempt(each), sent_at=at) for each in (done, refused, doubtful)], "act")
    receipts = [Receipt(done.id, Fate.ACCEPTED), Receipt(refused.id, Fate.REFUSED, "BID_TOO_LOW", EVIL),
                Receipt(doubtful.id, Fate.UNKNOWN, "", "no answer")]  # fmt: skip
    moves = {done.id: State.ACCEPTED, refused.id: State.FAILED, doubtful.id: State.IN_DOUBT}
    ledger.receive(receipts, moves, "act", at)
    ledger.move([done.id], State.ACCEPTED, State.DONE, "settle", at)
    run = Run("r_judge", "judge", "north", at)
    ledger.begin(run)
    ledger.tally(run.id, [Tally(rule, "d", 10, 1, 0) for rule in ("ads/bid-down", "ads/bid-up")])
    ledger.end(replace(run, ended=at))
    ledger.alert([_alert(1, Severity.S1, at, "answer the buyer", "ann", 24), _alert(2, Severity.S1, at, "", "", 0)], [],
                 at, "r_1")  # fmt: skip
    return ledger


def _alert(number: int, severity: Severity, at: datetime, task: str, owner: str, hours: float,
           rule: str = "reviews/negative") -> Alert:  # fmt: skip
    entity = Entity("north", "review", f"R{number}")
    asked = Task(task, owner, NOW + timedelta(hours=hours)) if task else None
    return Alert(f"a_{number}", rule, "d", entity, f"R{number} {EVIL}", severity, EVIL, {}, "r_1", at, at, task=asked)


def subject(signed: Head | None = None) -> Subject:
    scopes = (Scope("account", "*", {"target_acos": 0.2}), Scope("campaign", "HUB *", {"break_even_acos": 0.4}),
              Scope("ad_group", "g2", {"break_even_acos": 0.5}))  # fmt: skip
    return Subject(
        "north", MARKETPLACES["DE"], scopes, ABOUT, signed, dry_run=False, digests={"ads/bid-down": "d" * 64}
    )


def made(period: Period, book: Book, ledger: SqlLedger, at: datetime = NOW) -> Report:
    return report(period, subject(), ledger, book.known_at("north", at), at)
