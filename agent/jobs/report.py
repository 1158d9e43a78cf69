"""The daily and the weekly report of one account: what the ledger and the facts say at one moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from agent.jobs.report_ads import ads_of
from agent.jobs.report_log import ReportLedger, audit_of, rules_of, standing_of, todo_of, work_of
from agent.jobs.report_sales import sales_of
from agent.jobs.report_stock import coverage_of, health_of, stock_of
from agent.ledger.chain import Head
from agent.model.marketplace import Marketplace
from agent.model.report import Period, Report
from agent.model.setting import Scope
from agent.ports import FactView


@dataclass(frozen=True, slots=True)
class Subject:
    """The account a report is about. ``about``: what each rule is for. ``signed``: the newest checkpoint's head."""

    account: str
    marketplace: Marketplace
    scopes: Sequence[Scope]
    about: Mapping[str, str]
    signed: Head | None
    dry_run: bool
    digests: Mapping[str, str] = field(default_factory=dict)
    """By rule, of its present text."""


def report(period: Period, subject: Subject, ledger: ReportLedger, view: FactView, at: datetime) -> Report:
    """How the account stood at ``at``, by a ledger and facts of that moment."""
    since, zone = at - period.length, ZoneInfo(subject.marketplace.time_zone)
    account, today = subject.account, at.astimezone(zone).date()
    recap = ledger.recap(account, since, at)
    weekly = period is Period.WEEKLY
    return Report(
        period, account, subject.marketplace.code, subject.marketplace.currency, subject.marketplace.time_zone,
        at, since, today, work_of(ledger, account, recap, subject.about, dry_run=subject.dry_run),
        audit_of(ledger, subject.signed, at), coverage_of(view, at, today), sales_of(period, view, today),
        ads_of(period, view, today, zone, subject.scopes), stock_of(view, at), health_of(view, at),
        rules_of(ledger, account, recap, subject.about, subject.digests, since, at) if weekly else (),
        standing_of(ledger, account, since, subject.about), todo_of(ledger, account, at), recap.finished,
    )  # fmt: skip
