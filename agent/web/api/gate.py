"""The door for programs. A cookie opens nothing here and none is given: no other site can speak for a browser's user.

Every answer but the document itself needs a key, in the header and nowhere else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import structlog
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from agent.access.keys import BEGINS, Caller
from agent.errors import AgentError
from agent.language import _
from agent.web.api import openapi
from agent.web.api.call import Call, Operation
from agent.web.api.problems import Problem
from agent.web.api.table import OPERATIONS, PREFIX
from agent.web.desk import Desk
from agent.web.guard import address_of

_LOG = structlog.get_logger(__name__)
_NAMES = frozenset({"access_token", "token", "key", "api_key", "apikey", "authorization"})
_PARAM = re.compile(r"\{(\w+)\}")


class Gate:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._table = [(_pattern(each.path), each) for each in OPERATIONS]

    @staticmethod
    def leads_here(path: str) -> bool:
        return path == "/api" or path.startswith("/api/")

    def answer(self, request: Request, path: str, body: bytes | None) -> Response:
        """``path``: without a proxy's prefix. ``body``: None where it was too long."""
        try:
            return self._answered(request, path, body)
        except Problem as problem:
            return problem.answer()
        except AgentError as fault:
            _LOG.warning("api_fault", fault=fault.message)
            code, status = ("unavailable", 503) if fault.retryable else ("failed", 500)
            return Problem(status, code, _("This did not work"), fault.message, remedy=fault.hint).answer()
        except Exception:  # noqa: BLE001 - a fault of one operation must not end the server; the log has the place
            _LOG.exception("api_failed")
            return Problem(500, "broken", _("Something is broken"), _("The fault is in Steward's log.")).answer()

    def _answered(self, request: Request, path: str, body: bytes | None) -> Response:
        if path == f"{PREFIX}/openapi.json" and request.method in ("GET", "HEAD"):
            return Response(openapi.text(), media_type="application/json")
        operation, params = self._found(request.method, path.removeprefix(PREFIX) if path.startswith(PREFIX) else "")
        _must_not_be_exposed(request, path)
        caller = self._caller(request)
        _must_be_allowed(caller, operation)
        query = _read(operation.query, _query_of(request), "query")
        told = None if operation.body is None else _read_body(operation.body, request, body)
        found = operation.does(Call(self._desk, caller, params, query, told))
        return Response(found.model_dump_json(), media_type="application/json")

    def _found(self, method: str, path: str) -> tuple[Operation, Mapping[str, str]]:
        here = [(each, match) for pattern, each in self._table if (match := pattern.fullmatch(path)) is not None]
        if not here:
            remedy = _("The list of them: {path}").format(path=f"{PREFIX}/openapi.json")
            raise Problem(404, "no_operation", _("There is nothing here"), place="path", remedy=remedy)
        for operation, match in here:
            if method == operation.method or (method, operation.method) == ("HEAD", "GET"):
                return operation, match.groupdict()
        allowed = ", ".join(sorted(each.method for each, _match in here))
        raise Problem(405, "method", _("This address is not for that"), place="method", headers={"Allow": allowed},
                      remedy=_("Use {methods}.").format(methods=allowed))  # fmt: skip

    def _caller(self, request: Request) -> Caller:
        kind, _blank, secret = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not secret.strip():
            raise _unknown(_("A key is needed."))
        found = self._desk.keys.known(secret.strip(), address_of(request, self._desk.place))
        if found.wait_seconds:
            raise Problem(
                429, "wait", _("Too many keys that nobody knows"), place="header.Authorization",
                headers={"Retry-After": str(found.wait_seconds)},
                remedy=_("Wait {seconds} seconds.").format(seconds=found.wait_seconds),
            )  # fmt: skip
        if found.caller is None:
            raise _unknown(found.fault)
        return found.caller


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(_PARAM.sub(r"(?P<\1>[A-Za-z0-9_-]+)", path))


def _unknown(title: str) -> Problem:
    return Problem(
        401, "key", title, place="header.Authorization", headers={"WWW-Authenticate": 'Bearer realm="steward"'},
        remedy=_("Make a key under your name on the page, or with: steward users token add"),
    )  # fmt: skip


def _must_not_be_exposed(request: Request, path: str) -> None:
    """Addresses end up in logs: a key in one is refused, also beside a good header, so that nobody gets used to it."""
    named = [name for name, value in request.query_params.multi_items() if name.lower() in _NAMES or BEGINS in value]
    if named or BEGINS in path:
        place = f"query.{named[0]}" if named else "path"
        raise Problem(400, "exposed", _("A key does not belong in an address"), place=place,
                      remedy=_("Send it as a header, and end this one: others may have read it."))  # fmt: skip


def _must_be_allowed(caller: Caller, operation: Operation) -> None:
    scope = operation.scope
    if not caller.has(scope):
        raise Problem(403, "scope", _("This key lacks the scope {scope}").format(scope=scope),
                      place="header.Authorization", remedy=_("Make one that has it."))  # fmt: skip
    if not caller.role.may(scope.role):
        text = _("This needs the role {role}; {name} is {theirs}.")
        raise Problem(403, "role", _("You may not do this"), place="header.Authorization",
                      detail=text.format(role=_(scope.role), name=caller.name, theirs=_(caller.role)),
                      remedy=_("Ask an admin for another role."))  # fmt: skip


def _query_of(request: Request) -> dict[str, str]:
    given = request.query_params.multi_items()
    names = [name for name, _value in given]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise Problem(422, "invalid", _("{name} is there twice").format(name=twice), place=f"query.{twice}",
                      remedy=_("Give it once."))  # fmt: skip
    return dict(given)


def _read_body(model: type[BaseModel], request: Request, body: bytes | None) -> BaseModel:
    if body is None:
        raise Problem(413, "too_long", _("This is too much at once"), place="body", remedy=_("Send less at once."))
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Problem(415, "media", _("The body is not JSON"), place="header.Content-Type",
                      remedy="Content-Type: application/json")  # fmt: skip
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as fault:
        raise Problem(422, "invalid", _("The body is not JSON"), str(fault)[:200], place="body",
                      remedy=_("See {path}").format(path=f"{PREFIX}/openapi.json")) from fault  # fmt: skip
    return _read(model, data, "body")


def _read(model: type[BaseModel], data: Any, where: str) -> BaseModel:
    try:
        return model.model_validate(data)
    except ValidationError as fault:
        first = fault.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join([where, *map(str, first["loc"])])
        raise Problem(422, "invalid", _("{place} is not as it has to be").format(place=place), first["msg"],
                      place=place, remedy=_("See {path}").format(path=f"{PREFIX}/openapi.json")) from fault  # fmt: skip
