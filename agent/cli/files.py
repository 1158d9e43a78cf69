"""Receipts of files: what a pull took in, what was seen so far, what was written for upload."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli.session import Account, AsJson, accounts, session
from agent.language import _, ngettext

if TYPE_CHECKING:
    from agent.cli.screen import Screen
    from agent.jobs.take_in import TakeReport
    from agent.model.dropped import FileRecord

_COLOURS = {"booked": "green", "refused": "red", "unknown": "yellow", "written": "blue"}
_OLD = timedelta(days=2)
"""Rules take an export for today's; whoever takes in an old one should know."""
_SHORT = 12
"""So many digits of a hash are shown; more than enough to name one file."""


def mount_files(group: typer.Typer) -> None:
    group.command("list", help=_("Files that were taken in or written, newest first."))(list_)
    group.command("show", help=_("One file's whole receipt."))(show)


def list_(
    context: typer.Context,
    account: Account = None,
    limit: Annotated[int, typer.Option(help=_("Most rows to show."))] = 50,
    json: AsJson = False,
) -> None:
    from agent.wiring import ledger_of

    here = session(context)
    config, screen = here.config(), here.screen(json=json)
    chosen = accounts(config, account)
    with ledger_of(config) as ledger:
        records = [each for each in ledger.files(account, limit=limit) if each.account in chosen]
    if json:
        screen.object("steward.files/1", {"files": [record_json(each) for each in records]})
        return
    screen.table(
        [_("file"), _("at"), _("account"), _("name"), _("state"), _("kind"), _("rows")],
        [[each.sha256[:_SHORT], each.at.isoformat(timespec="seconds"), each.account, each.name, _(str(each.state)),
          each.kind, each.receipt.get("rows", "")] for each in records],
        right=frozenset({6}),
    )  # fmt: skip


def show(
    context: typer.Context,
    file: Annotated[str, typer.Argument(help=_("The first digits of its hash, or its name."))],
    json: AsJson = False,
) -> None:
    from agent.errors import ConfigError
    from agent.wiring import ledger_of

    here = session(context)
    config, screen = here.config(), here.screen(json=json)
    with ledger_of(config) as ledger:
        found = [each for each in ledger.files() if each.sha256.startswith(file) or each.name == file]
    if not found:
        raise ConfigError(
            _("No file '{name}' was taken in.").format(name=file), setting="file",
            hint=_("See 'steward files list'."),
        )  # fmt: skip
    if json:
        screen.object("steward.files/1", {"files": [record_json(each) for each in found]})
        return
    for record in found:
        show_record(screen, record, whole=True)


def show_taken(screen: Screen, reports: Sequence[TakeReport], read_back: Mapping[str, int]) -> None:
    """The receipts of a pass; of files that were known before only the number. ``read_back``: what became, by state, of
    changes that had been written into files."""
    taken = [each for report in reports for each in report.files]
    if screen.json:
        counts = {str(state): count for state, count in sorted(read_back.items()) if count}
        screen.object("steward.files/1", taken_json(reports) | {"read_back": counts})
        return
    for each in taken:
        if not each.known:
            show_record(screen, each.record)
    known = sum(each.known for each in taken)
    if known:
        screen.note(
            ngettext(
                "{count} file was known already: nothing new in it",
                "{count} files were known already: nothing new in them",
                known,
            ).format(count=known)
        )
    if not taken:
        screen.note(_("No new files."))
    if any(read_back.values()):
        said = "  ".join(f"{_(str(state))} {count}" for state, count in sorted(read_back.items()) if count)
        screen.note(_("Of what was written for upload: {counts}").format(counts=said))


def taken_json(reports: Sequence[TakeReport]) -> dict[str, Any]:
    return {"files": [record_json(each.record) | {"known": each.known} for report in reports for each in report.files]}


def record_json(record: FileRecord) -> dict[str, Any]:
    """``state``: booked, unknown, refused or written. Money among the totals is micros of ``currency``."""
    return {
        "account": record.account, "file": record.name, "sha256": record.sha256, "size": record.size,
        "modified": record.modified, "state": str(record.state), "kind": record.kind, "at": record.at,
        "run": record.run, "receipt": dict(record.receipt), "fault": record.fault, "hint": record.hint,
    }  # fmt: skip


def show_record(screen: Screen, record: FileRecord, *, whole: bool = False) -> None:
    """A file's lines: what it is, its rows and period, its totals, what was told, what was left out."""
    receipt, state = record.receipt, screen.paint(_(str(record.state)), _COLOURS[record.state])
    period = receipt.get("period")
    facts = [record.kind, _rows(receipt["rows"]) if "rows" in receipt else "", " – ".join(period) if period else ""]
    if receipt.get("period_from") == "name":
        facts.append(_("(by the file's name)"))
    screen.line(f"{record.name}: {state}  " + "  ".join(fact for fact in facts if fact))
    if record.state == "unknown":
        screen.line("  " + _("It is no export Steward knows; it was left alone. See docs/files.md."))
    if record.state == "written":
        screen.line("  " + _("Written by Steward for upload; it is never taken in."))
    age = record.at - record.modified
    if record.state == "booked" and receipt.get("streams") and age > _OLD:
        old = _("It was made {days} days before; what it tells counts as of today.").format(days=age.days)
        screen.line("  " + screen.paint(old, "yellow"))
    if record.fault:
        screen.line("  " + record.fault)
    if record.hint:
        screen.line("  " + _("What to do: {hint}").format(hint=record.hint))
    for line in _details(receipt, whole=whole):
        screen.line("  " + line)
    if whole:
        screen.line(
            f"  sha256 {record.sha256}  {record.size} B  {record.at.isoformat(timespec='seconds')}  {record.run}"
        )


def _rows(count: int) -> str:
    return ngettext("{count} row", "{count} rows", count).format(count=count)


def _details(receipt: Any, *, whole: bool) -> list[str]:
    lines = []
    totals = {name: value for name, value in receipt.get("totals", {}).items() if value or whole}
    if totals:
        money, currency = set(receipt.get("money", ())), receipt.get("currency") or ""
        said = [f"{name} {_amount(value, currency) if name in money else value}" for name, value in totals.items()]
        lines.append(_("totals: {totals}").format(totals=", ".join(said)))
    told = [f"{each['stream']} {each['rows']} ({_('new')} {each['increments']})"
            + (f" {_('in part told by a later export')}" if each["told_later"] else "")
            for each in receipt.get("streams", ()) if each["rows"] or whole or each["told_later"]]  # fmt: skip
    if told:
        lines.append(_("booked: {streams}").format(streams=", ".join(told)))
    ignored = [f"{each['count']} {each['what']}: {each['why']}" for each in receipt.get("ignored", ())]
    lines += [_("left out: {what}").format(what=each) for each in ignored]
    if receipt.get("waits_for"):
        lines.append(_("Some of it waits for: {streams}").format(streams=", ".join(receipt["waits_for"])))
    return lines


def _amount(micros: int, currency: str) -> str:
    from agent.model.money import Money

    return str(Money(micros, currency)).strip()
