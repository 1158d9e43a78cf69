"""Choosing a password with a one-time link."""

from __future__ import annotations

from starlette.responses import Response

from agent.errors import ConfigError, ForbiddenError
from agent.language import _
from agent.web.asking import Ask
from agent.web.guard import address_of


def form(ask: Ask, fault: str = "", status: int = 200) -> Response:
    """Looking uses nothing up."""
    try:
        user = ask.desk.links.whose(ask.param("key"), address_of(ask.request, ask.desk.place))
    except ForbiddenError as useless:
        return ask.refuse(403, useless.message, hint=useless.hint)
    return ask.page("join.html", status, name=user.name, key=ask.param("key"), fault=fault)


def choose(ask: Ask) -> Response:
    new, repeated = (next(iter(ask.form.get(name, ())), "") for name in ("new", "repeated"))
    if new != repeated:
        return form(ask, _("The new password was not written the same twice."), 422)
    try:
        ask.desk.links.choose(ask.param("key"), new, address_of(ask.request, ask.desk.place))
    except ForbiddenError as useless:
        return ask.refuse(403, useless.message, hint=useless.hint)
    except ConfigError as fault:
        return form(ask, f"{fault.message} {fault.hint}", 422)
    return ask.go("/login")
