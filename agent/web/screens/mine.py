"""What is one's own: the language, the password, where one is signed in."""

from __future__ import annotations

from starlette.responses import Response

from agent.access.keys import DAYS
from agent.errors import ConfigError
from agent.language import _
from agent.model.person import Scope
from agent.web.asking import Ask
from agent.web.screens.entrance import wait_text


def show(ask: Ask, fault: str = "", status: int = 200, secret: str = "") -> Response:
    """``secret``: of a key that was made just now."""
    people, name = ask.desk.doorman.people, ask.person.name
    return ask.page("me.html", status, sessions=people.sessions(name), keys=people.tokens(name), fault=fault,
                    secret=secret, scopes=[each for each in Scope if ask.may(each.role)], days=DAYS)  # fmt: skip


def language(ask: Ask) -> Response:
    wish = ask.field("language")
    if not ask.person.local and wish in ("", "en", "zh"):
        ask.desk.doorman.people.change(ask.person.name, ask.person.name, "language", ask.desk.clock.now(),
                                       language=wish)  # fmt: skip
    return ask.go("/me")


def password(ask: Ask) -> Response:
    """The old one once more, and the new one twice; then one signs in again everywhere."""
    if ask.person.local:
        return ask.go("/me")
    old, new, repeated = (next(iter(ask.form.get(name, ())), "") for name in ("old", "new", "repeated"))
    tried = ask.desk.doorman.again(ask.person, old)
    if not tried.secret:
        return show(ask, wait_text(tried.wait_seconds) if tried.wait_seconds else _("This is not your password."), 401)
    if new != repeated:
        return show(ask, _("The new password was not written the same twice."), 422)
    try:
        kept = ask.desk.doorman.passwords.hashed(new, ask.person.name)
    except ConfigError as fault:
        return show(ask, f"{fault.message} {fault.hint}", 422)
    ask.desk.doorman.people.change(ask.person.name, ask.person.name, "password", ask.desk.clock.now(), password=kept)
    return ask.go("/login")


def end_session(ask: Ask) -> Response:
    """One of one's own sessions; anybody else's is not there."""
    id = ask.param("id")
    if any(each.id == id for each in ask.desk.doorman.people.sessions(ask.person.name)):
        ask.desk.doorman.people.end(ask.person.name, ask.desk.clock.now(), id=id)
    return ask.go("/me")
