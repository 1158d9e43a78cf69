"""``steward users token``: keys with which programs use the JSON API of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli.session import AsJson, session, whoami
from agent.language import _

if TYPE_CHECKING:
    from agent.model.person import Token

Name = Annotated[str, typer.Argument(help=_("The user it speaks for."), show_default=False)]


def mount_token(group: typer.Typer) -> None:
    group.command("add", help=_("Make a key for a program; it is shown once."))(add)
    group.command("list", help=_("Keys that can be used, and when they end."))(show_list)
    group.command("revoke", help=_("End a key now."))(revoke)


def add(
    context: typer.Context,
    user: Name,
    name: Annotated[str, typer.Option("--name", help=_("What it is for, such as nightly-report."))],
    scope: Annotated[list[str] | None, typer.Option(help=_("read or decide; read alone when left out."))] = None,
    days: Annotated[int, typer.Option("--days", help=_("It ends after so many days, at most 366."))] = 90,
    json: AsJson = False,
) -> None:  # fmt: skip
    from agent.access.keys import Keys
    from agent.clock import SystemClock
    from agent.errors import ConfigError
    from agent.wiring import ledger_of

    here = session(context)
    config, screen = here.config(), here.screen(json=json)
    with ledger_of(config) as ledger:
        found = ledger.people.user(user)
        if found is None:
            raise ConfigError(_("There is no user '{name}'.").format(name=user), setting="users",
                              hint="steward users list")  # fmt: skip
        token, secret = Keys(ledger.people, SystemClock()).give(found, name, scope or ["read"], days, whoami())
    if json:
        screen.object("steward.token/1", {**token_json(token), "token": secret})
        return
    screen.line(secret)
    text = _("{id} speaks for {name} until {when}. It is shown this once; send it as: Authorization: Bearer …")
    screen.note(text.format(id=token.id, name=token.user, when=_until(token)))


def show_list(
    context: typer.Context,
    user: Annotated[str | None, typer.Argument(help=_("Only those of this user."), show_default=False)] = None,
    json: AsJson = False,
) -> None:
    from agent.wiring import ledger_of

    here = session(context)
    config, screen = here.config(), here.screen(json=json)
    with ledger_of(config) as ledger:
        tokens = ledger.people.tokens(user)
    if json:
        screen.object("steward.tokens/1", {"tokens": [token_json(each) for each in tokens]})
        return
    screen.table(
        [_("id"), _("name"), _("user"), _("scopes"), _("made"), _("until"), _("last used")],
        [[each.id, each.name, each.user, " ".join(each.scopes), each.made_at, _until(each), each.seen_at or "–"]
         for each in tokens],
    )  # fmt: skip


def revoke(
    context: typer.Context,
    id: Annotated[str, typer.Argument(help=_("What 'steward users token list' lists."), show_default=False)],
    json: AsJson = False,
) -> None:
    from agent.clock import SystemClock
    from agent.errors import ConfigError
    from agent.wiring import ledger_of

    here = session(context)
    config, screen = here.config(), here.screen(json=json)
    with ledger_of(config) as ledger:
        if not ledger.people.take(id, whoami(), SystemClock().now()):
            raise ConfigError(_("There is no key {id}, or it has ended.").format(id=id), setting="token",
                              hint="steward users token list")  # fmt: skip
    if json:
        screen.object("steward.token_revoked/1", {"id": id})
    else:
        screen.line(_("{id}: ended").format(id=id))


def token_json(token: Token) -> dict[str, Any]:
    return {"id": token.id, "name": token.name, "user": token.user, "scopes": list(token.scopes),
            "made_at": token.made_at, "expires_at": token.expires_at, "seen_at": token.seen_at}  # fmt: skip


def _until(token: Token) -> str:
    return f"{token.expires_at:%Y-%m-%d %H:%M} UTC" if token.expires_at is not None else "–"
