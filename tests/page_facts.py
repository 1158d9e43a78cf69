"""Facts for every screen of the review page: stock, listings, reviews, campaigns, runs; made in a second."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from agent.facts.book import Book
from agent.ledger import SqlLedger
from agent.model.alert import Alert
from agent.model.entity import Entity
from agent.model.fact import Delivered, Rows
from agent.model.kinds import STREAMS
from agent.model.rule import Severity
from agent.model.ticket import Task, TicketState
from agent.wiring import book_of
from tests.page_shop import HOSTILE, Shop

ACCOUNT = "eu-main"


def stocked(shop: Shop) -> None:
    """Add everything to a furnished shop."""
    book = book_of(shop.config)
    reviewed(book, shop.now)
    with shop.ledger() as ledger:
        ticketed(ledger, shop.now)


def ticketed(ledger: SqlLedger, now: datetime) -> None:
    """Six tickets: due soon, overdue, nobody's, taken, done, and a hostile one."""
    rows = (
        ("t_safety", "reviews/safety-in-reviews", "review", "R-1", "B0VZ9044T9: Careful", Severity.S1,
         "1 star: words found (en): burned", "Read the review; stop the ads of the lot if it is true.", "ann", 3),
        ("t_late", "claims/answer-in-time", "message", "M-4", "A-to-z claim M-4", Severity.S2,
         "a claim came 40 hours ago", "Answer the claim in Seller Central.", "bob", -5),
        ("t_health", "account/health-falls", "account", "eu-main", "eu-main", Severity.S1,
         "account health rating 214, below 250", "Work through the open policy violations.", "", 20),
        ("t_taken", "reviews/negative", "review", "R-2", "B0HUB7TEST: Broke in a week", Severity.S3,
         "2 stars", "Look at the returns of the product.", "ann", 70),
        ("t_done", "reviews/negative", "review", "R-3", "B0HUB4TEST: Meh", Severity.S3, "3 stars",
         "Look at the returns of the product.", "bob", 50),
        ("t_hostile", "reviews/negative", "review", "R-4", HOSTILE, Severity.S3, HOSTILE, HOSTILE, HOSTILE[:60], 90),
    )  # fmt: skip
    alerts = [
        Alert(id, rule, "d" * 64, Entity(ACCOUNT, kind, entity), title, severity, reason, {"stars": 1, "topic": None},
              "r_7F3KQ2M9XA", now - timedelta(hours=45), now - timedelta(hours=2),
              task=Task(task, owner, now + timedelta(hours=hours)))
        for id, rule, kind, entity, title, severity, reason, task, owner, hours in rows
    ]  # fmt: skip
    ledger.alert(alerts, [], now - timedelta(hours=45), "r_7F3KQ2M9XA")
    ledger.move_ticket("t_taken", TicketState.ACKNOWLEDGED, "ann", "asked the supplier", now - timedelta(hours=20))
    ledger.move_ticket("t_done", TicketState.DONE, "bob", "a bad lot, sent back", now - timedelta(hours=10))


def reviewed(book: Book, now: datetime) -> None:
    """Reviews from one to five stars and two feedbacks, and what is known of what they warn of."""
    day = now.replace(hour=0, minute=0, second=0)
    reviews = [
        ("R-1", "B0VZ9044T9", 1, "Careful", "It burned my desk while charging.", 1, False),
        ("R-2", "B0HUB7TEST", 2, "Broke in a week", "一周就坏了，客服不理。", 3, True),
        ("R-3", "B0HUB4TEST", 3, "Meh", "Too short a cable.", 9, None),
        ("R-4", "B0HUB4TEST", 1, HOSTILE, HOSTILE, 2, False),
        ("R-5", "B0HUB7TEST", 5, "Great", "Does what it should.", 2, False),
    ]
    _book(book, "reviews", now, {
        "entity": [each[0] for each in reviews], "asin": [each[1] for each in reviews],
        "stars": [each[2] for each in reviews], "title": [each[3] for each in reviews],
        "text": [each[4] for each in reviews],
        "reviewed_at": [day - timedelta(days=each[5]) for each in reviews], "answered": [each[6] for each in reviews],
    })  # fmt: skip
    _book(book, "review_triage", now, {
        "entity": ["R-1", "R-2", "R-3"], "safety": [True, False, False], "legal": [False, False, False],
        "topic": ["damaged", "quality", "size"], "language": ["en", "", ""], "words": ["burned", "", ""],
    })  # fmt: skip
    _book(book, "feedback", now, {
        "entity": ["F-1", "F-2"], "stars": [2, 5], "text": ["Took three weeks.", "Fine."],
        "left_at": [day - timedelta(days=4), day - timedelta(days=5)], "answered": [False, True],
    })  # fmt: skip


def _book(book: Book, stream: str, at: datetime, columns: Mapping[str, Sequence[Any]]) -> None:
    """As pulled three hours ago."""
    book.book(ACCOUNT, STREAMS[stream], Delivered([Rows(columns)]), at - timedelta(hours=3), "r_1")
