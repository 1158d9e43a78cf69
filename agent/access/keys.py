"""The door for programs: keys that speak for a user, within what the user may do.

A key is shown once, when it is made; kept of it is its hash alone. It goes into the header of a request and nowhere
else: an address ends up in logs and histories.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from agent.access.names import key_name
from agent.access.throttle import Throttle
from agent.errors import ConfigError
from agent.language import _
from agent.mint import mint
from agent.model.person import Role, Scope, Token, User
from agent.ports import Clock

if TYPE_CHECKING:
    from agent.ledger.people import People

BEGINS = "steward_"
"""Every key begins so: people and scanners of repositories know one when they see it."""
DAYS, MOST_DAYS = 90, 366
_LOOK = timedelta(minutes=1)
"""When a key was last used is written down no more often than this."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A program that is known, and the user it speaks for."""

    token: Token
    role: Role

    @property
    def name(self) -> str:
        return self.token.user

    def has(self, scope: Scope) -> bool:
        """Whether the key was made for it; what its user may do is another question."""
        return scope in self.token.scopes


@dataclass(frozen=True, slots=True)
class Presented:
    """What came of a key: who calls; or how long to wait; or why it is good for nothing, in words."""

    caller: Caller | None = None
    wait_seconds: int = 0
    fault: str = ""


class Keys:
    def __init__(self, people: People, clock: Clock) -> None:
        self._people, self._clock = people, clock
        self._throttle = Throttle(most=10)

    def known(self, secret: str, address: str) -> Presented:
        """Who holds this key. Made-up ones are counted by address; ten within a minute, and nothing from there is
        looked at for the rest of it."""
        now, counted = self._clock.now(), f"address {address}"
        if wait := self._throttle.wait_seconds(now, counted):
            return Presented(wait_seconds=wait)
        token = self._people.token(secret) if secret.startswith(BEGINS) else None
        if token is None:
            self._throttle.failed(now, counted)
            return Presented(fault=_("Nobody knows this key."))
        user = self._people.user(token.user)
        if token.ended_at is not None or user is None or user.disabled:
            return Presented(fault=_("This key has been taken back."))
        if token.expires_at is not None and token.expires_at <= now:
            return Presented(fault=_("This key has expired."))
        if token.seen_at is None or abs(now - token.seen_at) >= _LOOK:
            self._people.token_seen(token.id, now)
        return Presented(Caller(token, user.role))

    def give(self, user: User, name: str, scopes: Iterable[str], days: int, by: str) -> tuple[Token, str]:
        """A new key of a user and its secret, which is told this once.

        Raises ``ConfigError`` for a scope that is none or that the user's role does not reach, for a name nobody can
        read, and for a time that is not 1 to 366 days.
        """
        wanted = scopes_of(scopes, user)
        if not 1 <= days <= MOST_DAYS:
            raise ConfigError(_("A key lasts 1 to {most} days.").format(most=MOST_DAYS), setting="--days",
                              hint=_("Make a new one before it ends."))  # fmt: skip
        now, secret = self._clock.now(), BEGINS + secrets.token_urlsafe(32)
        token = Token(mint("k"), user.name, key_name(name), wanted, now, now + timedelta(days=days))
        self._people.give(secret, token, by)
        return token, secret


def scopes_of(given: Iterable[str], user: User) -> tuple[str, ...]:
    """The scopes in their own order. Raises ``ConfigError`` for what this user cannot hand on."""
    wanted = set(given)
    known = [str(scope) for scope in Scope]
    if not wanted or not wanted <= set(known):
        raise ConfigError(_("A key needs a scope."), setting="--scope",
                          hint=_("Known: {names}").format(names=", ".join(known)))  # fmt: skip
    if user.disabled:
        raise ConfigError(_("{name} is shut out.").format(name=user.name), setting="users",
                          hint=f"steward users disable {user.name} --enable")  # fmt: skip
    beyond = [scope for scope in Scope if scope in wanted and not user.role.may(scope.role)]
    if beyond:
        text = _("{name} is {role}: the scope {scope} is beyond that.")
        raise ConfigError(text.format(name=user.name, role=_(user.role), scope=beyond[0]), setting="--scope",
                          hint=_("Give the user another role first, or leave the scope out."))  # fmt: skip
    return tuple(scope for scope in known if scope in wanted)
