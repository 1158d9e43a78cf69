"""A proposal as a row: everything a person needs to decide it, ready to be written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from agent.ledger import Decided
from agent.model.change import Value
from agent.model.money import Money
from agent.model.proposal import Answer, BeltAnswer, Proposal, State
from agent.model.risk import exposure, relative, risk_of
from agent.shown.proposals import sign
from agent.web.desk import Desk


@dataclass(frozen=True, slots=True)
class Row:
    """``cost``: what it may cost more, None where nobody can say. ``said_yes``: who approved while a second person is
    waited for."""

    proposal: Proposal
    sign: str
    risk: str
    share: float | None
    cost: Money | None
    age_seconds: float
    left_seconds: float
    said_yes: Sequence[str] = ()
    spark: Sequence[float | None] = ()

    @classmethod
    def of(cls, proposal: Proposal, desk: Desk, now: datetime, decided: Sequence[Decided] = (),
           spark: Sequence[float | None] = ()) -> Row:  # fmt: skip
        change = proposal.change
        cost, currency = exposure(change), desk.currency(change.entity.account)
        return cls(
            proposal, sign(change), str(risk_of(change)), relative(change),
            Money(cost, currency) if cost is not None and currency else None,
            (now - proposal.known_at).total_seconds(), (proposal.expires_at - now).total_seconds(),
            [] if proposal.state is not State.PROPOSED else
            [each.decision.by for each in decided
             if each.decision.approve and each.decision.version == proposal.version], spark,
        )  # fmt: skip

    @property
    def pick(self) -> str:
        """What a decision names: this proposal, and the version that was seen."""
        return f"{self.proposal.id}:{self.proposal.version}"

    @property
    def before(self) -> Value:
        return self.proposal.change.before

    @property
    def after(self) -> Value:
        return self.proposal.change.after

    @property
    def blocking(self) -> BeltAnswer | None:
        """The belt that holds it, if one does."""
        return next((each for each in self.proposal.belts if each.answer is Answer.BLOCK), None)
