"""``steward rules fmt`` and ``steward rules new``: the commands that write rule files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from agent.cli.session import session
from agent.language import _

Paths = Annotated[list[Path] | None, typer.Argument(help=_("Files or folders (default: those of the configuration)."))]


def mount(group: typer.Typer) -> None:
    group.command("fmt", help=_("Put rule files into the one order and layout; comments are kept."))(fmt)


def fmt(
    context: typer.Context,
    paths: Paths = None,
    check: Annotated[
        bool, typer.Option("--check", help=_("Write nothing; exit 1 naming the files that would."))
    ] = False,
) -> None:
    from agent.errors import Diagnostic, RuleError
    from agent.rulebook.layout import laid_out
    from agent.rulebook.load import rule_files
    from agent.rulebook.put import put
    from agent.wiring import rule_folders

    here = session(context)
    files = rule_files(paths or rule_folders(here.config()))
    faults: list[Diagnostic] = []
    changed: list[tuple[Path, bytes, str]] = []
    for path in files:
        data = path.read_bytes()
        try:
            text = laid_out(data, str(path))
        except RuleError as fault:
            faults += fault.diagnostics
            continue
        if text.encode() != data:
            changed.append((path, data, text))
    if faults:
        raise RuleError(faults)
    screen = here.screen()
    for path, data, text in changed:
        if not check:
            put(path, text, before=data)
        screen.line(str(path))
    said = (
        _("{changed} of {all} files would be laid out anew.") if check else _("{changed} of {all} files laid out anew.")
    )
    screen.note(said.format(changed=len(changed), all=len(files)))
    if changed and check:
        raise typer.Exit(1)
