"""Listings Items 2021-08-01: read one, search, and patch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from connectors.sandbox.answers import Answer, Refusal, invalid, ok
from connectors.sandbox.operation import Visit
from connectors.sandbox.selling.attributes import OFFER, price_of
from connectors.sandbox.selling.listing_shown import INCLUDED, parent_sku, shown, shown_parent
from connectors.sandbox.selling.offers import Shelf
from connectors.sandbox.selling.pages import page, seal, unseal
from connectors.sandbox.selling.patches import Attributes, named, patched
from connectors.sandbox.selling.query import Query
from connectors.sandbox.selling.report_jobs import Json
from connectors.sandbox.shop_rows import ListingRow

_SEARCH_PAGE = 20
_LONGEST_TITLE = 200
_STATUSES = ("BUYABLE", "DISCOVERABLE")


def get(visit: Visit) -> Answer:
    query = Query(visit)
    included = _asked(query)
    query.done()
    _of_seller(visit)
    for row in _visible(visit):
        if row.sku == visit.found[1]:
            return ok(shown(visit, row, included))
        if parent_sku(row) == visit.found[1]:
            return ok(shown_parent(visit, row, included))
    raise Refusal(404, "NotFound", f"SKU {visit.found[1]} is not found in marketplace")


def search(visit: Visit) -> Answer:
    """Parents of variations are found too, as listings nobody can buy."""
    query, now = Query(visit), visit.now
    included = _asked(query)
    identifiers = query.listed("identifiers", most=20)
    type = query.word("identifiersType", ("SKU", "ASIN", "FNSKU"), "SKU")
    status = query.listed("withStatus", _STATUSES)
    severities = query.listed("withIssueSeverity", ("ERROR", "WARNING"))
    since, until = query.instant("createdAfter"), query.instant("createdBefore")
    by = query.word("sortBy", ("sku", "createdDate", "lastUpdatedDate"), "lastUpdatedDate")
    order = query.word("sortOrder", ("ASC", "DESC"), "DESC")
    size, token = query.whole("pageSize", 10, 1, _SEARCH_PAGE), query.text("pageToken")
    query.done()
    _of_seller(visit)
    names = {"SKU": lambda row: row.sku, "ASIN": lambda row: row.asin, "FNSKU": lambda row: row.fnsku}
    keys = {"sku": lambda row: row.sku, "createdDate": lambda row: (row.opened_at, row.sku),
            "lastUpdatedDate": lambda row: (row.changed_at, row.sku)}  # fmt: skip
    rows = [
        row for row in _visible(visit)
        if (not identifiers or names[type](row) in identifiers) and _has(row, status, severities)
        and (since is None or row.opened_at >= since) and (until is None or row.opened_at <= until)
    ]  # fmt: skip
    rows.sort(key=keys[by], reverse=order == "DESC")
    families = {} if identifiers or status or severities else {parent_sku(row): row for row in rows if parent_sku(row)}
    found = [*(shown(visit, row, included) for row in rows),
             *(shown_parent(visit, row, included) for row in families.values())]  # fmt: skip
    question = [sorted(included), list(identifiers), type, list(status), by, order, size]
    start = _start(visit, token, question)
    items, more = page(found, start, size)
    body: Json = {"numberOfResults": len(found), "items": list(items)}
    if more is not None:
        body["pagination"] = {"nextToken": seal(question, more, now)}
    return ok(body)


def patch(visit: Visit) -> Answer:
    """Accepted patches hold at once; reads show them when the wire's read lag has passed."""
    query, sandbox = Query(visit), visit.sandbox
    query.marketplace()
    included = query.listed("includedData", ("identifiers", "issues"))
    preview = query.text("mode") == "VALIDATION_PREVIEW"
    query.text("issueLocale")
    query.done()
    _of_seller(visit)
    body, sku = visit.call.json(), visit.found[1]
    patches = body.get("patches")
    if not isinstance(patches, list) or not patches or not isinstance(body.get("productType"), str):
        raise invalid("productType and patches are required")
    row = sandbox.shop.listing(sku, visit.now)
    if row is None:
        raise Refusal(404, "NotFound", f"SKU {sku} is not found in marketplace")
    shelf = Shelf(sandbox)
    new = patched(shelf.attributes(row, visit.now, visible=False), patches)
    issues = [_issue(*one) for one in _faults(new, named(patches), visit)]
    status = "INVALID" if issues else "VALID" if preview else "ACCEPTED"
    if status == "ACCEPTED":
        _settle(visit, shelf, row, new)
    answer: Json = {"sku": sku, "status": status, "submissionId": sandbox.selling.submission(), "issues": issues}
    if "identifiers" in included:
        answer["identifiers"] = [{"marketplaceId": sandbox.scenario.account.marketplace.id, "asin": row.asin}]
    return ok(answer)


def _settle(visit: Visit, shelf: Shelf, row: ListingRow, new: Attributes) -> None:
    late = visit.strikes.of("late")
    due = visit.now + timedelta(seconds=late.number("seconds")) if late else visit.now
    if late:
        visit.sandbox.selling.later.append((due, lambda: shelf.store(row, new, due, visit.request_id)))
    else:
        shelf.store(row, new, due, visit.request_id)


def _faults(new: Attributes, touched: Sequence[str], visit: Visit) -> list[tuple[str, str, str]]:
    """Code, message and attribute of everything Amazon would not accept."""
    found = []
    price, title = price_of(new.get(OFFER, [])), str((new.get("item_name") or [{}])[0].get("value", ""))
    if OFFER in touched and (price is None or price <= 0):
        found.append(("90220", "'our_price' is required but missing, or is not above 0.", OFFER))
    if OFFER in touched and any(one.get("currency") != visit.sandbox.scenario.account.marketplace.currency
                                for one in new.get(OFFER, [])):  # fmt: skip
        found.append(("90117", "The currency is not that of the marketplace.", OFFER))
    if not title or len(title) > _LONGEST_TITLE:
        found.append(("90225", f"'item_name' must have 1 to {_LONGEST_TITLE} characters.", "item_name"))
    return found


def _issue(code: str, message: str, attribute: str) -> Json:
    return {"code": code, "message": message, "severity": "ERROR", "attributeNames": [attribute],
            "categories": ["INVALID_ATTRIBUTE"]}  # fmt: skip


def _asked(query: Query) -> tuple[str, ...]:
    query.marketplace()
    query.text("issueLocale")
    return query.listed("includedData", INCLUDED) or ("summaries",)


def _of_seller(visit: Visit) -> None:
    if visit.found[0] != visit.sandbox.scenario.account.seller:
        raise Refusal(403, "Unauthorized", "Access to requested resource is denied.")


def _visible(visit: Visit) -> list[ListingRow]:
    """Listings as a read shows them: as they were one read lag ago."""
    sandbox = visit.sandbox
    lag = timedelta(seconds=sandbox.scenario.wire.read_lag_seconds)
    return sandbox.shop.listings(max(visit.now - lag, sandbox.started))


def _has(row: ListingRow, status: Sequence[str], severities: Sequence[str]) -> bool:
    is_so: Mapping[str, bool] = {"BUYABLE": row.buyable, "DISCOVERABLE": row.discoverable}
    return all(is_so[one] for one in status) and (
        not severities or any(issue.severity in severities for issue in row.issues)
    )


def _start(visit: Visit, token: str, question: object) -> int:
    if not token:
        return 0
    asked, start = unseal(token, visit.now, timedelta(hours=1), "pageToken")
    if asked != question:
        raise invalid("pageToken does not belong to these parameters")
    return start
