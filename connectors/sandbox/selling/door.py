"""The door of the Selling Partner API: who may come in, and how often."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.sandbox.answers import Refusal
from connectors.sandbox.operation import Usage, Visit

_LONGEST_USER_AGENT = 500
_TYPES = {400: "ValidationException", 403: "UnauthorizedException", 404: "NotFoundException",
          429: "QuotaExceededException"}  # fmt: skip
_DENIED = "Access to requested resource is denied."


def admit(visit: Visit, usage: Usage) -> None:
    """Refuse a call without a valid token, a User-Agent or the role; Amazon answers all of it with one code."""
    headers, sandbox = visit.call.headers, visit.sandbox
    agent = headers.get("user-agent", "")
    if not agent or len(agent) > _LONGEST_USER_AGENT:
        raise Refusal(400, "InvalidInput", f"The User-Agent header must have 1 to {_LONGEST_USER_AGENT} characters")
    if visit.strikes.of("expired"):
        sandbox.tokens.forget()
    token = headers.get("x-amz-access-token", "")
    if not token:
        raise _denied("Access token is missing in the request header.")
    if not sandbox.tokens.known(token, visit.now):
        raise _denied("The access token you provided is revoked, malformed or invalid.")
    if usage.role and usage.role not in sandbox.scenario.account.roles:
        # Amazon: a role that was not granted looks like a bad token, but stays after the token was renewed.
        raise _denied("")


def limit(visit: Visit, operation: str) -> None:
    """Take a token of the operation's own bucket, or refuse with 429."""
    if visit.sandbox.selling.buckets[operation].take(visit.now):
        # Amazon: a throttled answer says neither how long to wait nor what the limit is.
        raise Refusal(429, "QuotaExceeded", "You exceeded your quota for the requested resource.")


def told(visit: Visit, operation: str, status: int) -> Mapping[str, str]:
    """The headers that answers of the Selling Partner API carry besides the usual ones."""
    if status in _TYPES:
        return {"x-amzn-ErrorType": _TYPES[status]}
    return {"x-amzn-RateLimit-Limit": visit.sandbox.selling.limit(operation)} if status < 400 else {}


def _denied(details: str) -> Refusal:
    return Refusal(403, "Unauthorized", _DENIED, details=details)
