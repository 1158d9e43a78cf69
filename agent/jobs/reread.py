"""An account that was restored is only read back, until enough time has passed and nothing is in question any more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from agent.model.proposal import ProposalId
from agent.ports import Clock

if TYPE_CHECKING:
    from agent.ledger import Restored


class ReadingLedger(Protocol):
    def restored(self, account: str) -> Restored | None: ...
    def in_question(self, found: Restored) -> list[ProposalId]: ...
    def release_restored(self, account: str, by: str, reason: str, at: datetime) -> bool: ...


def release_when_read_back(ledger: ReadingLedger, account: str, settle: timedelta, clock: Clock, *,
                           by_api: Callable[[str], bool]) -> bool:  # fmt: skip
    """Let an account act again once enough time has passed for a lost call to show, and all that may have been sent
    was read back. ``by_api``: whether a proposal is read back without a person; a file's rest in doubt by themselves.
    """
    found = ledger.restored(account)
    if found is None or clock.now() < found.at + settle:
        return False
    if any(by_api(id) for id in ledger.in_question(found)):
        return False
    return ledger.release_restored(account, "steward", "all that may have been sent was read back", clock.now())


def only_reading(ledger: ReadingLedger, account: str) -> str | None:
    """Why nothing is sent for an account that was restored, or None."""
    found = ledger.restored(account)
    if found is None:
        return None
    return f"restored from a backup of {found.backup[:16]}Z; what was sent since is being read back"
