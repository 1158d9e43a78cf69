"""What became of what a rule asked for: the record by which it earns, or loses, going on without being asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class RuleRecord:
    """Of a rule's present text in one account, over some days: another text has to earn it anew.

    ``ever_decided``: how many proposals people have said yes or no to at whatever time; ``accepted`` and ``rejected``:
    what they last said of those of these days. ``sent``: the changes that reached Amazon, or may have; ``failed``:
    those that Amazon refused or somebody else had overwritten; ``undone``: those that were taken back. ``measured``:
    the sent changes whose figures have matured; ``regretted``: those that mature figures would not have asked for.
    """

    ever_decided: int = 0
    accepted: int = 0
    rejected: int = 0
    sent: int = 0
    failed: int = 0
    undone: int = 0
    measured: int = 0
    regretted: int = 0

    @property
    def decided(self) -> int:
        return self.accepted + self.rejected

    @property
    def acceptance(self) -> float | None:
        """The share that people said yes to; None where they decided nothing."""
        return self.accepted / self.decided if self.decided else None

    @property
    def rollback(self) -> float | None:
        """The share of what was sent that was taken back."""
        return self.undone / self.sent if self.sent else None

    @property
    def regret(self) -> float | None:
        return self.regretted / self.measured if self.measured else None


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a rule's ``auto`` is honoured in an account: since when, and why it was granted or lost."""

    rule: str
    honoured: bool
    because: str
    at: datetime
