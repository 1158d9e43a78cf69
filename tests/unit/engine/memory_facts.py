"""Facts held in memory, and short spellings of trees, for tests of the judging engine."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import polars as pl

from agent.engine.question import Question
from agent.model.expression import Compare, How, Literal, Name, Node, Source
from agent.model.fact import Stream
from agent.model.kinds import STREAMS
from agent.model.metric import Unit
from agent.model.rule import Let, Line, Mode, Place, Propose, Rule, Said, Severity
from agent.model.window import Span, Window

TODAY = date(2026, 3, 20)
NOW = datetime(2026, 3, 20, 9, 30, tzinfo=UTC)
TYPES = {
    Unit.TEXT: pl.String,
    Unit.COUNT: pl.Int32,
    Unit.MONEY: pl.Int64,
    Unit.RATIO: pl.Float64,
    Unit.NUMBER: pl.Float64,
    Unit.DAYS: pl.Float64,
    Unit.FLAG: pl.Boolean,
    Unit.INSTANT: pl.Datetime("us", "UTC"),
}
PLACE = Place(1, 1)


@dataclass
class MemoryFacts:
    """A ``FactView`` over rows written down in a test."""

    account: str = "demo"
    moment: datetime = NOW
    rows: dict[str, list[dict[str, object]]] = field(default_factory=dict)
    days: dict[str, frozenset[date]] = field(default_factory=dict)
    moves: list[dict[str, object]] = field(default_factory=list)
    scans: list[str] = field(default_factory=list)

    def state(self, stream: Stream) -> pl.LazyFrame:
        schema = {"entity": pl.String, **{column.name: TYPES[column.unit] for column in stream.columns}}
        return pl.LazyFrame(self._rows(stream), schema=schema)

    def increments(self, stream: Stream, span: Span) -> pl.LazyFrame:
        self.scans.append(stream.name)
        schema = {"entity": pl.String, "day": pl.Date, "observed_at": pl.Datetime("us", "UTC")}
        schema |= {column.name: TYPES[column.unit] for column in stream.columns}
        rows = pl.LazyFrame(self._rows(stream, observed_at=NOW), schema=schema)
        return rows.filter(pl.col("day").is_between(span.first, span.last))

    def covered(self, stream: Stream) -> frozenset[date]:
        return self.days.get(stream.name, frozenset(Span(TODAY - timedelta(days=90), TODAY)))

    def changes(self, stream: Stream, column: str) -> pl.LazyFrame:
        schema = {"entity": pl.String, "at": pl.Datetime("us", "UTC"), "before": pl.Int64, "after": pl.Int64,
                  "first": pl.Boolean}  # fmt: skip
        return pl.LazyFrame(self.moves, schema=schema)

    def pulls_of(self, stream: Stream) -> list[tuple[datetime, date, date]]:
        return []

    def observed_at(self, stream: Stream) -> datetime | None:
        return NOW

    def _rows(self, stream: Stream, **more: object) -> list[dict[str, object]]:
        empty = {column.name: None for column in stream.columns}
        return [{**empty, **more, **row} for row in self.rows.get(stream.name, [])]


def days_ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def state(column: str, unit: Unit = Unit.TEXT, path: tuple[str, ...] = ()) -> Name:
    return Name(Source.STATE, column, unit, ".".join([*path, column]), path)


def recent(column: str, days: int = 7, how: How = How.SUM, path: tuple[str, ...] = ()) -> Name:
    """A figure of the days up to the settled one, four days before ``TODAY``."""
    unit = next(found.unit for found in STREAMS["keyword_traffic"].columns if found.name == column)
    label = ".".join([*path, "recent", column, *([] if how is How.SUM else [how])])
    return Name(Source.MEASURE, column, unit, label, path, Window(days), how)


def above(left: Node, value: float) -> Compare:
    return Compare(">", left, Literal(value, left.unit))


def rule(
    *lines: Node,
    judges: str = "keyword",
    name: str = "ads/test",
    lets: Mapping[str, Node] | None = None,
    params: Mapping[str, Literal] | None = None,
    to: Node | None = None,
    change: str = "bid",
    say: Sequence[Said] = (),
) -> Rule:
    return Rule(
        name=name, path=f"rules/{name}.yaml", digest="d", text="", about="", judges=judges,
        when=tuple(Line(f"line {number}", line, PLACE) for number, line in enumerate(lines, 1)),
        mode=Mode.ASK, severity=Severity.S3, params=params or {}, say=tuple(say),
        lets=tuple(Let(key, value, PLACE) for key, value in (lets or {}).items()),
        propose=None if to is None else Propose("set", change, to, PLACE),
    )  # fmt: skip


def traffic(entity: str, ago: int, **figures: object) -> dict[str, object]:
    """A booked row of the day so many days ago; amounts left out are zero."""
    zero = dict.fromkeys(("impressions", "clicks", "cost", "purchases", "units", "sales"), 0)
    return {"entity": entity, "day": days_ago(ago), **zero, **figures}


def keyword(entity: str, **columns: object) -> dict[str, object]:
    return {"entity": entity, "text": f"text {entity}", "match_type": "exact", "state": "enabled", "bid": 1_000_000,
            "campaign_id": "c1", "ad_group_id": "g1", **columns}  # fmt: skip


def facts(keywords: Iterable[dict[str, object]] = (), traffic: Iterable[dict[str, object]] = (),
          **streams: list[dict[str, object]]) -> MemoryFacts:  # fmt: skip
    """Facts of one keyword ``k1`` in ad group ``g1`` of campaign ``c1``, and whatever a test adds."""
    rows = {
        "campaigns": [{"entity": "c1", "name": "Hubs exact", "state": "enabled", "budget": 20_000_000}],
        "ad_groups": [{"entity": "g1", "name": "Hubs", "state": "enabled", "campaign_id": "c1"}],
        "keywords": list(keywords) or [keyword("k1")],
        "keyword_traffic": list(traffic),
    }
    return MemoryFacts(rows=rows | streams)


QUESTION = Question("demo", TODAY, NOW, "EUR")
