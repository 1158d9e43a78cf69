"""``steward sandbox``: a simulated Amazon to try things on."""

from __future__ import annotations

from decimal import Decimal
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.play import play
from agent.cli.session import AsJson, session
from agent.language import _
from agent.model.money import Money

if TYPE_CHECKING:
    from datetime import datetime

    from connectors.sandbox.server import SandboxServer


def mount_sandbox(group: typer.Typer) -> None:
    group.callback()(_group)
    group.command("serve", help=_("Serve a simulated Amazon over HTTP on this machine until stopped."))(serve)
    group.command("play", help=_("Let the daemon live through many days, and hold its alerts against the truth."))(play)
    group.command("files", help=_("Write what a seller without API access could export from it into a folder."))(files)


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


def files(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help=_("The folder the files go to; it is made where it is not there."))],
    scenario: Annotated[str, typer.Option(help=_("A scenario file, or the name of a shipped one."))] = "demo",
    seed: Annotated[int, typer.Option(help=_("The same seed gives the same market."))] = 1,
    days: Annotated[int, typer.Option(min=1, max=365, help=_("How many finished days the files cover."))] = 60,
    json: AsJson = False,
) -> None:
    from connectors.sandbox.clock import DrivenClock
    from connectors.sandbox.exports.folder import write_files
    from connectors.sandbox.sandbox import Sandbox
    from connectors.sandbox.scenario_file import load_scenario

    screen = session(context).screen(json=json)
    loaded = load_scenario(named(scenario))
    screen.note(_("Building a simulated Amazon with a year of history …"))
    written = write_files(Sandbox(loaded, seed, DrivenClock(loaded.start, speed=0)), folder, days)
    if json:
        screen.object("steward.files/1", {"files": [{"name": each.name, "rows": each.rows} for each in written]})
        return
    for each in written:
        screen.line(f"{each.name}\t{each.rows}")
    screen.note(_("{count} files in {folder}").format(count=len(written), folder=folder))


def named(scenario: str) -> str | Path:
    """A file where it looks like one, else the name of a shipped scenario."""
    return Path(scenario) if scenario.endswith((".yaml", ".yml")) else scenario


def configuration(server: SandboxServer, account: str = "demo", *, shop: bool = True) -> str:
    """A ``steward.toml`` that points the real connectors at a sandbox; its credentials are good for nothing else.

    Without ``shop`` the account has its ads alone.
    """
    from connectors.sandbox.scenario import settings

    store, credentials = server.scenario.account, server.credentials
    lines = [
        "# Written by Steward for a simulated Amazon; these credentials are good for nothing else.",
        'database = "sqlite:///steward.db"',
        'rules = ["shipped"]',
        "dry_run = false",
        "",
        f"[accounts.{account}]",
        f"marketplace = {dumps(store.marketplace.code)}",
        "",
        f"[accounts.{account}.amazon_ads]",
        f"profile_id = {dumps(str(store.profile))}",
        f"client_id = {dumps(credentials.client_id)}",
        f"client_secret = {dumps(credentials.client_secret)}",
        f"refresh_token = {dumps(credentials.refresh_token)}",
        f"endpoint = {dumps(server.url)}",
        f"token_endpoint = {dumps(server.url + '/auth/o2/token')}",
    ]
    if shop and server.scenario.shop is not None:
        lines += _shop(server, account)
    for pattern, values in settings(server.scenario):
        lines += ["", f"[[accounts.{account}.scopes]]", f"campaign = {dumps(pattern)}"]
        lines += [f"{name} = {_toml(value)}" for name, value in values.items()]
    for product in server.scenario.products if server.scenario.shop is not None else ():
        # How much stock is enough depends on the stage, and stock hangs on no campaign.
        lines += [
            "",
            f"[[accounts.{account}.scopes]]",
            f"sku = {dumps(product.sku)}",
            f"stage = {dumps(product.stage)}",
        ]
    return "\n".join(lines) + "\n"


def _shop(server: SandboxServer, account: str) -> list[str]:
    """The Selling Partner side, a watched folder for what the operator knows, and what a brand owner would set."""
    store, credentials = server.scenario.account, server.credentials
    return [
        "",
        f"[accounts.{account}.selling_partner]",
        f"seller_id = {dumps(store.seller)}",
        f"client_id = {dumps(credentials.client_id)}",
        f"client_secret = {dumps(credentials.client_secret)}",
        f"refresh_token = {dumps(credentials.refresh_token)}",
        f"endpoint = {dumps(server.url)}",
        f"token_endpoint = {dumps(server.url + '/auth/o2/token')}",
        "",
        f"[accounts.{account}.file_drop]",
        'folder = "drop"',
        "",
        f"[accounts.{account}.settings]",
        "brand_owner = true",
        "min_margin = 0.10",
        "freeze_days = 7",
    ]


def _toml(value: Decimal | str | Money) -> str:
    if isinstance(value, Money):
        return str(value.amount)
    return str(value) if isinstance(value, Decimal) else dumps(value)
