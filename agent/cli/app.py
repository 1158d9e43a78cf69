"""The tree of commands. Each command imports what it needs when it runs, so that ``--help`` stays quick."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from agent import __version__
from agent.cli import (
    actions,
    alerts,
    asking,
    audit,
    backtest,
    backup,
    demo,
    files,
    notify,
    replay,
    reports,
    rules,
    sandbox,
    serve,
    setup,
    silence,
    tickets,
    undo,
    users,
    work,
)
from agent.cli.session import Session, group_of
from agent.language import _


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"steward {__version__}")
        raise typer.Exit


app = typer.Typer(
    help=_("Judge a seller's account by written rules, propose changes, carry out what was approved."),
    epilog=_("Start with: steward demo · steward init · steward plan"),
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback()
def _globals(
    context: typer.Context,
    config: Annotated[
        Path | None, typer.Option(envvar="STEWARD_CONFIG", help=_("Configuration file (default: steward.toml here)."))
    ] = None,
    lang: Annotated[str | None, typer.Option(help=_("Language: en or zh."))] = None,
    color: Annotated[str, typer.Option(help=_("Colour: auto, always or never."))] = "auto",
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help=_("Show the version."))
    ] = False,
) -> None:
    context.obj = Session(config, lang, color)


def _mount() -> None:
    setup.mount(app)
    demo.mount(app)
    work.mount(app)
    serve.mount(app)
    undo.mount(app)
    asking.mount(app)
    replay.mount(app)
    backtest.mount(app)
    backup.mount(app)
    for name, help, module in (
        ("actions", _("Proposals and what became of them."), actions),
        ("alerts", _("What rules told, and whether it still holds."), alerts),
        ("tickets", _("What people are to do, and how far it is."), tickets),
        ("notify", _("Who is told of what happens, and what they were told."), notify),
        ("silence", _("What nobody is told for a while."), silence),
        ("report", _("What was done, what waits and how it sells, as a report."), reports),
        ("files", _("Exported files and what was read of them."), files),
        ("users", _("Who may use the review page, and keys of programs."), users),
        ("rules", _("Check, test and explain rules."), rules),
        ("audit", _("Read and verify the audit log."), audit),
        ("sandbox", _("A simulated Amazon to try things on."), sandbox),
        ("config", _("Show the configuration and where it comes from."), setup),
        ("facts", _("The stored facts: what is covered, compaction."), work),
    ):
        group = group_of(help)
        getattr(module, f"mount_{name}")(group)
        app.add_typer(group, name=name)


_mount()
