"""``steward plan -o FILE`` and ``steward apply FILE``: a plan as a sealed file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from agent.cli.session import confirmed, whoami
from agent.language import _

if TYPE_CHECKING:
    from agent.cli.screen import Screen
    from agent.config import Config
    from agent.ledger import SqlLedger
    from agent.ledger.plan_file import PlanFile
    from agent.model.proposal import Proposal, ProposalId


def is_file(plan: str | None) -> bool:
    """Whether the argument of ``apply`` names a file; a run's id never looks like one."""
    return plan is not None and (plan.endswith(".json") or "/" in plan or Path(plan).is_file())


def must_be_new(path: Path) -> None:
    from agent.errors import ConfigError

    if path.exists():
        raise ConfigError(_("'{path}' is there already.").format(path=path), setting="-o",
                          hint=_("Name a new file."))  # fmt: skip
    if not path.absolute().parent.is_dir():
        raise ConfigError(_("There is no folder '{path}'.").format(path=path.parent), setting="-o",
                          hint=_("Name another folder."))  # fmt: skip


def write(config: Config, screen: Screen, ledger: SqlLedger, path: Path, account: str, run: str,
          open_: Sequence[Proposal]) -> None:  # fmt: skip
    """Write what is open, as it is now; readable by its owner alone."""
    from agent.clock import SystemClock
    from agent.ledger.plan_file import PlanFile

    now = SystemClock().now()
    seals = ledger.seals([each.id for each in open_])
    ends = now + timedelta(hours=config.approval.plan_file_hours)
    file = PlanFile.of(account, run, ledger.tables, now, ends, [(each, seals[each.id]) for each in open_])
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(file.text(), encoding="utf-8")
    # Written first: a file that nobody remembers is refused, one that is remembered and not there does no harm.
    ledger.remember(file, path.name, now)
    told = _("{path}: {count} changes, good for one use until {until}. Then: steward apply {path}")
    screen.note(told.format(path=path, count=len(file.rows), until=ends.isoformat(timespec="minutes")))


def approve(ledger: SqlLedger, screen: Screen, path: Path, accounts: Sequence[str], *,
            yes: bool) -> tuple[str, frozenset[ProposalId]]:  # fmt: skip
    """Check the file, ask, and approve all it names; returns its account and the ids.

    Exits 6 when declined; 5 where rows are not as they were: they are named, and nothing is approved.
    """
    from agent.clock import SystemClock
    from agent.model.proposal import State

    file = _read(path)
    _must_fit(file, path, ledger, accounts)
    count = len(file.rows)
    question = _("Approve and send the {count} changes of {file}.").format(count=count, file=path.name)
    if count and not confirmed(question, yes=yes, count=count):
        raise typer.Exit(6)
    changed = ledger.redeem(file, path.name, whoami(), SystemClock().now())
    if changed:
        _tell_changed(screen, path, changed)
        raise typer.Exit(5)
    ids = frozenset(row.id for row in file.rows)
    waiting = len(ledger.proposals(ids=ids, states=[State.PROPOSED]))
    if waiting:
        screen.note(_("{count} wait for a second person").format(count=waiting))
    return file.account, ids


def _read(path: Path) -> PlanFile:
    from agent.errors import ConfigError
    from agent.ledger.plan_file import PlanFile

    try:
        data = path.read_bytes()
    except OSError as fault:
        raise ConfigError(_("'{path}' cannot be read: {fault}").format(path=path, fault=fault.strerror), setting="plan",
                          hint=_("Make one: steward plan -o FILE")) from fault  # fmt: skip
    return PlanFile.read(data, path.name)


def _must_fit(file: PlanFile, path: Path, ledger: SqlLedger, accounts: Sequence[str]) -> None:
    """Of one of these accounts, of these tables, and in time."""
    from agent.clock import SystemClock
    from agent.errors import ConfigError, ForbiddenError

    if file.account not in accounts:
        raise ConfigError(
            _("'{name}' is of the account '{account}'.").format(name=path.name, account=file.account), setting="plan",
            hint=_("Known: {names}").format(names=", ".join(accounts)),
        )  # fmt: skip
    if file.tables != ledger.tables:
        raise ConfigError(
            _("'{name}' was made before an upgrade: the tables were at {old} and are at {new}.").format(
                name=path.name, old=file.tables, new=ledger.tables), setting="plan", hint=_("Plan again."),
        )  # fmt: skip
    if SystemClock().now() >= file.expires_at:
        raise ForbiddenError(
            _("'{name}' expired at {at}.").format(name=path.name, at=file.expires_at.isoformat(timespec="minutes")),
            hint=_("Plan again."),
        )  # fmt: skip


def _tell_changed(screen: Screen, path: Path, changed: Sequence[tuple[ProposalId, str]]) -> None:
    if screen.json:
        rows = [{"id": id, "reason": why} for id, why in changed]
        screen.object("steward.apply/1", {"counts": {}, "changed": rows})
        return
    for id, why in changed:
        screen.line(_("changed {id}: {why}").format(id=id, why=_(why)))
    screen.note(_("Nothing of {file} was approved: it is not what it was. Plan again.").format(file=path.name))
