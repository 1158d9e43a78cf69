"""A book that was filled day by day: what a daemon would have pulled from the simulated Amazon, without one.

The simulated account's reports are written, read and booked as they are over the wire, at one moment of each day.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from agent.clock import SetClock
from agent.facts.book import Book
from agent.model.fact import Delivered, Document, Rows
from agent.model.kinds import STREAMS
from agent.model.window import Span
from connectors.amazon_ads.report_types import LONGEST_DAYS, REPORT_TYPES
from connectors.sandbox.account import Campaign, Keyword
from connectors.sandbox.report_request import read_request
from connectors.sandbox.report_rows import write_report
from connectors.sandbox.sandbox import Sandbox
from connectors.sandbox.scenario import Scenario
from connectors.sandbox.scenario_file import load_scenario

ACCOUNT = "demo"
MORNING = timedelta(hours=6, minutes=30)
Key = tuple[str, date]
Figures = tuple[int, int, int, int, int, int]
"""Impressions, clicks, cost in micros, purchases, units, sales in micros."""


@dataclass(slots=True)
class History:
    """``served``: by stream, what each pull was told, oldest first."""

    folder: Path
    sandbox: Sandbox
    clock: SetClock
    served: dict[str, list[tuple[datetime, Span, Mapping[Key, Figures]]]] = field(default_factory=dict)

    @classmethod
    def begun(cls, folder: Path, scenario: Scenario, seed: int, start: datetime) -> History:
        clock = SetClock(start)
        return cls(folder, Sandbox(scenario, seed, clock), clock)

    @property
    def book(self) -> Book:
        return Book(self.folder / "facts")

    def pull(self, day: date, streams: Iterable[str], back: int) -> datetime:
        """What a pull in the morning of this day brings; the days before it are read again, ``back`` of them."""
        zone = self.sandbox.market.zone
        morning = datetime.combine(day, datetime.min.time(), tzinfo=zone) + MORNING
        self.clock.sleep((morning - self.clock.now()).total_seconds())
        now = self.sandbox.arrive()
        self._list(now)
        for name in streams:
            self._report(name, Span(day - timedelta(days=back), day - timedelta(days=1)), now)
        return now

    def days(self, days: Iterable[date], streams: Sequence[str], first: int = 31, again: int = 14,
             skip: Callable[[date], bool] = lambda day: False) -> list[datetime]:  # fmt: skip
        """Pulls on these mornings, the first of them far back."""
        moments: list[datetime] = []
        for day in days:
            if not skip(day):
                moments.append(self.pull(day, streams, first if not moments else again))
        return moments

    def _report(self, stream: str, span: Span, now: datetime) -> None:
        """Amazon: one report holds 31 days."""
        documents, rows = [], {}
        for piece in span.pieces(LONGEST_DAYS):
            kind = REPORT_TYPES[stream]
            request = read_request(json.loads(json.dumps(kind.order(piece))), now.date())
            account, market = self.sandbox.account, self.sandbox.market
            text = write_report(request, account, market, now, self.sandbox.scenario.account.marketplace.currency)
            path = self.folder / f"{stream} {now:%Y%m%d} {piece.first}.json.gz"
            path.write_bytes(text)
            documents.append(Document(path, kind.fields, piece))
            rows.update(_rows(json.loads(gzip.decompress(text), parse_float=Decimal), kind.fields["entity"].source))
        self.book.book(ACCOUNT, STREAMS[stream], Delivered(documents, span), now, f"r{now:%Y%m%d}")
        self.served.setdefault(stream, []).append((now, span, rows))
        for document in documents:
            document.path.unlink()

    def _list(self, now: datetime) -> None:
        account = self.sandbox.account
        campaigns = [each for each in account.all("campaign") if isinstance(each, Campaign)]
        keywords = [each for each in account.all("keyword") if isinstance(each, Keyword)]
        self._snapshot("campaigns", now, {
            "entity": [each.id for each in campaigns], "name": [each.name for each in campaigns],
            "state": [each.state.lower() for each in campaigns], "budget": [each.budget for each in campaigns],
        })  # fmt: skip
        self._snapshot("keywords", now, {
            "entity": [each.id for each in keywords], "text": [each.text for each in keywords],
            "match_type": [each.match_type.lower() for each in keywords],
            "state": [each.state.lower() for each in keywords], "bid": [each.bid for each in keywords],
            "campaign_id": [each.campaign_id for each in keywords],
            "ad_group_id": [each.ad_group_id for each in keywords],
        })  # fmt: skip

    def _snapshot(self, stream: str, now: datetime, columns: Mapping[str, Sequence[Any]]) -> None:
        self.book.book(ACCOUNT, STREAMS[stream], Delivered([Rows(columns)]), now, f"r{now:%Y%m%d}")

    def told(self, stream: str, moment: datetime) -> Mapping[Key, Figures]:
        """What the newest report of each day said, of those that had come by then; rows of nothing but zeros left
        out."""
        found: dict[Key, Figures] = {}
        for at, span, rows in self.served.get(stream, []):
            if at <= moment:
                found = {key: figures for key, figures in found.items() if key[1] not in span} | dict(rows)
        return {key: figures for key, figures in found.items() if any(figures)}


def _rows(report: Sequence[Mapping[str, Any]], entity: str) -> dict[Key, Figures]:
    """Read by hand, not by the program."""
    return {
        (str(row[entity]), date.fromisoformat(row["date"])): (
            row["impressions"], row["clicks"], _micros(row["cost"]), row["purchases7d"], row["unitsSoldClicks7d"],
            _micros(row["sales7d"]),
        )
        for row in report
    }  # fmt: skip


def _micros(amount: Decimal | int) -> int:
    return int(Decimal(amount) * 1_000_000)


SCENARIOS = Path(__file__).parents[1] / "connectors" / "sandbox" / "scenarios"
SKUS = ("DM-05", "DM-10", "DM-12", "DM-14", "DM-18", "DM-28")
SMALL = """\
scenario: small
about: Six products, two campaigns each.
start: 2026-06-10T16:00:00Z
account:
  {name: Small Store, marketplace: US, profile: 4815162342109, seller: A2SMALLSTORE01,
   credentials: {client_id: amzn1.application-oa2-client.small, client_secret: small-secret, refresh_token: Atzr|small}}
products: skus.csv
target_acos: {launch: 1.0, growth: 0.85, mature: 0.70, clearance: 0.45}
market: {scale: 0.35, history_days: 120, bid_spread: 0.6}
campaigns:
  exact: {kind: keywords, match_types: [exact], targets: 8, weight: 0.6}
  phrase: {kind: keywords, match_types: [phrase, broad], targets: 6, weight: 0.4}
"""


def small_scenario(folder: Path) -> Scenario:
    """A few products of the demo, advertised by keywords alone."""
    (folder / "small.yaml").write_text(SMALL, encoding="utf-8")
    head, *rows = (SCENARIOS / "demo-skus.csv").read_text(encoding="utf-8").splitlines()
    few = [head, *(row for row in rows if row.startswith(SKUS))]
    (folder / "skus.csv").write_text("\n".join(few) + "\n", encoding="utf-8")
    return load_scenario(folder / "small.yaml")
