"""The application: every request passes the same guards, in the same order, before a screen sees it.

The only asynchronous lines are here, where the server hands over a request; screens are plain functions in threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Match
from starlette.routing import Route as Path
from starlette.types import Receive, Scope, Send

from agent.access.doorman import Guest
from agent.errors import AgentError
from agent.language import Language, _, choose, speaking
from agent.model.person import Role
from agent.web import assets
from agent.web.api.gate import Gate
from agent.web.asking import Ask, fields_of
from agent.web.desk import Desk
from agent.web.guard import comes_from_us, has_key, is_for_us
from agent.web.headers import secured
from agent.web.pages import pages
from agent.web.routes import ROUTES, Route, navigation
from agent.web.screens.decide import told

_LOG = structlog.get_logger(__name__)
_MOST_BYTES = 2_000_000
"""Of a form: an approval of some 100,000 proposals."""
_SAFE = frozenset({"GET", "HEAD"})


class Application:
    """The page of one installation, as an ASGI application."""

    def __init__(self, desk: Desk, routes: Sequence[Route] = ROUTES) -> None:
        self.desk = desk
        self._gate = Gate(desk)
        pages().globals.update(navigation=navigation(), told=told)
        self._paths = [(Path(route.path, _nothing, methods=[route.method]), route) for route in routes]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        with suppress(ClientDisconnect):
            body = await _body(request)
            response = await run_in_threadpool(self.answer, request, body)
            await response(scope, receive, send)

    def answer(self, request: Request, body: bytes | None) -> Response:
        """The answer to a request whose body was read; None: it was too long."""
        if not is_for_us(request, self.desk.place):
            return self._sealed(PlainTextResponse("Nobody of this name is here.", 421))
        path = _without(self.desk.place.prefix, request.scope["path"])
        if path.startswith(assets.FOLDER):
            return self._sealed(assets.answer(request, path))
        if Gate.leads_here(path):
            with speaking(spoken(None, request.headers)):
                return self._sealed(self._gate.answer(request, path, body))
        if path in ("/livez", "/favicon.ico"):
            return self._sealed(PlainTextResponse("alive") if path == "/livez" else Response(status_code=204))
        guest = self.desk.doorman.known(request.cookies.get(self.desk.place.cookie, ""))
        language = spoken(guest, request.headers)
        with speaking(language):
            form = _form(body)
            ask = Ask(self.desk, request, path, form or {}, guest, language, body or b"")
            try:
                response = self._guarded(ask, too_long=form is None)
            except AgentError as fault:
                _LOG.warning("page_fault", screen=_screen(path), fault=fault.message)
                response = ask.refuse(
                    503 if fault.retryable else 422, _("This did not work"), fault.message, fault.hint
                )
            except Exception:  # noqa: BLE001 - a fault of one screen must not end the server; the log has the place
                _LOG.exception("page_failed", screen=_screen(path))
                response = ask.refuse(500, _("Something is broken"), _("The fault is in Steward's log."))
        return self._sealed(response)

    def _guarded(self, ask: Ask, *, too_long: bool) -> Response:
        route = self._found(ask)
        if isinstance(route, Response):
            return route
        if too_long:
            return ask.refuse(413, _("This is too much at once"), hint=_("Choose less and try again."))
        if route.method == "POST" and not route.signed and not comes_from_us(ask.request, self.desk.place):
            return ask.refuse(403, _("This was sent by another page"), hint=_("Open Steward itself and try again."))
        if route.role is None:
            return route.handler(ask)
        if ask.guest is None:
            return _sign_in_first(ask, route)
        if not ask.guest.role.may(route.role):
            text = _("This needs the role {role}; you are {yours}.")
            return ask.refuse(403, _("You may not do this"), text.format(role=_(route.role), yours=_(ask.guest.role)))
        if route.method == "POST" and not has_key(ask.form, ask.guest.form_key):
            hint = _("Go back, load the page again, and decide once more. Nothing was decided.")
            return ask.refuse(403, _("This form is from another session"), hint=hint)
        if route.fresh and not self.desk.doorman.is_fresh(ask.guest):
            return ask.page("again.html", 403, to="", fault=_("Give it, then do once more what you were about to do."))
        return route.handler(ask)

    def _found(self, ask: Ask) -> Route | Response:
        """The route of a request, with the parts of its path; or the page that says there is none."""
        scope = {**ask.request.scope, "path": ask.here, "root_path": ""}
        if scope["method"] == "HEAD":
            scope["method"] = "GET"
        other = False
        for path, route in self._paths:
            match, child = path.matches(scope)
            if match is Match.FULL:
                ask.request.scope["path_params"] = child["path_params"]
                return route
            other = other or match is Match.PARTIAL
        if other:
            return ask.refuse(405, _("This address is not for that"))
        return ask.refuse(404, _("There is nothing here"), hint=_("The address may be old. Start at the inbox."))

    def _sealed(self, response: Response) -> Response:
        return secured(response, encrypted=self.desk.place.secure)


def spoken(guest: Guest | None, headers: Headers) -> Language:
    """The language somebody chose, else the first that their browser names and we speak."""
    if guest is not None and guest.language:
        return choose(guest.language)
    for wish in headers.get("accept-language", "").split(","):
        name = wish.partition(";")[0].strip().lower()
        if name.split("-")[0] in ("en", "zh"):
            return choose(name)
    return choose(None, None, {})


def _sign_in_first(ask: Ask, route: Route) -> Response:
    if route.method == "POST":
        hint = _("Sign in and do it again: nothing was decided.")
        return ask.refuse(401, _("Your session has ended"), hint=hint)
    if ask.partial:
        # A piece of a page cannot hold the form; the script goes to the whole of it.
        return Response(status_code=401, headers={"HX-Redirect": ask.to("/login")})
    if ask.request.headers.get("sec-fetch-site") == "cross-site" and "once" not in ask.request.query_params:
        # A link in a chat: the browser keeps our cookie back for it, and sends it with the next step from here.
        return ask.page("onward.html", onward=ask.again(once="1"))
    where = ask.again(once="") if route.role is Role.VIEWER else ""
    return RedirectResponse(ask.to("/login", to=where.removeprefix(ask.desk.place.prefix)), 303)


async def _body(request: Request) -> bytes | None:
    """All of a body that is short enough; None for one that is not."""
    if request.method in _SAFE:
        return b""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size <= _MOST_BYTES:
            parts.append(part)
    return b"".join(parts) if size <= _MOST_BYTES else None


def _form(body: bytes | None) -> dict[str, list[str]] | None:
    """The fields of a body; None where it is too long, or has more of them than any form of ours."""
    try:
        return None if body is None else fields_of(body)
    except ValueError:
        return None


def _without(prefix: str, path: str) -> str:
    """The path as the table knows it, whether the proxy has taken its prefix away or not."""
    if prefix and (path == prefix or path.startswith(f"{prefix}/")):
        return path.removeprefix(prefix) or "/"
    return path


def _screen(path: str) -> str:
    """What of a path may be logged: the rest may name things, or be the one-time key."""
    return "/" + path.split("/")[1][:40]


def _nothing(request: Request) -> Response:
    """Routes are matched by Starlette and answered by us."""
    return Response(status_code=404)
