"""Tickets: what people are to do, whose it is and by when; taken, handed over and done here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from starlette.responses import Response

from agent.language import _
from agent.ledger.tickets import TicketCount
from agent.model.ticket import UNFINISHED, Ticket, TicketState
from agent.web.asking import Ask
from agent.web.paging import PAGE_ROWS, leaf_of

_DONE = (TicketState.DONE,)
_LONGEST_NAME, _LONGEST_NOTE = 80, 2_000


def show(ask: Ask) -> Response:
    """What is to be done, what is due first at the head; ``state=done``: what was done, the last first."""
    ledger, now, done = ask.desk.ledger, ask.desk.clock.now(), ask.query("state") == "done"
    counts = ledger.tickets.counts(now)
    mine = [each for each in counts if (each.state is TicketState.DONE) is done]
    account, owner, late = ask.query("account"), ask.query("owner"), ask.query("late") == "1" and not done
    total = sum(each.overdue if late else each.count for each in mine if _fits(each, account, owner))
    leaf = leaf_of(ask, total)
    found = ledger.tickets.chosen(
        account or None, states=_DONE if done else UNFINISHED, owner=owner or None, overdue_at=now if late else None,
        limit=PAGE_ROWS, offset=leaf.first,
    )  # fmt: skip
    return ask.page(
        "tickets.html", tickets=found, leaf=leaf, done=done, account=account, owner=owner, late=late, now=now,
        accounts=_counted(mine, lambda each: each.account), owners=_counted(mine, lambda each: each.owner),
        open_=sum(each.count for each in counts if each.state is not TicketState.DONE),
        overdue=sum(each.overdue for each in counts), filtered=bool(account or owner or late),
    )  # fmt: skip


def one(ask: Ask) -> Response:
    """The task, why, what is known of it, and what can be done with it."""
    ticket = ask.desk.ledger.tickets.find(ask.param("id"))
    return _missing(ask) if ticket is None else _page(ask, ticket)


def acknowledge(ask: Ask) -> Response:
    """Somebody says that they are at it; it becomes theirs where it was nobody's."""

    def take(ticket: Ticket) -> None:
        ledger, now, by = ask.desk.ledger, ask.desk.clock.now(), ask.person.name
        if not ticket.task.owner:
            ledger.tickets.assign(ticket.id, by, by, now)
        ledger.tickets.move(ticket.id, TicketState.ACKNOWLEDGED, by, _note(ask), now)

    return _changed(ask, (TicketState.OPEN,), take)


def finish(ask: Ask) -> Response:
    """Somebody says that it is done, and what was found or done."""

    def end(ticket: Ticket) -> None:
        ask.desk.ledger.tickets.move(
            ticket.id, TicketState.DONE, ask.person.name, _note(ask), ask.desk.clock.now()
        )  # fmt: skip

    return _changed(ask, UNFINISHED, end)


def assign(ask: Ask) -> Response:
    """It is handed over to somebody: a user, or any name that people here know."""
    owner = " ".join(ask.field("owner").split())
    if not owner or len(owner) > _LONGEST_NAME:
        ticket = ask.desk.ledger.tickets.find(ask.param("id"))
        return _missing(ask) if ticket is None else _page(ask, ticket, _("Name somebody, in at most 80 letters."))

    def hand_over(ticket: Ticket) -> None:
        ask.desk.ledger.tickets.assign(ticket.id, owner, ask.person.name, ask.desk.clock.now())

    return _changed(ask, UNFINISHED, hand_over)


def _changed(ask: Ask, allowed: Sequence[TicketState], change: Callable[[Ticket], None]) -> Response:
    """Do it and show the ticket; refused where somebody else has been quicker."""
    ticket = ask.desk.ledger.tickets.find(ask.param("id"))
    if ticket is None:
        return _missing(ask)
    if ticket.state not in allowed:
        told = _("It is {state} since {moment}, by {name}. Nothing was changed.").format(
            state=_(ticket.state), moment=f"{ticket.since:%Y-%m-%d %H:%M} UTC", name=ticket.by or "–")  # fmt: skip
        return _page(ask, ticket, told, 409)
    change(ticket)
    return ask.go(f"/tickets/{ticket.id}")


def _page(ask: Ask, ticket: Ticket, fault: str = "", status: int = 200) -> Response:
    ledger, now = ask.desk.ledger, ask.desk.clock.now()
    known = {each.owner for each in ledger.tickets.counts(now)} | {user.name for user in ledger.people.users()}
    return ask.page(
        "ticket.html", 422 if fault and status == 200 else status, ticket=ticket, alert=ticket.alert, now=now,
        owners=sorted(known - {"", ticket.task.owner}), fault=fault,
    )  # fmt: skip


def _note(ask: Ask) -> str:
    return ask.field("note")[:_LONGEST_NOTE]


def _missing(ask: Ask) -> Response:
    return ask.refuse(404, _("There is no ticket {id}.").format(id=ask.param("id")), hint=_("See the list of tickets."))


def _fits(count: TicketCount, account: str, owner: str) -> bool:
    return (not account or count.account == account) and (not owner or count.owner == owner)


def _counted(counts: Sequence[TicketCount], name: Callable[[TicketCount], str]) -> list[tuple[str, int]]:
    """Choices of a filter: each name and how many there are; those that name nobody are left out."""
    found: Counter[str] = Counter()
    for each in counts:
        found[name(each)] += each.count
    return sorted((value, count) for value, count in found.items() if value)
