"""A small installation with everything the review page can show, made in a second, without Amazon."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from agent.access.passwords import Passwords
from agent.clock import SystemClock
from agent.config import Config, load
from agent.ledger import SqlLedger
from agent.model.alert import Alert
from agent.model.change import Change, Value
from agent.model.creation import Creation
from agent.model.entity import Entity
from agent.model.fact import Delivered, Rows
from agent.model.kinds import STREAMS
from agent.model.money import Money
from agent.model.percent import Percent
from agent.model.person import LINK, Role, Token, User
from agent.model.proposal import Answer, BeltAnswer, Decision, Execution, Fate, Proposal, Receipt, Run, State
from agent.model.rule import Mode, Severity
from agent.model.verdict import Outcome, Step, Tally
from agent.model.window import Span
from agent.ports import Clock
from agent.shipped import shipped
from agent.web.desk import Desk
from agent.wiring import book_of, ledger_of

HOSTILE = """<img src=x onerror=alert(1)> "><script>document.title='x'</script> {{7*7}} ' onmouseover='alert(1)"""
PASSWORD = "correct horse battery"
JOIN = "a-link-for-vera"
"""The secret of the one-time link that vera was given."""
QUICK = Passwords(memory=64, rounds=1)
"""Hashes that cost nothing, for tests of everything but hashing."""
USERS = {"vera": Role.VIEWER, "ann": Role.APPROVER, "bob": Role.APPROVER, "root": Role.ADMIN}

CONFIG = """\
database = "sqlite:///steward.db"
facts = "facts"
rules = ["rules"]
dry_run = true

[page]
port = {port}
{page}

[notify.channels.team]
kind = "slack"

[notify.channels.mail]
kind = "mail"
language = "zh"
enabled = false

[approval]
second_above = ""

[accounts.eu-main]
marketplace = "DE"

[accounts.eu-main.approval]
second_above = 20

[accounts.eu-main.file_drop]
folder = "drop"

[accounts.us-shop]
marketplace = "US"

[accounts.us-shop.file_drop]
folder = "drop-us"
"""

_KEYWORDS = ("usb c hub", "usb c hub 4k", "laptop dock", "hdmi adapter", "docking station dual monitor", "hub mac",
             "usb hub powered", "typ c adapter", "多口扩展坞", "ladegerät usb c 100w")  # fmt: skip
_BELTS = (BeltAnswer("freshness", Answer.PASS, "3 h", "36 h"), BeltAnswer("step", Answer.CLAMP, "+31 %", "+25 %"),
          BeltAnswer("money at risk", Answer.PASS, "41.20 EUR", "310.00 EUR"))  # fmt: skip


def wish(number: int, now: datetime, **parts: Any) -> Proposal:
    """A bid of a keyword, down or up; any part can be another."""
    word = _KEYWORDS[number % len(_KEYWORDS)]
    before = 60 + 7 * (number % 9)
    after = round(before * (0.78 if number % 3 else 1.12)) if number % 7 else before * 2
    change = Change(Entity("eu-main", "keyword", f"2814749767{number:05d}"), "bid", _euro(before), _euro(after))
    whole = Proposal(
        id=f"p_{number:05d}", change=change, rule="ads/bid-down-above-target" if number % 3 else "ads/bid-up-winner",
        digest="d" * 64, as_of=now.date() - timedelta(days=2), known_at=now - timedelta(hours=3),
        reason=f"ACoS {38 + number % 40}% on {14 + number} clicks, target 30%",
        trace=(Step("recent.clicks >= min_clicks", Outcome.MATCH, {"recent.clicks": 14 + number, "min_clicks": 15}),
               Step("recent.acos > target_acos * 1.1", Outcome.MATCH, {"recent.acos": 0.38, "target_acos": 0.3}),
               Step("bid > floor", Outcome.MATCH, {"bid": {"amount": "1.16", "currency": "EUR"}, "floor": None}),
               Step("not launch", Outcome.MATCH, {"stage": "mature", "locked": False})),
        belts=_BELTS, mode=Mode.ASK, severity=Severity.S3, created_at=now - timedelta(hours=2),
        expires_at=now + timedelta(hours=2 + number % 70), run="r_7F3KQ2M9XA",
        title=f"exact “{word}” · DM-{number % 12} exact",
        evidence={"share": 0.7},
    )  # fmt: skip
    return replace(whole, **parts)


def _euro(cents: int) -> Money:
    return Money(cents * 10_000, "EUR")


def _other(number: int, now: datetime, entity: Entity, field: str, before: Value, after: Value, rule: str, title: str,
           reason: str, **parts: Any) -> Proposal:  # fmt: skip
    return wish(number, now, change=Change(entity, field, before, after), rule=rule, title=title, reason=reason,
                **parts)  # fmt: skip


def others(now: datetime) -> list[Proposal]:
    """One of each sort: budgets, switches, prices, placements, new keywords, other currencies, held, hostile."""
    us = "us-shop"
    made = Creation.of("keyword", "ag-7", "exact", "usb c hub 7 in 1", Money.of("0.85", "USD"))
    return [
        _other(901, now, Entity("eu-main", "campaign", "c-11"), "budget", _euro(5_000), _euro(6_500),
               "ads/budget-raise-capped", "DM-21 exact", "out of budget on 9 of 14 days, ACoS 18 %, target 30 %",
               severity=Severity.S2),
        _other(902, now, Entity("eu-main", "keyword", "k-902"), "state", "enabled", "paused",
               "ads/pause-without-orders", "broad “gratis hub” · DM-3 broad",
               "41.20 EUR on 63 clicks in 60 days, no order"),
        _other(903, now, Entity(us, "listing", "HUB-7-US"), "price", Money.of("39.99", "USD"), Money.of("37.99", "USD"),
               "pricing/follow-fair-price", "HUB-7-US · 7-in-1 USB-C hub", "3 weeks above the fair price, margin 24 %"),
        _other(904, now, Entity("eu-main", "campaign", "c-12"), "placement_top", Percent(20), Percent(45),
               "ads/placement-top-pays", "DM-22 exact", "top of search: ACoS 17 % against 31 % elsewhere"),
        _other(905, now, Entity(us, "keyword", made.key), "create", None, made, "ads/harvest-search-term",
               "usb c hub 7 in 1 → DM-7 exact", "4 orders on 21 clicks as a search term"),
        _other(906, now, Entity("eu-main", "keyword", "k-906"), "bid", _euro(90), _euro(122), "ads/bid-up-winner",
               "exact “dock” · DM-5 exact", "ACoS 12 % on 80 clicks", state=State.HELD,
               belts=(BeltAnswer("cooldown", Answer.BLOCK, "14 h", "72 h", "changed by somebody 14 h ago"),)),
        _other(907, now, Entity("eu-main", "keyword", "k-907"), "bid", _euro(70), _euro(56),
               "ads/bid-down-above-target", HOSTILE, HOSTILE),
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shop:
    """An installation in a folder. ``now`` is the moment everything was made."""

    folder: Path
    config: Config
    now: datetime

    @contextmanager
    def ledger(self) -> Iterator[SqlLedger]:
        with ledger_of(self.config) as ledger:
            yield ledger

    @contextmanager
    def desk(self, clock: Clock | None = None, local_name: str = "owner") -> Iterator[Desk]:
        with self.ledger() as ledger:
            yield Desk.of(self.config, ledger, local_name=local_name, clock=clock or SystemClock(), passwords=QUICK)


def furnish(folder: Path, port: int = 8470, *, page: str = "", users: Mapping[str, Role] = USERS, count: int = 40,
            now: datetime | None = None, rules: Sequence[str] = ("**/*",)) -> Shop:  # fmt: skip
    """Write the configuration, fill ledger and facts. With ``users`` everybody signs in with ``PASSWORD``. ``rules``:
    which of the shipped ones lie in the shop's own folder, where they can be edited."""
    for each in sorted({each for pattern in rules for each in shipped("rules").glob(f"{pattern}.yaml")}):
        copy = folder / "rules" / each.relative_to(shipped("rules"))
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(each.read_bytes())
    path = folder / "steward.toml"
    path.write_text(CONFIG.format(port=port, page=page), encoding="utf-8")
    path.chmod(0o600)
    now = now or datetime.now(UTC).replace(microsecond=0)
    shop = Shop(folder, load(path, variables={}), now)
    proposals = [*(wish(number, now) for number in range(1, count + 1)), *others(now)]
    with shop.ledger() as ledger:
        for name, role in users.items():
            ledger.people.add(User(name, role, False, "", now), QUICK.hashed(PASSWORD, name), "root")
        _let_in(ledger, users, now)
        _judged(ledger, proposals, now)
        _told(ledger, now)
        if count >= 8:
            _carried_out(ledger, proposals[:6], now)
    _booked(shop, [each.change.entity.id for each in proposals if each.change.entity.kind == "keyword"])
    return shop


def _let_in(ledger: SqlLedger, users: Mapping[str, Role], now: datetime) -> None:
    """A key of a program, and a link for somebody who is new."""
    if "root" in users:
        scopes = ("read", "decide")
        key = Token("k_7F3KQ2M9XA", "root", "nightly-report", scopes, now, now + timedelta(days=90), now)
        ledger.people.give("steward_of-a-test", key, "root")
    if "vera" in users:
        link = Token("l_7F3KQ2M9XA", "vera", "", (LINK,), now, now + timedelta(hours=48))
        ledger.people.invite(JOIN, link, "root")


def _judged(ledger: SqlLedger, proposals: Sequence[Proposal], now: datetime) -> None:
    counts = {"entities": 1_240, "proposals": len(proposals) - 1, "held": 1}
    run = Run("r_7F3KQ2M9XA", "judge", "eu-main", now - timedelta(hours=2), now - timedelta(hours=2), counts)
    ledger.begin(run)
    tallies = [Tally(rule, "d" * 64, 1_240, sum(each.rule == rule for each in proposals), 12, {"no facts": 12})
               for rule in sorted({each.rule for each in proposals})]  # fmt: skip
    ledger.tally(run.id, tallies)
    ledger.add(proposals)
    for days in range(1, 12):
        at = now - timedelta(days=days, hours=2)
        ledger.begin(Run(f"r_BEFORE{days:02}", "judge", "eu-main", at, at, {"entities": 1_240}))
        earlier = [Tally("ads/bid-down-above-target", "d" * 64, 1_240, 20 + 3 * (days % 4), 12 + 40 * (days == 7)),
                   Tally("inventory/gap", "e" * 64, 60, days % 3, 0)]  # fmt: skip
        ledger.tally(f"r_BEFORE{days:02}", earlier)


def _told(ledger: SqlLedger, now: datetime) -> None:
    """Three alerts that hold, one of them hostile, and one that ended."""
    alerts = [
        Alert(f"a_{number}", rule, "d" * 64, Entity("eu-main", kind, id), title, severity, reason, {}, "r_7F3KQ2M9XA",
              now - timedelta(hours=hours), now - timedelta(hours=2))
        for number, (rule, kind, id, title, severity, reason, hours) in enumerate((
            ("reviews/safety-in-reviews", "review", "R1", "B0VZ9044T9: Careful", Severity.S1,
             "3 stars: words found (en): burned. Read it now; stop the ads of the lot if it is true", 26),
            ("inventory/stock-out-before-arrival", "sku", "HUB-7", "HUB-7", Severity.S2,
             "9 days of cover, the shipment arrives in 16 days", 50),
            ("listing/edited-by-others", "listing", "HUB-4", HOSTILE, Severity.S3, HOSTILE, 4),
            ("ads/clicks-dearer-overnight", "campaign", "c-11", "DM-21 exact", Severity.S3,
             "a click costs 41 % more than in the 28 days before", 90),
        ))
    ]  # fmt: skip
    ledger.alert(alerts, [], now - timedelta(hours=2), "r_7F3KQ2M9XA")
    ledger.alert([], [(alerts[3], "it no longer holds")], now - timedelta(hours=1), "r_LATER")


def _carried_out(ledger: SqlLedger, some: Sequence[Proposal], now: datetime) -> None:
    """One done, one refused, one in doubt, one approved and waiting, one rejected, one with a first yes."""
    before = now - timedelta(hours=1)
    yes = [Decision(each.id, 1, True, "ann", "cli", "agreed in the weekly call") for each in some[:4]]
    ledger.decide([*yes, Decision(some[4].id, 1, False, "bob", "page", "season is over")], before)
    ledger.intend(
        [Execution(each.id, 1, "r_ACT", before + timedelta(minutes=1), "h" * 64) for each in some[:3]], "steward"
    )
    receipts = [Receipt(some[0].id, Fate.ACCEPTED, request_id="req-77"),
                Receipt(some[1].id, Fate.REFUSED, "bidTooLow", "the bid is below the floor", "req-77"),
                Receipt(some[2].id, Fate.UNKNOWN, message="the connection was reset")]  # fmt: skip
    moves = {some[0].id: State.ACCEPTED, some[1].id: State.FAILED, some[2].id: State.IN_DOUBT}
    ledger.receive(receipts, moves, "steward", before + timedelta(minutes=1, seconds=2))
    ledger.move([some[0].id], State.ACCEPTED, State.DONE, "steward", before + timedelta(minutes=12), {})


def _booked(shop: Shop, ids: Sequence[str]) -> None:
    stream, last = STREAMS["keyword_traffic"], shop.now.date() - timedelta(days=1)
    span = Span(last - timedelta(days=29), last)
    rows = [(id, day, (number * 7 + at * at * 3) % 40, (number + at) % 9) for number, id in enumerate(ids)
            for at, day in enumerate(span)]  # fmt: skip
    columns = {
        "entity": [row[0] for row in rows], "day": [row[1] for row in rows],
        "impressions": [row[2] * 50 for row in rows], "clicks": [row[2] for row in rows],
        "cost": [row[2] * 610_000 for row in rows], "purchases": [row[3] for row in rows],
        "units": [row[3] for row in rows], "sales": [row[3] * 24_990_000 for row in rows],
        "top_of_search_share": [0.25 for _ in rows],
    }  # fmt: skip
    book_of(shop.config).book("eu-main", stream, Delivered([Rows(columns)], span), shop.now - timedelta(hours=3), "r_1")
