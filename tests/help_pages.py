"""Every help page: ``python -m tests.help_pages zh`` prints them all in a process of that language."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from agent import language


def command_paths() -> Iterator[tuple[str, ...]]:
    """``()`` for the program itself, then every group and every command in it, in the order of their help."""
    from typer.main import get_command

    from agent.cli.app import app

    yield from _below((), get_command(app))


def _below(path: tuple[str, ...], command: Any) -> Iterator[tuple[str, ...]]:
    yield path
    for name, inner in getattr(command, "commands", {}).items():
        yield from _below((*path, name), inner)


def _print_all(wish: str) -> None:
    # Help texts are made while the commands are imported: the language comes first.
    language.use(language.choose(wish))
    from agent.cli.app import app

    for path in command_paths():
        sys.stdout.write(f"$ {' '.join(('steward', *path, '--help'))}\n")
        with suppress(SystemExit):
            app(args=[*path, "--help"], prog_name="steward")
        sys.stdout.write("\n")


if __name__ == "__main__":
    _print_all(sys.argv[1])
