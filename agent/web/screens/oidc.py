"""Signing in with a provider: out to it, back from it, and in where the name it gives is a user's."""

from __future__ import annotations

import secrets

from starlette.responses import RedirectResponse, Response

from agent.access.names import user_name
from agent.access.oidc import Oidc
from agent.errors import AgentError, ConfigError, ForbiddenError
from agent.language import _
from agent.model.person import Role, User
from agent.web.asking import Ask
from agent.web.guard import address_of
from agent.web.screens.entrance import with_secret

_MINUTES = 10


def start(ask: Ask) -> Response:
    """To the provider. Nothing but this browser is signed in by it, and only once it comes back."""
    if ask.desk.oidc is None:
        return _none(ask)
    scheme = "https" if ask.desk.place.secure else "http"
    back = f"{scheme}://{ask.request.headers['host']}{ask.to('/oidc/back')}"
    try:
        address, held = ask.desk.oidc.begin(back)
    except AgentError as fault:
        return ask.refuse(503, _("The sign-in provider does not answer"), fault.message, fault.hint)
    response = RedirectResponse(address, 303)
    response.set_cookie(_cookie(ask), held, max_age=_MINUTES * 60, path="/", secure=ask.desk.place.secure,
                        httponly=True, samesite="strict")  # fmt: skip
    return response


def back(ask: Ask) -> Response:
    """From the provider. The browser keeps its cookie from what another site leads to; our own page sends it on."""
    if ask.desk.oidc is None:
        return _none(ask)
    if ask.query("error") or not ask.query("code"):
        hint = _("Begin again at the sign-in page.")
        return ask.refuse(403, _("The provider let nobody in"), ask.query("error")[:80], hint)
    return ask.page("oidc_back.html", code=ask.query("code")[:4_000], state=ask.query("state")[:200])


def finish(ask: Ask) -> Response:
    if ask.desk.oidc is None:
        return _none(ask)
    try:
        name = _who(ask, ask.desk.oidc)
    except (ForbiddenError, ConfigError) as fault:
        return ask.refuse(403, _("You could not be signed in"), fault.message, fault.hint)
    browser = ask.request.headers.get("user-agent", "")
    secret = ask.desk.doorman.let_in(name, browser, address_of(ask.request, ask.desk.place))
    response = with_secret(ask, ask.go("/inbox"), secret)
    response.delete_cookie(_cookie(ask), path="/", secure=ask.desk.place.secure, httponly=True, samesite="strict")
    return response


def _who(ask: Ask, oidc: Oidc) -> str:
    """The user of this name; one that is not there is made only where that is configured, with the role it names."""
    held = ask.request.cookies.get(_cookie(ask), "")
    name = user_name(oidc.finish(ask.field("state"), ask.field("code"), held))
    people, role = ask.desk.doorman.people, ask.desk.config.page.oidc.create_role
    user = people.user(name)
    if user is None and role:
        password = ask.desk.doorman.passwords.hashed(secrets.token_urlsafe(32), name)
        user = User(name, Role(role), False, "", ask.desk.clock.now())
        people.add(user, password, "oidc")
    if user is None or user.disabled:
        raise ForbiddenError(_("{name} has no access here.").format(name=name),
                             hint=_("Ask an admin to add you by exactly this name."))  # fmt: skip
    return user.name


def _cookie(ask: Ask) -> str:
    return f"{ask.desk.place.cookie}-oidc"


def _none(ask: Ask) -> Response:
    return ask.refuse(404, _("There is nothing here"), hint=_("The address may be old. Start at the inbox."))
