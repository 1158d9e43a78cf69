"""``steward report``: the daily report and the weekly review, on the screen, in a file or sent to people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from agent.cli.session import Account, AsJson, Session, accounts, one_account, session
from agent.language import _

if TYPE_CHECKING:
    from agent.config import Config
    from agent.ledger import SqlLedger
    from agent.model.report import Period, Report

Day = Annotated[
    str | None, typer.Option("--day", help=_("As things stood at the end of this day, such as 2026-03-17."))
]
Speaks = Annotated[
    Literal["en", "zh"] | None, typer.Option("--language", help=_("Language of the report (default: as elsewhere)."))
]
Out = Annotated[
    Path | None, typer.Option("--out", "-o", help=_("Write it to a file: .html, .json, else text.")),
]  # fmt: skip
Send = Annotated[bool, typer.Option("--send", help=_("Send it to the people who get this report."))]


def mount_report(group: typer.Typer) -> None:
    group.command("daily", help=_("What was done, what waits, how it sells: the newest day."))(daily)
    group.command("weekly", help=_("The review of seven settled days: why sales moved, what ads left over."))(weekly)


def daily(context: typer.Context, day: Day = None, account: Account = None, language: Speaks = None,
          out: Out = None, send: Send = False, json: AsJson = False) -> None:  # fmt: skip
    from agent.model.report import Period

    _report(session(context), Period.DAILY, day, account, language, out, send=send, json=json)


def weekly(context: typer.Context, day: Day = None, account: Account = None, language: Speaks = None,
           out: Out = None, send: Send = False, json: AsJson = False) -> None:  # fmt: skip
    from agent.model.report import Period

    _report(session(context), Period.WEEKLY, day, account, language, out, send=send, json=json)


def _report(here: Session, period: Period, day: str | None, account: str | None, language: Literal["en", "zh"] | None,
            out: Path | None, *, send: bool, json: bool) -> None:  # fmt: skip
    from agent.language import current, speaking
    from agent.shown.report.plain import report_json
    from agent.wiring import ledger_of

    config, screen = here.config(), here.screen(json=json)
    wanted = [one_account(config, account)] if out is not None else accounts(config, account)
    with ledger_of(config) as ledger, speaking(language or current()):
        reports = [_one(config, name, period, ledger, day) for name in wanted]
        if send:
            screen.note(_("{count} messages wait in the outbox; 'steward run' sends them").format(
                count=sum(_sent(config, ledger, each) for each in reports)))  # fmt: skip
        if out is not None:
            _write(out, _written(reports[0], config.notify.time_zone, out.suffix))
            screen.note(_("{path}: written").format(path=out))
        elif json:
            screen.object("steward.reports/1", {"reports": [report_json(each) for each in reports]})
        elif not send:
            for each in reports:
                screen.line(_written(each, config.notify.time_zone, ".txt"))


def _one(config: Config, account: str, period: Period, ledger: SqlLedger, day: str | None) -> Report:
    from agent.cli.moments import moment_of
    from agent.clock import SystemClock
    from agent.wiring import marketplace_of, report_of

    now = SystemClock().now()
    at = moment_of(day, marketplace_of(config, account), now, "--day")
    return report_of(config, account, period, ledger, at or now, past=at is not None and at < now)


def _sent(config: Config, ledger: SqlLedger, report: Report) -> int:
    """Put it into the outbox for everybody who gets reports; as often as it is asked for."""
    from agent.clock import SystemClock
    from agent.errors import ConfigError
    from agent.jobs.issue import issue
    from agent.notify.setup import readers_of
    from agent.shown.report.message import message

    (directory, channels), now = readers_of(config), SystemClock().now()
    if not channels:
        raise ConfigError(_("No channel is configured."), setting="notify.channels",
                          hint=_("See docs/notifications.md."))  # fmt: skip
    name = f"{report.period}/{report.account}/{now:%Y-%m-%dT%H:%M:%S}"
    page = config.notify.page or config.page.url
    return issue(report, name, ledger.outbox, directory, channels, message, page, now)


def _written(report: Report, zone: str, suffix: str) -> str:
    from json import dumps

    from agent.shown.report.html import html
    from agent.shown.report.layout import sheet
    from agent.shown.report.plain import report_json
    from agent.shown.report.text import text

    if suffix == ".json":
        return dumps({"schema": "steward.reports/1", "reports": [report_json(report)]}, ensure_ascii=False) + "\n"
    found = sheet(report, zone)
    return html(found) if suffix in (".html", ".htm") else text(found)


def _write(path: Path, text: str) -> None:
    from agent.errors import ConfigError

    try:
        path.write_text(text, encoding="utf-8")
    except OSError as fault:
        raise ConfigError(_("{path} cannot be written: {why}").format(path=path, why=fault.strerror), setting="--out",
                          hint=_("Name a file in a folder that exists.")) from fault  # fmt: skip
