"""The inputs of rules, gathered in plain Python: the slow and obvious way the set-based engine has to agree with."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from agent.engine.lookups import looked_up
from agent.engine.question import Question
from agent.model.expression import How, Name, Scalar, Source
from agent.model.fact import Stream
from agent.model.kinds import KINDS, STREAMS
from agent.model.metric import Unit
from agent.model.rule import Rule
from agent.model.window import Span
from tests.unit.engine.memory_facts import NOW, MemoryFacts


@dataclass(frozen=True)
class Gatherer:
    """Looks one name up for one entity, the slow and obvious way."""

    facts: MemoryFacts
    question: Question

    def value(self, kind: str, entity: str, name: Name) -> Scalar:
        row = self.row(kind, entity)
        if row is None:
            return None
        if name.path:
            relation = KINDS[kind].relations[name.path[0]]
            return self.value(relation.kind, row[relation.column], replace(name, path=name.path[1:]))
        match name.source:
            case Source.STATE:
                return row[name.name]
            case Source.MEASURE:
                return self.measure(kind, entity, name)
            case Source.SETTING:
                return self.setting(kind, entity, row, name)
            case _:
                return self.history(entity, name)

    def row(self, kind: str, entity: str) -> dict | None:
        return next((row for row in self.facts.rows[KINDS[kind].states[0]] if row["entity"] == entity), None)

    def setting(self, kind: str, entity: str, row: dict, name: Name) -> Scalar:
        value: Scalar = None
        for level in ("account", "campaign", "ad_group", "keyword"):
            holder, spelled = self._holder(level, kind, entity, row)
            if level != "account" and holder is None:
                continue
            for scope in self.question.settings:
                if scope.kind == level and scope.values.get(name.name) is not None and scope.fits(holder, spelled):
                    value = scope.values[name.name]
        return float(value) if value is not None and name.unit is Unit.RATIO else value

    def _holder(self, level: str, kind: str, entity: str, row: dict) -> tuple[str | None, str | None]:
        if level == kind:
            return entity, row.get("name", row.get("text"))
        holder = row.get(f"{level}_id")
        parent = self.row(level, holder) if level != "account" else None
        return holder, parent and parent["name"]

    def history(self, entity: str, name: Name) -> Scalar:
        seen = [move for move in self.facts.moves if move["entity"] == entity and move["at"] <= NOW]
        if name.source is Source.CHANGES:
            since = NOW - timedelta(days=name.window.last)
            return sum(not move["first"] and move["at"] > since for move in seen)
        if not seen:
            return None
        return (NOW - max(move["at"] for move in seen)) / timedelta(microseconds=1) / 86_400_000_000

    def measure(self, kind: str, entity: str, name: Name) -> Scalar:
        stream = STREAMS[KINDS[kind].traffics[0]]
        span = name.window.span(self.question.today, self.question.maturity.settle_days(stream))
        if gap(span, self.facts.days[stream.name]):
            return None
        rows = [row for row in self.facts.rows[stream.name] if row["entity"] == entity]
        if name.name == "top_of_search_share":
            return share(rows, name, span)
        if name.how is How.MATURE:
            return self.mature(stream, name, span, rows)
        return amount([sum(row[name.name] for row in rows if row["day"] == day) for day in span], name.how)

    def mature(self, stream: Stream, name: Name, span: Span, rows: list[dict]) -> float:
        """Each row by what is complete of its day's orders, in whole percent."""
        curve = self.question.maturity.curves[stream.product]["purchases"]
        parts = [row[name.name] * round(curve.at((self.question.today - row["day"]).days) * 100)
                 for row in rows if row["day"] in span]  # fmt: skip
        return float(sum(parts)) / 100

    def gaps(self, rule: Rule) -> dict[str, str]:
        found = {}
        for name in looked_up(rule):
            if name.source is Source.MEASURE:
                kind = name.path[-1] if name.path else rule.judges
                stream = STREAMS[KINDS[kind].traffics[0]]
                settle_days = self.question.maturity.settle_days(stream)
                missing = gap(name.window.span(self.question.today, settle_days), self.facts.days[stream.name])
                if missing:
                    found[name.key] = f"figures of {missing} of {name.window.last} days have not been delivered"
        return found


def gap(span: Span, covered: frozenset[date]) -> int:
    return len([day for day in span if day not in covered])


def amount(days: list[int], how: How) -> Scalar:
    """A figure of amounts by day, every day of the window counted."""
    middle = len(days) - 1
    slope_below = len(days) * (len(days) ** 2 - 1) // 6
    return {
        How.SUM: lambda: sum(days),
        How.LAST: lambda: days[-1],
        How.MEAN: lambda: sum(days) / len(days),
        How.MAX: lambda: max(days),
        How.MIN: lambda: min(days),
        How.DAYS: lambda: sum(day > 0 for day in days),
        How.TREND: lambda: (
            float(sum((2 * x - middle) * y for x, y in enumerate(days))) / slope_below if slope_below else None
        ),
    }[how]()


def share(rows: list[dict], name: Name, span: Span) -> Scalar:
    """A figure of a share, over the days that have one; of a restated day the newest counts."""
    points = []
    for number, day in enumerate(span):
        pulled = sorted((row["observed_at"], row[name.name]) for row in rows if row["day"] == day)
        if pulled and pulled[-1][1] is not None:
            points.append((number, pulled[-1][1]))
    if name.how is How.DAYS:
        return sum(value > 0 for _, value in points)
    if not points or name.how is How.SUM:
        return None
    values = [value for _, value in points]
    billionths = [(x, round(value * 1e9)) for x, value in points]
    return {
        How.LAST: lambda: values[-1],
        How.MAX: lambda: max(values),
        How.MIN: lambda: min(values),
        How.MEAN: lambda: sum(y for _, y in billionths) / (len(values) * 1e9),
        How.TREND: lambda: slope(billionths),
    }[name.how]()


def slope(points: list[tuple[int, int]]) -> float | None:
    n, sum_x, sum_y = len(points), sum(x for x, _ in points), sum(y for _, y in points)
    below = n * sum(x * x for x, _ in points) - sum_x * sum_x
    return (
        (n * float(sum(x * y for x, y in points)) - float(sum_x * 1.0) * float(sum_y)) / below / 1e9 if below else None
    )
