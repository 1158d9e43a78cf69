"""``steward tickets``: what people are to do, and how far it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli.session import Account, AsJson, Session, accounts, session, whoami
from agent.language import _

if TYPE_CHECKING:
    from datetime import datetime

    from agent.ledger import SqlLedger
    from agent.model.ticket import Ticket

Id = Annotated[str, typer.Argument(help=_("Id of a ticket."), show_default=False)]
Note = Annotated[str, typer.Option("--note", help=_("What was found or done; kept in the audit log."))]


def mount_tickets(group: typer.Typer) -> None:
    group.command("list", help=_("Open tickets, what is due first at the head."))(show_list)
    group.command("show", help=_("Show one ticket: the task, why, and what became of it."))(show)
    group.command("ack", help=_("Say that you are at it."))(acknowledge)
    group.command("done", help=_("Say that it is done."))(done)
    group.command("assign", help=_("Hand a ticket over to somebody."))(assign)


def show_list(
    context: typer.Context,
    account: Account = None,
    owner: Annotated[str | None, typer.Option("--owner", help=_("Only this person's."))] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help=_("Only those whose time is up."))] = False,
    closed: Annotated[bool, typer.Option("--done", help=_("Also those that are done."))] = False,
    limit: Annotated[int, typer.Option(help=_("At most so many."))] = 100,
    json: AsJson = False,
) -> None:
    from agent.clock import SystemClock
    from agent.model.ticket import UNFINISHED
    from agent.wiring import ledger_of

    here = session(context)
    config, screen = here.config(), here.screen(json=json)
    now, known = SystemClock().now(), accounts(config, account)
    with ledger_of(config) as ledger:
        found = [each for each in ledger.tickets.chosen(account, states=None if closed else UNFINISHED, owner=owner,
                                                 overdue_at=now if overdue else None)
                 if each.alert.entity.account in known]  # fmt: skip
    if json:
        screen.object("steward.tickets/1", {"tickets": [ticket_json(each, now) for each in found[:limit]]})
        return
    screen.table(
        [_("id"), _("due"), _("state"), _("owner"), _("severity"), _("account"), _("what"), _("task"), _("why")],
        [[each.id, _due(each, now), _(str(each.state)), each.task.owner or "–", str(each.alert.severity),
          each.alert.entity.account, each.alert.title, _(each.task.text), each.alert.reason]
         for each in found[:limit]],
    )  # fmt: skip
    if len(found) > limit:
        screen.note(_("… and {count} more: --limit").format(count=len(found) - limit))


def show(context: typer.Context, id: Id, json: AsJson = False) -> None:
    from agent.clock import SystemClock
    from agent.errors import ConfigError
    from agent.wiring import ledger_of

    here = session(context)
    config, screen, now = here.config(), here.screen(json=json), SystemClock().now()
    with ledger_of(config) as ledger:
        found = ledger.tickets.find(id)
    if found is None:
        raise ConfigError(_("There is no ticket {id}.").format(id=id), hint=_("See 'steward tickets list'."))
    if json:
        screen.object("steward.ticket/1", ticket_json(found, now))
        return
    alert = found.alert
    said = f"{_(str(found.state))} · {found.since:%Y-%m-%d %H:%M} · {found.by or alert.rule}"
    holds = _("closed: {why}").format(why=_(alert.closed_because)) if alert.closed_at else _("it still holds")
    rows = [
        (_("task"), _(found.task.text)), (_("what"), f"{alert.title} ({alert.entity})"), (_("why"), alert.reason),
        (_("rule"), f"{alert.rule} · {alert.severity}"), (_("owner"), found.task.owner or "–"),
        (_("due"), _due(found, now)), (_("state"), f"{said} {_(found.note)}".rstrip()),
        (_("escalated"), f"{found.escalated_at:%Y-%m-%d %H:%M}" if found.escalated_at else "–"),
        (_("alert"), holds),
    ]  # fmt: skip
    for name, value in rows:
        screen.line(f"{name}: {value}")


def acknowledge(context: typer.Context, id: Id, note: Note = "", json: AsJson = False) -> None:
    from agent.model.ticket import TicketState

    state = TicketState.ACKNOWLEDGED
    _change(session(context), lambda ledger, at: ledger.tickets.move(id, state, whoami(), note, at), json)


def done(context: typer.Context, id: Id, note: Note = "", json: AsJson = False) -> None:
    from agent.model.ticket import TicketState

    _change(session(context), lambda ledger, at: ledger.tickets.move(id, TicketState.DONE, whoami(), note, at), json)


def assign(
    context: typer.Context,
    id: Id,
    owner: Annotated[str, typer.Argument(help=_("Whose it is from now on."), show_default=False)],
    json: AsJson = False,
) -> None:
    from agent.errors import ConfigError

    if not owner.strip():
        raise ConfigError(_("A ticket is handed over to somebody."), hint=_("Name a person."))
    _change(session(context), lambda ledger, at: ledger.tickets.assign(id, owner.strip(), whoami(), at), json)


def _change(here: Session, do: Callable[[SqlLedger, datetime], Ticket], json: bool) -> None:
    from agent.clock import SystemClock
    from agent.wiring import ledger_of

    config, screen, now = here.config(), here.screen(json=json), SystemClock().now()
    with ledger_of(config) as ledger:
        found = do(ledger, now)
    if json:
        screen.object("steward.ticket/1", ticket_json(found, now))
    else:
        screen.line(f"{found.id}: {_(str(found.state))}, {_('owner')} {found.task.owner or '–'}, {_due(found, now)}")


def ticket_json(ticket: Ticket, now: datetime) -> dict[str, Any]:
    """A ticket as every command shows it."""
    alert, task = ticket.alert, ticket.task
    return {
        "id": ticket.id, "state": str(ticket.state), "task": task.text, "owner": task.owner, "due_at": task.due_at,
        "overdue": ticket.overdue(now), "since": ticket.since, "by": ticket.by, "note": ticket.note,
        "escalated_at": ticket.escalated_at, "severity": str(alert.severity), "rule": alert.rule,
        "account": alert.entity.account, "kind": alert.entity.kind, "entity": alert.entity.id, "title": alert.title,
        "reason": alert.reason, "evidence": alert.evidence, "opened_at": alert.opened_at,
        "closed_at": alert.closed_at, "closed_because": alert.closed_because,
    }  # fmt: skip


def _due(ticket: Ticket, now: datetime) -> str:
    late = f" {_('overdue')}" if ticket.overdue(now) else ""
    return f"{ticket.task.due_at:%Y-%m-%d %H:%M}{late}"
