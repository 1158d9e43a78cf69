"""The calls of Amazon Ads that the sandbox answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial

from connectors.sandbox.answers import (
    Answer,
    ItemError,
    Refusal,
    Style,
    item_error,
    multi_status,
    ok,
)
from connectors.sandbox.damage import damaged
from connectors.sandbox.faults import Fault
from connectors.sandbox.listing import list_page
from connectors.sandbox.operation import Operation, Visit
from connectors.sandbox.report_request import read_request
from connectors.sandbox.resources import RESOURCES, Resource, shown
from connectors.sandbox.sandbox import Sandbox
from connectors.sandbox.writes import Judge, Wish, ids_of, items_of


def _token(visit: Visit) -> Answer:
    return visit.sandbox.tokens.grant(visit.call.form(), visit.now, visit.strikes.of("revoked") is not None)


def _profiles(visit: Visit) -> Answer:
    account = visit.sandbox.scenario.account
    wanted = visit.call.parameters().get("profileTypeFilter", "seller").split(",")
    profile = {
        "profileId": account.profile,
        "countryCode": account.marketplace.code,
        "currencyCode": account.marketplace.currency,
        "dailyBudget": 999999999.0,
        "timezone": _TIME_ZONES.get(account.marketplace.time_zone, account.marketplace.time_zone),
        "accountInfo": {
            "marketplaceStringId": account.marketplace.id, "id": account.seller, "type": "seller",
            "name": account.name, "validPaymentMethod": True,
        },
    }  # fmt: skip
    return ok([profile] if "seller" in wanted else [])


# Amazon: the profile names one zone for several countries of the continent.
_TIME_ZONES = dict.fromkeys(("Europe/Berlin", "Europe/Rome", "Europe/Madrid"), "Europe/Paris")


def _list(resource: Resource, visit: Visit) -> Answer:
    things = visit.sandbox.visible(resource.kind, visit.now)
    page = list_page(resource, things, visit.call.json(), visit.sandbox.scenario.wire.page)
    return ok(page, resource.media_type)


def _write(resource: Resource, creates: bool, visit: Visit) -> Answer:
    sandbox = visit.sandbox
    judge = Judge(sandbox.account, sandbox.scenario.account.marketplace, resource)
    items = items_of(resource, visit.call.json())
    success: list[Mapping[str, object]] = []
    errors: list[Mapping[str, object]] = []
    wishes: list[Wish] = []
    struck = visit.strikes.of("item")
    for index, item in enumerate(items):
        verdict = _spoiled(struck, index) or (judge.create if creates else judge.update)(index, item)
        if isinstance(verdict, ItemError):
            errors.append(verdict.shown(index))
            continue
        if verdict.created is not None:
            sandbox.create(verdict.created, visit.now, visit.request_id)
        wishes.append(verdict)
        success.append({"index": index, resource.answer_id: verdict.id})
    _land(visit, wishes)
    if "return=representation" in visit.call.headers.get("prefer", ""):
        success = [{**one, resource.one: _shown(sandbox, resource, str(one[resource.answer_id]))} for one in success]
    return multi_status(resource.key, success, errors, resource.media_type)


def _archive(resource: Resource, visit: Visit) -> Answer:
    """Archive by id. Amazon: the answer counts the ids as the filter named them."""
    sandbox, body = visit.sandbox, visit.call.json()
    judge = Judge(sandbox.account, sandbox.scenario.account.marketplace, resource)
    success: list[Mapping[str, object]] = []
    errors: list[Mapping[str, object]] = []
    wishes: list[Wish] = []
    struck = visit.strikes.of("item")
    for index, id in enumerate(ids_of(resource, body)):
        verdict = _spoiled(struck, index) or judge.archive(index, id)
        if isinstance(verdict, ItemError):
            errors.append(verdict.shown(index))
            continue
        wishes.append(verdict)
        success.append({"index": index, resource.answer_id: verdict.id})
    _land(visit, wishes)
    return multi_status(resource.key, success, errors, resource.media_type)


def _land(visit: Visit, wishes: Sequence[Wish]) -> None:
    late = visit.strikes.of("late")
    if late:
        due = visit.now + timedelta(seconds=late.number("seconds"))
        visit.sandbox.land_later(wishes, due, visit.request_id)
    else:
        visit.sandbox.land(wishes, visit.now, visit.request_id)


def _spoiled(struck: Fault | None, index: int) -> ItemError | None:
    if struck is None or index % max(1, int(struck.number("every"))):
        return None
    reason = {"throttledError": "THROTTLED", "internalServerError": "INTERNAL_ERROR"}[struck.text("code")]
    return item_error(struck.text("code"), reason, "Try again later", f"$[{index}]")


def _shown(sandbox: Sandbox, resource: Resource, id: str) -> Mapping[str, object]:
    thing = sandbox.account.find(resource.kind, id)
    return shown(thing) if thing is not None else {}


def _report_create(visit: Visit) -> Answer:
    sandbox = visit.sandbox
    request = read_request(visit.call.json(), sandbox.market.today(visit.now))
    slow = visit.strikes.of("slow_report")
    seconds = slow.number("seconds") if slow else sandbox.scenario.wire.report_seconds
    seconds = max(seconds, sandbox.shop.stalled_seconds("ads", visit.now))
    fails = visit.strikes.of("failed_report") is not None
    report = sandbox.reports.create(request, visit.now, seconds, fails)
    return ok(sandbox.reports.shown(report, visit.now, _site(visit)), _REPORT.format("create"))


def _report_get(visit: Visit) -> Answer:
    reports = visit.sandbox.reports
    report = reports.find(visit.found[0])
    return ok(reports.shown(report, visit.now, _site(visit)), _REPORT.format("get"))


def _report_delete(visit: Visit) -> Answer:
    visit.sandbox.reports.cancel(visit.found[0], visit.now)
    body = {"reportId": visit.found[0], "code": "200", "detail": "The report was cancelled"}
    return ok(body, _REPORT.format("delete"))


def _download(visit: Visit) -> Answer:
    if "authorization" in visit.call.headers:
        # Amazon: the link is signed; a second credential makes S3 refuse the request.
        raise Refusal(400, "InvalidArgument", "Only one auth mechanism allowed")
    query = visit.call.parameters()
    try:
        file = visit.sandbox.reports.fetch(
            visit.found[0], query.get("X-Amz-Expires", "0"), query.get("X-Amz-Signature", ""), visit.now
        )
    except ValueError:
        raise Refusal(400, "InvalidArgument", "X-Amz-Expires is malformed") from None
    return Answer(200, damaged(file, visit.strikes), "application/octet-stream")


def _site(visit: Visit) -> str:
    return f"http://{visit.call.headers.get('host', '127.0.0.1')}"


def _of_resource(resource: Resource) -> list[Operation]:
    calls = [
        ("delete", "POST", f"{resource.path}/delete", partial(_archive, resource)),
        ("list", "POST", f"{resource.path}/list", partial(_list, resource)),
        ("update", "PUT", resource.path, partial(_write, resource, False)),
        ("create", "POST", resource.path, partial(_write, resource, True)),
    ]
    media = resource.media_type
    return [
        Operation(f"{resource.name}.{verb}", method, path, handle, takes=media, gives=media)
        for verb, method, path, handle in calls
        if resource.creates or verb in ("list", "update")
    ]


_REPORT = "application/vnd.{}asyncreportresponse.v3+json"
_REPORTS = "/reporting/reports"
OPERATIONS: tuple[Operation, ...] = (
    Operation("token", "POST", "/auth/o2/token", _token, scoped=False, open=True),
    Operation("profiles", "GET", "/v2/profiles", _profiles, scoped=False),
    *(operation for resource in RESOURCES for operation in _of_resource(resource)),
    Operation("reports.create", "POST", _REPORTS, _report_create, style=Style.REPORTING,
              takes="application/vnd.createasyncreportrequest.v3+json", gives=_REPORT.format("create")),
    Operation("reports.get", "GET", f"{_REPORTS}/([^/]+)", _report_get, style=Style.REPORTING),
    Operation("reports.delete", "DELETE", f"{_REPORTS}/([^/]+)", _report_delete, style=Style.REPORTING),
    Operation("reports.download", "GET", r"/download/([^/]+)\.json\.gz", _download, scoped=False, open=True),
)  # fmt: skip
