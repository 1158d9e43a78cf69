"""An account that was restored is only read back, until enough time has passed and nothing is in question any more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from agent.ports import Clock

if TYPE_CHECKING:
    from agent.ledger.restoring import Restoration


def release_when_read_back(restoration: Restoration, account: str, settle: timedelta, clock: Clock, *,
                           by_api: Callable[[str], bool]) -> bool:  # fmt: skip
    """Let an account act again once enough time has passed for a lost call to show, and all that may have been sent
    was read back. ``by_api``: whether a proposal is read back without a person; a file's rest in doubt by themselves.
    """
    found = restoration.of(account)
    if found is None or clock.now() < found.at + settle:
        return False
    if any(by_api(id) for id in restoration.in_question(found)):
        return False
    return restoration.release(account, "steward", "all that may have been sent was read back", clock.now())


def only_reading(restoration: Restoration, account: str) -> str | None:
    """Why nothing is sent for an account that was restored, or None."""
    found = restoration.of(account)
    if found is None:
        return None
    return f"restored from a backup of {found.backup[:16]}Z; what was sent since is being read back"
