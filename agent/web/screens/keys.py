"""One's own keys for programs: made here, shown once, ended at any time."""

from __future__ import annotations

from starlette.responses import Response

from agent.errors import ConfigError
from agent.web.asking import Ask
from agent.web.screens import mine


def make(ask: Ask) -> Response:
    """The answer to the form holds the key; no other page ever does."""
    user = ask.desk.doorman.people.user(ask.person.name)
    if user is None:
        return ask.go("/me")
    try:
        text, scopes = ask.field("days"), ask.form.get("scope", ())
        days = int(text) if text.isascii() and text.isdigit() else 0
        _token, secret = ask.desk.keys.give(user, ask.field("name"), scopes, days, user.name)
    except ConfigError as fault:
        return mine.show(ask, f"{fault.message} {fault.hint}", 422)
    return mine.show(ask, secret=secret)


def end(ask: Ask) -> Response:
    """One of one's own keys; anybody else's is not there."""
    people, id = ask.desk.doorman.people, ask.param("id")
    if any(each.id == id for each in people.tokens(ask.person.name)):
        people.take(id, ask.person.name, ask.desk.clock.now())
    return ask.go("/me")
