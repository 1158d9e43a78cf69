"""``steward apply``: send what was approved, and read it back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.plan_file import approve, is_file
from agent.cli.session import Account, AsJson, Yes, accounts, confirmed, one_account, session
from agent.language import _

if TYPE_CHECKING:
    from agent.cli.screen import Screen
    from agent.daemon import AccountJobs
    from agent.ledger import SqlLedger
    from agent.model.proposal import ProposalId

_SHOWN = 3
READ_BACK_SECONDS = 60.0
"""How long a person waits for sent changes to be read back; the daemon looks again on its own."""


def apply(
    context: typer.Context,
    plan: Annotated[
        str | None, typer.Argument(help=_("Only this plan, or a plan file (default: everything approved)."))
    ] = None,
    account: Account = None,
    most: Annotated[int | None, typer.Option("--max", help=_("At most this many changes."))] = None,
    wait: Annotated[bool, typer.Option(help=_("Wait until the changes are read back."))] = True,
    to: Annotated[
        tuple[str, Path] | None,
        typer.Option("--to", metavar="bulksheet FILE", help=_("Write a workbook for upload instead of sending.")),
    ] = None,
    yes: Yes = False,
    json: AsJson = False,
) -> None:
    from agent.daemon import account_jobs
    from agent.wiring import ledger_of, must_write

    here = session(context)
    config, screen = here.config(), here.screen(json=json)
    if to is not None:
        from agent.cli.upload import write_upload

        write_upload(config, screen, one_account(config, account), to, plan=plan, most=most, yes=yes)
        return
    chosen: Sequence[str] = accounts(config, account)
    only = None
    with ledger_of(config) as ledger, ledger.lock():
        must_write(config, ledger, chosen)
        if plan is not None and is_file(plan):
            its, only = approve(ledger, screen, Path(plan), chosen, yes=yes)
            chosen, plan, yes = [its], None, True
        with account_jobs(config, chosen, ledger) as jobs:
            ready, by_file = _ready(ledger, jobs.values(), plan, only)
            _agreed(ready, most, yes=yes)
            counts, troubled = _applied(jobs.values(), screen, plan=plan, only=only, most=most, wait=wait)
    if json:
        screen.object("steward.apply/1", {"counts": counts})
    else:
        screen.line("  ".join(f"{_(name)} {count}" for name, count in counts.items()) or _("Nothing to do."))
        if by_file:
            screen.note(_("What no API takes waits for a file: steward apply --to bulksheet FILE.xlsx"))
    if troubled:
        raise typer.Exit(5)


def _ready(ledger: SqlLedger, jobs: Iterable[AccountJobs], plan: str | None,
           only: Collection[ProposalId] | None) -> tuple[int, int]:  # fmt: skip
    """How many approved changes can be sent, and how many wait for a file."""
    from agent.model.change import Edit
    from agent.model.proposal import State

    by_file: Counter[bool] = Counter()
    for each in jobs:
        approved = ledger.proposals(states=[State.APPROVED], run=plan, ids=only, account=each.account)
        by_file.update(Edit(one.change.entity.kind, one.change.field) in each.without_api for one in approved)
    return by_file[False], by_file[True]


def _agreed(ready: int, most: int | None, *, yes: bool) -> None:
    ready = min(ready, most) if most is not None else ready
    question = _("Send {count} approved changes to Amazon.").format(count=ready)
    if ready and not confirmed(question, yes=yes, count=ready):
        raise typer.Exit(6)


def _applied(
    by_account: Iterable[AccountJobs], screen: Screen, *, plan: str | None, only: Collection[ProposalId] | None,
    most: int | None, wait: bool,
) -> tuple[dict[str, int], bool]:  # fmt: skip
    """Send, read back; what this pass came to by state, and whether anything needs a person."""
    counts: Counter[str] = Counter()
    troubled = False
    with screen.progress(_("Applying")) as progress:
        for jobs in by_account:
            sent = jobs.act(progress, plan, most, only)
            read = jobs.settle(progress, READ_BACK_SECONDS if wait else 0)
            # What was accepted and then read back is counted once, as done.
            counts += Counter(
                {name: count for name, count in sent.counts.items() if name not in ("accepted", "in_doubt")}
            )
            counts += Counter(read.counts) + Counter(read.open)
            for fault in (*sent.faults, *read.faults):
                screen.note(screen.paint(f"! {fault.message}", "red"))
            for because in list(sent.held.values())[:_SHOWN]:
                screen.note(screen.paint(f"! {because}", "yellow"))
            troubled |= bool(sent.faults or read.faults)
    troubled |= any(counts[name] for name in ("failed", "conflict", "in_doubt"))
    return {str(name): count for name, count in sorted(counts.items())}, troubled
