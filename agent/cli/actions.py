"""``steward actions``: look at proposals, decide on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.session import Account, AsJson, Reason, Session, Yes, accounts, confirmed, session, whoami
from agent.language import _, ngettext
from agent.model.risk import risk_of

if TYPE_CHECKING:
    from agent.ledger import SqlLedger
    from agent.model.proposal import Proposal, State

Ids = Annotated[list[str] | None, typer.Argument(help=_("Ids of proposals."), show_default=False)]
Plan = Annotated[str | None, typer.Option("--plan", help=_("All proposals of this plan."))]
Filter = Annotated[
    str | None, typer.Option("--filter", help=_("Such as 'rule=ads/* risk=low field=bid'; all parts must hold."))
]

Part = tuple[str, str]
"""A facet's name and the pattern it must match."""

_FACETS: Mapping[str, Callable[[Proposal], str]] = {
    "rule": lambda proposal: proposal.rule,
    "risk": lambda proposal: str(risk_of(proposal.change)),
    "field": lambda proposal: proposal.change.field,
    "kind": lambda proposal: proposal.change.entity.kind,
    "entity": lambda proposal: proposal.change.entity.id,
    "severity": lambda proposal: str(proposal.severity),
    "title": lambda proposal: proposal.title,
}


def mount_actions(group: typer.Typer) -> None:
    group.command("list", help=_("List proposals."))(list_actions)
    group.command("show", help=_("Show one proposal: change, reasons with values, belts, history."))(show)
    group.command("approve", help=_("Approve proposals, bound to the version that was seen."))(approve)
    group.command("reject", help=_("Reject proposals; a reason is needed."))(reject)


def list_actions(
    context: typer.Context,
    state: Annotated[list[str] | None, typer.Option(help=_("proposed, held, approved, done, …"))] = None,
    plan: Plan = None,
    where: Filter = None,
    account: Account = None,
    limit: Annotated[int | None, typer.Option(help=_("Most rows to show."))] = None,
    json: AsJson = False,
) -> None:
    from agent.cli.plans import proposal_json, show_proposals, state_counts
    from agent.wiring import ledger_of

    here = session(context)
    config, screen, parts = here.config(), here.screen(json=json), _parts(where)
    if account is not None:
        accounts(config, account)
    with ledger_of(config) as ledger:
        found = ledger.proposals(states=_states(state), run=plan, account=account)
        proposals = [each for each in found if _fits(each, parts)]
        if json:
            rows = [proposal_json(each) for each in proposals[:limit]]
            screen.object("steward.actions/1", {"counts": state_counts(ledger.counts(account)), "actions": rows})
            return
        show_proposals(screen, proposals, limit)


def show(context: typer.Context, id: Annotated[str, typer.Argument()], json: AsJson = False) -> None:
    from agent.cli.details import detail_json, show_detail
    from agent.wiring import ledger_of

    here = session(context)
    config, screen = here.config(), here.screen(json=json)
    with ledger_of(config) as ledger:
        proposal = _known(ledger, [id])[0]
        if json:
            screen.object("steward.action/1", detail_json(ledger, proposal))
        else:
            show_detail(screen, ledger, proposal)


def approve(
    context: typer.Context, ids: Ids = None, plan: Plan = None, where: Filter = None, account: Account = None,
    yes: Yes = False, reason: Reason = "", json: AsJson = False,
) -> None:  # fmt: skip
    _decide(session(context), True, ids, plan, where, account, yes, reason, json)


def reject(
    context: typer.Context, ids: Ids = None, plan: Plan = None, where: Filter = None, account: Account = None,
    yes: Yes = False, reason: Reason = "", json: AsJson = False,
) -> None:  # fmt: skip
    from agent.errors import ConfigError

    if not reason.strip():
        raise ConfigError(_("A rejection needs a reason."), setting="--reason", hint=_("Add --reason '…'."))
    _decide(session(context), False, ids, plan, where, account, yes, reason, json)


def _decide(here: Session, approve: bool, ids: Sequence[str] | None, plan: str | None, where: str | None,
            account: str | None, yes: bool, reason: str, json: bool) -> None:  # fmt: skip
    from agent.clock import SystemClock
    from agent.model.proposal import Decision, State
    from agent.wiring import ledger_of

    config, screen = here.config(), here.screen(json=json)
    if account is not None:
        accounts(config, account)
    with ledger_of(config) as ledger:
        chosen = _chosen(ledger, ids, plan, where, account)
        question = _("Approve {count}?") if approve else _("Reject {count}?")
        if not chosen or not confirmed(question.format(count=len(chosen)), yes=yes):
            screen.note(_("Nothing was decided."))
            raise typer.Exit(0 if not chosen else 6)
        decisions = [
            Decision(each.id, each.version, approve, whoami(), "cli", reason)
            for each in chosen if each.state is State.PROPOSED
        ]  # fmt: skip
        stale = set(ledger.decide(decisions, SystemClock().now()))
        stale |= {each.id for each in chosen if each.state is not State.PROPOSED}
        # What needs two people stays open after the first yes.
        open_ = ledger.proposals(ids=[each.proposal for each in decisions], states=[State.PROPOSED])
        waiting = sorted({each.id for each in open_} - stale)
        decided = len(chosen) - len(stale) - len(waiting)
        if json:
            screen.object("steward.decision/1", {"approve": approve, "decided": decided, "waiting": waiting,
                                                 "stale": sorted(stale)})  # fmt: skip
        else:
            done = _("{count} approved") if approve else _("{count} rejected")
            screen.line(done.format(count=decided))
            if waiting:
                screen.line(_("{count} wait for a second person").format(count=len(waiting)))
            if stale:
                text = ngettext(
                    "{count} changed meanwhile or is not open: look again",
                    "{count} changed meanwhile or are not open: look again",
                    len(stale),
                )
                screen.note(text.format(count=len(stale)) + f" ({', '.join(sorted(stale)[:5])})")
        if stale:
            raise typer.Exit(5)


def _chosen(ledger: SqlLedger, ids: Sequence[str] | None, plan: str | None, where: str | None,
            account: str | None) -> Sequence[Proposal]:  # fmt: skip
    """What the arguments name. Naming nothing at all is refused: there is no accidental 'approve everything'."""
    from agent.errors import ConfigError
    from agent.model.proposal import State

    if ids:
        return _known(ledger, ids)
    if plan is None and where is None:
        raise ConfigError(
            _("Say which proposals: ids, --plan or --filter."), hint=_("--filter '' means all that are open.")
        )
    parts = _parts(where)
    found = ledger.proposals(states=[State.PROPOSED], run=plan, account=account)
    return [proposal for proposal in found if _fits(proposal, parts)]


def _known(ledger: SqlLedger, ids: Sequence[str]) -> Sequence[Proposal]:
    from agent.errors import ConfigError

    found = {proposal.id: proposal for proposal in ledger.proposals(ids=ids)}
    missing = [id for id in ids if id not in found]
    if missing:
        raise ConfigError(
            _("There is no proposal {ids}.").format(ids=", ".join(missing)), hint=_("See 'steward actions list'.")
        )
    return [found[id] for id in dict.fromkeys(ids)]


def _states(names: Sequence[str] | None) -> list[State] | None:
    from agent.errors import ConfigError
    from agent.model.proposal import State

    try:
        return [State(name) for name in names] if names else None
    except ValueError as fault:
        known = ", ".join(State)
        raise ConfigError(str(fault), setting="--state", hint=_("Known: {names}").format(names=known)) from fault


def _fits(proposal: Proposal, wanted: Sequence[Part]) -> bool:
    from fnmatch import fnmatchcase

    return all(fnmatchcase(_FACETS[name](proposal), pattern) for name, pattern in wanted)


def _parts(where: str | None) -> Sequence[Part]:
    """The filter's parts; one that is none is a ``ConfigError``, also where there is nothing to filter."""
    from agent.errors import ConfigError

    parts = []
    for part in (where or "").split():
        name, equals, pattern = part.partition("=")
        if not equals or name not in _FACETS:
            raise ConfigError(
                _("'{part}' is no filter.").format(part=part), setting="--filter",
                hint=_("Known: {names}").format(names=", ".join(f"{each}=…" for each in _FACETS)),
            )  # fmt: skip
        parts.append((name, pattern))
    return parts
