"""Proposals for tests, each different from the next, complete in every part."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from agent.model.change import Change
from agent.model.entity import Entity
from agent.model.money import Money
from agent.model.proposal import Answer, BeltAnswer, Decision, Execution, Proposal
from agent.model.rule import Mode, Severity
from agent.model.verdict import Outcome, Step

if TYPE_CHECKING:
    from agent.ledger import SqlLedger

NOW = datetime(2026, 3, 18, 9, 30, tzinfo=UTC)


def wish(number: int = 1, *, after: str = "0.75", field: str = "bid", entity: str | None = None,
         account: str = "north", **parts: Any) -> Proposal:  # fmt: skip
    """A proposal with the id ``p_<number>`` on an entity of its own."""
    change = Change(
        Entity(account, "keyword", entity or f"k{number}"), field, Money.of("1.00", "EUR"), Money.of(after, "EUR")
    )
    whole = Proposal(
        id=f"p_{number}", change=change, rule="ads/bid-down", digest="d" * 64, as_of=date(2026, 3, 17), known_at=NOW,
        reason="ACoS 70 % on 42 clicks", mode=Mode.ASK, severity=Severity.S4, created_at=NOW,
        trace=(Step("clicks >= 15", Outcome.MATCH, {"clicks": 42}), Step("x > 1", Outcome.UNKNOWN, {"x": None}, "new")),
        belts=(BeltAnswer("step", Answer.CLAMP, "-30 %", "25 %", "clamped"),),
        expires_at=NOW + timedelta(days=3), run="r_1", title="exact “usb c hub”", evidence={"share": 0.7},
    )  # fmt: skip
    return replace(whole, **parts)


def wishes(count: int) -> list[Proposal]:
    return [wish(number) for number in range(1, count + 1)]


def yes(proposal: Proposal, by: str = "ann") -> Decision:
    return Decision(proposal.id, proposal.version, True, by, "cli")


def no(proposal: Proposal, note: str = "not now") -> Decision:
    return Decision(proposal.id, proposal.version, False, "ann", "cli", note)


def attempt(proposal: Proposal, number: int = 1, sent_at: datetime = NOW) -> Execution:
    return Execution(proposal.id, number, "r_2", sent_at, "h" * 64)


def approved(ledger: SqlLedger, proposals: Sequence[Proposal]) -> list[str]:
    """Add and approve; returns the ids."""
    ledger.add(proposals)
    assert ledger.decide([yes(each) for each in proposals], NOW) == []
    return [each.id for each in proposals]


def sent(ledger: SqlLedger, proposals: Sequence[Proposal]) -> list[str]:
    """Add, approve and intend; returns the ids."""
    approved(ledger, proposals)
    return ledger.intend([attempt(each) for each in proposals], "act")


def kinds(events: Iterable[Any]) -> list[str]:
    return [event.kind for event in events]
