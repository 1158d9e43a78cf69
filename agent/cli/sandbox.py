"""``steward sandbox``: a simulated Amazon to try things on."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.session import session
from agent.language import _
from agent.model.money import Money

if TYPE_CHECKING:
    from datetime import datetime

    from connectors.sandbox.server import SandboxServer


def mount_sandbox(group: typer.Typer) -> None:
    group.callback()(_group)
    group.command("serve", help=_("Serve a simulated Amazon over HTTP on this machine until stopped."))(serve)


def _group() -> None:
    """Without a callback a group with one command would lose that command's name."""


def serve(
    context: typer.Context,
    scenario: Annotated[str, typer.Option(help=_("A scenario file, or the name of a shipped one."))] = "demo",
    seed: Annotated[int, typer.Option(help=_("The same seed gives the same market."))] = 1,
    port: Annotated[int, typer.Option(help=_("Port on 127.0.0.1; 0 takes a free one."))] = 8799,
    speed: Annotated[float, typer.Option(help=_("How many times faster than time its clock runs."))] = 1.0,
    write_config: Annotated[
        Path | None, typer.Option(help=_("Write a configuration that uses this sandbox to a new file."))
    ] = None,
) -> None:
    from connectors.sandbox.server import serve as serve_sandbox

    screen = session(context).screen()

    def ready(server: SandboxServer, now: datetime) -> None:
        if write_config is not None:
            write_config.touch(mode=0o600, exist_ok=False)
            write_config.write_text(configuration(server), encoding="utf-8")
        screen.line(_("Sandbox at {url}, its clock says {now}").format(url=server.url, now=f"{now:%Y-%m-%d %H:%M %Z}"))

    screen.note(_("Building a simulated Amazon with a year of history …"))
    serve_sandbox(named(scenario), seed, port, speed, ready)


def named(scenario: str) -> str | Path:
    """A file where it looks like one, else the name of a shipped scenario."""
    return Path(scenario) if scenario.endswith((".yaml", ".yml")) else scenario


def configuration(server: SandboxServer, account: str = "demo") -> str:
    """A ``steward.toml`` that points the real connector at a sandbox; its credentials are good for nothing else."""
    from connectors.sandbox.scenario import settings

    store, credentials = server.scenario.account, server.credentials
    lines = [
        "# Written by Steward for a simulated Amazon; these credentials are good for nothing else.",
        'database = "sqlite:///steward.db"',
        'rules = ["shipped"]',
        "dry_run = false",
        "",
        f"[accounts.{account}]",
        f"marketplace = {json.dumps(store.marketplace.code)}",
        "",
        f"[accounts.{account}.amazon_ads]",
        f"profile_id = {json.dumps(str(store.profile))}",
        f"client_id = {json.dumps(credentials.client_id)}",
        f"client_secret = {json.dumps(credentials.client_secret)}",
        f"refresh_token = {json.dumps(credentials.refresh_token)}",
        f"endpoint = {json.dumps(server.url)}",
        f"token_endpoint = {json.dumps(server.url + '/auth/o2/token')}",
    ]
    for pattern, values in settings(server.scenario):
        lines += ["", f"[[accounts.{account}.scopes]]", f"campaign = {json.dumps(pattern)}"]
        lines += [f"{name} = {_toml(value)}" for name, value in values.items()]
    return "\n".join(lines) + "\n"


def _toml(value: Decimal | str | Money) -> str:
    if isinstance(value, Money):
        return str(value.amount)
    return str(value) if isinstance(value, Decimal) else json.dumps(value)
