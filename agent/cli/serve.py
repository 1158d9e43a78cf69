"""``steward serve``: the review page."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.session import session, whoami
from agent.language import _

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.config import Config
    from agent.ledger import SqlLedger
    from agent.ports import Clock
    from agent.web.desk import Desk


def mount(app: typer.Typer) -> None:
    app.command(help=_("Show the review page until stopped."))(serve)


def serve(
    context: typer.Context,
    port: Annotated[int | None, typer.Option(help=_("Listen on this port (default: page.port)."))] = None,
) -> None:
    from agent.logs import setup
    from agent.web.serving import PageServer
    from agent.wiring import ledger_of

    config = with_port(session(context).config(), port)
    setup(config.log.format, config.log.level)
    with ledger_of(config) as ledger:
        desk = desk_of(config, ledger)
        server = PageServer(desk)
        tell(desk)
        warm(desk)
        server.run()


def with_port(config: Config, port: int | None) -> Config:
    """The configuration with another port of the page."""
    if port is None:
        return config
    return config.model_copy(update={"page": config.page.model_copy(update={"port": port})})


def desk_of(config: Config, ledger: SqlLedger, clock: Clock | None = None) -> Desk:
    """What the page works on; at this machine the one who starts it needs no password."""
    from agent.web.desk import Desk

    return Desk.of(config, ledger, local_name=whoami(), clock=clock)


def tell(desk: Desk) -> None:
    """Where the page is. The one-time link goes to the terminal and into no log."""
    sys.stderr.write(f"{_('The review page')}: {address_of(desk)}\n")
    sys.stderr.flush()


def warm(desk: Desk) -> None:
    """Read the rules before somebody asks why: that takes a second."""
    from threading import Thread

    Thread(target=lambda: [desk.loader(account) for account in desk.config.accounts], daemon=True).start()


def address_of(desk: Desk) -> str:
    """What to open; for one person at this machine with the key that lets one browser in, once."""
    page = desk.config.page
    scheme = "https" if page.certificate else "http"
    base = page.url or f"{scheme}://{f'[{page.host}]' if ':' in page.host else page.host}:{page.port}"
    return f"{base}/enter/{desk.doorman.new_link()}" if desk.doorman.is_local else base


@contextmanager
def beside(config: Config, ledger: SqlLedger) -> Iterator[None]:
    """The page beside whatever the block does, where the configuration wants it."""
    if not config.page.with_run:
        yield
        return
    from agent.web.serving import PageServer

    desk = desk_of(config, ledger)
    with PageServer(desk):
        tell(desk)
        warm(desk)
        yield
