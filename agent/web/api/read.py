"""What programs may read: the same as people read on the page."""

from __future__ import annotations

from collections import Counter
from contextlib import nullcontext
from typing import Any

from agent.jobs.storage import storage_of
from agent.language import _
from agent.ledger.inbox import Wanted
from agent.model.alert import Alert
from agent.model.change import value_to_json
from agent.model.money import Money
from agent.model.proposal import Proposal, Run, State
from agent.model.risk import exposure, relative, risk_of
from agent.model.rule import Rule
from agent.model.verdict import Tally
from agent.redaction import redacted_fields
from agent.shown.history import history
from agent.shown.status import status_of
from agent.web.api import shapes
from agent.web.api.asked import AlertQuery, PlanQuery, ProposalQuery, RuleQuery, RunQuery, cursor_of, place_of
from agent.web.api.call import Call
from agent.web.api.problems import Problem
from agent.web.desk import Desk

_PARTS = ("account", "rule", "kind", "field", "risk", "entity", "run", "text")


def me(call: Call) -> shapes.Me:
    token = call.caller.token
    return shapes.Me(user=call.caller.name, role=call.caller.role, key=token.id, name=token.name,
                     scopes=list(token.scopes), expires_at=token.expires_at)  # fmt: skip


def proposals(call: Call) -> shapes.Proposals:
    asked = call.asked(ProposalQuery)
    parts = {name: getattr(asked, name) or "" for name in _PARTS}
    wanted = Wanted(None if asked.state is None else State(asked.state), **parts)
    before = int(asked.cursor) if asked.cursor is not None else None
    found = call.desk.ledger.pages.proposals(wanted, before, asked.limit + 1)
    piece, more = found[: asked.limit], len(found) > asked.limit
    return shapes.Proposals(
        items=[shapes.Brief(**_brief(call.desk, each)) for _number, each in piece],
        next=str(piece[-1][0]) if more else None,
    )


def proposal(call: Call) -> shapes.Whole:
    id, ledger = call.params["id"], call.desk.ledger
    found = next(iter(ledger.proposals(ids=[id])), None)
    if found is None:
        raise missing(_("There is no proposal {ids}.").format(ids=id), "path.id")
    said = ledger.decisions([id]).get(id, [])
    return shapes.Whole(
        **_brief(call.desk, found), digest=found.digest, as_of=found.as_of, undoes=found.undoes,
        belts=[shapes.Belt(belt=each.belt, answer=each.answer, figure=each.figure, limit=each.limit,
                           note=each.note) for each in found.belts],
        trace=[shapes.TraceLine(line=step.text, outcome=step.outcome, because=step.because,
                                values=redacted_fields(step.values)) for step in found.trace],
        decisions=[shapes.Decided(version=each.decision.version, by=each.decision.by, through=each.decision.through,
                                  verdict="approve" if each.decision.approve else "reject", note=each.decision.note,
                                  at=each.at) for each in said],
        history=[redacted_fields(row) for row in history(ledger, found)],
    )  # fmt: skip


def plans(call: Call) -> shapes.Runs:
    asked = call.asked(PlanQuery)
    return _runs(call, "judge", asked.account, asked.limit, asked.cursor)


def plan(call: Call) -> shapes.Plan:
    id, ledger = call.params["run"], call.desk.ledger
    run = ledger.run(id)
    if run is None or run.job != "judge":
        raise missing(_("There is no plan {run}").format(run=id), "path.run")
    states = Counter(str(each.state) for each in ledger.proposals(run=id))
    return shapes.Plan(run=_run(run), states=dict(sorted(states.items())),
                       rules=[_tally(each) for each in ledger.tallies(id)])  # fmt: skip


def runs(call: Call) -> shapes.Runs:
    asked = call.asked(RunQuery)
    return _runs(call, asked.job, asked.account, asked.limit, asked.cursor)


def alerts(call: Call) -> shapes.Alerts:
    asked = call.asked(AlertQuery)
    wanted = [(name, value) for name in ("account", "severity", "rule") if (value := getattr(asked, name))]
    found = call.desk.ledger.pages.alerts(
        holds=None if asked.state is None else asked.state == "open", wanted=wanted, before=place_of(asked.cursor),
        limit=asked.limit + 1,
    )  # fmt: skip
    piece, more = found[: asked.limit], len(found) > asked.limit
    return shapes.Alerts(items=[_alert(each) for each in piece],
                         next=cursor_of(piece[-1].opened_at, piece[-1].id) if more else None)  # fmt: skip


def rules(call: Call) -> shapes.Rules:
    account, desk = call.asked(RuleQuery).account, call.desk
    if account not in desk.config.accounts:
        raise missing(_("There is no account {account}.").format(account=account), "query.account")
    loader = desk.loader(account)
    last = {each.rule: each for each in desk.ledger.newest_tallies(account)}
    found = loader.rulebook.rules if loader is not None else ()
    fault = _("the files are at fault: steward rules check") if loader is None or loader.fault else ""
    return shapes.Rules(account=account, fault=fault, items=[_rule(each, last.get(each.name)) for each in found])


def health(call: Call) -> shapes.Health:
    desk = call.desk
    storage = storage_of(lambda: nullcontext(desk.ledger), desk.config.facts_folder())
    found = status_of(desk.config, desk.ledger, desk.book, list(desk.config.accounts), storage)
    stopped = found["stopped"]
    return shapes.Health(
        healthy=found["healthy"], dry_run=found["dry_run"], stopped=stopped and shapes.Stopped(**stopped),
        storage=[shapes.StoragePart(**part) for part in found["storage"]],
        accounts=[_account(name, desk.marketplace(name), each) for name, each in found["accounts"].items()],
    )  # fmt: skip


def missing(title: str, place: str) -> Problem:
    return Problem(404, "missing", title, place=place, remedy=_("Look it up in the list."))


def _brief(desk: Desk, proposal: Proposal) -> dict[str, Any]:
    change = proposal.change
    cost, currency = exposure(change), desk.currency(change.entity.account)
    return {
        "id": proposal.id, "version": proposal.version, "state": proposal.state, "rule": proposal.rule,
        "account": change.entity.account, "kind": change.entity.kind, "entity": change.entity.id,
        "title": proposal.title, "field": change.field, "before": value_to_json(change.before),
        "after": value_to_json(change.after), "relative": relative(change), "risk": risk_of(change),
        "cost": value_to_json(Money(cost, currency)) if cost is not None and currency else None,
        "reason": proposal.reason, "severity": proposal.severity, "mode": proposal.mode,
        "run": proposal.run, "created_at": proposal.created_at, "known_at": proposal.known_at,
        "expires_at": proposal.expires_at,
    }  # fmt: skip


def _runs(call: Call, job: str | None, account: str | None, limit: int, cursor: str | None) -> shapes.Runs:
    found = call.desk.ledger.pages.runs(job, account, place_of(cursor), limit + 1)
    piece, more = found[:limit], len(found) > limit
    return shapes.Runs(items=[_run(each) for each in piece],
                       next=cursor_of(piece[-1].started, piece[-1].id) if more else None)  # fmt: skip


def _run(run: Run) -> shapes.RunShape:
    return shapes.RunShape(id=run.id, job=run.job, account=run.account, started=run.started, ended=run.ended,
                           counts=dict(run.counts), fault=run.fault)  # fmt: skip


def _tally(tally: Tally) -> shapes.RuleTally:
    return shapes.RuleTally(rule=tally.rule, digest=tally.digest, judged=tally.judged, matched=tally.matched,
                            unknown=tally.unknown, unknown_because=dict(tally.unknown_because))  # fmt: skip


def _alert(alert: Alert) -> shapes.AlertShape:
    entity = alert.entity
    return shapes.AlertShape(
        id=alert.id, severity=alert.severity, rule=alert.rule, account=entity.account, kind=entity.kind,
        entity=entity.id, title=alert.title, reason=alert.reason, run=alert.run, opened_at=alert.opened_at,
        seen_at=alert.seen_at, closed_at=alert.closed_at, closed_because=alert.closed_because,
    )  # fmt: skip


def _rule(rule: Rule, last: Tally | None) -> shapes.RuleShape:
    return shapes.RuleShape(
        name=rule.name, judges=rule.judges, mode=rule.mode, severity=rule.severity, about=rule.about,
        digest=rule.digest, tests=len(rule.tests), last=None if last is None else _tally(last),
    )  # fmt: skip


def _account(name: str, marketplace: str, found: dict[str, Any]) -> shapes.AccountHealth:
    return shapes.AccountHealth(
        account=name, marketplace=marketplace, restored=bool(found["restored"]), proposals=found["proposals"],
        jobs=[shapes.JobRun(job=job, **run) for job, run in found["runs"].items()],
        streams=[shapes.StreamState(stream=stream, **each) for stream, each in found["streams"].items()],
    )  # fmt: skip
