"""From a report's figures to its sheet: what is said in which order."""

from __future__ import annotations

from agent.language import _, current, day, moment
from agent.model.report import Period, Report
from agent.shown.report.care import coverage_line, data_part, health_part, stock_line, stock_part
from agent.shown.report.deeds import alerts_line, alerts_part, rules_part, tasks_part, work_line, work_part
from agent.shown.report.sheet import Part, Sheet
from agent.shown.report.shop import ads_line, ads_part, sales_line, sales_part


def sheet(report: Report, zone: str) -> Sheet:
    """In the language that is being spoken; instants in ``zone``, days of figures in the account's own."""
    about = _("{marketplace} · made {when}").format(marketplace=report.marketplace, when=moment(report.at, zone))
    foot = (
        _("Days of figures are those of the marketplace ({zone}).").format(zone=report.time_zone),
        _("Unknown means that a figure has not come, not that it is zero."),
    )
    return Sheet(title(report), about, _head(report), tuple(_parts(report, zone)), foot, current())


def title(report: Report) -> str:
    daily = report.period is Period.DAILY
    text = _("Daily report · {account} · {day}") if daily else _("Weekly review · {account} · {day}")
    return text.format(account=report.account, day=day(report.day))


def _head(report: Report) -> tuple[str, ...]:
    audit = () if report.audit.whole else (_("The audit log is NOT WHOLE: run 'steward audit verify'."),)
    return (
        *audit, sales_line(report), ads_line(report), work_line(report.work), stock_line(report.stock),
        alerts_line(report), coverage_line(report.coverage),
    )  # fmt: skip


def _parts(report: Report, zone: str) -> list[Part]:
    rules = [rules_part(report)] if report.period is Period.WEEKLY else []
    return [
        sales_part(report), ads_part(report), work_part(report), *rules, tasks_part(report, zone), alerts_part(report),
        stock_part(report, zone), health_part(report.health, zone, report.period), data_part(report, zone),
    ]  # fmt: skip
