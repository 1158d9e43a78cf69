"""``steward backup`` and ``steward restore``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from agent.cli.session import AsJson, Reason, Yes, accounts, confirmed, session, whoami
from agent.language import _, ngettext

if TYPE_CHECKING:
    from agent.cli.screen import Screen
    from agent.config import Config
    from agent.jobs.backup import Manifest
    from agent.ledger import SqlLedger

_READ_BACK_SECONDS = 60.0


class _CreateUnlessNamed(TyperGroup):
    """``steward backup PLACE`` is ``steward backup create PLACE``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        known = not args or args[0] in self.commands or args[0].startswith("-")
        return super().parse_args(ctx, args if known else ["create", *args])


def mount(app: typer.Typer) -> None:
    group = typer.Typer(
        cls=_CreateUnlessNamed, help=_("Back up the database and the facts, while everything runs."),
        no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False,
    )  # fmt: skip
    group.command("create", help=_("Write a backup ('steward backup PLACE' does the same)."))(create)
    group.command("verify", help=_("Look whether a backup is whole: every hash, the audit log, every table."))(verify)
    app.add_typer(group, name="backup")
    app.command(help=_("Put a backup back into an empty place; nothing is sent until all was read back."))(restore)


Place = Annotated[Path, typer.Argument(help=_("A new folder, or a new .tar, .tar.gz or .tgz."), show_default=False)]


def create(
    context: typer.Context,
    place: Place,
    with_key: Annotated[bool, typer.Option("--with-key", help=_("Also copy the key that signs checkpoints."))] = False,
    json: AsJson = False,
) -> None:
    from agent.clock import SystemClock
    from agent.jobs.backup import Holdings, back_up
    from agent.ledger.tables import HEAD
    from agent.wiring import copy_facts_of, extras_of, ledger_of

    here = session(context)
    config, screen = here.config(), here.screen(json=json)
    with ledger_of(config) as ledger, screen.progress(_("Backing up")) as progress:
        holdings = Holdings(ledger, copy_facts_of(config), list(config.accounts), HEAD, extras_of(config))
        made = back_up(holdings, place.absolute(), SystemClock(), progress, with_key=with_key)
    if json:
        screen.object("steward.backup/1", {"place": str(place), **_told(made), "left_out": list(made.left_out)})
        return
    screen.line(screen.paint("✓ ", "green") + str(place))
    _show(screen, made)
    for name in made.left_out:
        screen.note(_("Left out: {name} (a secret; --with-key copies it).").format(name=name))
    screen.note(_("Keep steward.toml, your rules and your secrets as well: they are no part of it."))


def verify(
    context: typer.Context,
    place: Annotated[Path, typer.Argument(help=_("The backup."), show_default=False)],
    json: AsJson = False,
) -> None:
    from agent.jobs.restore import check
    from agent.wiring import whole_tables

    screen = session(context).screen(json=json)
    with screen.progress(_("Verifying")) as progress:
        found = check(place, whole_tables(), progress)
    if json:
        body = {"ok": not found.faults, "faults": list(found.faults), "events": found.events, "tables": found.tables}
        screen.object("steward.backup-verification/1", body | _told(found.manifest))
    elif found.faults:
        for fault in found.faults:
            screen.line(screen.paint("✗ ", "red") + fault)
    else:
        screen.line(screen.paint("✓ ", "green") + _("The backup is whole: {files} files, {events} events, {tables} "
                    "tables of facts.").format(files=len(found.manifest.files), events=found.events,
                                               tables=found.tables))  # fmt: skip
        _show(screen, found.manifest)
    if found.faults:
        raise typer.Exit(1)


def _told(made: Manifest) -> dict[str, Any]:
    return {"at": made.at, "steward": made.steward, "tables_at": made.tables, "seq": made.seq, "head": made.head,
            "accounts": list(made.accounts), "files": len(made.files), "bytes": made.size}  # fmt: skip


def _show(screen: Screen, made: Manifest) -> None:
    screen.line(_("from {at}, event {seq}, head {head}, {size:.1f} MB").format(
        at=made.at.isoformat(timespec="seconds"), seq=made.seq, head=made.head[:16], size=made.size / 1e6))  # fmt: skip


def restore(
    context: typer.Context,
    backup: Annotated[Path | None, typer.Argument(help=_("The backup to put back."), show_default=False)] = None,
    release: Annotated[
        bool, typer.Option("--release", help=_("Read back once more, report, and let the accounts act again."))
    ] = False,
    reason: Reason = "",
    yes: Yes = False,
    json: AsJson = False,
) -> None:
    from agent.errors import ConfigError

    here = session(context)
    if release == (backup is not None):
        raise ConfigError(_("Name a backup to put back, or --release."), setting="BACKUP",
                          hint=_("steward restore PLACE, later: steward restore --release --reason '…'"))  # fmt: skip
    config, screen = here.config(), here.screen(json=json)
    if backup is not None:
        _put_back(config, screen, backup)
    else:
        _release(config, screen, reason, yes=yes)


def _put_back(config: Config, screen: Screen, backup: Path) -> None:
    from agent.clock import SystemClock
    from agent.jobs.restore import Target, restore
    from agent.mint import mint
    from agent.wiring import database_file, whole_tables

    target = Target(config.database_url(), database_file(config), config.facts_folder(), list(config.accounts))
    with screen.progress(_("Restoring")) as progress:
        done = restore(backup, target, whole_tables(), SystemClock(), progress, run=mint("r"), by=whoami())
    if screen.json:
        screen.object("steward.restore/1", _told(done.manifest) | {"in_doubt": done.in_doubt, "tables": done.tables})
        return
    screen.line(screen.paint("✓ ", "green") + _("Restored."))
    _show(screen, done.manifest)
    screen.line(ngettext(
        "{count} change may have been sent since the backup; nothing is sent until it was read back.",
        "{count} changes may have been sent since the backup; nothing is sent until all were read back.", done.in_doubt,
    ).format(count=done.in_doubt))  # fmt: skip
    screen.note(_("Next: steward doctor, then steward run. It reads back and goes on by itself; "
                  "'steward restore --release' shows how far it is."))  # fmt: skip


def _release(config: Config, screen: Screen, reason: str, *, yes: bool) -> None:
    """What reading back found; where something is still in question a person has to want it, with a reason."""
    from agent.clock import SystemClock
    from agent.daemon import account_jobs
    from agent.errors import ConfigError
    from agent.wiring import ledger_of

    names = accounts(config, None)
    with ledger_of(config) as ledger, ledger.lock(), account_jobs(config, names, ledger) as jobs:
        waiting = [name for name in names if ledger.restoration.of(name) is not None]
        with screen.progress(_("Reading back")) as progress:
            found = {name: dict(jobs[name].settle(progress, _READ_BACK_SECONDS).counts) for name in waiting}
        open_ = {name: _in_question(ledger, name) for name in waiting if ledger.restoration.of(name) is not None}
        if not screen.json:
            _show_reading(screen, found, open_)
        if open_ and not reason:
            raise ConfigError(_("Not yet released: it may be too early to know what was sent since the backup."),
                              setting="--reason",
                              hint=_("Wait and ask again, or release by hand with --reason '…'."))  # fmt: skip
        if open_ and not confirmed(_("Let {names} act again?").format(names=", ".join(open_)), yes=yes):
            raise typer.Exit(6)
        for name in open_:
            ledger.restoration.release(name, whoami(), reason, SystemClock().now())
    if screen.json:
        screen.object("steward.release/1", {"accounts": {
            name: {"read_back": found[name], "in_question": open_.get(name, []), "by_hand": name in open_}
            for name in waiting}})  # fmt: skip
    else:
        screen.line(_("Released: approved changes may be sent again.") if waiting else _("Nothing to release."))


def _in_question(ledger: SqlLedger, account: str) -> list[str]:
    found = ledger.restoration.of(account)
    return ledger.restoration.in_question(found) if found is not None else []


def _show_reading(screen: Screen, found: dict[str, dict[str, int]], open_: dict[str, list[str]]) -> None:
    for name, counts in found.items():
        told = "  ".join(f"{_(state)} {count}" for state, count in sorted(counts.items()))
        screen.line(f"{name}: {told or '-'}")
        for id in open_.get(name, ()):
            screen.line(_("  in question: {id}").format(id=id))
