"""``steward silence``: what people are not told for a while, by whom and why."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli.session import AsJson, session, whoami
from agent.language import _

if TYPE_CHECKING:
    from datetime import datetime

    from agent.model.notice import Silence

_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_LONGEST = timedelta(days=90)


def mount_silence(group: typer.Typer) -> None:
    group.command("add", help=_("Tell nothing that fits, until then. It goes on being recorded."))(add)
    group.command("list", help=_("Silences, and when they end."))(show_list)
    group.command("expire", help=_("End a silence now."))(expire)


def add(
    context: typer.Context,
    matchers: Annotated[
        list[str], typer.Argument(help=_("Such as rule=ads/* account=eu; all must fit."), show_default=False)
    ],
    reason: Annotated[str, typer.Option("--reason", help=_("Why; kept in the audit log."))],
    span: Annotated[str | None, typer.Option("--for", help=_("How long: 30m, 8h, 2d; at most 90 days."))] = None,
    until: Annotated[
        str | None, typer.Option("--until", help=_("Until when: 2026-03-18T09:30, by the clock of notify.time_zone."))
    ] = None,
    json: AsJson = False,
) -> None:
    from agent.clock import SystemClock
    from agent.mint import mint
    from agent.model.notice import Silence
    from agent.wiring import ledger_of

    here, now = session(context), SystemClock().now()
    config, screen = here.config(), here.screen(json=json)
    ends = _end(span, until, config.notify.time_zone, now)
    new = Silence(mint("si"), _matchers(matchers), now, ends, whoami(), _said(reason))
    with ledger_of(config) as ledger:
        ledger.outbox.silence(new)
    if json:
        screen.object("steward.silence/1", silence_json(new, now))
    else:
        screen.line(_("{id}: silent until {when}").format(id=new.id, when=f"{new.ends_at:%Y-%m-%d %H:%M} UTC"))


def show_list(
    context: typer.Context,
    ended: Annotated[bool, typer.Option("--ended", help=_("Also those that have ended."))] = False,
    json: AsJson = False,
) -> None:
    from agent.clock import SystemClock
    from agent.wiring import ledger_of

    here, now = session(context), SystemClock().now()
    config, screen = here.config(), here.screen(json=json)
    with ledger_of(config) as ledger:
        found = ledger.outbox.silences(None if ended else now)
    if json:
        screen.object("steward.silences/1", {"silences": [silence_json(each, now) for each in found]})
        return
    screen.table(
        [_("id"), _("what"), _("until"), _("by"), _("why"), ""],
        [[each.id, " ".join(f"{name}={pattern}" for name, pattern in each.matchers.items()),
          f"{each.ends_at:%Y-%m-%d %H:%M}", each.by, each.reason, "" if each.active(now) else _("ended")]
         for each in found],
    )  # fmt: skip


def expire(
    context: typer.Context,
    id: Annotated[str, typer.Argument(help=_("What 'steward silence list' lists."), show_default=False)],
    json: AsJson = False,
) -> None:
    from agent.clock import SystemClock
    from agent.wiring import ledger_of

    here, now = session(context), SystemClock().now()
    config, screen = here.config(), here.screen(json=json)
    with ledger_of(config) as ledger:
        found = ledger.outbox.end_silence(id, whoami(), now)
    if json:
        screen.object("steward.silence/1", silence_json(found, now))
    else:
        screen.line(_("{id}: ended").format(id=found.id))


def silence_json(silence: Silence, now: datetime) -> dict[str, Any]:
    return {
        "id": silence.id, "matchers": dict(silence.matchers), "starts_at": silence.starts_at,
        "ends_at": silence.ends_at, "by": silence.by, "reason": silence.reason, "active": silence.active(now),
    }  # fmt: skip


def _matchers(given: list[str]) -> dict[str, str]:
    from agent.errors import ConfigError
    from agent.model.notice import MATCHED

    found: dict[str, str] = {}
    for text in given:
        name, equals, pattern = text.partition("=")
        if name not in MATCHED or not equals or not pattern or name in found:
            raise ConfigError(_("'{text}' says nothing that a notice could fit.").format(text=text),
                              setting="silence", hint=_("Write NAME=PATTERN with one of {names}.").format(
                                  names=", ".join(MATCHED)))  # fmt: skip
        found[name] = pattern
    return found


def _end(span: str | None, until: str | None, time_zone: str, now: datetime) -> datetime:
    """When it ends; exactly one of both says so."""
    from agent.errors import ConfigError

    if (span is None) == (until is None):
        raise ConfigError(_("A silence needs one end."), setting="--for",
                          hint=_("Write --for 8h or --until 2026-03-18T09:30."))  # fmt: skip
    if until is None:
        return now + _span(span or "")
    ends = _moment(until, time_zone)
    if not now < ends <= now + _LONGEST:
        raise ConfigError(_("'{text}' is not when a silence can end.").format(text=until), setting="--until",
                          hint=_("Some time within the next 90 days."))  # fmt: skip
    return ends


def _moment(text: str, time_zone: str) -> datetime:
    from datetime import UTC, datetime
    from zoneinfo import ZoneInfo

    from agent.errors import ConfigError

    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as fault:
        raise ConfigError(_("'{text}' is no time.").format(text=text), setting="--until",
                          hint=_("Write 2026-03-18 or 2026-03-18T09:30.")) from fault  # fmt: skip
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=ZoneInfo(time_zone))
    return moment.astimezone(UTC)


def _span(text: str) -> timedelta:
    from agent.errors import ConfigError

    found = re.fullmatch(r"(\d{1,5})([mhd])", text.strip())
    span = int(found[1]) * _UNITS[found[2]] if found is not None else timedelta()
    if not timedelta() < span <= _LONGEST:
        raise ConfigError(_("'{text}' is not how long a silence can last.").format(text=text), setting="--for",
                          hint=_("Such as 30m, 8h or 2d; at most 90 days."))  # fmt: skip
    return span


def _said(reason: str) -> str:
    from agent.errors import ConfigError

    if not reason.strip():
        raise ConfigError(_("A silence needs a reason."), setting="--reason", hint=_("Say why."))
    return reason.strip()
