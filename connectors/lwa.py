"""Login with Amazon: access tokens for the two Amazon APIs, renewed before they end, one renewal at a time."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from urllib.parse import urlencode

from pydantic import SecretStr

from agent.errors import ContractError, CredentialError
from agent.outbound import Call, Outbound, Rate, Reply
from agent.ports import Clock

TOKEN_ENDPOINT = "https://api.amazon.com/auth/o2/token"  # noqa: S105 - an address
OPERATION = "lwa.token"
Secret = SecretStr | Callable[[], str]

_RENEW_AT = 0.9
_LEARNED_AGAIN_AFTER = timedelta(minutes=15)
"""How long a refused credential is not tried again, unless it changes."""
_REMEDIES = {
    "invalid_grant": "The seller took the grant back, or the refresh token is mistyped: have access granted anew.",
    "invalid_client": "The client id or client secret is wrong or was rotated: write the present one.",
    "unauthorized_client": "The application may not use this grant: check it in the developer console.",
    "access_denied": "The seller did not grant access: have it granted anew.",
}


@dataclass(frozen=True, slots=True)
class Credentials:
    """A grant of a seller to an application. A callable is asked each time, so a rotated secret is seen at once."""

    client_id: Secret = field(repr=False)
    client_secret: Secret = field(repr=False)
    refresh_token: Secret = field(repr=False)

    def missing(self) -> list[str]:
        """The names of those that are empty."""
        return [name for name in ("client_id", "client_secret", "refresh_token") if not revealed(getattr(self, name))]


def revealed(secret: Secret) -> str:
    return secret.get_secret_value() if isinstance(secret, SecretStr) else secret()


@dataclass(slots=True)
class _Grant:
    """What is known of one (client id, refresh token)."""

    lock: Lock = field(default_factory=Lock)
    token: str = field(default="", repr=False)
    asked_at: datetime | None = None
    renew_at: datetime | None = None
    refusal: CredentialError | None = None
    refused_at: datetime | None = None
    refused_print: str = field(default="", repr=False)

    def good(self, now: datetime) -> bool:
        """Whether the token may still be used; a clock that was set back makes that unsure, so no."""
        return bool(self.token and self.asked_at and self.renew_at and self.asked_at <= now < self.renew_at)


class LoginWithAmazon:
    """A cache of access tokens; one serves any number of accounts and threads.

    A refused credential is remembered: it is not tried again before it changes or a quarter of an hour has passed.
    """

    def __init__(self, outbound: Outbound, clock: Clock, endpoint: str = TOKEN_ENDPOINT) -> None:
        self._outbound, self._clock, self._endpoint = outbound, clock, endpoint
        self._grants: dict[str, _Grant] = {}
        self._lock = Lock()

    def token(self, credentials: Credentials) -> str:
        """A valid access token. ``CredentialError`` where a person has to act, ``SourceError`` where time helps."""
        grant = self._grant(credentials)
        with grant.lock:
            if not grant.good(self._clock.now()):
                self._renew(grant, credentials)
            return grant.token

    def renewed(self, credentials: Credentials, rejected: str) -> str:
        """Another token than the one an API rejected: a new one, unless another thread has just brought it."""
        self.forget(credentials, rejected)
        return self.token(credentials)

    def forget(self, credentials: Credentials, rejected: str) -> None:
        """The next call takes a new token, if ``rejected`` is still the present one."""
        grant = self._grant(credentials)
        with grant.lock:
            if grant.token == rejected:
                grant.token = ""

    def _grant(self, credentials: Credentials) -> _Grant:
        key = _print(revealed(credentials.client_id), revealed(credentials.refresh_token))
        with self._lock:
            return self._grants.setdefault(key, _Grant())

    def _renew(self, grant: _Grant, credentials: Credentials) -> None:
        print_, now = _print(*map(revealed, _parts(credentials))), self._clock.now()
        if grant.refusal and grant.refused_print == print_ and _recent(grant.refused_at, now):
            raise _copy(grant.refusal)
        try:
            self._take(grant, self._asked(credentials), now)
        except CredentialError as refusal:
            grant.refusal, grant.refused_at, grant.refused_print = refusal, now, print_
            raise _copy(refusal) from None

    def _asked(self, credentials: Credentials) -> Reply:
        if missing := credentials.missing():
            raise CredentialError(
                f"{' and '.join(missing)} of the account's Login with Amazon grant {_are(missing)} not set.",
                connector="lwa", operation=OPERATION, hint="'steward init' says where they belong.",
            )  # fmt: skip
        client_id, client_secret, refresh_token = map(revealed, _parts(credentials))
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token,
                "client_id": client_id, "client_secret": client_secret}  # fmt: skip
        headers = {"Content-Type": "application/x-www-form-urlencoded;charset=UTF-8", "Accept": "application/json"}
        return self._outbound.send(Call(
            "lwa", _print(client_id), OPERATION, "POST", self._endpoint, headers, urlencode(form).encode(),
            rate=Rate(1, 5), expects=frozenset({400, 401, 403}), tries=4,
        ))  # fmt: skip

    def _take(self, grant: _Grant, reply: Reply, asked_at: datetime) -> None:
        answer = reply.json()
        if not isinstance(answer, dict):
            raise _unexpected(reply, "no object")
        if not reply.succeeded:
            raise _refusal(reply, answer.get("error"))
        token, seconds = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(token, str) or not re.fullmatch(r"[!-~]+", token):
            raise _unexpected(reply, "no access_token")
        if not isinstance(seconds, int) or isinstance(seconds, bool) or seconds <= 0:
            raise _unexpected(reply, "no expires_in")
        grant.token, grant.asked_at, grant.refusal = token, asked_at, None
        # Counted by our own clock from before the question: how far off Amazon's clock is does not matter.
        grant.renew_at = asked_at + timedelta(seconds=seconds * _RENEW_AT)


def _refusal(reply: Reply, error: object) -> CredentialError:
    code = error if isinstance(error, str) and re.fullmatch(r"[a-z_]{1,40}", error) else f"status {reply.status}"
    return CredentialError(
        f"Login with Amazon refused the grant ({code}).",
        connector="lwa", operation=OPERATION, status=reply.status, request_id=reply.request_id,
        hint=_REMEDIES.get(code, "Check client id, client secret and refresh token."),
    )  # fmt: skip


def _unexpected(reply: Reply, what: str) -> ContractError:
    return ContractError(
        f"{OPERATION} was answered with {what}.",
        connector="lwa", operation=OPERATION, status=reply.status, request_id=reply.request_id,
    )  # fmt: skip


def _copy(fault: CredentialError) -> CredentialError:
    """A fresh one to raise: an exception raised twice would collect two stories."""
    return CredentialError(
        fault.message, connector=fault.connector, operation=fault.operation, status=fault.status,
        request_id=fault.request_id, hint=fault.hint,
    )  # fmt: skip


def _parts(credentials: Credentials) -> tuple[Secret, Secret, Secret]:
    return credentials.client_id, credentials.client_secret, credentials.refresh_token


def _print(*words: str) -> str:
    return hashlib.sha256("\0".join(words).encode()).hexdigest()


def _recent(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and timedelta(0) <= now - moment < _LEARNED_AGAIN_AFTER


def _are(names: list[str]) -> str:
    return "are" if len(names) > 1 else "is"
