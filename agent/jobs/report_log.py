"""What the audit log says in a report: changes, rules, alerts, tickets, and how whole it is itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Protocol

from agent.jobs.standing import THROUGH
from agent.ledger.chain import Head
from agent.ledger.inbox import Cell, Inbox, Wanted
from agent.ledger.recap import Recap
from agent.ledger.records import Records
from agent.ledger.switches import Stop
from agent.ledger.tickets import Tickets
from agent.model.alert import Alert
from agent.model.proposal import Execution, Proposal, ProposalId, Run, State
from agent.model.report import RECORD_DAYS, Audit, Failure, OpenAlerts, RuleWeek, ToDo, Waiting, Work
from agent.model.verdict import Tally

_EMPTY = Head(0, "0" * 64)
_SHOWN = 20
_TITLES = 3


class ReportLedger(Protocol):
    """The part of the ledger that reports are made of."""

    @property
    def inbox(self) -> Inbox: ...
    @property
    def records(self) -> Records: ...
    @property
    def tickets(self) -> Tickets: ...
    def recap(self, account: str, since: datetime, until: datetime) -> Recap: ...
    def runs(self, limit: int | None = 50, job: str | None = None, account: str | None = None) -> Sequence[Run]: ...
    def tallies(self, run: str) -> Sequence[Tally]: ...
    def in_state(self, *states: State, account: str | None = None) -> Sequence[Proposal]: ...
    def counts(self, account: str | None = None) -> Mapping[State, int]: ...
    def proposals(self, *, ids: Iterable[ProposalId] | None = None) -> Sequence[Proposal]: ...
    def executions(self, ids: Iterable[ProposalId]) -> Mapping[ProposalId, Sequence[Execution]]: ...
    def open_alerts(self, account: str | None = None) -> Sequence[Alert]: ...
    def stopped(self) -> Stop | None: ...
    def head(self) -> Head: ...
    def broken_link(self, since: Head) -> int | None: ...


def work_of(ledger: ReportLedger, account: str, recap: Recap, about: Mapping[str, str], *, dry_run: bool) -> Work:
    doubtful = ledger.in_state(State.IN_DOUBT, State.CONFLICT, account=account)
    stop = ledger.stopped()
    return Work(
        recap.count(State.PROPOSED), recap.count(State.HELD), recap.count(State.APPROVED), recap.count(State.REJECTED),
        recap.count(State.EXPIRED), recap.count(State.INTENT), recap.count(State.DONE), recap.count(State.FAILED),
        len(doubtful), _waiting(ledger.inbox.cells(Wanted(account=account)), about), _failures(ledger, recap, doubtful),
        dry_run, None if stop is None else stop.reason,
    )  # fmt: skip


def _waiting(cells: Sequence[Cell], about: Mapping[str, str]) -> tuple[Waiting, ...]:
    """By rule, the most of them first."""
    found = []
    for rule, some in groupby(sorted(cells, key=lambda cell: cell.rule), key=lambda cell: cell.rule):
        mine = list(some)
        found.append(Waiting(rule, about.get(rule, ""), sum(cell.count for cell in mine),
                             sum(cell.cost for cell in mine), sum(cell.unpriced for cell in mine)))  # fmt: skip
    return tuple(sorted(found, key=lambda each: (-each.count, each.rule)))


def _failures(ledger: ReportLedger, recap: Recap, doubtful: Sequence[Proposal]) -> tuple[Failure, ...]:
    refused = ledger.proposals(ids=recap.refused) if recap.refused else []
    some = [*doubtful, *refused][:_SHOWN]
    tried = ledger.executions([proposal.id for proposal in some])
    return tuple(
        Failure(each.rule, each.title or str(each.change.entity), _why(tried.get(each.id, ())),
                each.state is not State.FAILED)
        for each in some
    )  # fmt: skip


def _why(tried: Sequence[Execution]) -> str:
    return " ".join(part for part in (tried[-1].code, tried[-1].message) if part) if tried else ""


def rules_of(ledger: ReportLedger, account: str, recap: Recap, about: Mapping[str, str], digests: Mapping[str, str],
             since: datetime, at: datetime) -> tuple[RuleWeek, ...]:  # fmt: skip
    """Every rule there is or that did something, the busiest first."""
    judged = _judged(ledger, account, since, at)
    names = {*about, *judged, *(rule for rule, _ in recap.moves), *recap.alerts}
    alone = {each.rule for each in ledger.records.standings(account).values() if each.honoured}
    found = [_week(rule, recap, about.get(rule, ""), judged=rule in judged, by_itself=rule in alone) for rule in names]
    lately = at - timedelta(days=RECORD_DAYS)
    with_records = [
        replace(each, record=ledger.records.of(account, each.rule, digests[each.rule], lately, THROUGH))
        if each.rule in digests and (each.proposed or each.approved or each.done) else each
        for each in found
    ]  # fmt: skip
    return tuple(sorted(with_records, key=lambda each: (-each.proposed, -each.done, -each.alerts, each.rule)))


def _week(rule: str, recap: Recap, about: str, *, judged: bool, by_itself: bool) -> RuleWeek:
    def count(state: State) -> int:
        return recap.count(state, rule)

    return RuleWeek(
        rule, about, judged, count(State.PROPOSED), count(State.APPROVED), count(State.REJECTED), count(State.EXPIRED),
        count(State.DONE), count(State.FAILED), recap.alerts.get(rule, 0), by_itself=by_itself,
    )  # fmt: skip


def _judged(ledger: ReportLedger, account: str, since: datetime, at: datetime) -> frozenset[str]:
    """The rules of the newest judging of the period that came to an end."""
    runs = (run for run in ledger.runs(None, "judge", account) if since <= run.started <= at)
    judged = (frozenset(tally.rule for tally in ledger.tallies(run.id)) for run in runs)
    return next(filter(None, judged), frozenset())


def standing_of(
    ledger: ReportLedger, account: str, since: datetime, about: Mapping[str, str]
) -> tuple[OpenAlerts, ...]:
    """Open alerts by rule, the gravest first."""
    groups: dict[str, list[Alert]] = defaultdict(list)
    for alert in ledger.open_alerts(account):
        groups[alert.rule].append(alert)
    found = [_standing(rule, alerts, since, about) for rule, alerts in groups.items()]
    return tuple(sorted(found, key=lambda each: (each.severity, -each.count, each.rule)))


def _standing(rule: str, alerts: Sequence[Alert], since: datetime, about: Mapping[str, str]) -> OpenAlerts:
    newest = sorted(alerts, key=lambda alert: (alert.opened_at, alert.id), reverse=True)
    titles = tuple(dict.fromkeys(alert.title or str(alert.entity) for alert in newest))[:_TITLES]
    fresh = sum(alert.opened_at >= since for alert in alerts)
    return OpenAlerts(min(alert.severity for alert in alerts), rule, about.get(rule, ""), len(alerts), fresh, titles)


def todo_of(ledger: ReportLedger, account: str, at: datetime) -> tuple[ToDo, ...]:
    """What is due first at the head."""
    return tuple(ToDo(each.task.text, each.alert.title, each.task.owner, each.task.due_at, each.overdue(at))
                 for each in ledger.tickets.chosen(account))  # fmt: skip


def audit_of(ledger: ReportLedger, signed: Head | None, until: datetime) -> Audit:
    """Whether what was signed last still stands and all that came after it follows."""
    head = ledger.head()
    at = next((run.started for run in ledger.runs(None, "checkpoint")
               if run.counts.get("signed") and run.started <= until), None)  # fmt: skip
    whole = ledger.broken_link(signed or _EMPTY) is None
    return Audit(head.seq, signed.seq if signed is not None else 0, at if signed is not None else None, whole)
