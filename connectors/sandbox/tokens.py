"""Login with Amazon, as far as a daemon needs it: a refresh token becomes an access token for an hour."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta

from connectors.sandbox.answers import Answer, ok, unauthorized
from connectors.sandbox.scenario import Credentials


class Tokens:
    def __init__(self, credentials: Credentials, seed: int, seconds: float) -> None:
        self._credentials, self._seed, self._seconds = credentials, seed, seconds
        self._valid_until: dict[str, datetime] = {}
        self._made = 0

    def grant(self, form: Mapping[str, str], now: datetime, revoked: bool) -> Answer:
        """Answer a token request in OAuth's words."""
        known = self._credentials
        if (form.get("client_id"), form.get("client_secret")) != (known.client_id, known.client_secret):
            return _error(401, "invalid_client", "Client authentication failed")
        if form.get("grant_type") != "refresh_token":
            return _error(400, "unsupported_grant_type", "The grant type is not supported")
        if revoked or form.get("refresh_token") != known.refresh_token:
            return _error(400, "invalid_grant", "The request has an invalid grant parameter : refresh_token")
        return ok({
            "access_token": self.mint(now), "token_type": "bearer", "expires_in": int(self._seconds),
            "refresh_token": known.refresh_token,
        })  # fmt: skip

    def mint(self, now: datetime) -> str:
        self._made += 1
        token = "Atza|" + hashlib.sha256(f"token {self._seed} {self._made}".encode()).hexdigest()
        self._valid_until[token] = now + timedelta(seconds=self._seconds)
        return token

    def check(self, headers: Mapping[str, str], now: datetime) -> None:
        """Refuse a call whose token or client id is missing, unknown or out of date."""
        kind, _, token = headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not token:
            raise unauthorized("Authorization header is missing")
        if self._valid_until.get(token, now) <= now:
            raise unauthorized("Not authorized to access this resource: the access token is invalid or has expired")
        if headers.get("amazon-advertising-api-clientid") != self._credentials.client_id:
            raise unauthorized("Amazon-Advertising-API-ClientId is missing or does not belong to the token")

    def known(self, token: str, now: datetime) -> bool:
        """Whether a call of the Selling Partner API with this token may come in."""
        return self._valid_until.get(token, now) > now

    def forget(self) -> None:
        """All access tokens given so far are no longer valid."""
        self._valid_until.clear()


def _error(status: int, error: str, description: str) -> Answer:
    return ok({"error": error, "error_description": description}, status=status)
