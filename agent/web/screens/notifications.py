"""What people are told: what holds, what was sent to whom, how the channels fare, and what is silenced."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from starlette.responses import Response

from agent.errors import AgentError
from agent.language import _
from agent.mint import mint
from agent.model.message import Told
from agent.model.notice import MATCHED, Silence
from agent.model.rule import Severity
from agent.notify.greeting import greeting
from agent.notify.setup import doors, notifier_of
from agent.notify.silencing import matchers_of, reason_of, span_of
from agent.shown.channels import channels_of
from agent.web.asking import Ask
from agent.web.paging import PAGE_ROWS, leaf_of

SPANS = ("1h", "8h", "1d", "7d", "30d")
_VIEWS = ("open", "log", "channels", "silences")
_FIELDS = ("account", "rule", "severity", "title")
"""What the form offers to silence by; the command knows more."""
_ENDED = timedelta(days=30)


def show(ask: Ask, fault: str = "", told: str = "", view: str = "", status: int = 200) -> Response:
    """``show``: open, log, channels or silences."""
    view = view or (ask.query("show") if ask.query("show") in _VIEWS else _VIEWS[0])
    outbox, now = ask.desk.ledger.outbox, ask.desk.clock.now()
    silences = outbox.silences(after=now - _ENDED)
    active, ended = [each for each in silences if each.active(now)], [each for each in silences if each.ends_at <= now]
    parts = {"open": _open, "log": _log, "channels": _channels}[view](ask) if view != "silences" else {}
    return ask.page(
        "notifications.html", status, view=view, fault=fault, told_now=told, now=now, spans=SPANS, silences=active,
        ended=ended, severities=list(Severity), given={name: ask.field(name) for name in (*MATCHED, "reason")}, **parts,
    )  # fmt: skip


def acknowledge(ask: Ask) -> Response:
    """Somebody is at it: it is not told again before it ends."""

    def do() -> None:
        ask.desk.ledger.outbox.acknowledge(ask.field("notice"), ask.person.name, ask.desk.clock.now())

    return _done(ask, "open", do)


def silence(ask: Ask) -> Response:
    def do() -> None:
        now, given = ask.desk.clock.now(), [f"{name}={ask.field(name)}" for name in _FIELDS if ask.field(name)]
        fits, until = matchers_of(given), now + span_of(ask.field("span"))
        reason = reason_of(ask.field("reason")[:500])
        ask.desk.ledger.outbox.silence(Silence(mint("si"), fits, now, until, ask.person.name, reason))

    if not any(ask.field(name) for name in _FIELDS):
        return show(ask, _("Say what is to be silent: a rule, an account, a severity or a title."), view="silences",
                    status=422)  # fmt: skip
    return _done(ask, "silences", do)


def end_silence(ask: Ask) -> Response:
    def do() -> None:
        ask.desk.ledger.outbox.end_silence(ask.param("id"), ask.person.name, ask.desk.clock.now())

    return _done(ask, "silences", do)


def test(ask: Ask) -> Response:
    """Send a message that says that it is a test, and show what the channel answers."""
    name, config, now = ask.param("channel"), ask.desk.config, ask.desk.clock.now()
    if name not in config.notify.channels:
        return ask.refuse(404, _("There is no channel '{name}'.").format(name=name))
    try:
        with doors() as door:
            delivery = notifier_of(config, name, door, ask.desk.clock).send(greeting(config, name, mint("n"), now))
    except AgentError as fault:
        return show(ask, f"{name}: {fault.message} {fault.hint}", view="channels", status=422)
    kind, answer = config.notify.channels[name].kind, f"{delivery.code} {delivery.detail}".strip()
    if delivery.told is Told.OK:
        return show(ask, told=_("{channel} ({kind}): accepted").format(channel=name, kind=kind), view="channels")
    text = _("{channel} ({kind}): refused: {answer}").format(channel=name, kind=kind, answer=answer)
    return show(ask, text, view="channels", status=422)


def _done(ask: Ask, view: str, do: Callable[[], None]) -> Response:
    """Do it and look there; what cannot be is told there."""
    try:
        do()
    except AgentError as fault:
        return show(ask, f"{fault.message} {fault.hint}".strip(), view=view, status=422)
    return ask.go("/notifications", show=view)


def _open(ask: Ask) -> dict[str, Any]:
    outbox, now = ask.desk.ledger.outbox, ask.desk.clock.now()
    found = [notice for notice in outbox.unsettled() if notice.is_open and not notice.is_wish]
    silenced = {notice.key for notice in found for each in outbox.silences(after=now)
                if each.active(now) and each.fits(notice)}  # fmt: skip
    found.sort(key=lambda notice: (notice.severity, notice.opened_at))
    return {"notices": found, "silenced": silenced}


def _log(ask: Ask) -> dict[str, Any]:
    outbox, waiting = ask.desk.ledger.outbox, ask.query("waiting") == "1"
    channel = ask.query("channel") or None
    leaf = leaf_of(ask, outbox.log_length(channel, waiting=waiting))
    return {
        "messages": outbox.log(channel, PAGE_ROWS, waiting=waiting, offset=leaf.first), "leaf": leaf,
        "waiting": waiting, "channel": channel or "", "channels": sorted(ask.desk.config.notify.channels),
    }  # fmt: skip


def _channels(ask: Ask) -> dict[str, Any]:
    return {"rows": channels_of(ask.desk.config, ask.desk.ledger, ask.desk.clock.now())}
