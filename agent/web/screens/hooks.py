"""What chats report: a button that was pressed. The vendor signs each request; nobody is signed in here."""

from __future__ import annotations

import structlog
from starlette.background import BackgroundTask
from starlette.responses import JSONResponse, PlainTextResponse, Response

from agent.errors import ForbiddenError
from agent.language import _
from agent.notify.hooks import answered
from agent.notify.pressed import LARGEST
from agent.web.asking import Ask
from agent.web.guard import address_of

_LOG = structlog.get_logger(__name__)


def press(ask: Ask) -> Response:
    """A channel that is none and a request that no vendor signed are answered alike: nobody learns which there are.

    Only what is refused counts against an address: behind a proxy all of them may be one.
    """
    if len(ask.body) > LARGEST:
        return ask.refuse(413, _("This is too much at once"))
    channel, now = ask.param("channel"), ask.desk.clock.now()
    try:
        answer = answered(ask.desk.config, ask.desk.ledger, channel, dict(ask.request.headers), ask.body, now)
    except ForbiddenError:
        return _refused(ask, channel)
    response = Response() if answer.body is None else JSONResponse(dict(answer.body))
    if answer.later is not None:
        response.background = BackgroundTask(answer.later)
    return response


def _refused(ask: Ask, channel: str) -> Response:
    now, address = ask.desk.clock.now(), address_of(ask.request, ask.desk.place)
    if wait := ask.desk.strangers.wait_seconds(now, address):
        return PlainTextResponse("Too many tries.", 429, {"Retry-After": str(wait)})
    ask.desk.strangers.failed(now, address)
    if channel in ask.desk.config.notify.channels:
        _LOG.warning("press_refused", channel=channel)
    return ask.refuse(404, _("There is nothing here"), hint=_("The address may be old. Start at the inbox."))
