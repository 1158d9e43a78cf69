"""Reports 2021-06-30: create, look, list, cancel, and where the document is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from connectors.sandbox.answers import Answer, Refusal, invalid, ok
from connectors.sandbox.operation import Visit
from connectors.sandbox.selling.links import Document, site
from connectors.sandbox.selling.pages import page, seal, unseal
from connectors.sandbox.selling.query import Query, instant
from connectors.sandbox.selling.report_jobs import Ask, Job
from connectors.sandbox.selling.report_kinds import KINDS, ReportKind
from connectors.sandbox.selling.tables import Table, charset, spoiled
from connectors.sandbox.selling.telling import Telling

_STATUSES = ("CANCELLED", "DONE", "FATAL", "IN_PROGRESS", "IN_QUEUE")
_MOST_MARKETPLACES = 25
_FIELDS = frozenset({"reportOptions", "reportType", "dataStartTime", "dataEndTime", "marketplaceIds"})


def create(visit: Visit) -> Answer:
    sandbox = visit.sandbox
    ask, kind = _read(visit)
    slow = visit.strikes.of("slow_report")
    seconds = slow.number("seconds") if slow else sandbox.scenario.wire.report_seconds
    gap = timedelta(seconds=sandbox.selling.faster(kind.gap.total_seconds()))
    job = sandbox.selling.reports.create(ask, visit.now, seconds, gap, visit.strikes)
    return ok({"reportId": job.id}, status=202)


def look(visit: Visit) -> Answer:
    Query(visit).done()
    job = visit.sandbox.selling.reports.find(visit.found[0], visit.now)
    _settle(visit, job)
    return ok(job.shown(visit.now))


def cancel(visit: Visit) -> Answer:
    visit.sandbox.selling.reports.cancel(visit.found[0], visit.now)
    return Answer(200, b"")


def listed(visit: Visit) -> Answer:
    query = Query(visit)
    question, start = _question(query, visit)
    query.done()
    types, statuses, size, since, until = question
    found = []
    for job in visit.sandbox.selling.reports.newest_first():
        _settle(visit, job)
        inside = since <= job.created.timestamp() <= until
        if inside and job.ask.type in types and (not statuses or job.status(visit.now) in statuses):
            found.append(job)
    shown, more = page(found, start, size)
    body: dict[str, object] = {"reports": [job.shown(visit.now) for job in shown]}
    return ok(body if more is None else {**body, "nextToken": seal(list(question), more, visit.now)})


def document(visit: Visit) -> Answer:
    query = Query(visit)
    query.flag("enableContentEncodingUrlHeader")
    query.done()
    id, shelf = visit.found[0], visit.sandbox.selling.shelf
    found = shelf.find(id)
    if found is None:
        raise Refusal(404, "NotFound", f"Resource {id} is not found.")
    body = {"reportDocumentId": id, "url": shelf.link(id, visit.now, site(visit))}
    return ok({**body, "compressionAlgorithm": "GZIP"} if found.zipped else body)


def _question(query: Query, visit: Visit) -> tuple[tuple[list[str], list[str], int, float, float], int]:
    """What is listed: types, statuses, page size, created between; and where the page starts."""
    if query.has("nextToken"):
        found, start = unseal(query.text("nextToken"), visit.now, timedelta(days=1))
        if not isinstance(found, list) or len(found) != 5:
            raise invalid("nextToken is not valid")
        types, statuses, size, since, until = found
        # Amazon: with a nextToken every other parameter is refused; ``done`` does that.
        return (list(types), list(statuses), int(size), float(since), float(until)), start
    types = query.listed("reportTypes", KINDS, most=10)
    if not types:
        raise invalid("reportTypes or nextToken is required")
    statuses = query.listed("processingStatuses", _STATUSES)
    query.marketplace(required=False)
    since = query.instant("createdSince") or visit.now - timedelta(days=90)
    until = query.instant("createdUntil") or visit.now
    size = query.whole("pageSize", 10, 1, 100)
    return (list(types), list(statuses), size, since.timestamp(), until.timestamp()), 0


def _read(visit: Visit) -> tuple[Ask, ReportKind]:
    body, now, market = visit.call.json(), visit.now, visit.sandbox.scenario.account.marketplace
    unknown = sorted(set(body) - _FIELDS)
    if unknown:
        raise invalid(f"{unknown[0]} is not a field of a report's specification")
    name, places = str(body.get("reportType", "")), body.get("marketplaceIds")
    kind = KINDS.get(name)
    if kind is None:
        raise invalid(f"reportType {name} is not simulated; one of: {', '.join(KINDS)}")
    if not isinstance(places, list) or not 0 < len(places) <= _MOST_MARKETPLACES or set(places) != {market.id}:
        raise invalid(f"marketplaceIds must be a list of marketplaces of this account: {market.id}")
    if kind.role and kind.role not in visit.sandbox.scenario.account.roles:
        raise Refusal(403, "Unauthorized", "Access to requested resource is denied.")
    options = _options(body.get("reportOptions", {}), kind)
    end = instant("dataEndTime", body["dataEndTime"]) if "dataEndTime" in body else now
    start = instant("dataStartTime", body["dataStartTime"]) if "dataStartTime" in body else None
    if not kind.ranged:
        # Amazon: a snapshot takes dates and leaves them alone.
        return Ask(name, None, None, options, tuple(places), body), kind
    if start is None:
        raise invalid(f"dataStartTime is required for {name}")
    if end < start:
        raise invalid("dataEndTime must not be before dataStartTime")
    # A range of whole days of the marketplace has an hour more where summer time ends.
    if end - start > timedelta(days=kind.most_days, hours=1):
        raise invalid(f"The range of {name} must not exceed {kind.most_days} days")
    if now - start > timedelta(days=kind.look_back_days):
        raise invalid(f"dataStartTime of {name} must not be more than {kind.look_back_days} days ago")
    return Ask(name, start, min(end, now), options, tuple(places), body), kind


def _options(options: object, kind: ReportKind) -> Mapping[str, str]:
    if not isinstance(options, Mapping) or not all(isinstance(value, str) for value in options.values()):
        raise invalid("reportOptions must be an object of strings")
    for name, value in options.items():
        if name not in kind.options:
            raise invalid(f"reportOptions: {name} is not known; one of: {', '.join(kind.options) or 'none'}")
        if value not in kind.options[name]:
            raise invalid(f"reportOptions.{name}: {value} is not one of: {', '.join(kind.options[name])}")
    return {**{name: values[0] for name, values in kind.options.items()}, **options}


def _settle(visit: Visit, job: Job) -> None:
    """Write the report of a job that has become ready, once."""
    if job.written or job.stopped or job.refused or visit.now < job.ready:
        return
    sandbox, kind = visit.sandbox, KINDS[job.ask.type]
    if kind.feed and sandbox.shop.stalled(kind.feed, visit.now) is not None:
        # Nothing new comes: the report stays in the works, and is asked for again and again.
        job.ready = visit.now + timedelta(seconds=1)
        return
    job.written = True
    if job.fails:
        job.document = sandbox.selling.shelf.put(Document.of("The report could not be processed. Try again later."))
        return
    written = kind.write(Telling(sandbox, job.ask, job.ready))
    if written is None:
        return
    if isinstance(written, Table):
        place = sandbox.scenario.account.marketplace.code
        job.document = sandbox.selling.shelf.put(
            Document.of(spoiled(written, job.strikes).text(), charset=charset(place))
        )
    else:
        job.document = sandbox.selling.shelf.put(Document.of(written, "application/json"))
