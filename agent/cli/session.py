"""What one invocation was given: the configuration file, the language, the colour; and what it opens on demand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.screen import Screen
from agent.language import _

if TYPE_CHECKING:
    from agent.config import Config

AsJson = Annotated[bool, typer.Option("--json", help=_("Print one JSON object."))]
Account = Annotated[str | None, typer.Option("--account", "-a", help=_("Only this account (default: all)."))]
Yes = Annotated[bool, typer.Option("--yes", "-y", help=_("Do not ask."))]
Reason = Annotated[str, typer.Option("--reason", help=_("Why; kept in the audit log."))]


@dataclass(frozen=True, slots=True)
class Session:
    """The global options of one invocation."""

    path: Path | None
    language: str | None
    colour: str

    def screen(self, *, json: bool = False) -> Screen:
        return Screen.of(json=json, colour=self.colour)

    def config(self) -> Config:
        """Load the configuration; the language it names holds unless a flag named one.

        From here on events go to standard error, warnings and worse alone: a command's result is its output.
        """
        from agent import language, logs
        from agent.config import load

        config = load(self.path)
        logs.setup(config.log.format, "warning")
        language.use(language.choose(self.language, config.language))
        return config


def group_of(help: str) -> typer.Typer:
    """Commands under one name."""
    return typer.Typer(
        help=help, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False
    )


def session(context: typer.Context) -> Session:
    found = context.find_object(Session)
    return found if found is not None else Session(None, None, "auto")


def accounts(config: Config, wanted: str | None) -> Sequence[str]:
    """The accounts a command works on; an unknown name is a ``ConfigError`` with the known ones."""
    from agent.errors import ConfigError

    if wanted is None:
        if not config.accounts:
            raise ConfigError(
                _("No account is configured."), setting="accounts", hint=_("Run 'steward init' or add [accounts.NAME].")
            )
        return list(config.accounts)
    if wanted not in config.accounts:
        raise ConfigError(
            _("There is no account '{name}'.").format(name=wanted), setting="accounts",
            hint=_("Known: {names}").format(names=", ".join(config.accounts) or "-"),
        )  # fmt: skip
    return [wanted]


def one_account(config: Config, wanted: str | None) -> str:
    """The account of a file, which belongs to one; with several configured it has to be named."""
    from agent.errors import ConfigError

    chosen = accounts(config, wanted)
    if len(chosen) > 1:
        raise ConfigError(_("A file belongs to one account."), setting="--account",
                          hint=_("Name it: --account {names}").format(names=" | ".join(chosen)))  # fmt: skip
    return chosen[0]


def confirmed(question: str, *, yes: bool, count: int | None = None) -> bool:
    """Ask a person. ``count``: it must be typed."""
    if yes:
        return True
    must_have_terminal("--yes")
    if count is None:
        return typer.confirm(question, err=True)
    typed = typer.prompt(_("{question} Type {count} to go on").format(question=question, count=count), err=True)
    return str(typed).strip() == str(count)


def must_have_terminal(flag: str) -> None:
    """Where nobody can be asked: a ``ConfigError`` that names the flag which answers instead."""
    import sys

    from agent.errors import ConfigError

    if not sys.stdin.isatty():
        raise ConfigError(
            _("This asks a person, and there is no terminal to ask on."), setting=flag,
            hint=_("Use {flag}.").format(flag=flag),
        )  # fmt: skip


def whoami() -> str:
    """The person at the keyboard, as the audit log names them."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "cli"
