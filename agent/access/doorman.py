"""Who somebody is, by what their browser holds; and how one signs in and out."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from agent.access.passwords import Passwords
from agent.access.throttle import Throttle
from agent.mint import mint
from agent.model.person import Role, Session, User
from agent.ports import Clock

if TYPE_CHECKING:
    from agent.ledger.people import People

_AGAIN = timedelta(minutes=15)
"""After so long a dangerous thing asks for the password once more."""
_LOOK = timedelta(minutes=1)
"""When a session was last seen is written down no more often than this."""


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody who is known. ``secret`` is what their browser holds; ``local``: the only one, at this machine."""

    name: str
    role: Role
    session: Session
    secret: str
    language: str = ""
    local: bool = False

    @property
    def form_key(self) -> str:
        """What every form of this session carries, and no other site can know."""
        return hmac.new(self.secret.encode(), b"form", sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class SignIn:
    """The answer to a try: a secret for the browser, or how long to wait, or neither."""

    secret: str = ""
    wait_seconds: int = 0


class Doorman:
    """``local_name``: on a loopback address and as long as there are no users, whoever holds the printed link is this
    person, as admin. Empty: everybody signs in."""

    def __init__(
        self, people: People, clock: Clock, passwords: Passwords, *, local_name: str = "",
        idle: timedelta = timedelta(minutes=30), longest: timedelta = timedelta(hours=12),
    ) -> None:  # fmt: skip
        self.people, self._clock, self.passwords = people, clock, passwords
        self._local_name, self._idle, self._longest = local_name, idle, longest
        self._throttle = Throttle()
        self._link = secrets.token_urlsafe(32) if local_name else ""

    @property
    def is_local(self) -> bool:
        """Whether one person at this machine uses the page without signing in."""
        return bool(self._local_name) and not self.people.users()

    def new_link(self) -> str:
        """A fresh one-time key; an older one is good for nothing any more."""
        self._link = secrets.token_urlsafe(32)
        return self._link

    def come_in(self, link: str, browser: str, address: str) -> str | None:
        """The secret for the browser that holds the one-time key, which is used up; None where it is not the key."""
        if not self._link or not self.is_local or not hmac.compare_digest(link.encode(), self._link.encode()):
            return None
        self._link = ""
        return self._begin(self._local_name, browser, address)

    def sign_in(self, name: str, password: str, browser: str, address: str) -> SignIn:
        """One try. Wrong name, wrong password and a disabled user are told apart by nobody."""
        now, keys = self._clock.now(), (f"name {name.lower()[:100]}", f"address {address}")
        if wait := self._throttle.wait_seconds(now, *keys):
            return SignIn(wait_seconds=wait)
        user = self.people.user(name)
        if not self.passwords.fits(password, self.people.password(name)) or user is None or user.disabled:
            self._throttle.failed(now, *keys)
            return SignIn()
        return SignIn(self._begin(user.name, browser, address))

    def let_in(self, name: str, browser: str, address: str) -> str:
        """The secret for the browser of a user whom somebody else vouches for."""
        return self._begin(name, browser, address)

    def again(self, guest: Guest, password: str) -> SignIn:
        """The password once more, before something dangerous. The same session goes on."""
        now, keys = self._clock.now(), (f"name {guest.name.lower()}", f"address {guest.session.address}")
        if wait := self._throttle.wait_seconds(now, *keys):
            return SignIn(wait_seconds=wait)
        if not self.passwords.fits(password, self.people.password(guest.name)):
            self._throttle.failed(now, *keys)
            return SignIn()
        self.people.seen(guest.session.id, now, signed=True)
        return SignIn(guest.secret)

    def is_fresh(self, guest: Guest) -> bool:
        """Whether the password was given lately enough for something dangerous. Who has none needs none."""
        return guest.local or self._clock.now() - guest.session.signed_at < _AGAIN

    def known(self, secret: str) -> Guest | None:
        """Who holds this secret; None where nobody does, or the session was ended or is too old."""
        session = self.people.session(secret) if secret else None
        now = self._clock.now()
        if session is None or session.ended_at is not None or not self._lasts(session):
            return None
        user = self.people.user(session.user)
        if user is None and not (session.user == self._local_name and self.is_local):
            return None
        if user is not None and user.disabled:
            return None
        if abs(now - session.seen_at) >= _LOOK:
            self.people.seen(session.id, now)
            session = replace(session, seen_at=now)
        return _guest(user, session, secret)

    def _lasts(self, session: Session) -> bool:
        """A clock that was set back makes a session end no later than its own time after that."""
        now = self._clock.now()
        return abs(now - session.seen_at) < self._idle and abs(now - session.began_at) < self._longest

    def sign_out(self, guest: Guest) -> None:
        self.people.end(guest.name, self._clock.now(), id=guest.session.id)

    def _begin(self, name: str, browser: str, address: str) -> str:
        now, secret = self._clock.now(), secrets.token_urlsafe(32)
        self.people.begin(secret, Session(mint("s"), name, now, now, now, browser[:200], address))
        return secret


def _guest(user: User | None, session: Session, secret: str) -> Guest:
    if user is None:
        return Guest(session.user, Role.ADMIN, session, secret, local=True)
    return Guest(user.name, user.role, session, secret, user.language)
