"""One verdict in words: each line of the rule, its answer, the values it saw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from agent.cli.details import show_trace
from agent.cli.screen import Screen
from agent.language import _
from agent.model.metric import Unit
from agent.model.say import spelled, stated
from agent.model.verdict import Outcome, Verdict

_COLOURS = {Outcome.MATCH: "green", Outcome.NO_MATCH: "dim", Outcome.UNKNOWN: "yellow"}


def show_verdict(screen: Screen, title: str, verdict: Verdict, units: Mapping[str, Unit], currency: str) -> None:
    outcome = screen.paint(_(str(verdict.outcome)), _COLOURS[verdict.outcome])
    screen.line(f"{outcome}  {verdict.rule}  {title}  ({verdict.entity})")
    screen.line(_("day {day}, as known at {moment}").format(
        day=verdict.as_of, moment=verdict.known_at.isoformat(timespec="seconds")))  # fmt: skip
    show_trace(screen, [replace(step, values=_words(step.values, units, currency)) for step in verdict.trace])
    if verdict.reason:
        screen.line(f"  → {verdict.reason}")
    screen.line()


def _words(values: Mapping[str, Any], units: Mapping[str, Unit], currency: str) -> dict[str, str]:
    """Every value as people read it; plain figures where the unit is not known."""
    return {label: spelled(value, units.get(label, Unit.NUMBER), currency) for label, value in values.items()}


def verdict_json(title: str, verdict: Verdict, units: Mapping[str, Unit], currency: str) -> dict[str, Any]:
    return {
        "account": verdict.entity.account, "kind": verdict.entity.kind, "entity": verdict.entity.id, "title": title,
        "outcome": str(verdict.outcome), "as_of": verdict.as_of, "known_at": verdict.known_at,
        "reason": verdict.reason, "wanted": verdict.wanted, "values": stated(verdict.values, units, currency),
        "trace": [
            {"line": step.text, "outcome": str(step.outcome), "values": stated(step.values, units, currency),
             "because": step.because}
            for step in verdict.trace
        ],
    }  # fmt: skip
