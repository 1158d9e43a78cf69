"""``steward replay``: work out decisions again, and compare them with what was sealed."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from agent.cli.session import AsJson, session
from agent.language import _


def mount(app: typer.Typer) -> None:
    app.command(help=_("Work out a decision again from the facts as known then, and compare byte for byte."))(replay)


def replay(
    context: typer.Context,
    action: Annotated[str | None, typer.Argument(help=_("Id of a proposal."), show_default=False)] = None,
    run: Annotated[str | None, typer.Option("--run", help=_("All proposals of this run."))] = None,
    json: AsJson = False,
) -> None:
    from agent.errors import ConfigError
    from agent.wiring import ledger_of, replay_of

    here = session(context)
    config, screen = here.config(), here.screen(json=json)
    if (action is None) == (run is None):
        raise ConfigError(_("Name a proposal or a run."), setting="action", hint="steward replay p_7F3KQ2M9XA")
    with ledger_of(config) as ledger:
        found = replay_of(config, ledger, _run_of(ledger, action) if run is None else run, action)
    equal = [each for each in found.proposals if each.equal]
    ok = len(equal) == len(found.proposals)
    if json:
        rows = [{"id": each.proposal, "equal": each.equal, "field": each.field, "sealed": each.sealed, "now": each.now}
                for each in found.proposals]  # fmt: skip
        screen.object("steward.replay/1", {"run": found.run, "program": found.program, "equal": ok, "actions": rows,
                                           "doubts": list(found.doubts)})  # fmt: skip
    else:
        for each in found.proposals:
            if not each.equal:
                screen.line(screen.paint("✗ ", "red") + _("{id}: {field} was {old} and is now {new}").format(
                    id=each.proposal, field=each.field, old=_brief(each.sealed), new=_brief(each.now)))  # fmt: skip
        sign = screen.paint("✓ ", "green") if ok else screen.paint("✗ ", "red")
        said = _("{equal} of {all} decisions of run {run} come out byte for byte as they were sealed")
        screen.line(sign + said.format(equal=len(equal), all=len(found.proposals), run=found.run))
        if not ok:
            for doubt in found.doubts:
                screen.note(_("This may be why: {doubt}").format(doubt=doubt))
    if not ok:
        raise typer.Exit(1)


def _run_of(ledger: Any, action: str | None) -> str:
    from agent.errors import ConfigError

    proposals = ledger.proposals(ids=[action])
    if not proposals:
        raise ConfigError(_("There is no proposal {ids}.").format(ids=action), setting="action",
                          hint=_("See 'steward actions list'."))  # fmt: skip
    return str(proposals[0].run)


def _brief(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 80 else text[:79] + "…"
