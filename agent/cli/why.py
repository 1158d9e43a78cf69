"""Verdicts in words: each line of the rule, its answer, the values it saw, and what was missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from agent.cli.details import show_trace
from agent.cli.screen import Screen
from agent.language import _
from agent.model.metric import Unit
from agent.model.say import spelled, stated, units_of
from agent.model.verdict import Outcome, Step, Verdict

if TYPE_CHECKING:
    from agent.jobs.asking import Answer

_COLOURS = {Outcome.MATCH: "green", Outcome.NO_MATCH: "dim", Outcome.UNKNOWN: "yellow"}


def show_verdict(screen: Screen, answer: Answer, currency: str) -> None:
    verdict, units = answer.verdict, units_of(answer.rule)
    screen.line(f"{_outcome(screen, verdict)}  {verdict.rule}  {answer.title}  ({verdict.entity})")
    screen.line(_("day {day}, as known at {moment}").format(
        day=verdict.as_of, moment=verdict.known_at.isoformat(timespec="seconds")))  # fmt: skip
    show_trace(screen, [replace(step, values=_words(step.values, units, currency)) for step in verdict.trace])
    if verdict.reason:
        screen.line(f"  → {verdict.reason}")
    elif answer.near.missing:
        screen.line("  → " + _("missing: {how_much}").format(how_much=_missing(answer)))
    screen.line()


def show_near(screen: Screen, rows: Sequence[tuple[Answer, str]]) -> None:
    """One row each: how much is missing, and the lines that lack it."""
    screen.table(
        [_("missing"), _("what"), _("id"), _("lines that do not hold")],
        [[_missing(answer), answer.title, answer.verdict.entity.id, _lacking(answer, currency)]
         for answer, currency in rows],
        right=frozenset({0}),
    )  # fmt: skip


def show_answers(screen: Screen, rows: Sequence[tuple[Answer, str]]) -> None:
    """One row per rule: what it says, and what decided it."""
    title, entity = rows[0][0].title, rows[0][0].verdict.entity
    screen.line(f"{title}  ({entity})")
    screen.table(
        ["", _("rule"), _("missing"), _("why")],
        [[_outcome(screen, answer.verdict), answer.verdict.rule, _missing(answer) if answer.near.missing else "",
          answer.verdict.reason or _lacking(answer, currency)] for answer, currency in rows],
        right=frozenset({2}),
    )  # fmt: skip


def verdict_json(answer: Answer, currency: str) -> dict[str, Any]:
    """``missing``: 0 for a match; per line the share of the larger side that a comparison misses by, else 1."""
    verdict, units = answer.verdict, units_of(answer.rule)
    return {
        "account": verdict.entity.account, "kind": verdict.entity.kind, "entity": verdict.entity.id,
        "title": answer.title, "rule": verdict.rule, "outcome": str(verdict.outcome), "as_of": verdict.as_of,
        "known_at": verdict.known_at, "reason": verdict.reason, "wanted": verdict.wanted,
        "missing": answer.near.missing, "values": stated(verdict.values, units, currency),
        "trace": [
            {"line": step.text, "outcome": str(step.outcome), "values": stated(step.values, units, currency),
             "because": step.because, "missing": lacks}
            for step, lacks in zip(verdict.trace, answer.near.lines, strict=False)
        ],
    }  # fmt: skip


def _outcome(screen: Screen, verdict: Verdict) -> str:
    return screen.paint(_(str(verdict.outcome)), _COLOURS[verdict.outcome])


def _missing(answer: Answer) -> str:
    """The sum over all lines: 4% of one figure, or 200% where two lines do not hold at all."""
    share = answer.near.missing
    return f"{share:.1%}" if share < 0.1 else f"{share:.0%}"


def _lacking(answer: Answer, currency: str) -> str:
    """The lines that do not hold, with what they saw."""
    units = units_of(answer.rule)
    return "; ".join(_seen(step, units, currency) for step in answer.verdict.trace if step.outcome is not Outcome.MATCH)


def _seen(step: Step, units: Mapping[str, Unit], currency: str) -> str:
    values = ", ".join(f"{label} = {value}" for label, value in _words(step.values, units, currency).items())
    return f"{step.text} ({step.because or values})" if step.because or values else step.text


def _words(values: Mapping[str, Any], units: Mapping[str, Unit], currency: str) -> dict[str, str]:
    """Every value as people read it; plain figures where the unit is not known."""
    return {label: spelled(value, units.get(label, Unit.NUMBER), currency) for label, value in values.items()}
