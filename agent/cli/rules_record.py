"""``steward rules record``: what became of what rules asked for, and whether their ``auto`` is honoured."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli.session import Account, AsJson, accounts, session
from agent.language import _

if TYPE_CHECKING:
    from agent.config import Config
    from agent.ledger import SqlLedger
    from agent.model.record import RuleRecord, Standing
    from agent.model.rule import Rule
    from agent.model.verdict import Tally


@dataclass(frozen=True, slots=True)
class Recorded:
    """One rule in one account. ``because``: why it asks; None for a rule that is not in auto mode."""

    account: str
    rule: Rule
    record: RuleRecord
    tally: Tally | None
    since: datetime | None
    standing: Standing | None
    because: Sequence[str] | None


def mount(group: typer.Typer) -> None:
    group.command("record", help=_("What became of what rules asked for, and whether their auto is honoured."))(record)


def record(
    context: typer.Context,
    rule: Annotated[str | None, typer.Argument(help=_("The rule's name (default: all)."), show_default=False)] = None,
    account: Account = None,
    json: AsJson = False,
) -> None:
    from agent.cli.asking import one_rule
    from agent.wiring import ledger_of, rulebook_of

    here = session(context)
    config, screen = here.config(), here.screen(json=json)
    with ledger_of(config) as ledger, screen.progress(_("Reading")):
        names = [one_rule(rulebook_of(config), rule).name] if rule is not None else []
        rows = [row for name in accounts(config, account) for row in recorded(config, ledger, name, names)]
    if json:
        screen.object("steward.records/1", {"records": [_json(row) for row in rows]})
        return
    screen.table(
        [_("account"), _("rule"), _("mode"), _("accepted"), _("sent"), _("taken back"), _("regretted"), _("unknown"),
         _("text since"), _("stands")],
        [[row.account, row.rule.name, str(row.rule.mode), _part(row.record.accepted, row.record.decided),
          row.record.sent, _part(row.record.undone, row.record.sent),
          _part(row.record.regretted, row.record.measured), _part(*_unknown(row.tally)),
          row.since and row.since.date(), _stands(row)] for row in rows],
        right=frozenset({3, 4, 5, 6, 7}),
    )  # fmt: skip


def recorded(config: Config, ledger: SqlLedger, account: str, names: Collection[str] = ()) -> Iterator[Recorded]:
    """How rules stand in the account: these, or those in auto mode and those with anything in their record."""
    from agent.clock import SystemClock
    from agent.jobs.standing import obstacles
    from agent.model.rule import Mode
    from agent.wiring import book_of, may_write, policy_of, record_by, rulebook_of

    policy, stopped = policy_of(config), may_write(config, ledger)()
    ending = [_("nothing is sent: {reason}").format(reason=stopped)] if stopped else []
    tallies, standings = ledger.newest_tallies(account), ledger.records.standings(account)
    by_rule = {tally.rule: tally for tally in tallies}
    record_in = record_by(config, account, ledger, book_of(config))
    for rule in rulebook_of(config, account).rules:
        if names and rule.name not in names:
            continue
        found, tally = record_in(rule), by_rule.get(rule.name)
        since = ledger.rules.text_since(rule.name, rule.digest, account)
        auto = rule.mode is Mode.AUTO
        because = [*obstacles(rule, policy, since, tally, SystemClock().now(), found), *ending] if auto else None
        if names or auto or found.ever_decided or found.sent:
            yield Recorded(account, rule, found, tally, since, standings.get(rule.name), because)


def _json(row: Recorded) -> dict[str, Any]:
    found, stands = row.record, row.standing
    unknown, judged = _unknown(row.tally)
    return {
        "account": row.account, "rule": row.rule.name, "mode": str(row.rule.mode), **asdict(found),
        "acceptance": found.acceptance, "rollback": found.rollback, "regret": found.regret,
        "unknown_share": unknown / judged if judged else None, "text_since": row.since,
        "tests": len(row.rule.tests), "asks_because": None if row.because is None else list(row.because),
        "standing": stands and {"honoured": stands.honoured, "at": stands.at, "because": stands.because},
    }  # fmt: skip


def _unknown(tally: Tally | None) -> tuple[int, int]:
    return (tally.unknown, tally.judged) if tally is not None else (0, 0)


def _part(part: int, whole: int) -> str:
    return f"{part}/{whole} ({part / whole:.0%})" if whole else ""


def _stands(row: Recorded) -> str:
    if row.because is None:
        return ""
    if row.because:
        return _("asks: {reasons}").format(reasons="; ".join(row.because))
    at = row.standing.at if row.standing is not None and row.standing.honoured else None
    return _("honoured since {day}").format(day=at.date()) if at else _("earned; from the next judging on")
