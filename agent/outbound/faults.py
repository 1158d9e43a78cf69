"""Answers that are errors, in Steward's words: who, what, which status, what to do. Never what was in them."""

from __future__ import annotations

from datetime import datetime

from agent.errors import CredentialError, SourceError, ThrottledError
from agent.outbound.messages import Call, Reply

_REFUSED_WITHOUT_A_WORD_SECONDS = 2.0
_LATER = "It is tried again with the next pass."


def fault_of(call: Call, reply: Reply, now: datetime) -> SourceError | None:
    """The error an answer to a read stands for; None for an answer the caller expects."""
    if reply.succeeded or reply.status in call.expects:
        return None
    if reply.status == 429:
        return _throttled(call, reply, refused_for(reply, now))
    if reply.status in (401, 403):
        return _not_allowed(call, reply)
    return _failed(call, reply)


def refused_for(reply: Reply, now: datetime) -> float:
    """How many seconds a 429 asks us to stay away."""
    said = reply.retry_after_seconds(now)
    return _REFUSED_WITHOUT_A_WORD_SECONDS if said is None else said


def too_long(call: Call, seconds: float) -> ThrottledError:
    """Our own pacing would make this call wait longer than it may."""
    return ThrottledError(
        f"{call.operation} has to wait another {seconds:.0f} s for its turn.",
        retry_after_seconds=seconds, connector=call.connector, operation=call.operation, status=None,
    )  # fmt: skip


def unanswered(call: Call, reason: str) -> SourceError:
    return SourceError(
        f"{call.operation} got no answer: {reason}.",
        connector=call.connector, operation=call.operation, hint=f"Check the network. {_LATER}",
    )  # fmt: skip


def expired(call: Call, reply: Reply) -> SourceError:
    fault = _failed(call, reply)
    fault.hint = "The link has most likely expired; a fresh one is asked for."
    return fault


def not_whole(call: Call, reply: Reply, size: int) -> SourceError:
    return SourceError(
        f"{call.operation} brought {size} bytes, and others were promised.",
        connector=call.connector, operation=call.operation, request_id=reply.request_id, hint=_LATER,
    )  # fmt: skip


def not_kept(call: Call, fault: OSError) -> SourceError:
    return SourceError(
        f"What {call.operation} brought cannot be written to this machine's disk: {fault.strerror or 'failed'}.",
        connector=call.connector, operation=call.operation, hint="Make room, or check the folder for downloads.",
    )  # fmt: skip


def _throttled(call: Call, reply: Reply, seconds: float) -> ThrottledError:
    return ThrottledError(
        f"{call.operation} was refused because of too many calls; it may be tried again in {seconds:.0f} s.",
        retry_after_seconds=seconds, connector=call.connector, operation=call.operation, status=reply.status,
        request_id=reply.request_id, hint="Steward slows down by itself; there is nothing to do.",
    )  # fmt: skip


def _not_allowed(call: Call, reply: Reply) -> CredentialError:
    return CredentialError(
        f"{call.operation} was refused with status {reply.status}: the credentials do not allow it.",
        connector=call.connector, operation=call.operation, status=reply.status, request_id=reply.request_id,
        hint="Check the account's profile and that its grant covers this; 'steward doctor' tries both.",
    )  # fmt: skip


def _failed(call: Call, reply: Reply) -> SourceError:
    fault = SourceError(
        f"{call.operation} was answered with status {reply.status}.",
        connector=call.connector, operation=call.operation, status=reply.status, request_id=reply.request_id,
        hint=_LATER,
    )  # fmt: skip
    fault.retryable = reply.status >= 500 or reply.status == 408
    if not fault.retryable:
        fault.hint = "The source does not accept this request; look for a newer version of Steward."
    return fault
