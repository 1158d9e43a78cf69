"""``steward audit``: what happened, and whether the record is whole."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from agent.cli.exporting import export
from agent.cli.plans import arrow
from agent.cli.session import AsJson, session
from agent.cli.verifying import verify
from agent.language import _
from agent.model.change import Change, value_from_json
from agent.model.entity import Entity

_SHOWN = 24


def mount_audit(group: typer.Typer) -> None:
    group.command("show", help=_("Show the newest events of the audit log."))(show)
    group.command("verify", help=_("Recompute the hash chain and say whether the log is whole."))(verify)
    group.command("export", help=_("Write the whole log with its hashes and checkpoints, for others to check."))(export)
    group.command("checkpoint", help=_("Sign the head of the audit log now and print the checkpoint."))(checkpoint)
    group.command("key", help=_("Print the public key that checkpoints are checked with."))(key)


def show(
    context: typer.Context,
    proposal: Annotated[str | None, typer.Option(help=_("Only events of this proposal."))] = None,
    limit: Annotated[int, typer.Option(help=_("Most rows to show."))] = 50,
    json: AsJson = False,
) -> None:
    from agent.wiring import ledger_of

    here = session(context)
    config, screen = here.config(), here.screen(json=json)
    with ledger_of(config) as ledger:
        events = ledger.events(proposal=proposal, limit=limit)
    if json:
        rows = [{"seq": event.seq, "at": event.at, "kind": event.kind, "proposal": event.proposal, "run": event.run,
                 "payload": dict(event.payload), "hash": event.hash} for event in events]  # fmt: skip
        screen.object("steward.audit/1", {"events": rows})
        return
    screen.table(
        [_("no."), _("when"), _("event"), _("proposal"), _("what")],
        [[event.seq, event.at.isoformat(timespec="seconds"), event.kind, event.proposal or "",
          " ".join(f"{name}={_brief(value)}" for name, value in event.payload.items())] for event in events],
    )  # fmt: skip


def _brief(value: Any) -> str:
    """A payload's value on one line: a change as its lever and values, a hash by its first letters."""
    if not isinstance(value, dict):
        return str(value)[:_SHOWN]
    before, after = value_from_json(value["before"]), value_from_json(value["after"])
    change = Change(Entity(value["account"], value["kind"], value["entity"]), value["field"], before, after)
    return f"{change.entity} {change.field} {arrow(change)}"


def checkpoint(context: typer.Context, json: AsJson = False) -> None:
    from agent.wiring import ledger_of, witness_of

    here = session(context)
    config, screen = here.config(), here.screen(json=json)
    with ledger_of(config) as ledger:
        note, head = witness_of(config).sign(ledger), ledger.head()
    if json:
        screen.object("steward.checkpoint/1", {"checkpoint": note, "rows": head.seq, "head": head.hash})
    elif note is None:
        screen.note(_("Nothing happened since the newest checkpoint."))
    else:
        screen.line(note.rstrip("\n"))


def key(context: typer.Context, json: AsJson = False) -> None:
    from agent.wiring import witness_of

    here = session(context)
    config, screen = here.config(), here.screen(json=json)
    public = str(witness_of(config).signer().public)
    if json:
        screen.object("steward.audit_key/1", {"public_key": public})
        return
    screen.line(public)
    screen.note(_("Keep it elsewhere: it proves which checkpoints are yours."))
