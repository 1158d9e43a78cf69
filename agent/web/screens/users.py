"""Users: who may come in and as what, where they are signed in, and the keys of their programs. For admins."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable

from starlette.responses import Response

from agent.access.links import HOURS
from agent.access.names import user_name
from agent.errors import ConfigError
from agent.language import _
from agent.model.person import Role, User
from agent.web.asking import Ask, quoted

_EVENTS = 12


def show(ask: Ask, fault: str = "", status: int = 200) -> Response:
    people = ask.desk.doorman.people
    sessions = people.sessions()
    seen = {each.user: each.seen_at for each in reversed(sessions)}
    return ask.page(
        "users.html", status, users=people.users(), fault=fault, roles=list(Role), seen=seen, quoted=quoted,
        signed=Counter(each.user for each in sessions), keys=Counter(each.user for each in people.tokens()),
        name=ask.field("name"), role=ask.field("role") or Role.APPROVER, hours=HOURS,
    )  # fmt: skip


def add(ask: Ask) -> Response:
    """With a password, or else with a link to choose one. The first user can only be an admin: from then on everybody
    signs in, whoever adds them as well."""
    people, now, given = ask.desk.doorman.people, ask.desk.clock.now(), next(iter(ask.form.get("password", ())), "")
    try:
        user = User(user_name(ask.field("name")), _role(ask.field("role")), False, "", now)
        if ask.person.local and user.role is not Role.ADMIN:
            raise ConfigError(_("The first user has to be an admin."), setting="users",
                              hint=_("From then on everybody signs in, you as well."))  # fmt: skip
        hashed = ask.desk.doorman.passwords.hashed
        people.add(user, hashed(given or secrets.token_urlsafe(32), user.name), ask.person.name)
    except ConfigError as fault:
        return show(ask, _told(fault), 422)
    if given:
        return ask.go("/login" if ask.person.local else f"/users/{quoted(user.name)}")
    return _linked(ask, user.name)


def one(ask: Ask, fault: str = "", status: int = 200) -> Response:
    people, name = ask.desk.doorman.people, ask.param("name")
    user = people.user(name)
    if user is None:
        return _missing(ask)
    return ask.page(
        "user.html", status, user=user, fault=fault, roles=list(Role), sessions=people.sessions(name),
        keys=people.tokens(name), here=f"/users/{quoted(name)}", mine=user.name == ask.person.name,
    )  # fmt: skip


def role(ask: Ask) -> Response:
    return _changed(ask, lambda: _change(ask, "role", role=_role(ask.field("role"))))


def disable(ask: Ask) -> Response:
    return _changed(ask, lambda: _change(ask, "disabled", disabled=True))


def enable(ask: Ask) -> Response:
    return _changed(ask, lambda: _change(ask, "enabled", disabled=False))


def link(ask: Ask) -> Response:
    """A link to choose a new password; until it is used, the old one holds."""
    user = ask.desk.doorman.people.user(ask.param("name"))
    if user is None:
        return _missing(ask)
    if user.disabled:
        return one(ask, _("{name} is shut out.").format(name=user.name), 422)
    return _linked(ask, user.name)


def end_sessions(ask: Ask) -> Response:
    def end() -> None:
        ask.desk.doorman.people.end(ask.person.name, ask.desk.clock.now(), user=ask.param("name"))

    return _changed(ask, end)


def end_key(ask: Ask) -> Response:
    def end() -> None:
        people, id = ask.desk.doorman.people, ask.param("id")
        if any(each.id == id for each in people.tokens(ask.param("name"))):
            people.take(id, ask.person.name, ask.desk.clock.now())

    return _changed(ask, end)


def _change(ask: Ask, did: str, **values: object) -> None:
    ask.desk.doorman.people.change(ask.param("name"), ask.person.name, did, ask.desk.clock.now(), **values)


def _changed(ask: Ask, change: Callable[[], None]) -> Response:
    """Do it and show the user; what cannot be is told there."""
    if ask.desk.doorman.people.user(ask.param("name")) is None:
        return _missing(ask)
    try:
        change()
    except ConfigError as fault:
        return one(ask, _told(fault), 422)
    return ask.go(f"/users/{quoted(ask.param('name'))}")


def _linked(ask: Ask, name: str) -> Response:
    """The link, shown this once."""
    secret = ask.desk.links.new(name, ask.person.name)
    scheme = "https" if ask.desk.place.secure else "http"
    address = f"{scheme}://{ask.request.headers['host']}{ask.to(f'/join/{secret}')}"
    return ask.page("user_link.html", name=name, address=address, hours=HOURS, quoted=quoted)


def _role(text: str) -> Role:
    if text not in set(Role):
        raise ConfigError(_("'{role}' is no role.").format(role=text), setting="users",
                          hint=_("Known: {names}").format(names=", ".join(Role)))  # fmt: skip
    return Role(text)


def _told(fault: ConfigError) -> str:
    return f"{fault.message} {fault.hint}".strip()


def _missing(ask: Ask) -> Response:
    return ask.refuse(404, _("There is no user '{name}'.").format(name=ask.param("name")), hint=_("See the users."))
