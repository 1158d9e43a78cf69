"""A daemon that pulls from the simulated Amazon every morning, and beside it a record of what Amazon answered.

The record is kept on Amazon's side and read by hand: the report files as they were served, and the account as it stood
after each pull. The program's own facts are held against it at any moment.
"""

from __future__ import annotations

import gzip
import io
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl

from agent.cli.sandbox import configuration
from agent.clock import SetClock
from agent.config import load
from agent.daemon import AccountJobs, account_jobs
from agent.facts.book import Book
from agent.facts.held import Held
from agent.facts.view import View
from agent.model.kinds import STREAMS
from agent.model.window import Span
from agent.wiring import book_of, ledger_of
from connectors.sandbox.account import Campaign, Keyword, Target
from connectors.sandbox.scenario import Scenario
from connectors.sandbox.server import SandboxServer

ACCOUNT = "demo"
MORNING, AT_REST = timedelta(hours=6, minutes=30), timedelta(hours=1)
"""When a day's pull begins, and after how long it is over for certain."""
_PATIENCE = 7_200
_ID = {"keyword_traffic": ("keywordId",), "product_target_traffic": ("keywordId",), "ad_group_traffic": ("adGroupId",),
       "campaign_traffic": ("campaignId",),
       "search_term_traffic": ("campaignId", "adGroupId", "keywordId", "searchTerm")}  # fmt: skip
_COUNTS = {"impressions": "impressions", "clicks": "clicks", "purchases": "purchases7d", "units": "unitsSoldClicks7d"}
_MONEY = {"cost": "cost", "sales": "sales7d"}
FIGURES = (*_COUNTS, *_MONEY)
_STATES = {"campaigns": "budget", "keywords": "bid", "product_targets": "bid"}


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer, read by hand and kept in a file; a list has no days."""

    at: datetime
    rows: Path
    days: Span | None = None


@dataclass(slots=True)
class Served:
    """``answers``: by stream, oldest first."""

    folder: Path
    amazon: SandboxServer
    clock: SetClock
    book: Book
    jobs: AccountJobs
    answers: dict[str, list[Answered]] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)

    def mornings(self, days: int, edits: int, seed: int) -> Iterator[datetime]:
        """A pull on each of these mornings, after somebody has edited some bids and budgets; tells when it was over."""
        chance, zone = random.Random(seed), self.amazon.market.zone
        first = self.clock.now().astimezone(zone).date() + timedelta(days=1)
        for number in range(days):
            morning = datetime.combine(first + timedelta(days=number), datetime.min.time(), tzinfo=zone) + MORNING
            self.clock.sleep((morning - self.clock.now()).total_seconds())
            self._edit(chance, edits)
            self.jobs.pull(wait_seconds=_PATIENCE)
            self._take(morning)
            yield self.clock.now()

    def _edit(self, chance: random.Random, edits: int) -> None:
        things = [each for kind in ("campaign", "keyword", "target") for each in self.amazon.sandbox.account.all(kind)]
        for thing in chance.sample(things, min(edits, len(things))):
            lever = "budget" if isinstance(thing, Campaign) else "bid"
            self.amazon.edit(thing.kind, thing.id, lever, f"{chance.randrange(100, 500) / 100:.2f}")
            self.amazon.edit(thing.kind, thing.id, "state", chance.choice(["ENABLED", "ENABLED", "PAUSED"]))

    def _take(self, since: datetime) -> None:
        """What Amazon has answered since then."""
        with self.amazon.sandbox.lock:
            reports = [each for each in self.amazon.sandbox.reports.newest() if each.id not in self._seen]
            files = {each.id: self.amazon.sandbox.reports.file(each.id) for each in reports}
        for each in reports:
            assert since <= each.ready <= self.clock.now(), "a report that was served on another day"
            self._seen.add(each.id)
            stream, days = each.request.name.split()[1], Span(each.request.first, each.request.last)
            self._keep(stream, _report(files[each.id], _ID[stream]), days)
        for stream, lever in _STATES.items():
            self._keep(stream, _listed(self.amazon, stream, lever), None)

    def _keep(self, stream: str, rows: pl.DataFrame, days: Span | None) -> None:
        known = self.answers.setdefault(stream, [])
        path = self.folder / f"{stream} {len(known)}.parquet"
        rows.write_parquet(path)
        known.append(Answered(self.clock.now(), path, days))


@contextmanager
def served(folder: Path, scenario: Scenario | str, seed: int, start: datetime) -> Iterator[Served]:
    """The daemon's own jobs on a simulated Amazon, in a time that moves only by waiting."""
    clock = SetClock(start)
    with SandboxServer(scenario, seed, clock=clock) as amazon:
        path = folder / "steward.toml"
        path.touch(mode=0o600)
        path.write_text(configuration(amazon, ACCOUNT, shop=False), encoding="utf-8")
        config = load(path, variables={})
        with ledger_of(config) as ledger, account_jobs(config, [ACCOUNT], ledger, clock) as jobs:
            yield Served(folder, amazon, clock, book_of(config), jobs[ACCOUNT])


def _report(file: bytes, id: Sequence[str]) -> pl.DataFrame:
    """A report file as people would read it: one row per thing and day, money in micros, nothing but zeros left out."""
    rows = pl.read_json(io.BytesIO(gzip.decompress(file)), infer_schema_length=None)
    if not rows.height:
        return pl.DataFrame(schema={"entity": pl.String, "day": pl.Date, **dict.fromkeys(FIGURES, pl.Int64)})
    entity = pl.concat_str([pl.col(name).cast(pl.String) for name in id], separator="/").alias("entity")
    counts = [pl.col(source).cast(pl.Int64).alias(name) for name, source in _COUNTS.items()]
    money = [(pl.col(source).cast(pl.Float64) * 1_000_000).round().cast(pl.Int64).alias(name)
             for name, source in _MONEY.items()]  # fmt: skip
    read = rows.select(entity, pl.col("date").str.to_date().alias("day"), *counts, *money)
    return read.filter(pl.any_horizontal(pl.col(FIGURES) != 0))


def _listed(amazon: SandboxServer, stream: str, lever: str) -> pl.DataFrame:
    """The things of a list as they stand in the account."""
    kind = {"campaigns": Campaign, "keywords": Keyword, "product_targets": Target}[stream]
    things = [each for each in amazon.sandbox.account.all(kind.kind) if isinstance(each, Campaign | Keyword | Target)]
    return pl.DataFrame(
        [(each.id, each.state.lower(), getattr(each, lever)) for each in things],
        schema={"entity": pl.String, "state": pl.String, lever: pl.Int64}, orient="row",
    ).sort("entity")  # fmt: skip


@dataclass(slots=True)
class Compared:
    """How much was held against the record at one moment, and what was known otherwise than it was served."""

    moment: datetime
    rows: int = 0
    things: int = 0
    of_that_day: int = 0
    """Of the rows, those that were served on that day itself."""
    otherwise: list[str] = field(default_factory=list)


def compared(record: Served, moments: Iterable[datetime]) -> list[Compared]:
    """The facts as known at each moment against what had been answered by then; asked of the tables, and as a backtest
    asks them."""
    held = Held(record.book, ACCOUNT, record.clock.now())
    found = [Compared(moment) for moment in sorted(moments)]
    views = [{"tables": record.book.known_at(ACCOUNT, each.moment), "held": held.known_at(ACCOUNT, each.moment)}
             for each in found]  # fmt: skip
    for stream, answers in record.answers.items():
        told = _Told(answers)
        for one, by_way in zip(found, views, strict=True):
            told.until(one.moment)
            expected = told.rows()
            for way, view in by_way.items():
                if not expected.equals(_known(view, stream)):
                    one.otherwise.append(f"{stream} at {one.moment:%Y-%m-%d %H:%M}, by {way}")
            one.things += 0 if told.of_days else expected.height
            one.rows += expected.height if told.of_days else 0
            one.of_that_day += told.newest_rows
    return found


class _Told:
    """What the newest answer for each day said, of those that had come by a moment that only moves on."""

    def __init__(self, answers: Sequence[Answered]) -> None:
        self._left, self.of_days = list(answers), answers[0].days is not None
        self._by_day: dict[date | None, pl.DataFrame] = {}
        self._newest: tuple[date, int] = (date.min, 0)

    def until(self, moment: datetime) -> None:
        while self._left and self._left[0].at <= moment:
            answer = self._left.pop(0)
            rows = pl.read_parquet(answer.rows)
            if answer.days is None:
                self._by_day[None] = rows
                continue
            parts = rows.partition_by("day", as_dict=True)
            self._by_day |= {day: parts.get((day,), rows.clear()) for day in answer.days}
            day, before = self._newest
            self._newest = (answer.at.date(), rows.height + (before if day == answer.at.date() else 0))

    @property
    def newest_rows(self) -> int:
        return self._newest[1]

    def rows(self) -> pl.DataFrame:
        return pl.concat(self._by_day.values()).sort("entity", *(["day"] if self.of_days else []))


def _known(view: View, name: str) -> pl.DataFrame:
    stream = STREAMS[name]
    if name in _STATES:
        return view.state(stream).select("entity", "state", _STATES[name]).sort("entity").collect()
    whole = Span(view.moment.date() - timedelta(days=1_000), view.moment.date())
    rows = view.increments(stream, whole).group_by("entity", "day").agg(pl.col(FIGURES).sum())
    return rows.filter(pl.any_horizontal(pl.col(FIGURES) != 0)).sort("entity", "day").collect()


def random_moments(ends: Sequence[datetime], count: int, seed: int) -> list[datetime]:
    """So many of the days on which was pulled, each at a minute at which no pull was under way."""
    chance = random.Random(seed)
    minutes = int((timedelta(days=1) - 2 * AT_REST) / timedelta(minutes=1))
    return [end + timedelta(minutes=chance.randrange(minutes)) for end in chance.sample(list(ends), count)]


def figures_of(found: Sequence[Compared]) -> Mapping[str, int]:
    return {"moments": len(found), "equal": sum(not each.otherwise for each in found),
            "rows": sum(each.rows for each in found), "served that day": sum(each.of_that_day for each in found),
            "things": sum(each.things for each in found)}  # fmt: skip
