"""Signing in with a provider of OpenID Connect: code flow with PKCE, state and nonce, each good once.

Who comes back with a code must be the browser that left; the token must be the provider's, for us, of this very try.
Needs the extra ``oidc`` (joserfc, which checks the signatures); every call goes through ``Outbound``.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlencode

from agent.config.page import Oidc as Given
from agent.config.page import is_safe_address
from agent.errors import ConfigError, ForbiddenError, SourceError
from agent.language import _
from agent.outbound import Call, Outbound
from agent.ports import Clock

_GOOD_FOR = timedelta(minutes=10)
_MOST_STARTED = 1_000
_LEEWAY_SECONDS = 60
_LONGEST = 200
_SIGNED_BY = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA")
"""Asymmetric ones alone: with those of a shared secret a public key could be taken for one."""
_DISCOVERY = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class _Started:
    """A try. ``held``: the hash of what the browser was given."""

    nonce: str
    verifier: str
    held: str
    back: str
    at: datetime


class Oidc:
    """Safe to share between threads. What was started is kept in memory: a restart asks to begin again."""

    def __init__(self, given: Given, outbound: Outbound, clock: Clock) -> None:
        self._given, self._outbound, self._clock = given, outbound, clock
        self._started: dict[str, _Started] = {}
        self._lock = threading.Lock()

    def begin(self, back: str) -> tuple[str, str]:
        """Where to send the browser, and the secret it has to hold until it comes ``back`` (the address of that)."""
        place, state, held = self._place(), secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        new = _Started(secrets.token_urlsafe(32), secrets.token_urlsafe(48), _hash(held), back, self._clock.now())
        with self._lock:
            self._started[state] = new
            while len(self._started) > _MOST_STARTED:
                del self._started[next(iter(self._started))]
        challenge = _unpadded(sha256(new.verifier.encode()).digest())
        query = urlencode({
            "response_type": "code", "client_id": self._given.client_id, "redirect_uri": back, "state": state,
            "scope": self._given.scope, "nonce": new.nonce, "code_challenge": challenge,
            "code_challenge_method": "S256",
        })  # fmt: skip
        address = str(place["authorization_endpoint"])
        return f"{address}{'&' if '?' in address else '?'}{query}", held

    def finish(self, state: str, code: str, held: str) -> str:
        """What the provider calls the user, in the claim that is configured.

        Raises ``ForbiddenError`` for a try that nobody began, that is old or another browser's, and for a token that
        is not the provider's, not for us or not of this try; ``SourceError`` where the provider does not answer.
        """
        with self._lock:
            tried = self._started.pop(state, None)
        if tried is None or self._clock.now() - tried.at > _GOOD_FOR:
            raise _refused(_("This sign-in is old or was used before."))
        if not code or not hmac.compare_digest(_hash(held), tried.held):
            raise _refused(_("This sign-in was begun in another browser."))
        place = self._place()
        token = self._token(str(place["token_endpoint"]), code, tried)
        keys = self._read("GET", str(place["jwks_uri"]), "keys")
        return self._named(_claims(token, keys), tried.nonce)

    def _place(self) -> dict[str, Any]:
        """What the provider says of itself; it must call itself what we call it."""
        found = self._read("GET", self._given.issuer.rstrip("/") + _DISCOVERY, "discovery")
        ends = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        if found.get("issuer") != self._given.issuer or not all(is_safe_address(str(found.get(end))) for end in ends):
            raise ConfigError(_("The provider does not call itself {issuer}.").format(issuer=self._given.issuer),
                              setting="page.oidc.issuer",
                              hint=_("Write it as its discovery document does."))  # fmt: skip
        return found

    def _token(self, address: str, code: str, tried: _Started) -> str:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": tried.back,
                "code_verifier": tried.verifier}  # fmt: skip
        headers, secret = {"Content-Type": "application/x-www-form-urlencoded"}, self._given.client_secret
        if secret.get_secret_value():
            pair = f"{quote(self._given.client_id, safe='')}:{quote(secret.get_secret_value(), safe='')}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        else:
            form["client_id"] = self._given.client_id
        found = self._read("POST", address, "token", headers, urlencode(form).encode())
        return str(found.get("id_token", ""))

    def _read(self, method: str, address: str, what: str, headers: dict[str, str] | None = None,
              body: bytes = b"") -> dict[str, Any]:  # fmt: skip
        call = Call("oidc", "", what, method, address, {"Accept": "application/json", **(headers or {})}, body,
                    tries=1, patience_seconds=5, timeout_seconds=10)  # fmt: skip
        reply = self._outbound.send(call)
        try:
            found = json.loads(reply.body)
        except ValueError as fault:
            raise _odd(what) from fault
        if not isinstance(found, dict):
            raise _odd(what)
        return found

    def _named(self, claims: dict[str, Any], nonce: str) -> str:
        now, audience = self._clock.now().timestamp(), claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        expires, party = claims.get("exp"), claims.get("azp", self._given.client_id)
        right = (
            claims.get("iss") == self._given.issuer
            and self._given.client_id in audiences
            and party == self._given.client_id
            and isinstance(expires, (int, float))
            and now < expires + _LEEWAY_SECONDS
            and hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode())
        )
        if not right:
            raise _refused(_("The provider's token is not for this sign-in."))
        name = claims.get(self._given.claim)
        if self._given.claim == "email" and claims.get("email_verified") is not True:
            raise _refused(_("The provider has not verified this address."))
        if not isinstance(name, str) or not name.strip() or len(name) > _LONGEST:
            raise _refused(_("The provider does not say {claim}.").format(claim=self._given.claim))
        return name.strip()


def _claims(token: str, keys: Any) -> dict[str, Any]:
    """The claims of a token that one of these keys has signed."""
    try:
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet
    except ImportError as fault:
        raise ConfigError(_("Signing in with a provider needs the extra 'oidc'."), setting="page.oidc.issuer",
                          hint="pip install 'steward[oidc]'") from fault  # fmt: skip
    try:
        found: dict[str, Any] = jwt.decode(token, KeySet.import_key_set(keys), algorithms=list(_SIGNED_BY)).claims
    except (JoseError, ValueError, KeyError, TypeError) as fault:
        raise _refused(_("The provider's token is not signed by it.")) from fault
    return found


def _refused(text: str) -> ForbiddenError:
    return ForbiddenError(text, hint=_("Begin again at the sign-in page."))


def _odd(what: str) -> SourceError:
    return SourceError(f"the sign-in provider's answer is no JSON object ({what})", connector="oidc", operation=what,
                       hint="see page.oidc.issuer")  # fmt: skip


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def _unpadded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
