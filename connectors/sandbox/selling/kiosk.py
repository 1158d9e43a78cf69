"""Data Kiosk 2023-11-15: GraphQL queries that become JSON Lines."""

from __future__ import annotations

import json
from datetime import timedelta

from connectors.sandbox.answers import Answer, Refusal, invalid, ok
from connectors.sandbox.operation import Visit
from connectors.sandbox.selling.economics import DATA_SET, check, economics
from connectors.sandbox.selling.graphql import Field, parse, pruned
from connectors.sandbox.selling.kiosk_jobs import QueryJob
from connectors.sandbox.selling.links import Document, site
from connectors.sandbox.selling.pages import page, seal, unseal
from connectors.sandbox.selling.query import Query

_LONGEST = 8000
_STATUSES = ("CANCELLED", "DONE", "FATAL", "IN_PROGRESS", "IN_QUEUE")


def create(visit: Visit) -> Answer:
    body, sandbox = visit.call.json(), visit.sandbox
    if set(body) - {"query", "paginationToken"}:
        raise invalid(f"{min(set(body) - {'query', 'paginationToken'})} is not a field of a query's specification")
    query = body.get("query")
    if not isinstance(query, str) or not query.strip() or len(query.strip()) > _LONGEST:
        raise invalid(f"query must be text of 1 to {_LONGEST} characters")
    if "paginationToken" in body:
        raise invalid("paginationToken is not valid")
    # A query that cannot hold is refused now, not when it runs.
    check(sandbox, _asked(query), sandbox.market.today(visit.now))
    slow = visit.strikes.of("slow_report")
    seconds = slow.number("seconds") if slow else sandbox.scenario.wire.report_seconds
    fails = visit.strikes.of("failed_report") is not None
    return ok({"queryId": sandbox.selling.queries.create(query, visit.now, seconds, fails).id}, status=202)


def look(visit: Visit) -> Answer:
    job = visit.sandbox.selling.queries.find(visit.found[0])
    _settle(visit, job)
    return ok(job.shown(visit.now))


def cancel(visit: Visit) -> Answer:
    visit.sandbox.selling.queries.cancel(visit.found[0], visit.now)
    return Answer(204, b"")


def listed(visit: Visit) -> Answer:
    query = Query(visit)
    start, statuses, size = 0, query.listed("processingStatuses", _STATUSES), query.whole("pageSize", 10, 1, 100)
    since, until = query.instant("createdSince"), query.instant("createdUntil")
    if query.has("paginationToken"):
        found, start = unseal(query.text("paginationToken"), visit.now, timedelta(days=1), "paginationToken")
        if found != [list(statuses), size]:
            raise invalid("paginationToken does not belong to these parameters")
    query.done()
    jobs = [job for job in visit.sandbox.selling.queries.newest_first()
            if (since is None or job.created >= since) and (until is None or job.created <= until)]  # fmt: skip
    for job in jobs:
        _settle(visit, job)
    jobs = [job for job in jobs if not statuses or job.status(visit.now) in statuses]
    shown, more = page(jobs, start, size)
    body: dict[str, object] = {"queries": [job.shown(visit.now) for job in shown]}
    if more is not None:
        body["pagination"] = {"nextToken": seal([list(statuses), size], more, visit.now)}
    return ok(body)


def document(visit: Visit) -> Answer:
    id, shelf = visit.found[0], visit.sandbox.selling.shelf
    if shelf.find(id) is None:
        raise Refusal(404, "NotFound", f"Resource {id} is not found.")
    return ok({"documentId": id, "documentUrl": shelf.link(id, visit.now, site(visit))})


def _settle(visit: Visit, job: QueryJob) -> None:
    if job.written or job.stopped or visit.now < job.ready:
        return
    shelf, job.written = visit.sandbox.selling.shelf, True
    if job.fails:
        job.trouble = shelf.put(Document.of('{"errors":[{"message":"Internal error"}]}', "application/json"))
        return
    asked = _asked(job.query)
    rows = economics(visit.sandbox, asked, job.ready)
    lines = [json.dumps(pruned(row, asked.fields), separators=(",", ":")) for row in rows]
    if lines:
        # Amazon: JSON Lines, one row after the other, never an array.
        text = "\n".join(lines) + "\n"
        job.document = shelf.put(Document(text.encode(), "application/jsonl; charset=UTF-8", False))


def _asked(query: str) -> Field:
    """The one field ``economics`` of the one data set."""
    roots = parse(query).fields
    if len(roots) != 1 or roots[0].name != DATA_SET:
        raise invalid(f"The query must select {DATA_SET}; no other data set is simulated")
    fields = roots[0].fields
    if len(fields) != 1 or fields[0].name != "economics":
        raise invalid(f"The query must select economics of {DATA_SET}")
    return fields[0]
