"""``steward undo``: propose to take back what was carried out."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli.session import Account, AsJson, accounts, session
from agent.language import _, ngettext, noted

if TYPE_CHECKING:
    from agent.cli.screen import Screen
    from agent.jobs.undo import UndoReport
    from agent.model.unwind import Kept, Which

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_WHYS = (
    noted("changed since"), noted("already as before"), noted("no longer listed"), noted("still in flight"),
    noted("not seen since"), noted("cannot be taken back"), noted("had no value before"),
    noted("another change waits"), noted("could not be read"),
)  # fmt: skip


def mount(app: typer.Typer) -> None:
    app.command(help=_("Propose to set back what was carried out. Nothing is sent; what others changed stays."))(undo)


def undo(
    context: typer.Context,
    run: Annotated[
        str | None, typer.Option("--run", help=_("What this plan, or this pass of sending, changed."))
    ] = None,
    rule: Annotated[str | None, typer.Option("--rule", "-r", help=_("What this rule changed."))] = None,
    since: Annotated[
        str | None, typer.Option("--since", help=_("What was sent since: 2h, 3d, or a time such as 2026-03-18T09:30."))
    ] = None,
    entity: Annotated[
        str | None, typer.Option("--entity", metavar="KIND:ID", help=_("What was changed of this thing."))
    ] = None,
    account: Account = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=_("Only show it: seal no proposals."))] = False,
    json: AsJson = False,
) -> None:
    from agent.clock import SystemClock
    from agent.daemon import account_jobs
    from agent.wiring import ledger_of

    here = session(context)
    config, screen = here.config(), here.screen(json=json)
    which = _which(run, rule, since, entity, SystemClock().now())
    codes = set()
    with ledger_of(config) as ledger, account_jobs(config, accounts(config, account), ledger) as by_account:
        for jobs in by_account.values():
            with screen.progress(_("Reading")) as progress:
                report = jobs.undo(which, progress, seal=not dry_run)
            _show(screen, report, dry_run=dry_run)
            codes |= {fault.exit_code for fault in report.faults} | ({5} if report.conflicts else set())
    if codes:
        raise typer.Exit(min(codes))


def _which(run: str | None, rule: str | None, since: str | None, entity: str | None, now: datetime) -> Which:
    """Naming nothing is refused: there is no accidental 'take back everything'."""
    from agent.errors import ConfigError
    from agent.model.unwind import Which

    if not any((run, rule, since, entity)):
        raise ConfigError(_("Say what to take back: --run, --rule, --since or --entity."), setting="undo",
                          hint=_("'steward plan' and 'steward status' name runs."))  # fmt: skip
    return Which(run, rule, _moment(since, now) if since else None, _entity(entity) if entity else None)


def _moment(text: str, now: datetime) -> datetime:
    from agent.errors import ConfigError

    span = re.fullmatch(r"(\d{1,5})([mhdw])", text)
    if span is not None:
        return now - timedelta(**{_UNITS[span[2]]: int(span[1])})
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as fault:
        raise ConfigError(_("'{text}' is no time.").format(text=text), setting="--since",
                          hint=_("Write 2h, 3d or 2026-03-18T09:30 (UTC).")) from fault  # fmt: skip
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _entity(text: str) -> tuple[str, str]:
    from agent.errors import ConfigError
    from agent.model.kinds import KINDS

    kind, colon, id = text.partition(":")
    if not colon or not id or kind not in KINDS:
        raise ConfigError(_("'{text}' names no thing.").format(text=text), setting="--entity",
                          hint=_("Write KIND:ID, such as keyword:281474976710656."))  # fmt: skip
    return kind, id


def _show(screen: Screen, report: UndoReport, *, dry_run: bool) -> None:
    from agent.cli.plans import counts_line, proposal_json, show_proposals

    if screen.json:
        screen.object("steward.undo/1", {
            "run": report.run, "account": report.account, "sealed": not dry_run, "counts": report.counts,
            "actions": [proposal_json(each) | {"undoes": each.evidence["undoes"]} for each in report.fresh],
            "conflicts": [_kept_json(each) for each in report.conflicts],
            "kept": [_kept_json(each) for each in report.kept if each not in report.conflicts],
            "faults": [fault.message for fault in report.faults],
        })  # fmt: skip
        return
    show_proposals(screen, report.fresh)
    for each in report.kept:
        screen.line(_kept_line(screen, each, conflict=each in report.conflicts))
    for fault in report.faults:
        screen.note(screen.paint(f"! {fault.message} {fault.hint}", "red"))
    conflicts = len(report.conflicts)
    told = ngettext("{count} conflict", "{count} conflicts", conflicts).format(count=conflicts)
    screen.note(f"{counts_line(report.fresh)} {told}.")
    if dry_run:
        screen.note(_("Nothing was sealed."))
    elif report.fresh:
        screen.note(_("Nothing was sent. Approve: steward actions approve --plan {run}   Then: steward apply {run}")
                    .format(run=report.run))  # fmt: skip


def _kept_line(screen: Screen, kept: Kept, *, conflict: bool) -> str:
    from agent.cli.plans import arrow

    proposal = kept.proposal
    now = "" if kept.live is None else _("now {value}").format(value=kept.live)
    words = ["!" if conflict else "=", proposal.id, _(str(kept.why)), proposal.title or str(proposal.change.entity),
             proposal.change.field, arrow(proposal.change), now]  # fmt: skip
    return screen.paint("\t".join(words), "red" if conflict else "dim")


def _kept_json(kept: Kept) -> dict[str, Any]:
    from agent.model.change import value_to_json

    change = kept.proposal.change
    return {
        "id": kept.proposal.id, "why": str(kept.why), "kind": change.entity.kind, "entity": change.entity.id,
        "title": kept.proposal.title, "field": change.field, "before": value_to_json(change.before),
        "after": value_to_json(change.after), "now": value_to_json(kept.live),
    }  # fmt: skip
