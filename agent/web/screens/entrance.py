"""Coming in and going out: the one-time link of this machine, signing in, the password once more."""

from __future__ import annotations

from starlette.responses import Response

from agent.language import _, ngettext
from agent.web.asking import Ask
from agent.web.guard import address_of


def link(ask: Ask) -> Response:
    """Looking at the link uses nothing up; a script presses the button, and without one a person does."""
    if ask.guest is not None:
        return ask.go("/inbox")
    if not ask.desk.doorman.is_local:
        return ask.go("/login")
    return ask.page("enter.html", key=ask.param("key"))


def come_in(ask: Ask) -> Response:
    secret = ask.desk.doorman.come_in(ask.param("key"), _browser(ask), _address(ask))
    if secret is None:
        hint = _("It holds once. 'steward serve' prints a new one.")
        return ask.refuse(403, _("This link has been used or is old"), hint=hint)
    return with_secret(ask, ask.go("/inbox"), secret)


def form(ask: Ask) -> Response:
    if ask.guest is not None:
        return ask.go("/inbox")
    if ask.desk.doorman.is_local:
        hint = _("Open the link that 'steward serve' printed. It holds once; starting again prints a new one.")
        return ask.refuse(401, _("This page is for the one who started it"), hint=hint)
    return ask.page("login.html", name="", to=_inside(ask.query("to")), fault="")


def sign_in(ask: Ask) -> Response:
    name, to = ask.field("name"), _inside(ask.field("to"))
    # Blanks may be part of a password.
    password = next(iter(ask.form.get("password", ())), "")
    tried = ask.desk.doorman.sign_in(name, password, _browser(ask), _address(ask))
    if tried.secret:
        return with_secret(ask, ask.go(to or "/inbox"), tried.secret)
    fault = wait_text(tried.wait_seconds) if tried.wait_seconds else _("Name or password is wrong.")
    return ask.page("login.html", 429 if tried.wait_seconds else 401, name=name, to=to, fault=fault)


def sign_out(ask: Ask) -> Response:
    ask.desk.doorman.sign_out(ask.person)
    response = ask.go("/login")
    response.delete_cookie(ask.desk.place.cookie, path="/", secure=ask.desk.place.secure, httponly=True,
                           samesite="strict")  # fmt: skip
    return response


def again_form(ask: Ask) -> Response:
    return ask.page("again.html", to=_inside(ask.query("to")), fault="")


def again(ask: Ask) -> Response:
    to, password = _inside(ask.field("to")), next(iter(ask.form.get("password", ())), "")
    tried = ask.desk.doorman.again(ask.person, password)
    if tried.secret:
        return ask.go(to or "/inbox")
    fault = wait_text(tried.wait_seconds) if tried.wait_seconds else _("This is not your password.")
    return ask.page("again.html", 429 if tried.wait_seconds else 401, to=to, fault=fault)


def wait_text(seconds: int) -> str:
    text = ngettext("Too many tries. Wait {count} second.", "Too many tries. Wait {count} seconds.", seconds)
    return text.format(count=seconds)


def with_secret(ask: Ask, response: Response, secret: str) -> Response:
    response.set_cookie(ask.desk.place.cookie, secret, path="/", secure=ask.desk.place.secure, httponly=True,
                        samesite="strict")  # fmt: skip
    return response


def _inside(to: str) -> str:
    """A path of ours, or nothing: nobody is led away from here."""
    return to if to.startswith("/") and not to.startswith(("//", "/\\")) and to.isprintable() else ""


def _browser(ask: Ask) -> str:
    return ask.request.headers.get("user-agent", "")


def _address(ask: Ask) -> str:
    return address_of(ask.request, ask.desk.place)
