"""Passwords: argon2id with 64 MiB, never more than two at once, and what is refused as too easy."""

from __future__ import annotations

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from agent.errors import ConfigError
from agent.language import _

LEAST, LONGEST = 12, 256


class Passwords:
    """``memory`` in KiB. Each hash takes that much, so only two are worked out at a time."""

    def __init__(self, memory: int = 65_536, rounds: int = 3) -> None:
        self._hasher = PasswordHasher(time_cost=rounds, memory_cost=memory, parallelism=1)
        self._at_once = threading.BoundedSemaphore(2)
        self._nobody = self._hasher.hash("nobody has this password")

    def hashed(self, password: str, name: str) -> str:
        """What is kept of a password. Raises ``ConfigError`` for one that is too easy for this user."""
        if not LEAST <= len(password) <= LONGEST:
            raise ConfigError(
                _("A password has {least} to {longest} characters.").format(least=LEAST, longest=LONGEST),
                setting="password", hint=_("Several words are easy to remember."),
            )  # fmt: skip
        if len(set(password)) < 5 or name.lower() in password.lower():
            raise ConfigError(_("This password is easy to guess."), setting="password",
                              hint=_("Several words are easy to remember."))  # fmt: skip
        with self._at_once:
            return self._hasher.hash(password)

    def fits(self, password: str, kept: str | None) -> bool:
        """Whether it is the password. An unknown user (None) takes as long as a known one."""
        with self._at_once:
            try:
                return self._hasher.verify(kept or self._nobody, password[: LONGEST + 1]) and kept is not None
            except (VerificationError, InvalidHashError):
                return False
