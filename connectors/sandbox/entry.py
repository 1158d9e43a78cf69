"""The door: the order in which every call is judged, and how its answer leaves.

A planted fault comes first, then the rate limit, the credentials, the media types, and then the call itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from urllib.parse import unquote

from connectors.sandbox.answers import Answer, Delivery, Refusal, Style, html, throttled, unauthorized
from connectors.sandbox.calls import Call, Record
from connectors.sandbox.operation import Operation, Visit
from connectors.sandbox.operations import OPERATIONS
from connectors.sandbox.sandbox import Sandbox
from connectors.sandbox.selling.door import admit, limit, told
from connectors.sandbox.selling.operations import SELLING_OPERATIONS

_PATTERNS = [(operation, re.compile(operation.path + r"\Z")) for operation in (*OPERATIONS, *SELLING_OPERATIONS)]


def answer_call(sandbox: Sandbox, call: Call) -> Answer:
    """Answer one call, with all that it changes, and write it into the log."""
    with sandbox.lock:
        now = sandbox.arrive()
        request_id = sandbox.next_request_id()
        operation, found = _operation(call)
        name = operation.name if operation else "unknown"
        strikes = sandbox.faults.strike(name)
        visit = Visit(sandbox, call, now, request_id, strikes, found)
        answer = _answer(visit, operation)
        answer = replace(answer, headers={**_headers(visit, operation, answer.status), **answer.headers})
        kinds = tuple(fault.kind for fault in strikes)
        sandbox.log.records.append(Record(now, request_id, name, answer.status, str(answer.delivery), kinds))
        return answer


def _answer(visit: Visit, operation: Operation | None) -> Answer:
    if operation is None:
        style = Style.SELLING if "x-amz-access-token" in visit.call.headers else Style.SPONSORED
        return Refusal(404, "NOT_FOUND", f"There is no {visit.call.method} {visit.call.path}").answer(style)
    try:
        struck = _struck(visit, operation, "before")
        if struck is not None:
            return struck
        if operation.usage is None:
            _limit(visit, operation)
            _admit(visit, operation)
        else:
            admit(visit, operation.usage)
            limit(visit, operation.name)
        answer = operation.handle(visit)
    except Refusal as refusal:
        return refusal.answer(operation.style)
    return _struck(visit, operation, "after") or _cut(visit, operation, answer)


def _struck(visit: Visit, operation: Operation, when: str) -> Answer | None:
    """What the call is answered instead, where a fault says so."""
    if visit.strikes.of("drop", when):
        return Answer(0, b"", delivery=Delivery.DROPPED)
    page = visit.strikes.of("html", when)
    if page:
        return html(int(page.number("status")))
    error = visit.strikes.of("error", when)
    if error:
        return Refusal(int(error.number("status")), "INTERNAL_ERROR", "Internal server error").answer(operation.style)
    throttle = visit.strikes.of("throttle") if when == "before" else None
    if throttle:
        raise throttled(throttle.number("retry_after"))
    return None


def _cut(visit: Visit, operation: Operation, answer: Answer) -> Answer:
    late = visit.strikes.of("late")
    if late and late.text("answer") == "drop":
        return Answer(0, b"", delivery=Delivery.DROPPED)
    if late and late.text("answer") == "error":
        return Refusal(500, "INTERNAL_ERROR", "Internal server error").answer(operation.style)
    cut = visit.strikes.of("truncate")
    return replace(answer, delivery=Delivery.TRUNCATED, sent_share=cut.number("keep")) if cut else answer


def _limit(visit: Visit, operation: Operation) -> None:
    if operation.open:
        return
    bucket = visit.sandbox.reports_bucket if operation.style is Style.REPORTING else visit.sandbox.calls_bucket
    seconds = bucket.take(visit.now)
    if seconds:
        raise throttled(seconds)


def _admit(visit: Visit, operation: Operation) -> None:
    headers = visit.call.headers
    if not operation.open:
        if visit.strikes.of("expired"):
            visit.sandbox.tokens.forget()
        visit.sandbox.tokens.check(headers, visit.now)
    if operation.scoped:
        scope = headers.get("amazon-advertising-api-scope")
        if scope is None:
            raise unauthorized("Amazon-Advertising-API-Scope is missing")
        if scope != str(visit.sandbox.scenario.account.profile):
            raise unauthorized("Not authorized to access scope: no matching advertiser")
    media = headers.get("content-type", "").split(";")[0].strip().lower()
    if operation.takes and media != operation.takes.lower():
        raise Refusal(415, "UNSUPPORTED_MEDIA_TYPE", f"Content-Type must be {operation.takes}")
    accepted = {part.split(";")[0].strip().lower() for part in headers.get("accept", "*/*").split(",")}
    if operation.takes and not accepted & {operation.gives.lower(), "*/*", ""}:
        raise Refusal(406, "NOT_ACCEPTABLE", f"Accept must be {operation.gives}")


def _headers(visit: Visit, operation: Operation | None, status: int) -> Mapping[str, str]:
    skew = visit.strikes.of("skew")
    moment = visit.now + timedelta(seconds=skew.number("seconds") if skew else 0)
    headers = {"x-amzn-RequestId": visit.request_id, "Date": moment.strftime("%a, %d %b %Y %H:%M:%S GMT")}
    if operation is not None and operation.usage is not None:
        headers |= told(visit, operation.name, status)
    return headers


def _operation(call: Call) -> tuple[Operation | None, Sequence[str]]:
    for operation, pattern in _PATTERNS:
        match = pattern.match(call.path)
        if match and operation.method == call.method:
            return operation, tuple(map(unquote, match.groups()))
    return None, ()
