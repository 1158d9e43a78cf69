"""Who uses the page: people with a role, and the sessions they sign in to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What somebody may do; each role may do all that the ones before it may."""

    VIEWER = "viewer"
    """Read."""
    APPROVER = "approver"
    """Read and decide."""
    ADMIN = "admin"
    """Read, decide, change rules and switches, look after users."""

    def may(self, needed: Role) -> bool:
        return _RANK[self] >= _RANK[needed]


_RANK = {role: rank for rank, role in enumerate(Role)}


class Scope(StrEnum):
    """What a program may do with a key, as far as the role of its user allows it."""

    READ = "read"
    DECIDE = "decide"

    @property
    def role(self) -> Role:
        """The least role that may do it."""
        return Role.APPROVER if self is Scope.DECIDE else Role.VIEWER


LINK = "link"
"""The scope of the one-time link with which a user chooses a password; it opens nothing else."""


@dataclass(frozen=True, slots=True)
class User:
    """One person. ``name`` is what the audit log calls them, for ever. ``language`` is empty where the browser says."""

    name: str
    role: Role
    disabled: bool
    language: str
    at: datetime
    """When anything of this was last changed."""


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in of one person in one browser. What the browser holds is not in here, only in the browser."""

    id: str
    user: str
    began_at: datetime
    signed_at: datetime
    """When the password was last given."""
    seen_at: datetime
    browser: str
    address: str
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """A key with which a program speaks for a person. The key itself is shown once and kept nowhere."""

    id: str
    user: str
    name: str
    scopes: tuple[str, ...]
    made_at: datetime
    expires_at: datetime | None
    seen_at: datetime | None = None
    ended_at: datetime | None = None
