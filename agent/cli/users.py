"""``steward users``: who may use the review page."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli.session import AsJson, group_of, must_have_terminal, session, whoami
from agent.cli.tokens import mount_token
from agent.language import _

if TYPE_CHECKING:
    from agent.model.person import Role, User

Name = Annotated[str, typer.Argument(help=_("The user's name."))]
RoleName = Annotated[str, typer.Option("--role", help=_("viewer, approver or admin."))]
Stdin = Annotated[bool, typer.Option("--password-stdin", help=_("Read the password from standard input."))]


def mount_users(group: typer.Typer) -> None:
    group.command("add", help=_("Let somebody use the review page."))(add)
    group.command("list", help=_("Who may use the review page."))(list_users)
    group.command("role", help=_("Give a user another role; they sign in again."))(role)
    group.command("password", help=_("Set a user's password; they sign in again."))(password)
    group.command("disable", help=_("Shut a user out at once; --enable lets them in again."))(disable)
    tokens = group_of(_("Keys with which programs use the page's JSON API."))
    mount_token(tokens)
    group.add_typer(tokens, name="token")


def add(context: typer.Context, name: Name, role: RoleName = "approver", stdin: Stdin = False,
        json: AsJson = False) -> None:  # fmt: skip
    from agent.access.names import user_name
    from agent.clock import SystemClock
    from agent.model.person import User
    from agent.wiring import ledger_of

    here = session(context)
    config, screen = here.config(), here.screen(json=json)
    user = User(user_name(name), _role(role), False, "", SystemClock().now())
    kept = _hashed(name, stdin)
    with ledger_of(config) as ledger:
        ledger.people.add(user, kept, whoami())
    if json:
        screen.object("steward.user/1", _json(user))
    else:
        screen.line(_("{name} may use the page as {role}.").format(name=user.name, role=_(user.role)))


def list_users(context: typer.Context, json: AsJson = False) -> None:
    from agent.wiring import ledger_of

    here = session(context)
    config, screen = here.config(), here.screen(json=json)
    with ledger_of(config) as ledger:
        users = ledger.people.users()
    if json:
        screen.object("steward.users/1", {"users": [_json(each) for each in users]})
        return
    rows = [[each.name, _(each.role), _("shut out") if each.disabled else "", each.at] for each in users]
    screen.table([_("name"), _("role"), "", _("changed")], rows)


def role(context: typer.Context, name: Name, role: Annotated[str, typer.Argument(help=_("viewer, approver or admin."))],
         json: AsJson = False) -> None:  # fmt: skip
    _change(context, name, json, "role", role=_role(role))


def password(context: typer.Context, name: Name, stdin: Stdin = False, json: AsJson = False) -> None:
    _change(context, name, json, "password", password=_hashed(name, stdin))


def disable(context: typer.Context, name: Name,
            enable: Annotated[bool, typer.Option("--enable", help=_("Let them in again."))] = False,
            json: AsJson = False) -> None:  # fmt: skip
    _change(context, name, json, "enabled" if enable else "disabled", disabled=not enable)


def _change(context: typer.Context, name: str, json: bool, did: str, **values: Any) -> None:
    from agent.clock import SystemClock
    from agent.wiring import ledger_of

    here = session(context)
    config, screen = here.config(), here.screen(json=json)
    with ledger_of(config) as ledger:
        user = ledger.people.change(name, whoami(), did, SystemClock().now(), **values)
    if json:
        screen.object("steward.user/1", _json(user))
    elif user.disabled:
        screen.line(_("{name} is shut out.").format(name=user.name))
    else:
        screen.line(_("{name} may use the page as {role}.").format(name=user.name, role=_(user.role)))


def _role(text: str) -> Role:
    from agent.errors import ConfigError
    from agent.model.person import Role

    try:
        return Role(text)
    except ValueError as fault:
        raise ConfigError(_("'{role}' is no role.").format(role=text), setting="--role",
                          hint=_("Known: {names}").format(names=", ".join(Role))) from fault  # fmt: skip


def _hashed(name: str, stdin: bool) -> str:
    from agent.access.passwords import Passwords

    if stdin:
        given = sys.stdin.readline().rstrip("\r\n")
    else:
        must_have_terminal("--password-stdin")
        given = str(typer.prompt(_("Password"), hide_input=True, confirmation_prompt=True, err=True))
    return Passwords().hashed(given, name)


def _json(user: User) -> dict[str, Any]:
    return {"name": user.name, "role": str(user.role), "disabled": user.disabled, "changed": user.at}
