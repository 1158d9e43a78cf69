"""``steward notify``: whether people can be told, what they are told of, and what they were told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli.session import AsJson, session, whoami
from agent.language import _

if TYPE_CHECKING:
    from agent.cli.screen import Screen
    from agent.config import Config
    from agent.ledger.outbox import Posted
    from agent.model.message import Delivery
    from agent.model.notice import Notice

Channel = Annotated[str, typer.Argument(help=_("A channel of the configuration."), show_default=False)]


def mount_notify(group: typer.Typer) -> None:
    group.command("test", help=_("Send a test message through a channel and say what it answers."))(test)
    group.command("list", help=_("The channels, and how they fare."))(show_channels)
    group.command("open", help=_("What people are told of as long as it holds."))(show_open)
    group.command("ack", help=_("Say that somebody is at it: it is not told again before it ends."))(acknowledge)
    group.command("log", help=_("What was told to whom, newest first."))(show_log)


def test(context: typer.Context, channel: Channel, json: AsJson = False) -> None:
    from agent.clock import SystemClock
    from agent.mint import mint
    from agent.model.message import Told
    from agent.notify.greeting import greeting
    from agent.notify.setup import doors, notifier_of

    here = session(context)
    config, screen, clock = here.config(), here.screen(json=json), SystemClock()
    _must_be_known(config, channel)
    with doors() as door:
        delivery = notifier_of(config, channel, door, clock).send(greeting(config, channel, mint("n"), clock.now()))
    kind = config.notify.channels[channel].kind
    if json:
        screen.object("steward.notify_test/1", {"channel": channel, "kind": kind, **_delivery_json(delivery)})
    elif delivery.told is Told.OK:
        screen.line(_("{channel} ({kind}): accepted").format(channel=channel, kind=kind))
    else:
        answer = " ".join(part for part in (delivery.code, delivery.detail) if part)
        screen.line(_("{channel} ({kind}): refused: {answer}").format(channel=channel, kind=kind, answer=answer))
    if delivery.told is not Told.OK:
        raise typer.Exit(1)


def _must_be_known(config: Config, channel: str) -> None:
    from agent.errors import ConfigError

    if channel not in config.notify.channels:
        known = ", ".join(config.notify.channels) or "–"
        raise ConfigError(_("There is no channel '{name}'.").format(name=channel), setting="notify.channels",
                          hint=_("Known: {names}").format(names=known))  # fmt: skip


def show_channels(context: typer.Context, json: AsJson = False) -> None:
    from agent.clock import SystemClock
    from agent.shown.channels import channels_of
    from agent.wiring import ledger_of

    here = session(context)
    config, screen = here.config(), here.screen(json=json)
    with ledger_of(config) as ledger:
        rows = channels_of(config, ledger, SystemClock().now())
    if json:
        screen.object("steward.notify_channels/1", {"channels": rows})
        return
    screen.table(
        [_("channel"), _("kind"), "", _("language"), _("waiting"), _("sent in a day"), _("newest"), _("answer")],
        [[row["channel"], row["kind"], "" if row["enabled"] else _("off"), f"{row['language']} {row['time_zone']}",
          row["waiting"], row["sent_in_a_day"], f"{row['newest']:%Y-%m-%d %H:%M}" if row["newest"] else "–",
          row["answer"]] for row in rows], right=frozenset({4, 5}),
    )  # fmt: skip


def show_open(context: typer.Context, json: AsJson = False) -> None:
    from agent.clock import SystemClock
    from agent.wiring import ledger_of

    here = session(context)
    config, screen = here.config(), here.screen(json=json)
    with ledger_of(config) as ledger:
        found = [notice for notice in ledger.outbox.unsettled() if notice.is_open and not notice.is_wish]
        silences = ledger.outbox.silences(after=SystemClock().now())
    silenced = {notice.key for notice in found for silence in silences if silence.fits(notice)}
    if json:
        rows = [{**_notice_json(notice), "silenced": notice.key in silenced} for notice in found]
        screen.object("steward.notify_open/1", {"notices": rows})
        return
    screen.table(
        [_("id"), _("severity"), _("urgency"), _("since"), _("account"), _("what"), _("rule"), ""],
        [[notice.key, str(notice.severity), _(str(notice.urgency)), f"{notice.opened_at:%Y-%m-%d %H:%M}",
          notice.account, notice.title, notice.rule, _standing(notice, notice.key in silenced)] for notice in found],
    )  # fmt: skip


def _standing(notice: Notice, silenced: bool) -> str:
    if notice.acknowledged_at is not None:
        return _("acknowledged by {who}").format(who=notice.acknowledged_by)
    return _("silenced") if silenced else ""


def acknowledge(
    context: typer.Context,
    id: Annotated[str, typer.Argument(help=_("What 'steward notify open' lists."), show_default=False)],
    json: AsJson = False,
) -> None:
    from agent.clock import SystemClock
    from agent.wiring import ledger_of

    here = session(context)
    config, screen = here.config(), here.screen(json=json)
    with ledger_of(config) as ledger:
        found = ledger.outbox.acknowledge(id, whoami(), SystemClock().now())
    if json:
        screen.object("steward.notify_ack/1", _notice_json(found))
    else:
        screen.line(f"{found.key}: {_standing(found, silenced=False)}")


def show_log(
    context: typer.Context,
    channel: Annotated[str | None, typer.Option("--channel", help=_("Only of this channel."))] = None,
    waiting: Annotated[bool, typer.Option("--waiting", help=_("Only what is not sent yet."))] = False,
    limit: Annotated[int, typer.Option(help=_("At most so many."))] = 50,
    json: AsJson = False,
) -> None:
    from agent.wiring import ledger_of

    here = session(context)
    config, screen = here.config(), here.screen(json=json)
    with ledger_of(config) as ledger:
        found = ledger.outbox.log(channel, limit, waiting=waiting)
    if json:
        screen.object("steward.notify_log/1", {"messages": [_posted_json(posted) for posted in found]})
    else:
        _show_log(screen, found)


def _show_log(screen: Screen, found: list[Posted]) -> None:
    screen.table(
        [_("when"), _("channel"), _("urgency"), _("title"), _("state"), _("tries"), _("answer")],
        [[f"{posted.created_at:%Y-%m-%d %H:%M:%S}", posted.channel, _(str(posted.message.urgency)),
          posted.message.title, _(str(posted.state)), posted.tries, f"{posted.code} {posted.detail}".strip()]
         for posted in found], right=frozenset({5}),
    )  # fmt: skip


def _posted_json(posted: Posted) -> dict[str, Any]:
    message = posted.message
    return {
        "id": message.id, "channel": posted.channel, "urgency": str(message.urgency), "title": message.title,
        "lines": [line.text for line in message.lines], "language": message.language, "state": str(posted.state),
        "created_at": posted.created_at, "next_at": posted.next_at, "tries": posted.tries,
        "ended_at": posted.ended_at, "code": posted.code, "detail": posted.detail,
    }  # fmt: skip


def _notice_json(notice: Notice) -> dict[str, Any]:
    return {
        "id": notice.key, "severity": str(notice.severity), "urgency": str(notice.urgency), "account": notice.account,
        "rule": notice.rule, "owner": notice.owner, "title": notice.title, "text": notice.text,
        "opened_at": notice.opened_at, "acknowledged_at": notice.acknowledged_at,
        "acknowledged_by": notice.acknowledged_by,
    }  # fmt: skip


def _delivery_json(delivery: Delivery) -> dict[str, Any]:
    return {"told": str(delivery.told), "code": delivery.code, "detail": delivery.detail}
