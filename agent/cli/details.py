"""One proposal in full: what, why with the values seen, what the belts said, what happened since."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from agent.cli.plans import arrow, percent, proposal_json
from agent.cli.screen import Screen
from agent.language import _
from agent.model.proposal import Proposal
from agent.model.verdict import Outcome, Step
from agent.shown.history import history

if TYPE_CHECKING:
    from agent.ledger import SqlLedger

_SIGNS = {Outcome.MATCH: ("✓", "green"), Outcome.NO_MATCH: ("✗", "red"), Outcome.UNKNOWN: ("?", "yellow")}


def show_detail(screen: Screen, ledger: SqlLedger, proposal: Proposal) -> None:
    change = proposal.change
    screen.line(f"{proposal.id}  {_(str(proposal.state))}  v{proposal.version}")
    screen.line(f"{proposal.title or change.entity}  ({change.entity}, {change.entity.account})")
    screen.line(f"{change.field}: {arrow(change)}  {percent(change)}")
    screen.line(f"{proposal.rule} @ {proposal.digest[:8]}: {proposal.reason}")
    screen.line()
    show_trace(screen, proposal.trace)
    screen.line()
    for belt in proposal.belts:
        figures = f"{belt.figure} / {belt.limit}" if belt.limit else belt.figure
        screen.line(f"  {belt.answer:<5}  {belt.belt:<16} {figures}  {belt.note}".rstrip())
    screen.line()
    for event in history(ledger, proposal):
        words = (event[key] for key in ("by", "fate", "code", "note", "request_id") if event.get(key))
        screen.line("  ".join([event["at"], _(event["event"]), *map(str, words)]))


def show_trace(screen: Screen, trace: Sequence[Step]) -> None:
    """Each line of ``when`` with its answer, its text and the values it saw."""
    for step in trace:
        mark, colour = _SIGNS[step.outcome]
        values = ", ".join(f"{label} = {shown(value)}" for label, value in step.values.items())
        because = f" ({step.because})" if step.because else ""
        screen.line(f"  {screen.paint(mark, colour)} {step.text}    {screen.paint(values, 'dim')}{because}")


def shown(value: Any) -> str:
    """A figure as people read it; unknown is a question mark."""
    if value is None:
        return "?"
    if isinstance(value, dict):
        return f"{value['amount']} {value['currency']}"
    if isinstance(value, float):
        return f"{value:,.4g}"
    return str(value)


def detail_json(ledger: SqlLedger, proposal: Proposal) -> dict[str, Any]:
    return {**proposal_json(proposal), "history": history(ledger, proposal)}
