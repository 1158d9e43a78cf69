"""How much all raises that take effect on one day may add to its spend, weighed once more before anything is sent.

Judging leaves room for whatever waits, but limits and budgets may have shrunk since, and days pass between a yes and
the sending of it. What is sent is what counts in the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from agent.model.money import Money
from agent.model.past import Asking
from agent.model.proposal import Proposal, ProposalId
from agent.model.risk import AT_RISK, risked


@dataclass(frozen=True, slots=True)
class Purse:
    """``most``: in micros. ``zone``: whose midnight begins the day."""

    most: int
    currency: str
    zone: ZoneInfo

    def midnight(self, at: datetime) -> datetime:
        """When the day of ``at`` began."""
        return datetime.combine(at.astimezone(self.zone).date(), time(), self.zone)

    def weigh(self, wanted: Sequence[Proposal], sent: Iterable[Asking]) -> tuple[list[Proposal], dict[ProposalId, str]]:
        """Those that still have room beside what was sent on this day, in their order; and why the others wait.

        An undo always passes, but counts: what it restores was allowed once.
        """
        spent = sum(risked(each) for each in sent)
        allowed: list[Proposal] = []
        held: dict[ProposalId, str] = {}
        for proposal in wanted:
            more = risked(proposal)
            if more and proposal.undoes is None and spent + more > self.most:
                held[proposal.id] = self._because(spent, more)
                continue
            spent += more
            allowed.append(proposal)
        return allowed, held

    def _because(self, spent: int, more: int) -> str:
        figures = f"{self._money(spent)} + {self._money(more)} / {self._money(self.most)}"
        return f"belt {AT_RISK}: {figures}, more than the raises of one day may add; it waits for another day"

    def _money(self, micros: int) -> str:
        return str(Money(micros, self.currency))
