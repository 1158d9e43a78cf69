"""Facts for every screen of the review page: stock, listings, reviews, campaigns, runs; made in a second."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from agent.facts.book import Book
from agent.ledger import SqlLedger
from agent.model.alert import Alert
from agent.model.change import Change
from agent.model.entity import Entity
from agent.model.fact import Delivered, Rows
from agent.model.kinds import STREAMS
from agent.model.money import Money
from agent.model.proposal import Decision, Execution, Fate, Receipt, Run, State
from agent.model.rule import Severity
from agent.model.ticket import Task, TicketState
from agent.model.window import Span
from agent.wiring import book_of
from tests.page_shop import HOSTILE, Shop, wish

ACCOUNT = "eu-main"


def stocked(shop: Shop) -> None:
    """Add everything to a furnished shop."""
    book = book_of(shop.config)
    reviewed(book, shop.now)
    advertised(book, shop.now)
    kept_in_stock(book, shop.now)
    listed(book, shop.now)
    with shop.ledger() as ledger:
        ticketed(ledger, shop.now)
        ran(ledger, shop.now)
        watched(ledger, shop.now)
        repriced(ledger, shop.now)


def ran(ledger: SqlLedger, now: datetime) -> None:
    """Judgings of two weeks, a pull that failed, one under way, and a report that is promised."""
    for back in range(1, 15):
        at = now - timedelta(days=back, hours=3)
        counts = {
            "entities": 1_240,
            "matched": 30 + back * 7 % 11,
            "unknown": 12,
            "proposals": back % 5,
            "alerts": back % 3,
        }
        ledger.end(Run(f"r_JUDGE{back:02d}", "judge", ACCOUNT, at, at + timedelta(seconds=41), counts))
    pulled = {"booked": 9, "waiting": 1, "resting": 2, "failed": 1, "rows": 182_004, "increments": 3_310}
    at = now - timedelta(hours=3, minutes=5)
    ledger.end(Run("r_PULL1", "pull", ACCOUNT, at, at + timedelta(minutes=4), pulled, f"offers: {HOSTILE}"))
    ledger.begin(Run("r_PULL2", "pull", "us-shop", now - timedelta(minutes=2)))
    day = now.date() - timedelta(days=1)
    ledger.pending_put(ACCOUNT, "campaign_traffic", span=Span(day - timedelta(days=30), day), cursor="report-1",
                       asked_at=now - timedelta(minutes=20), look_again_at=now + timedelta(minutes=5))  # fmt: skip


def watched(ledger: SqlLedger, now: datetime) -> None:
    """A feed that stopped, as the program's own watch tells it."""
    alert = Alert("a_feed", "ops/feed-stopped", "", Entity(ACCOUNT, "stream", "offers"), "offers", Severity.S2,
                  "nothing has come in since 2026-11-20 04:00 UTC", {}, "r_WATCH", now, now)  # fmt: skip
    ledger.alert([alert], [], now - timedelta(hours=5), "r_WATCH")


def repriced(ledger: SqlLedger, now: datetime) -> None:
    """One price that we changed an hour ago."""
    change = Change(Entity(ACCOUNT, "listing", "HUB-7"), "price", Money.of("41.99", "EUR"), Money.of("39.99", "EUR"))
    sent = wish(950, now, change=change, rule="pricing/follow-fair-price", title="HUB-7", reason="above the fair price")
    ledger.add([sent])
    ledger.decide([Decision(sent.id, 1, True, "ann", "cli", "")], now - timedelta(hours=1))
    ledger.intend([Execution(sent.id, 1, "r_ACT", now - timedelta(hours=1), "h" * 64)], "steward")
    ledger.receive([Receipt(sent.id, Fate.ACCEPTED)], {sent.id: State.ACCEPTED}, "steward", now - timedelta(hours=1))


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
    ledger.tickets.move("t_taken", TicketState.ACKNOWLEDGED, "ann", "asked the supplier", now - timedelta(hours=20))
    ledger.tickets.move("t_done", TicketState.DONE, "bob", "a bad lot, sent back", now - timedelta(hours=10))


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


def advertised(book: Book, now: datetime) -> None:
    """A campaign whose sales came in later, and keywords whose bids somebody changed before we did."""
    first = "281474976700001"
    for hours, bid in ((480, 750_000), (144, 670_000), (0.5, 520_000)):
        ids = [f"2814749767{number:05d}" for number in range(1, 9)]
        _book(book, "keywords", now - timedelta(hours=hours - 3), {
            "entity": ids, "text": ["usb c hub" if id == first else f"hub {id[-2:]}" for id in ids],
            "match_type": ["exact" for _ in ids], "state": ["enabled" for _ in ids],
            "bid": [bid if id == first else 600_000 for id in ids], "campaign_id": ["c-11" for _ in ids],
            "ad_group_id": ["g-1" for _ in ids],
        })  # fmt: skip
    _book(book, "campaigns", now, {
        "entity": ["c-11", "c-12"], "name": ["DM-21 exact", HOSTILE], "state": ["enabled", "paused"],
        "targeting_type": ["manual", "auto"], "budget": [50_000_000, 20_000_000],
        "bidding_strategy": ["legacy_for_sales", "manual"], "placement_top": [0.2, None],
        "placement_product_page": [0.0, None], "placement_rest": [0.0, None], "portfolio_id": [None, None],
    })  # fmt: skip
    for days_ago, share in ((10, 0.6), (4, 0.9), (0, 1.0)):
        last = now.date() - timedelta(days=days_ago + 1)
        span = Span(last - timedelta(days=30), last)
        clicks = [30 + (day.toordinal() * 7) % 25 for day in span]
        late = [share if (last - day).days < 12 else 1.0 for day in span]
        columns = {
            "entity": ["c-11" for _ in span], "day": list(span), "impressions": [each * 60 for each in clicks],
            "clicks": clicks, "cost": [each * 610_000 for each in clicks],
            "purchases": [round(each / 8 * part) for each, part in zip(clicks, late, strict=True)],
            "units": [round(each / 7 * part) for each, part in zip(clicks, late, strict=True)],
            "sales": [round(each / 8 * part) * 24_990_000 for each, part in zip(clicks, late, strict=True)],
        }  # fmt: skip
        at = now - timedelta(days=days_ago, hours=3)
        book.book(ACCOUNT, STREAMS["campaign_traffic"], Delivered([Rows(columns)], span), at, "r_1")


SKUS = ("HUB-7", "HUB-4", "DOCK-1", "CABLE-2", "OUT-9", "A/B 50% <b>")


def kept_in_stock(book: Book, now: datetime) -> None:
    """Six SKUs: enough, to be ordered, a gap before the arrival, too much, out of stock, and one hardly known."""
    stock = [420, 96, 61, 2_400, 0, 15]
    _book(book, "inventory", now - timedelta(days=1), {
        "entity": list(SKUS), "fulfillable": [each + 5 for each in stock], "asin": [f"B0TEST{n:04d}" for n in range(6)],
        "name": ["7-in-1 USB-C hub", "4-port hub", "Docking station", "Cable 2 m", "Old charger", HOSTILE],
    })  # fmt: skip
    _book(book, "inventory", now, {
        "entity": list(SKUS), "asin": [f"B0TEST{n:04d}" for n in range(6)], "fnsku": [None] * 6,
        "name": ["7-in-1 USB-C hub", "4-port hub", "Docking station", "Cable 2 m", "Old charger", HOSTILE],
        "fulfillable": stock, "reserved": [12, 0, 4, 20, 0, None], "reserved_transfer": [10, 0, 4, 0, 0, None],
        "reserved_processing": [0] * 6, "reserved_orders": [2, 0, 0, 20, 0, None], "inbound_working": [0] * 6,
        "inbound_shipped": [0, 0, 400, 0, 0, 0], "inbound_receiving": [0] * 6, "unfulfillable": [3, 0, 0, 8, 1, None],
        "researching": [0] * 6,
    })  # fmt: skip
    _book(book, "lead_times", now, {
        "entity": list(SKUS[:4]), "supplier_id": ["SZ-1", "SZ-1", "NB-2", "NB-2"],
        "lead_time": [45.0, 45.0, 60.0, 60.0],
        "lead_time_sd": [6.0, 6.0, 9.0, 9.0], "review_days": [7.0] * 4, "order_minimum": [100, 100, 50, 500],
        "carton": [20, 20, 10, 100], "cover_wanted": [30.0] * 4, "service_level": [0.95] * 4,
    })  # fmt: skip
    soon = now.replace(hour=0, minute=0, second=0)
    _book(book, "shipments", now, {
        "entity": ["FBA15/DOCK-1"], "sku": ["DOCK-1"], "name": ["FBA15"], "status": ["in_transit"],
        "units_shipped": [400], "units_received": [0], "shipped_at": [soon - timedelta(days=20)],
        "expected_at": [soon + timedelta(days=16)],
    })  # fmt: skip
    per_day = (4, 5, 6, 3, 2)
    last = now.date() - timedelta(days=2)
    span = Span(last - timedelta(days=59), last)
    rows = [(sku, day, max(0, per_day[n] + (day.toordinal() * (n + 3)) % 3 - 1)) for n, sku in enumerate(SKUS[:5])
            for day in span]  # fmt: skip
    columns = {
        "entity": [row[0] for row in rows], "day": [row[1] for row in rows], "sessions": [row[2] * 9 for row in rows],
        "page_views": [row[2] * 14 for row in rows], "units_ordered": [row[2] for row in rows],
        "order_items": [row[2] for row in rows], "ordered_sales": [row[2] * 24_990_000 for row in rows],
        "featured_offer_share": [0.98 for _ in rows],
    }  # fmt: skip
    at = now - timedelta(hours=3)
    book.book(ACCOUNT, STREAMS["sku_sales"], Delivered([Rows(columns)], span), at, "r_1")
    outlook = {
        "units_per_day": [4.0, 5.0, 6.1, 3.0, 2.0], "units_per_day_recent": [4.1, 4.9, 6.0, 3.0, 2.1],
        "demand_28d": [112.0, 140.0, 171.0, 84.0, 56.0], "demand_28d_high": [131.0, 162.0, 196.0, 101.0, 70.0],
        "days_of_cover": [105.0, 19.2, 10.1, 730.0, 0.0], "days_of_cover_low": [94.0, 16.4, 8.6, 690.0, 0.0],
        "days_of_cover_naive": [102.0, 19.6, 10.2, 730.0, 0.0], "position": [430, 96, 464, 2_400, 0],
        "cover_with_inbound": [107.0, 19.2, 76.0, 730.0, 0.0], "next_arrival_days": [None, None, 18.0, None, None],
        "gap_days": [0.0, 0.0, 9.4, 0.0, None], "gap_units": [0.0, 0.0, 57.0, 0.0, None],
        "reorder_point": [262, 318, 520, 250, None], "order_units": [0, 380, 60, 0, None],
        "stockout_risk": [0.004, 0.98, 0.92, 0.0, None], "out_days": [0, 0, 0, 0, 30],
        "back_days": [None] * 5, "aged_next": [0, 0, 0, 1_800, 0],
    }  # fmt: skip
    _book(book, "outlook", now, {"entity": list(SKUS[:5]), **outlook})


def listed(book: Book, now: datetime) -> None:
    """Six listings: rising and left alone, watched after a change, suppressed, sold out, quiet, one hardly known."""
    titles = ["USB-C hub 7 in 1", "USB-C hub 4 ports", "Docking station 2 × 4K", "Kabel 2 m", "充电器", HOSTILE]
    _book(book, "listings", now, {
        "entity": list(SKUS), "asin": [f"B0TEST{n:04d}" for n in range(6)], "parent_asin": [None] * 6, "title": titles,
        "bullets": ["One\nTwo"] * 6, "description": [None] * 6, "main_image": [None] * 6, "other_images": [None] * 6,
        "images": [7] * 6, "aplus": [None] * 6, "product_type": ["USB_HUB"] * 6,
        "price": [39_990_000, 24_990_000, 89_000_000, 9_990_000, 14_990_000, None], "sale_price": [None] * 6,
        "quantity": [None] * 6, "channel": ["fba"] * 6,
        "state": ["enabled", "enabled", "enabled", "enabled", "paused", "enabled"],
        "buyable": [True, True, False, True, False, None], "discoverable": [True] * 6, "opened_at": [None] * 6,
    })  # fmt: skip
    _book(book, "listing_issues", now, {
        "entity": ["DOCK-1"], "errors": [2], "warnings": [1], "enforcement": ["listing_suppressed"],
        "issue_code": ["18320"], "issue": ["The main image has a watermark."],
    })  # fmt: skip
    soon = now + timedelta(days=3)
    _book(book, "listing_control", now, {
        "entity": list(SKUS[:5]), "trend": ["rising", "declining", "unknown", "on_target_stable", "dormant"],
        "slope": [0.01, -0.02, None, 0.0, -0.01], "frozen": [True, False, None, True, False],
        "family": [f"B0TEST{n:04d}" for n in range(5)], "observing": [False, True, False, False, False],
        "observed_until": [None, soon, None, None, None],
        "edited_at": [None, soon - timedelta(days=7), None, None, now - timedelta(days=30)],
        "edited_field": [None, "main_image", None, None, "price"], "edited_sku": [None, "HUB-4", None, None, "OUT-9"],
        "edited_by": [None, "somebody_else", None, None, "us"], "verdict": [None, None, None, None, "revert"],
        "effect": [None, None, None, None, -0.18], "suggested_lever": [None, "image", None, None, "price"],
        "price_edits_24h": [0] * 5, "price_edits_7d": [0] * 5,
        "price_median_30d": [39_990_000, 24_990_000, 89_000_000, 9_990_000, 14_990_000],
    })  # fmt: skip


def _book(book: Book, stream: str, at: datetime, columns: Mapping[str, Sequence[Any]]) -> None:
    """As pulled three hours ago."""
    book.book(ACCOUNT, STREAMS[stream], Delivered([Rows(columns)]), at - timedelta(hours=3), "r_1")
