"""The daily commands: pull, plan, apply, status, run, stop-all, facts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli import plan_file
from agent.cli.session import Account, AsJson, Reason, accounts, one_account, session, whoami
from agent.language import _, ngettext

if TYPE_CHECKING:
    from agent.cli.screen import Progress, Screen
    from agent.config import Config
    from agent.errors import AgentError
    from agent.jobs.judge import JudgeReport
    from agent.jobs.pull import PullReport, StreamReport
    from agent.jobs.take_in import TakeReport
    from agent.model.proposal import Proposal
    from agent.model.rule import Rule
    from agent.model.ticket import Ticket

_ROWS = 40


def mount(app: typer.Typer) -> None:
    from agent.cli.apply import apply

    app.command(help=_("Bring the facts up to date from every source."))(pull)
    app.command(help=_("Judge all rules and show what they would change. Nothing is sent."))(plan)
    app.command(help=_("Carry out approved proposals and read back what became of them."))(apply)
    app.command(help=_("What waits, what ran, how fresh the data is."))(status)
    app.command(help=_("Run as a background service until stopped."))(run)
    app.command("stop-all", help=_("The kill switch: nothing is sent until it is released."))(stop_all)


def mount_facts(group: typer.Typer) -> None:
    from agent.cli import maturity

    maturity.mount(group)
    group.command("compact", help=_("Fold old corrections and merge small files."))(compact)


def pull(
    context: typer.Context,
    account: Account = None,
    wait: Annotated[bool, typer.Option(help=_("Wait for reports the source is still preparing."))] = True,
    place: Annotated[
        Path | None, typer.Option("--from", help=_("Take in this file or folder, and nothing else."))
    ] = None,
    json: AsJson = False,
) -> None:
    from agent.daemon import account_jobs
    from agent.jobs.pull import Outcome
    from agent.model.dropped import FileState
    from agent.wiring import ledger_of

    here = session(context)
    config, screen = here.config(), here.screen(json=json)
    if place is not None:
        _take(config, screen, one_account(config, account), place)
        return
    patience = config.pull.wait_seconds if wait else 0
    with (
        ledger_of(config) as ledger,
        account_jobs(config, accounts(config, account), ledger) as jobs,
        screen.progress(_("Pulling")) as progress,
    ):
        taken = [each.take_in(progress) for each in jobs.values()]
        for each, files in zip(jobs.values(), taken, strict=True):
            if files.of(FileState.BOOKED):
                each.read_back()
        reports = [each.pull(stream_progress(progress), patience) for each in jobs.values()]
    show_pull(screen, reports, taken)
    failed = [each.fault for report in reports for each in report.of(Outcome.FAILED) if each.fault]
    codes = [fault.exit_code for fault in failed] + [exit_code_of(fault) for each in taken for fault in each.faults]
    if codes:
        raise typer.Exit(codes[0])


def _take(config: Config, screen: Screen, account: str, place: Path) -> None:
    """``pull --from``: the receipts; exits with the code of the first file that was refused."""
    from agent.cli.files import show_taken
    from agent.daemon import account_jobs
    from agent.errors import ConfigError
    from agent.model.dropped import FileState
    from agent.wiring import ledger_of

    if not place.exists():
        raise ConfigError(_("There is no file or folder '{path}'.").format(path=place), setting="--from",
                          hint=_("Name an exported file, or a folder of them."))  # fmt: skip
    with (
        ledger_of(config) as ledger,
        account_jobs(config, [account], ledger) as jobs,
        screen.progress(_("Reading")) as progress,
    ):
        report = jobs[account].take_in(progress, place)
        came = jobs[account].read_back().counts if report.of(FileState.BOOKED) else {}
    show_taken(screen, [report], came)
    if report.faults:
        raise typer.Exit(exit_code_of(report.faults[0]))


def exit_code_of(fault: AgentError) -> int:
    """A file that is not what it should be is wrong input."""
    from agent.errors import ContractError

    return 2 if isinstance(fault, ContractError) else fault.exit_code


def stream_progress(progress: Progress) -> Callable[[StreamReport], None]:
    """What a pull tells, as a line that keeps moving."""
    return lambda report: progress(f"{report.stream}: {_(str(report.outcome))}")


def show_pull(screen: Screen, reports: list[PullReport], taken: Sequence[TakeReport] = ()) -> None:
    from agent.cli.files import show_record, taken_json

    rows = [(report, stream) for report in reports for stream in report.streams]
    if screen.json:
        body = [{"account": report.account, "run": report.run, "connector": each.connector, "stream": each.stream,
                 "outcome": str(each.outcome), "rows": each.rows, "increments": each.increments,
                 "first": each.span and each.span.first, "last": each.span and each.span.last,
                 "fault": each.fault and each.fault.message, "hint": each.fault and each.fault.hint}
                for report, each in rows]  # fmt: skip
        screen.object("steward.pull/1", {"streams": body} | taken_json(taken))
        return
    for each in (file for report in taken for file in report.files if not file.known):
        show_record(screen, each.record)
    screen.table(
        [_("account"), _("stream"), _("outcome"), _("days"), _("rows"), _("new"), ""],
        [[report.account, each.stream, _(str(each.outcome)), f"{each.span.first} – {each.span.last}" if each.span
          else "", each.rows, each.increments, f"{each.fault.message} {each.fault.hint}" if each.fault else ""]
         for report, each in rows],
        right=frozenset({4, 5}),
    )  # fmt: skip


def plan(
    context: typer.Context,
    rule: Annotated[list[str] | None, typer.Option("--rule", "-r", help=_("Only these rules."))] = None,
    account: Account = None,
    limit: Annotated[int | None, typer.Option(help=_("Most rows to show (default: 40 on a terminal)."))] = None,
    exit_code: Annotated[bool, typer.Option("--exit-code", help=_("Exit 3 when changes are pending."))] = False,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help=_("Write what is open into this new plan file, for 'apply'."))
    ] = None,
    changed: Annotated[
        bool,
        typer.Option("--changed", help=_("Gather figures only of what has changed since the last such plan.")),
    ] = False,
    json: AsJson = False,
) -> None:
    from agent.daemon import account_jobs
    from agent.model.proposal import State
    from agent.wiring import ledger_of

    here = session(context)
    config, screen = here.config(), here.screen(json=json)
    chosen, pending = accounts(config, account), 0
    if output is not None:
        chosen = [one_account(config, account)]
        plan_file.must_be_new(output)
    with ledger_of(config) as ledger, account_jobs(config, chosen, ledger) as by_account:
        for name, jobs in by_account.items():
            with screen.progress(_("Judging")) as progress:
                for fault in jobs.derive().faults:
                    screen.note(f"{fault.message} {fault.hint}")
                report = jobs.judge(progress, only(jobs.rules(), rule) if rule else None, changed=changed)
            open_ = ledger.proposals(states=[State.PROPOSED, State.HELD], account=name)
            pending += sum(each.state is State.PROPOSED for each in open_)
            show_plan(screen, report, open_, limit, ledger.tickets.chosen(name))
            if output is not None:
                ready = [each for each in open_ if each.state is State.PROPOSED]
                plan_file.write(config, screen, ledger, output, name, report.run, ready)
    if pending and not json:
        screen.note(_("Nothing was sent. Review: steward actions list   Approve: steward actions approve --filter ''"))
    if exit_code and pending:
        raise typer.Exit(3)


def only(rules: Sequence[Rule], wanted: list[str] | None) -> Sequence[Rule]:
    """The rules that are named, or all; an unknown name is a ``ConfigError``."""
    from agent.errors import ConfigError

    missing = set(wanted or ()) - {rule.name for rule in rules}
    if missing:
        raise ConfigError(
            _("There is no rule {names}.").format(names=", ".join(sorted(missing))), setting="--rule",
            hint=_("See 'steward rules list'."),
        )  # fmt: skip
    return [rule for rule in rules if not wanted or rule.name in wanted]


def show_plan(screen: Screen, report: JudgeReport, proposals: list[Proposal], limit: int | None = None,
              tickets: Sequence[Ticket] = ()) -> None:  # fmt: skip
    """The plan's head, its rows, its counts, and what to do next. ``tickets``: what people are still to do."""
    from agent.cli.plans import counts_line, proposal_json, show_proposals, show_rules, storm_text
    from agent.model.proposal import State

    opened = {each.alert.subject: each for each in tickets}
    told: list[dict[str, Any]] = [
        {"rule": rule.name, "severity": str(rule.severity), "entity": verdict.entity.id, "say": verdict.reason,
         "ticket": plan_ticket(opened.get((rule.name, verdict.entity)))} for rule, verdict in report.proposed.told
    ]  # fmt: skip
    if screen.json:
        screen.object("steward.plan/1", {
            "plan": report.run, "account": report.account, "as_of": report.as_of, "known_at": report.known_at,
            "counts": plan_counts(report), "told": told, "storms": [str(each) for each in report.proposed.storms],
            "actions": [proposal_json(each) for each in proposals],
        })  # fmt: skip
        return
    screen.note(_("Plan {plan}  account {account}  day {day}  {verdicts} verdicts on {entities} entities").format(
        plan=report.run, account=report.account, day=report.as_of, verdicts=report.verdicts,
        entities=report.entities))  # fmt: skip
    show_rules(screen, proposals)
    if screen.terminal:
        ready = [each for each in proposals if each.state is State.PROPOSED]
        show_proposals(screen, ready, _ROWS if limit is None else limit)
    else:
        show_proposals(screen, proposals, limit)
    # In a pipe every line of the result is a proposal.
    say = screen.line if screen.terminal else screen.note
    for row in told:
        say(screen.paint(f"! {row['severity']} {row['rule']}: {row['say']}", "yellow"))
        if task := row["ticket"]:
            whose = f", {task['owner']}" if task["owner"] else ""
            say(f"  → {task['id']} {_(task['task'])} ({_('due')} {task['due_at']:%Y-%m-%d %H:%M}{whose})")
    for storm in report.proposed.storms:
        screen.note(screen.paint(f"! {storm_text(storm)}", "red"))
    screen.note(counts_line(proposals))


def plan_ticket(ticket: Ticket | None) -> dict[str, Any] | None:
    """What a person is still to do about a match."""
    if ticket is None:
        return None
    task = ticket.task
    return {"id": ticket.id, "task": task.text, "owner": task.owner, "due_at": task.due_at, "state": str(ticket.state)}


def plan_counts(report: JudgeReport) -> dict[str, int]:
    """The counts every JSON of a plan carries."""
    from agent.model.proposal import State

    return {
        "entities": report.entities,
        "verdicts": report.verdicts,
        "matched": sum(tally.matched for tally in report.tallies),
        "unknown": sum(tally.unknown for tally in report.tallies),
        "proposals": sum(each.state is State.PROPOSED for each in report.fresh),
        "held": sum(each.state is State.HELD for each in report.fresh),
        "told": len(report.proposed.told),
        "suppressed": len(report.proposed.suppressed),
    }


def status(context: typer.Context, account: Account = None, json: AsJson = False) -> None:
    from agent.cli.state import show_status
    from agent.errors import AgentError
    from agent.shown.status import status_of, unread
    from agent.wiring import book_of, ledger_of, storage_of

    here = session(context)
    config, screen = here.config(), here.screen(json=json)
    chosen, storage = accounts(config, account), storage_of(config)
    healthy = all(part.ok for part in storage)
    try:
        with ledger_of(config) as ledger:
            report = status_of(config, ledger, book_of(config), chosen, storage)
    except AgentError:
        if healthy:
            raise
        report = unread(config, storage)
    if json:
        screen.object("steward.status/1", report)
    else:
        show_status(screen, report)
    if not healthy:
        raise typer.Exit(1)


def run(
    context: typer.Context,
    account: Account = None,
    once: Annotated[bool, typer.Option("--once", help=_("One turn of every account, then exit."))] = False,
) -> None:
    from agent import daemon
    from agent.cli.serve import beside
    from agent.logs import setup
    from agent.wiring import ledger_of

    config = session(context).config()
    setup(config.log.format, config.log.level)
    with ledger_of(config) as ledger, beside(config, ledger):
        daemon.run(config, ledger, accounts(config, account), once=once)


def stop_all(
    context: typer.Context,
    release: Annotated[bool, typer.Option("--release", help=_("Let actions go on."))] = False,
    reason: Reason = "",
    json: AsJson = False,
) -> None:
    from agent.clock import SystemClock
    from agent.errors import ConfigError
    from agent.wiring import ledger_of

    here = session(context)
    if not reason.strip():
        raise ConfigError(_("The kill switch needs a reason."), setting="--reason", hint=_("Add --reason '…'."))
    config, screen = here.config(), here.screen(json=json)
    with ledger_of(config) as ledger:
        ledger.switch(stop=not release, by=whoami(), reason=reason, at=SystemClock().now())
    body: dict[str, Any] = {"stopped": not release, "reason": reason}
    if json:
        screen.object("steward.stop/1", body)
    else:
        screen.line(_("Released: approved changes may be sent again.") if release else _("Stopped: nothing is sent."))


def compact(
    context: typer.Context,
    account: Account = None,
    keep_days: Annotated[int, typer.Option(help=_("Every moment of these last days stays answerable."))] = 120,
    json: AsJson = False,
) -> None:
    from datetime import timedelta

    from agent.clock import SystemClock
    from agent.model.kinds import STREAMS
    from agent.wiring import book_of

    here = session(context)
    config, screen = here.config(), here.screen(json=json)
    keep = SystemClock().now() - timedelta(days=keep_days)
    with screen.progress(_("Compacting")) as progress:
        book, done = book_of(config), 0
        for name in accounts(config, account):
            for stream in STREAMS.values():
                progress(f"{name} {stream.name}")
                book.compact(name, stream, keep)
                done += 1
    if json:
        screen.object("steward.compact/1", {"tables": done})
    else:
        screen.line(ngettext("{count} table compacted", "{count} tables compacted", done).format(count=done))
