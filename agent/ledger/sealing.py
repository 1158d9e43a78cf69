"""A proposal as it is kept: sealed text that never changes, and the few columns that do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from hashlib import sha256
from typing import Any

from sqlalchemy import Row

from agent.ledger.stored import canonical, instant_of
from agent.model.change import Change, value_from_json, value_to_json
from agent.model.entity import Entity
from agent.model.proposal import Answer, BeltAnswer, Proposal, State
from agent.model.risk import exposure, relative, risk_of
from agent.model.rule import Mode, Severity
from agent.model.verdict import Outcome, Step

Lever = tuple[str, str, str, str]
"""Account, kind, entity, field: what a change moves."""


@dataclass(frozen=True)
class Sealed:
    """A proposal with what makes it the same wish as another one; its text is spelled out once it is asked for, since
    most wishes of a run may be known already."""

    proposal: Proposal
    fingerprint: str

    @classmethod
    def of(cls, proposal: Proposal) -> Sealed:
        return cls(proposal, hashed(canonical(_identity(proposal))))

    @cached_property
    def payload(self) -> str:
        """The text that never changes."""
        return canonical(_content(self.proposal))

    @cached_property
    def seal(self) -> str:
        """The text's hash."""
        return hashed(self.payload)

    @property
    def lever(self) -> Lever:
        entity = self.proposal.change.entity
        return (entity.account, entity.kind, entity.id, self.proposal.change.field)

    def row(self, event: int) -> dict[str, Any]:
        proposal, (account, kind, entity, field) = self.proposal, self.lever
        return {
            "id": proposal.id, "state": proposal.state, "version": proposal.version,
            "expires_at": proposal.expires_at, "fingerprint": self.fingerprint, "event": event,
            "rule": proposal.rule, "digest": proposal.digest, "account": account, "kind": kind, "entity": entity,
            "field": field, "as_of": proposal.as_of, "run": proposal.run, "created_at": proposal.created_at,
            "undoes": proposal.undoes, **_facets(proposal.change, proposal.title),
        }  # fmt: skip

    def text_row(self) -> dict[str, Any]:
        return {"proposal": self.proposal.id, "payload": self.payload, "seal": self.seal}


def hashed(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def facets_of(content: Mapping[str, Any]) -> dict[str, Any]:
    """What lists group and sort by, from a sealed text."""
    return _facets(change_of(content["change"]), content["title"])


def _facets(change: Change, title: str) -> dict[str, Any]:
    return {"risk": risk_of(change), "cost": exposure(change), "share": relative(change), "title": title}


def change_to_json(change: Change) -> dict[str, Any]:
    entity = change.entity
    return {
        "account": entity.account, "kind": entity.kind, "entity": entity.id, "field": change.field,
        "before": value_to_json(change.before), "after": value_to_json(change.after),
    }  # fmt: skip


def _identity(proposal: Proposal) -> Mapping[str, Any]:
    """Same rule text, change and day: the same wish. An undo is told apart by what it undoes."""
    return {
        **change_to_json(proposal.change),
        "digest": proposal.digest, "as_of": proposal.as_of, "undoes": proposal.undoes,
    }  # fmt: skip


def _content(proposal: Proposal) -> Mapping[str, Any]:
    return {
        "id": proposal.id, "change": change_to_json(proposal.change), "rule": proposal.rule, "digest": proposal.digest,
        "as_of": proposal.as_of, "known_at": proposal.known_at, "reason": proposal.reason, "mode": proposal.mode,
        "severity": proposal.severity, "created_at": proposal.created_at, "run": proposal.run, "title": proposal.title,
        "undoes": proposal.undoes, "evidence": proposal.evidence,
        "trace": [_step_to_json(step) for step in proposal.trace],
        "belts": [_belt_to_json(belt) for belt in proposal.belts],
    }  # fmt: skip


def _step_to_json(step: Step) -> Mapping[str, Any]:
    return {"text": step.text, "outcome": step.outcome, "values": step.values, "because": step.because}


def _belt_to_json(belt: BeltAnswer) -> Mapping[str, Any]:
    return {"belt": belt.belt, "answer": belt.answer, "figure": belt.figure, "limit": belt.limit, "note": belt.note}


def proposal_of(row: Row[Any]) -> Proposal:
    """A stored row as the proposal that was sealed, in its present state."""
    content = json.loads(row.payload)
    return Proposal(
        id=content["id"],
        change=change_of(content["change"]),
        rule=content["rule"],
        digest=content["digest"],
        as_of=date.fromisoformat(content["as_of"]),
        known_at=instant_of(content["known_at"]),
        reason=content["reason"],
        trace=tuple(_step_of(step) for step in content["trace"]),
        belts=tuple(_belt_of(belt) for belt in content["belts"]),
        mode=Mode(content["mode"]),
        severity=Severity(content["severity"]),
        created_at=instant_of(content["created_at"]),
        expires_at=row.expires_at,
        run=content["run"],
        title=content["title"],
        state=State(row.state),
        version=row.version,
        undoes=content["undoes"],
        evidence=content["evidence"],
    )


def change_of(data: Mapping[str, Any]) -> Change:
    entity = Entity(data["account"], data["kind"], data["entity"])
    return Change(entity, data["field"], value_from_json(data["before"]), value_from_json(data["after"]))


def _step_of(data: Mapping[str, Any]) -> Step:
    return Step(data["text"], Outcome(data["outcome"]), data["values"], data["because"])


def _belt_of(data: Mapping[str, Any]) -> BeltAnswer:
    return BeltAnswer(data["belt"], Answer(data["answer"]), data["figure"], data["limit"], data["note"])
