"""How a proposal is put into words and into JSON: the same on the terminal, on the page and for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent.language import _
from agent.model.actions import CREATE
from agent.model.change import Change, Value, value_to_json
from agent.model.money import Money
from agent.model.proposal import Answer, Proposal, State
from agent.model.risk import relative, risk_of


def action(change: Change) -> str:
    """``set_bid``, or ``create_keyword``."""
    return f"create_{change.entity.kind}" if change.field == CREATE else f"set_{change.field}"


def sign(change: Change) -> str:
    """``-`` switches something off, ``+`` makes something new, ``~`` changes a value."""
    if change.field == CREATE:
        return "+"
    return "-" if change.after in ("paused", "archived") else "~"


def arrow(change: Change) -> str:
    """``0.82 → 0.90 EUR``, or ``enabled → paused``."""
    before, after = change.before, change.after
    if isinstance(before, Money) and isinstance(after, Money):
        return f"{before.amount} → {after.amount} {after.currency}"
    return f"{_value(before)} → {_value(after)}"


def percent(change: Change) -> str:
    share = relative(change)
    return "" if share is None else f"{share:+.1%}"


def belt_text(proposal: Proposal) -> str:
    """The belt that blocked, with its figures."""
    for answer in proposal.belts:
        if answer.answer is Answer.BLOCK:
            figures = f" {answer.figure} / {answer.limit}" if answer.limit else ""
            return f"{_('belt')} {_(answer.belt)}{figures}" + (f": {answer.note}" if answer.note else "")
    return ""


def proposal_json(proposal: Proposal) -> dict[str, Any]:
    """A proposal as the JSON outputs show it."""
    change = proposal.change
    return {
        "id": proposal.id, "version": proposal.version, "state": str(proposal.state), "rule": proposal.rule,
        "digest": proposal.digest, "account": change.entity.account, "kind": change.entity.kind,
        "entity": change.entity.id, "title": proposal.title, "field": change.field,
        "before": value_to_json(change.before), "after": value_to_json(change.after),
        "relative": relative(change), "risk": str(risk_of(change)), "reason": proposal.reason,
        "as_of": proposal.as_of, "known_at": proposal.known_at, "expires_at": proposal.expires_at,
        "severity": str(proposal.severity), "mode": str(proposal.mode),
        "belts": [
            {"belt": each.belt, "answer": str(each.answer), "figure": each.figure, "limit": each.limit,
             "note": each.note} for each in proposal.belts
        ],
        "trace": [
            {"line": step.text, "outcome": str(step.outcome), "values": dict(step.values), "because": step.because}
            for step in proposal.trace
        ],
    }  # fmt: skip


def state_counts(counts: Mapping[State, int]) -> dict[str, int]:
    return {str(state): counts.get(state, 0) for state in State if counts.get(state, 0)}


def _value(value: Value) -> str:
    return "–" if value is None else str(value)
