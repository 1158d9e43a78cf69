"""What judging costs, beside hand-written polars and duckdb queries that take the same decisions on the same tables.

    python tests/bench/judge.py [--keywords 1000000] [--days 60] [--rounds 5] [--seed 1] [--keep FOLDER]

The tables are written through the fact store: about 20 rows per keyword, since most keywords have no click on most
days, and a restated fortnight. Decisions must be the same, by rule, keyword and wanted bid; that is checked, and so is
a sample against the row-by-row engine. Times are only printed. Budgets: 20 rules at most 1.5 times the better of the
two queries by hand, 100 rules at most twice the cost of 20, the 20th rule at most 3 % of the whole.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from agent.engine.columns import Judgement, judge
from agent.engine.question import Question
from agent.facts.book import Book
from agent.facts.view import View
from agent.model.fact import Delivered, Rows
from agent.model.kinds import STREAMS
from agent.model.rule import Rule
from agent.model.setting import Scope
from agent.model.window import Span
from agent.rulebook.load import load
from tests.bench.judge_rules import BASELINE, ENABLED, RULES, WINDOWS, rule_text
from tests.bench.table import interleaved, median, print_table, ratio

ACCOUNT, TODAY = "bench", date(2026, 3, 20)
NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
FIGURES = ("impressions", "clicks", "cost", "purchases", "units", "sales")
SCOPES = (Scope("account", "*", {"target_acos": 0.3}), Scope("campaign", "Brand*", {"target_acos": 0.15}))
SAMPLE = 300


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keywords", type=int, default=1_000_000)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="leave the tables in this folder, or use those that are there")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or Path(temporary)
        facts = folder / f"facts {arguments.keywords} {arguments.days} {arguments.seed}"
        rows = write_facts(facts, arguments.keywords, arguments.days, arguments.seed)
        bench = Bench(Book(facts), facts / ACCOUNT, read_rules(Path(temporary)))
        print(
            f"{arguments.keywords:,} keywords × {arguments.days} days, {rows:,} booked rows, {len(bench.rules)} rules"
        )
        compare(bench)
        measure(bench, read_rules(Path(temporary, "many"), 100), arguments.rounds)


# ── tables ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def write_facts(folder: Path, keywords: int, days: int, seed: int) -> int:
    """Book states, days of traffic and a restated fortnight; returns the booked rows of traffic."""
    book = Book(folder)
    if not folder.exists():
        chance = np.random.default_rng(seed)
        write_states(book, keywords, chance)
        last = TODAY - timedelta(days=1)
        whole = pl.concat(traffic(keywords, days, last, chance))
        for number, span in enumerate(Span(last - timedelta(days=days - 1), last).pieces(15)):
            within = whole.filter(pl.col("day").is_between(span.first, span.last))
            deliver(book, "keyword_traffic", within, span, NOW - timedelta(hours=9 - number))
        fortnight = Span(last - timedelta(days=13), last)
        again = whole.filter(pl.col("day") >= fortnight.first).with_columns(_restated())
        deliver(book, "keyword_traffic", again, fortnight, NOW - timedelta(hours=1))
    return book.listing(ACCOUNT)[-1].rows


def _restated() -> pl.Expr:
    """One row in fifty has sold one more in the meantime."""
    later = pl.int_range(pl.len()) % 50 == 0
    return pl.when(later).then(pl.col("purchases") + 1).otherwise("purchases").alias("purchases")


def write_states(book: Book, keywords: int, chance: np.random.Generator, at: datetime = NOW) -> None:
    groups, campaigns = max(1, keywords // 40), max(1, keywords // 200)
    campaign = pl.int_range(campaigns, eager=True)
    deliver(book, "campaigns", pl.DataFrame({
        "entity": _ids("c", campaign), "name": [f"{'Brand' if n % 5 == 0 else 'Other'} {n}" for n in campaign],
        "state": ["enabled"] * campaigns, "budget": [20_000_000] * campaigns,
    }), at=at)  # fmt: skip
    number = pl.int_range(keywords, eager=True)
    deliver(book, "keywords", pl.DataFrame({
        "entity": _ids("k", number), "text": [f"usb c hub {n % 997} port" for n in number],
        "match_type": chance.choice(["exact", "phrase", "broad"], keywords),
        "state": chance.choice(["enabled", "paused"], keywords, p=[0.9, 0.1]),
        "bid": chance.integers(10, 200, keywords) * 10_000,
        "campaign_id": _ids("c", number % campaigns), "ad_group_id": _ids("g", number % groups),
    }), at=at)  # fmt: skip


def _ids(letter: str, numbers: pl.Series) -> pl.Series:
    """Ids as long as Amazon's."""
    prefix = {"c": 31, "g": 41, "k": 21}[letter]
    return (numbers + prefix * 10**13).cast(pl.String)


def traffic(keywords: int, days: int, last: date, chance: np.random.Generator) -> list[pl.DataFrame]:
    """One frame per day: a keyword is seen on a third of the days, the busy ones on all; few clicks, fewer orders."""
    busy = np.minimum(1.0, chance.pareto(1.2, keywords) * 0.19 + 0.03)
    frames = []
    for day in range(days):
        seen = np.flatnonzero(chance.random(keywords) < busy)
        impressions = chance.poisson(busy[seen] * 120) + 1
        clicks = chance.binomial(impressions, 0.02)
        orders = chance.binomial(clicks, 0.12)
        frames.append(pl.DataFrame({
            "entity": _ids("k", pl.Series(seen)), "day": [last - timedelta(days=day)] * len(seen),
            "impressions": impressions, "clicks": clicks, "cost": clicks * chance.integers(20, 190, len(seen)) * 10_000,
            "purchases": orders, "units": orders, "sales": orders * chance.integers(799, 5999, len(seen)) * 10_000,
            "top_of_search_share": chance.random(len(seen)).round(4),
        }))  # fmt: skip
    return frames


def deliver(book: Book, stream: str, rows: pl.DataFrame, span: Span | None = None, at: datetime = NOW) -> None:
    # Lists of a frame's own columns would be a detour through Python; the book takes any sequence.
    columns: Mapping[str, pl.Series] = {name: rows[name] for name in rows.columns}
    book.book(ACCOUNT, STREAMS[stream], Delivered([Rows(columns)], span), at, "r-bench")


# ── contenders ─────────────────────────────────────────────────────────────────────────────────────────────────────


def read_rules(folder: Path, count: int = len(RULES)) -> list[Rule]:
    """So many rules; beyond the twenty, their variants with other thresholds."""
    (folder / "rules/bench").mkdir(parents=True)
    names, base = [], list(RULES)
    for number in range(count):
        variant, at = divmod(number, len(base))
        names.append(f"{base[at]}-{variant}" if variant else base[at])
        (folder / f"rules/bench/{names[-1]}.yaml").write_text(rule_text(base[at], variant))
    by_name = {rule.name: rule for rule in load([folder / "rules"], lenient=True).rules}
    return [by_name[f"bench/{name}"] for name in names]


@dataclass(frozen=True)
class Bench:
    book: Book
    folder: Path
    rules: list[Rule]

    def view(self) -> View:
        return self.book.known_at(ACCOUNT, NOW)

    def judged(self, rules: int | None = None) -> Judgement:
        """The engine as the daemon uses it, opening the tables included."""
        question = Question(ACCOUNT, TODAY, NOW, "EUR", SCOPES)
        return judge(self.rules[:rules], self.view(), question)["keyword"]

    def decided(self, rules: int | None = None, tallies: bool = False) -> dict[str, pl.DataFrame]:
        """Who matched which rule and what it wants; with tallies, also how many are unknown and why."""
        judgement = self.judged(rules)
        if tallies and len(judgement.tallies) != len(self.rules):
            raise SystemExit("a rule was not tallied")
        return {rule.name: judgement.decisions(rule.name) for rule in self.rules[:rules]}

    def by_hand(self, rules: int | None = None) -> dict[str, pl.DataFrame]:
        """One scan, masked sums, streaming engine: the query one would write knowing all twenty rules."""
        names = list(RULES)[:rules]
        return _decided(self.grouped(names), names)

    def by_duckdb(self) -> dict[str, pl.DataFrame]:
        """The same, grouped by duckdb; the decisions are taken by polars, where they cost next to nothing."""
        names = list(RULES)
        sums = ", ".join(f'sum({text}) AS "{name}"' for name, text in _masked_sql(_used(names)).items())
        files = [str(path) for path in self._files("keyword_traffic")]
        with duckdb.connect() as connection:
            query = f"SELECT entity, {sums} FROM read_parquet($files) GROUP BY entity"
            grouped = connection.sql(query, params={"files": files}).pl()
        whole = grouped.with_columns(pl.exclude("entity").cast(pl.Int64)).lazy()
        return _decided(self._beside_state(whole), names)

    def grouped(self, names: Sequence[str] = tuple(RULES)) -> pl.LazyFrame:
        """A row per keyword: its state, its target and every sum that these rules name."""
        sums = _masked(_used(names))
        return self._beside_state(self._rows("keyword_traffic").select("entity", *sums).group_by("entity").agg(
            pl.all().sum()
        ))  # fmt: skip

    def _beside_state(self, grouped: pl.LazyFrame) -> pl.LazyFrame:
        campaigns = self._rows("campaigns").select(
            pl.col("entity").alias("campaign_id"),
            target_acos=pl.when(pl.col("name").str.starts_with("Brand")).then(0.15).otherwise(0.3),
        )
        keywords = self._rows("keywords").select("entity", "state", "bid", "match_type", "campaign_id")
        joined = keywords.join(grouped, on="entity", how="left").join(campaigns, on="campaign_id", how="left")
        figures = [name for name in grouped.collect_schema().names() if name != "entity"]
        return joined.with_columns(pl.col(figures).fill_null(0))

    def _rows(self, stream: str) -> pl.LazyFrame:
        return pl.scan_parquet(self._files(stream), hive_partitioning=False)

    def _files(self, stream: str) -> list[Path]:
        return [path for path in (self.folder / stream).glob("part=*/*.parquet") if path.parent.name != "part=pulls"]


def _used(names: Sequence[str]) -> set[str]:
    return {column for name in names for part in BASELINE[name] for column in part.meta.root_names()}


def _decided(grouped: pl.LazyFrame, names: Sequence[str]) -> dict[str, pl.DataFrame]:
    decisions = [
        column
        for name in names
        for match, wanted in [BASELINE[name]]
        for column in ((match & ENABLED).alias(name), wanted.alias(f"{name} wanted"))
    ]
    frame = grouped.select("entity", *decisions).collect(engine="streaming")
    return {
        f"bench/{name}": frame.filter(pl.col(name)).select("entity", pl.col(f"{name} wanted").alias("wanted"))
        for name in names
    }


def _masked_sql(names: set[str]) -> dict[str, str]:
    """The same for duckdb, by name."""
    found: dict[str, str] = {}
    for window, (first, last) in _days().items():
        within = f"day BETWEEN DATE '{first}' AND DATE '{last}'"
        found |= {
            f"{figure} {window}": f"CASE WHEN {within} THEN {figure} ELSE 0 END"
            for figure in FIGURES
            if f"{figure} {window}" in names
        }
    return found


def _masked(names: set[str]) -> list[pl.Expr]:
    """The sums that the rules name, such as ``cost month``, before they are summed."""
    columns = []
    for window, (first, last) in _days().items():
        within = pl.col("day").is_between(first, last)
        columns += [
            pl.when(within).then(pl.col(figure).cast(pl.Int64)).otherwise(0).alias(f"{figure} {window}")
            for figure in FIGURES
            if f"{figure} {window}" in names
        ]
    return columns


def _days() -> dict[str, tuple[date, date]]:
    """The first and last day of each window."""
    settled = TODAY - timedelta(days=4)
    ends = {window: settled - timedelta(days=back) for window, (_days, back) in WINDOWS.items()}
    return {window: (ends[window] - timedelta(days=days - 1), ends[window]) for window, (days, _) in WINDOWS.items()}


# ── figures ────────────────────────────────────────────────────────────────────────────────────────────────────────


def compare(bench: Bench) -> None:
    """The same decisions by the columns, by hand and, on a sample, row by row."""
    by_hand, by_duckdb, judgement = bench.by_hand(), bench.by_duckdb(), bench.judged()
    total = 0
    for rule in bench.rules:
        ours = judgement.decisions(rule.name).sort("entity")
        theirs = by_hand[rule.name].sort("entity")
        if not ours["entity"].equals(theirs["entity"]):
            raise SystemExit(f"{rule.name}: {ours.height} matches by the engine, {theirs.height} by hand")
        if not ours["entity"].equals(by_duckdb[rule.name]["entity"].sort()):
            raise SystemExit(f"{rule.name}: the engine and duckdb decide otherwise")
        if ours["wanted"].dtype == pl.Float64() and not _alike(ours["wanted"], theirs["wanted"]):
            raise SystemExit(f"{rule.name}: the engine and the hand-written query want different bids")
        total += ours.height
    print(f"{total:,} decisions, the same by hand")
    ids = judgement.entities(SAMPLE)
    said = [judgement.verdict(rule.name, id) for rule in bench.rules for id in ids]
    print(f"{len(said):,} verdicts of {len(ids)} keywords, each the same row by row")


def _alike(ours: pl.Series, theirs: pl.Series) -> bool:
    """But for the last bits: polars divides by constants inexactly, the engine does not."""
    return bool(((ours - theirs).abs() <= theirs.abs() * 1e-12).all())


def measure(bench: Bench, many: list[Rule], rounds: int) -> None:
    """Times beside the hand-written queries; then what one rule more costs, 19 and 20 of them taking turns."""
    hundred = replace(bench, rules=many)
    contenders = {
        "polars by hand": bench.by_hand,
        "duckdb by hand": bench.by_duckdb,
        "engine, 20 rules": bench.decided,
        "engine, 20 rules, with tallies": lambda: bench.decided(tallies=True),
        "engine, 1 rule": lambda: bench.decided(1),
        f"engine, {len(many)} rules": hundred.decided,
    }
    taken = interleaved(contenders, rounds)
    hand = min((taken["polars by hand"], taken["duckdb by hand"]), key=lambda each: median(each.seconds))
    twenty = taken["engine, 20 rules"]
    rows = [
        (name, median(each.seconds), ratio(each.seconds, hand.seconds), ratio(each.seconds, twenty.seconds),
         median(each.cpu), ratio(each.cpu, hand.cpu))
        for name, each in taken.items()
    ]  # fmt: skip
    print_table(["", "seconds", "× best by hand", "× 20 rules", "CPU seconds", "× best by hand"], rows)
    print("budgets: 20 rules 1.5 × the best by hand, 100 rules 2 × 20 rules")
    both = interleaved({"19": lambda: bench.decided(19), "20": bench.decided}, 2 * rounds)
    more = {
        "seconds": ratio(both["20"].seconds, both["19"].seconds) - 1,
        "CPU seconds": ratio(both["20"].cpu, both["19"].cpu) - 1,
    }
    print("the 20th rule costs " + ", ".join(f"{share:+.1%} of the {name}" for name, share in more.items()))


if __name__ == "__main__":
    main()
