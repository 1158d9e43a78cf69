"""One-time links: with one, a user chooses a password, and nobody else ever has to know it."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from agent.access.passwords import Passwords
from agent.access.throttle import Throttle
from agent.errors import ForbiddenError
from agent.language import _
from agent.mint import mint
from agent.model.person import LINK, Token, User
from agent.ports import Clock

if TYPE_CHECKING:
    from agent.ledger.people import People

HOURS = 48
"""So long a link holds."""


class Links:
    def __init__(self, people: People, clock: Clock, passwords: Passwords) -> None:
        self._people, self._clock, self._passwords = people, clock, passwords
        self._throttle = Throttle()

    def new(self, user: str, by: str) -> str:
        """A secret for a link; one that was given to this user before is good for nothing any more."""
        now, secret = self._clock.now(), secrets.token_urlsafe(32)
        self._people.invite(secret, Token(mint("l"), user, "", (LINK,), now, now + timedelta(hours=HOURS)), by)
        return secret

    def whose(self, secret: str, address: str) -> User:
        """Who may choose a password with it; looking uses nothing up.

        Raises ``ForbiddenError`` for a secret that is none, was used or is old, and after five of them in a minute.
        """
        return self._found(secret, address)[1]

    def choose(self, secret: str, password: str, address: str) -> User:
        """Set the password, once. Raises as ``whose`` does, and ``ConfigError`` for a password that is too easy."""
        token, user = self._found(secret, address)
        kept, now = self._passwords.hashed(password, user.name), self._clock.now()
        if not self._people.take(token.id, user.name, now):
            raise _useless()
        return self._people.change(user.name, user.name, "password", now, password=kept)

    def _found(self, secret: str, address: str) -> tuple[Token, User]:
        now, counted = self._clock.now(), f"address {address}"
        if self._throttle.wait_seconds(now, counted):
            raise ForbiddenError(_("Too many tries."), hint=_("Wait a minute."))
        token = self._people.token(secret)
        user = self._people.user(token.user) if token is not None and LINK in token.scopes else None
        old = token is None or token.ended_at is not None or (token.expires_at is not None and token.expires_at <= now)
        if token is None or old or user is None or user.disabled:
            self._throttle.failed(now, counted)
            raise _useless()
        return token, user


def _useless() -> ForbiddenError:
    return ForbiddenError(_("This link has been used or is old"), hint=_("Ask an admin for a new one."))
