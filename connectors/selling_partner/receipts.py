"""What Amazon's answer to one write comes to: a receipt for one change, read strictly."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from agent.errors import AgentError
from agent.model.proposal import Fate, ProposalId, Receipt
from agent.outbound import Lost, NotSent, Reply, WriteAnswer
from connectors.selling_partner.faults import retry_after, said

_REFUSED = frozenset({400, 403, 404, 405, 406, 409, 413, 415, 422})
_RETRY_SECONDS, _NEW_TOKEN_SECONDS = 2.0, 60.0
NOT_SENT = "NOT_SENT"


def kept_back(proposal: ProposalId, why: str) -> Receipt:
    """Amazon must not even see this change."""
    return Receipt(proposal, Fate.REFUSED, NOT_SENT, why)


def not_sent(proposal: ProposalId, fault: AgentError) -> Receipt:
    """What had to be read before the write could not be read; nothing was sent."""
    return Receipt(proposal, Fate.NOT_APPLIED, message=fault.message, retry_after_seconds=retry_after(fault))


def receipt(proposal: ProposalId, answer: WriteAnswer, now: datetime,
            accepted: Callable[[Reply], Receipt]) -> Receipt:  # fmt: skip
    """``accepted`` reads an answer with a status of success; everything else means the same for every write."""
    if isinstance(answer, NotSent):
        return Receipt(proposal, Fate.NOT_APPLIED, message=f"It was not sent: {answer.reason}.",
                       retry_after_seconds=answer.retry_after_seconds)  # fmt: skip
    if isinstance(answer, Lost):
        return Receipt(proposal, Fate.UNKNOWN, "", f"No whole answer: {answer.reason}.", answer.request_id)
    if answer.succeeded:
        return accepted(answer)
    return _of_the_call(proposal, answer, now)


def _of_the_call(proposal: ProposalId, reply: Reply, now: datetime) -> Receipt:
    what = said(reply)
    if reply.status == 429 or what.code == "QuotaExceeded":
        wait = reply.retry_after_seconds(now)
        wait = _RETRY_SECONDS if wait is None else wait
        return Receipt(proposal, Fate.NOT_APPLIED, what.code, what.message, reply.request_id, wait)
    if reply.status == 401:
        return Receipt(proposal, Fate.NOT_APPLIED, what.code, what.message, reply.request_id, _NEW_TOKEN_SECONDS)
    fate = Fate.REFUSED if reply.status in _REFUSED else Fate.UNKNOWN
    return Receipt(proposal, fate, what.code, what.message, reply.request_id)
