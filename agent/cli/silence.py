"""``steward silence``: what people are not told for a while, by whom and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli.session import AsJson, session, whoami
from agent.language import _

if TYPE_CHECKING:
    from datetime import datetime

    from agent.model.notice import Silence


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
    from agent.notify.silencing import end_of, matchers_of, reason_of
    from agent.wiring import ledger_of

    here, now = session(context), SystemClock().now()
    config, screen = here.config(), here.screen(json=json)
    ends = end_of(span, until, config.notify.time_zone, now)
    new = Silence(mint("si"), matchers_of(matchers), now, ends, whoami(), reason_of(reason))
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
