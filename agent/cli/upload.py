"""``steward apply --to bulksheet FILE``: approved changes as files that a person uploads."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from agent.cli.plan_file import approve, is_file
from agent.cli.session import confirmed
from agent.language import _

if TYPE_CHECKING:
    from agent.cli.screen import Screen
    from agent.config import Config
    from agent.daemon import AccountJobs
    from agent.jobs.act import ActReport
    from agent.ledger import SqlLedger
    from agent.model.dropped import FileRecord
    from agent.model.proposal import Proposal, ProposalId

_FORM = "bulksheet"
_LEFT_OUT = ("waiting", "throttled")


def write_upload(config: Config, screen: Screen, account: str, to: tuple[str, Path], *, plan: str | None,
                 most: int | None, yes: bool) -> None:  # fmt: skip
    """Write what is approved and no API takes; exits 5 where something was refused or is in doubt."""
    from agent.daemon import account_jobs
    from agent.wiring import ledger_of, must_write

    form, path = to
    _must_be_new(form, path)
    with ledger_of(config) as ledger, account_jobs(config, [account], ledger) as by_account:
        jobs = by_account[account]
        # The daemon never writes for an account without an API, so it need not rest meanwhile.
        with ledger.lock(uploads=not jobs.sends):
            must_write(config, ledger)
            only = None
            if plan is not None and is_file(plan):
                _its, only = approve(ledger, screen, Path(plan), [account], yes=yes)
                plan, yes = None, True
            ready = len(_ready(ledger, jobs, plan, only)[:most])
            question = _("Write {count} approved changes into {file}.").format(count=ready, file=path.name)
            if ready and not confirmed(question, yes=yes, count=ready):
                raise typer.Exit(6)
            with screen.progress(_("Writing")) as progress:
                report, written = jobs.write(path, progress, plan, most, only)
            refused = _refused(ledger, account, report)
    _show(screen, path, report, written, refused)
    if report.faults or any(report.counts[name] for name in ("failed", "in_doubt")) or report.counts["recovered"]:
        raise typer.Exit(5)


def _must_be_new(form: str, path: Path) -> None:
    from agent.errors import ConfigError
    from agent.wiring import prices_of

    if form != _FORM:
        raise ConfigError(_("Steward writes no '{form}'.").format(form=form), setting="--to",
                          hint=_("Use: --to bulksheet FILE.xlsx"))  # fmt: skip
    if path.suffix.lower() != ".xlsx":
        raise ConfigError(_("'{path}' is no name of a workbook.").format(path=path), setting="--to",
                          hint=_("Use: --to bulksheet FILE.xlsx"))  # fmt: skip
    if not path.absolute().parent.is_dir():
        raise ConfigError(_("There is no folder '{path}'.").format(path=path.parent), setting="--to",
                          hint=_("Name another folder."))  # fmt: skip
    for each in (path, prices_of(path)):
        if each.exists():
            raise ConfigError(_("'{path}' is there already.").format(path=each), setting="--to",
                              hint=_("Name a new file: what stands in the old one is not written again."))  # fmt: skip


def _ready(ledger: SqlLedger, jobs: AccountJobs, plan: str | None,
           only: Collection[ProposalId] | None) -> list[Proposal]:  # fmt: skip
    from agent.model.change import Edit
    from agent.model.proposal import State

    approved = ledger.proposals(states=[State.APPROVED], run=plan, ids=only, account=jobs.account)
    return [each for each in approved if Edit(each.change.entity.kind, each.change.field) in jobs.without_api]


def _refused(ledger: SqlLedger, account: str, report: ActReport) -> list[tuple[Proposal, str]]:
    """What must not stand in the file, with the reason."""
    from agent.model.proposal import State

    failed = {each.id: each for each in ledger.proposals(states=[State.FAILED], account=account)}
    tried = ledger.executions(failed) if report.counts["failed"] else {}
    return [(failed[id], each[-1].message) for id, each in tried.items() if each[-1].run == report.run]


def _show(screen: Screen, path: Path, report: ActReport, written: Sequence[FileRecord],
          refused: Sequence[tuple[Proposal, str]]) -> None:  # fmt: skip
    counts = {str(name): count for name, count in sorted(report.counts.items()) if count}
    if screen.json:
        screen.object("steward.apply/1", {
            "counts": counts,
            "files": [{"file": str(path.with_name(each.name)), "kind": each.kind, "rows": each.receipt["rows"],
                       "sha256": each.sha256} for each in written],
            "refused": [{"id": each.id, "reason": why} for each, why in refused],
        })  # fmt: skip
        return
    for each in written:
        screen.line(_("{file}: {rows} changes  sha256 {sha256}").format(
            file=path.with_name(each.name), rows=each.receipt["rows"], sha256=each.sha256))  # fmt: skip
    for proposal, why in refused:
        screen.line(_("refused {id} {title}: {why}").format(id=proposal.id, title=proposal.title, why=why))
    for fault in report.faults:
        screen.note(screen.paint(f"! {fault.message} {fault.hint}", "red"))
    screen.note("  ".join(f"{_(name)} {count}" for name, count in counts.items()) or _("Nothing to do."))
    if written:
        screen.note(_("Upload it. Only a later export shows what came of it: steward pull --from EXPORT"))
