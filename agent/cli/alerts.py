"""``steward alerts``: what rules told, and whether it still holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli.session import Account, AsJson, accounts, session
from agent.language import _

if TYPE_CHECKING:
    from agent.model.alert import Alert


def mount_alerts(group: typer.Typer) -> None:
    group.command("list", help=_("Alerts, the gravest first."))(show_list)


def show_list(
    context: typer.Context,
    account: Account = None,
    closed: Annotated[bool, typer.Option("--closed", help=_("Also those that no longer hold, newest first."))] = False,
    rule: Annotated[str | None, typer.Option("--rule", "-r", help=_("Only of this rule."))] = None,
    limit: Annotated[int, typer.Option(help=_("At most so many."))] = 100,
    json: AsJson = False,
) -> None:
    from agent.wiring import ledger_of

    here = session(context)
    config, screen = here.config(), here.screen(json=json)
    with ledger_of(config) as ledger:
        found = [alert for name in accounts(config, account)
                 for alert in (ledger.alerts(name, limit) if closed else ledger.open_alerts(name))
                 if rule is None or alert.rule == rule]  # fmt: skip
    if json:
        screen.object("steward.alerts/1", {"alerts": [alert_json(alert) for alert in found[:limit]]})
        return
    screen.table(
        [_("severity"), _("since"), _("account"), _("what"), _("rule"), _("why"), ""],
        [[str(alert.severity), f"{alert.opened_at:%Y-%m-%d %H:%M}", alert.entity.account, alert.title, alert.rule,
          alert.reason, _("closed: {why}").format(why=_(alert.closed_because)) if alert.closed_at else ""]
         for alert in found[:limit]],
    )  # fmt: skip
    if len(found) > limit:
        screen.note(_("… and {count} more: --limit").format(count=len(found) - limit))


def alert_json(alert: Alert) -> dict[str, Any]:
    """An alert as every command shows it."""
    return {
        "id": alert.id, "severity": str(alert.severity), "rule": alert.rule, "account": alert.entity.account,
        "kind": alert.entity.kind, "entity": alert.entity.id, "title": alert.title, "reason": alert.reason,
        "evidence": alert.evidence, "run": alert.run, "opened_at": alert.opened_at, "seen_at": alert.seen_at,
        "closed_at": alert.closed_at, "closed_because": alert.closed_because,
    }  # fmt: skip
