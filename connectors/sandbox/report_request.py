"""Asking for a report: what is refused, and why, before anything is computed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from connectors.sandbox.answers import Refusal, invalid
from connectors.sandbox.report_columns import REPORT_TYPES, ReportType

_MOST_DAYS = 31
_LOOK_BACK_DAYS = 95
_KNOWN = {"adProduct", "columns", "filters", "format", "groupBy", "reportTypeId", "timeUnit"}


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """A request that holds. ``fingerprint`` is equal for equal requests, whatever their names."""

    type: str
    first: date
    last: date
    columns: tuple[str, ...]
    groups: tuple[str, ...]
    filters: Mapping[str, tuple[str, ...]]
    daily: bool
    name: str | None
    configuration: Mapping[str, object]

    @property
    def fingerprint(self) -> str:
        return json.dumps([str(self.first), str(self.last), self.configuration], sort_keys=True, default=str)


def read_request(body: Mapping[str, object], today: date) -> ReportRequest:
    """Check a request as Amazon does; a ``Refusal`` names what is wrong."""
    configuration = body.get("configuration")
    if not isinstance(configuration, Mapping):
        raise invalid("configuration is required")
    unknown = sorted(set(configuration) - _KNOWN)
    if unknown:
        raise invalid(f"configuration has unknown fields: {', '.join(unknown)}")
    for key, value in (("adProduct", "SPONSORED_PRODUCTS"), ("format", "GZIP_JSON")):
        if configuration.get(key) != value:
            raise invalid(f"configuration.{key} must be {value}")
    first, last = _day(body, "startDate"), _day(body, "endDate")
    _check_days(first, last, today)
    name = configuration.get("reportTypeId")
    if name not in REPORT_TYPES:
        raise invalid(f"configuration.reportTypeId {name} is not supported; one of: {', '.join(REPORT_TYPES)}")
    type = REPORT_TYPES[str(name)]
    groups = _groups(configuration, type)
    unit = configuration.get("timeUnit")
    title = body.get("name")
    return ReportRequest(
        str(name), first, last, _columns(configuration, type, groups, unit), groups,
        _filters(configuration, type), unit == "DAILY", str(title) if title is not None else None, configuration,
    )  # fmt: skip


def _day(body: Mapping[str, object], key: str) -> date:
    try:
        return date.fromisoformat(str(body[key]))
    except (KeyError, ValueError):
        raise invalid(f"{key} must be a date such as 2026-11-01") from None


def _check_days(first: date, last: date, today: date) -> None:
    if last < first:
        raise invalid("endDate must not be before startDate")
    if (last - first).days + 1 > _MOST_DAYS:
        raise invalid(f"The date range must not exceed {_MOST_DAYS} days")
    if last > today:
        raise invalid("endDate must not be in the future")
    if (today - first).days > _LOOK_BACK_DAYS:
        raise invalid(f"startDate must not be more than {_LOOK_BACK_DAYS} days ago")


def _groups(configuration: Mapping[str, object], type: ReportType) -> tuple[str, ...]:
    groups = _texts(configuration.get("groupBy"), "configuration.groupBy")
    unknown = [group for group in groups if group not in type.groups]
    if unknown or not groups:
        raise invalid(f"configuration.groupBy must name one of: {', '.join(type.groups)}")
    if len(groups) > 1 and not type.together:
        raise invalid("configuration.groupBy must name one grouping for this report type")
    return groups


def _columns(configuration: Mapping[str, object], type: ReportType, groups: tuple[str, ...],
             unit: object) -> tuple[str, ...]:  # fmt: skip
    columns = _texts(configuration.get("columns"), "configuration.columns")
    unknown = sorted(set(columns) - type.allowed(groups))
    if unknown or not columns:
        raise invalid(f"configuration.columns includes invalid values: ({', '.join(unknown)})")
    if unit not in ("DAILY", "SUMMARY"):
        raise invalid("configuration.timeUnit must be DAILY or SUMMARY")
    unfit = {"startDate", "endDate"} if unit == "DAILY" else {"date"}
    if unfit & set(columns) or (unit == "DAILY" and "date" not in columns):
        # Amazon: DAILY goes with ``date``, SUMMARY with ``startDate`` and ``endDate``.
        raise invalid(f"configuration.columns do not fit timeUnit {unit}")
    return columns


def _filters(configuration: Mapping[str, object], type: ReportType) -> Mapping[str, tuple[str, ...]]:
    wanted = configuration.get("filters") or []
    if not isinstance(wanted, list):
        raise invalid("configuration.filters must be an array")
    filters = {}
    for each in wanted:
        field = each.get("field") if isinstance(each, Mapping) else None
        if not isinstance(field, str) or field not in type.filters:
            raise invalid(f"configuration.filters: {field} is not supported; one of: {', '.join(type.filters)}")
        values = _texts(each.get("values"), f"configuration.filters.{field}")
        if set(values) - set(type.filters[field]):
            raise invalid(f"configuration.filters: {field} has unknown values")
        filters[field] = values
    return filters


def _texts(value: object, name: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise invalid(f"{name} must be an array of strings")
    return tuple(value)


def duplicate(id: str) -> Refusal:
    """Amazon: an equal request while one is in the queue answers 425 and names the report to adopt."""
    return Refusal(425, "425", f"The Request is a duplicate of : {id}")
