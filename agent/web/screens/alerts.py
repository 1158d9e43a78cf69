"""Alerts: what rules told, as long as it holds, and what ended lately."""

from __future__ import annotations

from collections import Counter

from starlette.responses import Response

from agent.web.asking import Ask

_CLOSED = 200


def show(ask: Ask) -> Response:
    """The gravest first; ``state=closed``: what ended, the newest first."""
    ledger, closed = ask.desk.ledger, ask.query("state") == "closed"
    account, severity = ask.query("account"), ask.query("severity")
    open_ = ledger.open_alerts()
    found = [each for each in ledger.alerts(limit=2 * _CLOSED) if each.closed_at is not None] if closed else open_
    chosen = [
        each
        for each in found
        if (not account or each.entity.account == account) and (not severity or each.severity == severity)
    ]
    return ask.page(
        "alerts.html", alerts=chosen[:_CLOSED], closed=closed, account=account, severity=severity, count=len(open_),
        accounts=sorted(Counter(each.entity.account for each in found).items()),
        severities=sorted(Counter(str(each.severity) for each in found).items()), filtered=bool(account or severity),
        now=ask.desk.clock.now(),
    )  # fmt: skip
