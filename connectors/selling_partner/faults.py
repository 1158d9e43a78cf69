"""What the Selling Partner API says no with, in Steward's words: Amazon's code and sentence, never a token."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agent.errors import AgentError, ContractError, CredentialError, RoleError, SourceError, ThrottledError
from agent.outbound import Reply
from agent.redaction import redacted
from connectors.selling_partner.operations import Operation

NAME = "selling_partner"
REFUSALS = frozenset({400, 401, 403, 404, 405, 409, 413, 415, 422})
"""Statuses that are an answer about our request; a client reads them to say what was wrong with it."""
_LONGEST_SAID = 200
_QUOTA_SECONDS = 60.0
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.]{0,63}")


@dataclass(frozen=True, slots=True)
class Said:
    """The first error of an answer. Amazon: some gateways answer a web page instead; then both are empty."""

    code: str = ""
    message: str = ""

    @property
    def about_the_token(self) -> bool:
        """Whether the token itself is refused, rather than what it was used for."""
        return bool(re.search(r"revoked|malformed|expired|missing", self.message, re.IGNORECASE))


def said(reply: Reply) -> Said:
    """What an error answer says."""
    try:
        body = reply.json()
    except ContractError:
        return Said()
    errors = body.get("errors") if isinstance(body, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    if not isinstance(first, dict):
        return Said()
    code, message, details = (first.get(name) for name in ("code", "message", "details"))
    words = " ".join(text.strip() for text in (message, details) if isinstance(text, str) and text.strip())
    known = isinstance(code, str) and _WORD.fullmatch(code)
    return Said(str(code) if known else "", redacted(words)[:_LONGEST_SAID])


def refused(operation: Operation, reply: Reply) -> SourceError:
    """A request that Amazon does not take as it is."""
    what = said(reply)
    if what.code == "QuotaExceeded":
        return ThrottledError(
            f"{operation.name} was refused because of too many calls.", retry_after_seconds=_QUOTA_SECONDS,
            connector=NAME, operation=operation.name, status=reply.status, request_id=reply.request_id,
            hint="Steward slows down by itself; there is nothing to do.",
        )  # fmt: skip
    fault = SourceError(
        f"{operation.name} was refused with status {reply.status}{_quoted(what)}.",
        connector=NAME, operation=operation.name, status=reply.status, request_id=reply.request_id,
        hint="Amazon does not accept this request; look for a newer version of Steward.",
    )  # fmt: skip
    fault.retryable = False
    return fault


def lacks_role(operation: Operation, reply: Reply, about: str = "") -> RoleError:
    """The grant works elsewhere, and not for this operation."""
    return RoleError(
        f"The grant does not cover {operation.name}{f' of {about}' if about else ''}: a role is missing.",
        connector=NAME, operation=operation.name, status=reply.status, request_id=reply.request_id,
        hint=f"Add the role '{operation.role}' to the application in the developer console and have access granted "
             "anew; everything else goes on.",
    )  # fmt: skip


def revoked(operation: Operation, reply: Reply) -> CredentialError:
    """A fresh token is refused as such."""
    return CredentialError(
        f"Amazon refuses the account's access{_quoted(said(reply))}.",
        connector=NAME, operation=operation.name, status=reply.status, request_id=reply.request_id,
        hint="The seller took the grant back, or the application may no longer be used: have access granted anew.",
    )  # fmt: skip


def elsewhere(operation: Operation, reply: Reply, region: str, marketplace: str, sold_in: str = "") -> CredentialError:
    """Nothing of this region or marketplace is open to the grant."""
    where = f"It is for sellers in {sold_in}." if sold_in else "It may be for another region, or have no role at all."
    return CredentialError(
        f"The grant is not good for the marketplace {marketplace} in the region {region}.",
        connector=NAME, operation=operation.name, status=reply.status, request_id=reply.request_id,
        hint=f"{where} Each region needs a grant of its own; check 'marketplace' and 'region' of the account.",
    )  # fmt: skip


def contract(reply: Reply, says: str) -> ContractError:
    return ContractError(
        f"The answer to {reply.operation} {says}.",
        connector=reply.connector, operation=reply.operation, status=reply.status, request_id=reply.request_id,
        hint="Nothing of it was booked; the next pull asks again. If it stays, Amazon has changed its answer.",
    )  # fmt: skip


def retry_after(fault: AgentError) -> float:
    """How many seconds a write that was not sent had better wait."""
    if isinstance(fault, ThrottledError):
        return fault.retry_after_seconds
    return 30.0 if fault.retryable else 900.0


def _quoted(what: Said) -> str:
    words = ": ".join(text for text in (what.code, what.message.rstrip(".")) if text)
    return f" ({words})" if words else ""
