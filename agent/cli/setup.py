"""``steward init``, ``steward doctor``, ``steward config``."""

from __future__ import annotations

import json as json_
import re
from pathlib import Path
from typing import Annotated

import typer

from agent.cli.session import AsJson, must_have_terminal, session
from agent.language import _


def mount(app: typer.Typer) -> None:
    app.command(help=_("Write a configuration, an example rule and an empty audit log into this folder."))(init)
    app.command(help=_("Check everything Steward needs, one line each, with the remedy."))(doctor)


def mount_config(group: typer.Typer) -> None:
    group.command("show", help=_("Show every setting; secrets are masked."))(show)


def init(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help=_("Where to write."))] = Path(),
    force: Annotated[bool, typer.Option("--force", help=_("Overwrite files that are there."))] = False,
    non_interactive: Annotated[bool, typer.Option("--non-interactive", help=_("Ask nothing."))] = False,
    json: AsJson = False,
) -> None:
    from agent.config import load
    from agent.shipped import shipped
    from agent.wiring import ledger_of, witness_of

    screen = session(context).screen(json=json)
    marketplace, account = ("US", "main") if non_interactive else _questions()
    example = shipped("rules") / "ads" / "bid-down-above-target.yaml"
    files = {
        folder / "steward.toml": _starter(account, marketplace),
        folder / "rules" / "ads" / example.name: _EDITOR_LINE + example.read_text(encoding="utf-8"),
        folder / ".steward" / "rules.schema.json": _schema(),
    }
    written = [str(path) for path, text in files.items() if _write(path, text, force)]
    config = load(folder / "steward.toml")
    with ledger_of(config):
        witness_of(config).signer()
    if json:
        screen.object("steward.init/1", {"written": written})
        return
    for path in files:
        screen.line(f"{'✓' if str(path) in written else '='} {path}")
    screen.note(_("Next: put the credentials into the environment or a secret file, then run 'steward doctor'."))


def doctor(context: typer.Context, json: AsJson = False) -> None:
    from agent.checkup import checks_of

    here = session(context)
    screen = here.screen(json=json)
    checks = checks_of(here.config())
    if json:
        rows = [{"check": one.name, "state": one.state, "found": one.found, "hint": one.hint} for one in checks]
        screen.object("steward.doctor/1", {"checks": rows})
    else:
        signs = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "failed": ("✗", "red")}
        for check in checks:
            sign, colour = signs[check.state]
            screen.line(
                f"{screen.paint(sign, colour)} {check.name}: {check.found}" + (f" → {check.hint}" if check.hint else "")
            )
    if any(check.state == "failed" for check in checks):
        raise typer.Exit(max(check.exit_code for check in checks if check.state == "failed"))


def show(
    context: typer.Context,
    origin: Annotated[bool, typer.Option("--origin", help=_("Where each value came from."))] = False,
    json: AsJson = False,
) -> None:
    from agent.config import origins

    here = session(context)
    config, screen = here.config(), here.screen(json=json)
    rows = origins(config)
    if json:
        screen.object("steward.config/1", {"settings": [
            {"setting": row.setting, "value": row.value, "origin": row.origin} for row in rows]})  # fmt: skip
        return
    head = [_("setting"), _("value"), *([_("from")] if origin else [])]
    screen.table(head, [[row.setting, row.value, *([row.origin] if origin else [])] for row in rows])


_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_EDITOR_LINE = "# yaml-language-server: $schema=../../.steward/rules.schema.json\n"


def _questions() -> tuple[str, str]:
    from agent.model.marketplace import MARKETPLACES

    must_have_terminal("--non-interactive")
    marketplace = account = ""
    while marketplace not in MARKETPLACES:
        codes = " ".join(MARKETPLACES)
        marketplace = typer.prompt(_("Marketplace ({codes})").format(codes=codes), default="US", err=True).upper()
    while not _NAME.fullmatch(account):
        account = typer.prompt(_("A name for the account (letters, digits, - and _)"), default="main", err=True)
    return marketplace, account


def _starter(account: str, marketplace: str) -> str:
    variable = account.upper().replace("-", "_")
    return f"""# Steward's settings. Every setting with its default: config.example.toml, or 'steward config show'.
database = "sqlite:///steward.db"
facts = "facts"
rules = ["rules"]
dry_run = true   # nothing is ever sent until this is false

[accounts.{account}]
marketplace = "{marketplace}"

[accounts.{account}.settings]
target_acos = 0.30
break_even_acos = 0.40

[accounts.{account}.amazon_ads]
profile_id = ""   # 'steward doctor' lists the profiles the credentials can see
# The credentials belong into the environment or into secret files, not here:
#   STEWARD_ACCOUNTS__{variable}__AMAZON_ADS__CLIENT_ID, …__CLIENT_SECRET, …__REFRESH_TOKEN
"""


def _schema() -> str:
    from agent.rulebook.schema import schema

    return json_.dumps(schema(), ensure_ascii=False, indent=1) + "\n"


def _write(path: Path, text: str, force: bool) -> bool:
    """Write a file unless it is there; the configuration is readable by its owner alone."""
    from agent.errors import ConfigError

    if path.exists() and not force:
        return False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.chmod(0o600 if path.suffix == ".toml" else 0o644)
        path.write_text(text, encoding="utf-8")
    except OSError as fault:
        raise ConfigError(
            _("cannot write '{path}': {fault}").format(path=path, fault=fault.strerror), setting="folder",
            hint=_("Name another folder."),
        ) from fault  # fmt: skip
    return True
