"""What evaluating rules costs on rows that are aggregated already, beside general rule engines on the same rows.

    make bench-peers [ARGS="--keywords 200000 --peer-rows 4000 --seed 1"]

The twenty rules of ``judge_rules.py``, the same decisions by everybody; that is checked row by row. Peers know no
unknown, so they are given -1 and a guard against it, and they are given every ratio and product ready-made, so that
they only compare. They take a row at a time, so their rate does not depend on how many there are. CEL is interpreted:
its compiled runner fails on these expressions. Budget: at least a hundred times the rate of each.
"""

from __future__ import annotations

import argparse
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import celpy
import polars as pl
import rule_engine
import zen
from c7n.filters.core import ValueFilter

from agent.engine.columns_inputs import Inputs, gather
from agent.engine.columns_rules import judged, outcome_column
from agent.engine.lookups import looked_up
from agent.engine.question import Question
from agent.facts.book import Book
from agent.model.rule import Rule
from tests.bench.judge import ACCOUNT, NOW, SCOPES, TODAY, Bench, read_rules, write_facts
from tests.bench.judge_rules import RULES
from tests.bench.table import print_table

_SUMS = ("impressions", "clicks", "cost", "purchases", "sales")
_RATIOS = {
    "acos": ("cost", "sales"), "cpc": ("cost", "clicks"), "cvr": ("purchases", "clicks"), "roas": ("sales", "cost"),
    "ctr": ("clicks", "impressions"), "rpc": ("sales", "clicks"), "aov": ("sales", "purchases"),
}  # fmt: skip
_MONEY = ("cost", "sales", "cpc", "rpc", "aov", "bid")
_UNKNOWN = -1.0
Line = tuple[str, str, str | float]
Decide = Callable[[Mapping[str, Any]], bool]


def lines_of(texts: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """``left``, operator, ``right`` as written."""
    for text in ('state == "enabled"', *texts):
        left, operator, right = re.split(r"\s(==|>=|<=|<|>)\s", text)
        yield left, operator, right


def column_of(word: str) -> pl.Expr:
    """A factor of a line over the sums of ``Bench.grouped``."""
    if re.fullmatch(r"[0-9.]+", word):
        return pl.lit(float(word))
    window, _point, figure = word.rpartition(".")
    if not window:
        return pl.col(word).cast(pl.Float64)
    if figure in _SUMS:
        return pl.col(f"{figure} {window}").cast(pl.Float64)
    above, below = _RATIOS[figure]
    return pl.col(f"{above} {window}").cast(pl.Float64) / pl.col(f"{below} {window}").replace(0, None)


def plain_rules() -> tuple[dict[str, list[Line]], dict[str, pl.Expr]]:
    """Every rule as comparisons of columns, and the columns they need."""
    rules: dict[str, list[Line]] = {}
    columns: dict[str, pl.Expr] = {"state": pl.col("state"), "match_type": pl.col("match_type")}
    for name, (texts, _to) in RULES.items():
        lines: list[Line] = []
        for left, operator, right in lines_of(texts):
            if right.startswith('"'):
                lines.append((left, operator, right.strip('"')))
                continue
            sides: list[str | float] = []
            for side in (left, right):
                if re.fullmatch(r"[0-9.]+", side):
                    sides.append(float(side) * (1e6 if left.rpartition(".")[2] in _MONEY else 1.0))
                    continue
                key = re.sub(r"\W+", "_", side)
                first, *others = side.split(" * ")
                product = column_of(first)
                for factor in others:
                    product = product * column_of(factor)
                columns[key] = product.fill_null(_UNKNOWN)
                lines.append((key, ">=", 0.0))
                sides.append(key)
            lines.append((str(sides[0]), operator, sides[1]))
        rules[f"bench/{name}"] = lines
    return rules, columns


def written(lines: Sequence[Line], junction: str) -> str:
    """The lines as one expression; texts in quotes, figures with a point."""
    parts = []
    for left, operator, right in lines:
        other = right if isinstance(right, str) and left not in ("state", "match_type") else f'"{right}"'
        parts.append(f"{left} {operator} {other if isinstance(right, str) else repr(right)}")
    return junction.join(parts)


# ── peers: each makes, of a rule's lines, something that decides about a row ───────────────────────────────────────


def zen_engine(lines: Sequence[Line]) -> Decide:
    compiled = zen.compile_expression(written(lines, " and "))
    return lambda row: bool(compiled.evaluate(row))


def rule_engine_(lines: Sequence[Line]) -> Decide:
    compiled = rule_engine.Rule(written(lines, " and "))
    return lambda row: bool(compiled.matches(row))


def cel_python(lines: Sequence[Line]) -> Decide:
    environment = celpy.Environment()
    program = environment.program(environment.compile(written(lines, " && ")))
    return lambda row: bool(program.evaluate(row))


def c7n(lines: Sequence[Line]) -> Decide:
    words = {"==": "eq", ">=": "gte", "<=": "lte", ">": "gt", "<": "lt"}
    filters = []
    for left, operator, right in lines:
        if isinstance(right, str) and left not in ("state", "match_type"):
            made = ValueFilter({"type": "value", "key": f"{left} {operator} {right}", "value": True})
        else:
            made = ValueFilter({"type": "value", "key": left, "op": words[operator], "value": right})
        made.annotate = False
        filters.append(made)
    return lambda row: all(each.match(row) for each in filters)


def for_cel(row: Mapping[str, Any]) -> dict[str, Any]:
    kinds = celpy.celtypes
    return {key: kinds.StringType(value) if isinstance(value, str) else kinds.DoubleType(value)
            for key, value in row.items()}  # fmt: skip


def as_it_is(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return row


Row = Mapping[str, Any]
PEERS: Mapping[str, tuple[Callable[[Sequence[Line]], Decide], Callable[[Row], Row], int]] = {
    "c7n value filters": (c7n, as_it_is, 1),
    "zen-engine": (zen_engine, as_it_is, 1),
    "rule-engine": (rule_engine_, as_it_is, 1),
    "cel-python": (cel_python, for_cel, 10),
}  # fmt: skip
"""How a peer is made, what its rows look like, and by how much fewer of them it is given because it is slow."""


def decided(rules: Mapping[str, Decide], rows: Sequence[Mapping[str, Any]], ids: Sequence[str]) -> dict[str, set[str]]:
    return {name: {id for id, row in zip(ids, rows, strict=True) if holds(row)} for name, holds in rules.items()}


# ── ours ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def inputs_of(bench: Bench) -> Inputs:
    """The aggregated rows as the engine has them."""
    names = {name.key: name for rule in bench.rules for name in looked_up(rule)}
    question = Question(ACCOUNT, TODAY, NOW, "EUR", SCOPES)
    return gather({"keyword": list(names.values())}, bench.view(), question)["keyword"]


def ours(frame: pl.DataFrame, rules: list[Rule]) -> dict[str, pl.Series]:
    """Who matches which rule."""
    outcomes = judged(frame, rules)
    return {rule.name: frame["entity"].filter(outcomes[outcome_column(rule.name)]) for rule in rules}


def seconds_of(do: Callable[[], object], rounds: int) -> float:
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        do()
        taken.append(time.perf_counter() - started)
    return min(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keywords", type=int, default=200_000)
    parser.add_argument("--peer-rows", type=int, default=4_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        facts = Path(temporary, "facts")
        write_facts(facts, arguments.keywords, 60, arguments.seed)
        bench = Bench(Book(facts), facts / ACCOUNT, read_rules(Path(temporary)))
        rules, columns = plain_rules()
        frame = inputs_of(bench).frame.sort("entity")
        rows = bench.grouped().sort("entity").select("entity", *(each.alias(key) for key, each in columns.items()))
        compare(rules, frame, rows.collect(), bench.rules, arguments.peer_rows)


def compare(rules: Mapping[str, list[Line]], frame: pl.DataFrame, rows: pl.DataFrame, mine: list[Rule],
            peer_rows: int) -> None:  # fmt: skip
    ids, plain = rows["entity"].to_list()[:peer_rows], rows.drop("entity").head(peer_rows).to_dicts()
    whole = seconds_of(lambda: ours(frame, mine), 5)
    rate = frame.height * len(mine) / whole
    table: list[tuple[object, ...]] = [("Steward's columns", frame.height, whole, f"{rate / 1e6:.4g}", "", "")]
    for name, (make, shaped, fewer) in PEERS.items():
        made = {rule: make(lines) for rule, lines in rules.items()}
        some = [shaped(row) for row in plain[: peer_rows // fewer]]
        started = time.perf_counter()
        found = decided(made, some, ids[: len(some)])
        taken = time.perf_counter() - started
        expected = ours(frame.head(len(some)), mine)
        wrong = [rule for rule, matched in found.items() if matched != set(expected[rule])]
        if wrong:
            raise SystemExit(f"{name} decides otherwise: {', '.join(wrong)}")
        theirs, count = len(some) * len(mine) / taken, sum(map(len, found.values()))
        table.append((name, len(some), taken, f"{theirs / 1e6:.4g}", f"{rate / theirs:,.0f}", f"{count:,} the same"))
    print(f"{len(mine)} rules on rows that are aggregated already")
    print_table(("", "rows", "seconds", "million rows × rules a second", "Steward × it", "decisions"), table)
    print("budget: at least 100 times each\n")


if __name__ == "__main__":
    main()
