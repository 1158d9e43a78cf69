"""``steward demo``: the whole loop on a simulated Amazon, without credentials.

A sandbox with a year of history is served over HTTP on this machine; the daemon pulls sixty days of it, judges, and
waits for a person. What is approved is sent, read back and written into the audit log. Everything stays in one folder.

Advertising reports were pulled on some mornings weeks ago already: so a backtest has days of which it is known both
what was known then and what came of them.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli.sandbox import configuration, named
from agent.cli.session import AsJson, session, whoami
from agent.language import _

if TYPE_CHECKING:
    from agent.cli.screen import Screen
    from agent.config import Config
    from agent.daemon import AccountJobs
    from agent.jobs.judge import JudgeReport
    from agent.ledger import SqlLedger
    from agent.model.proposal import Proposal
    from agent.ports import Clock
    from connectors.sandbox.clock import DrivenClock
    from connectors.sandbox.server import SandboxServer

_MARK = ".steward-demo"
_FLYING, _EARLY = 30.0, timedelta(hours=3)
_MORNINGS_AGO = range(19, 13, -1)
"""How many days ago the reports were pulled before: long enough for regret to be measured, and every one of those days
is read once more today."""
_TURNS, _QUARTER_SECONDS = 4, 16.0
"""How often messages are made and sent, and how much later each time: a channel is told so much in a quarter minute."""
_LOOK_SECONDS = 2.0


def mount(app: typer.Typer) -> None:
    app.command(help=_("The whole loop on a simulated Amazon: pull, judge, approve, apply, read back."))(demo)


def demo(
    context: typer.Context,
    folder: Annotated[Path, typer.Option(help=_("Everything the demo writes is in here."))] = Path("demo"),
    once: Annotated[bool, typer.Option("--once", help=_("Approve everything without asking, then exit."))] = False,
    scenario: Annotated[str, typer.Option(help=_("A scenario file, or 'demo'."))] = "demo",
    seed: Annotated[int, typer.Option(help=_("The same seed gives the same market."))] = 1,
    notify: Annotated[bool, typer.Option("--notify", help=_("Tell the channels of your own configuration."))] = False,
    page: Annotated[bool, typer.Option("--page", help=_("Decide on the review page, until Ctrl-C."))] = False,
    port: Annotated[int | None, typer.Option(help=_("The page's port (default: 8470)."))] = None,
    json: AsJson = False,
) -> None:
    from agent.cli.serve import with_port
    from agent.clock import SystemClock
    from agent.wiring import ledger_of
    from connectors.sandbox.clock import DrivenClock
    from connectors.sandbox.exports.folder import write_lists
    from connectors.sandbox.server import SandboxServer

    screen = session(context).screen(json=json)
    own = session(context).config() if notify else None
    _fresh(folder)
    screen.note(_("Building a simulated Amazon with a year of history …"))
    # Reports are waited for at Amazon's leisure: in the demo time flies until a person is asked, and began early enough
    # to come out where it is now.
    begins = SystemClock().now() - _EARLY
    clock = DrivenClock(begins - timedelta(days=_MORNINGS_AGO[0]), 0)
    with SandboxServer(named(scenario), seed, clock=clock, started=begins) as amazon:
        with screen.progress(_("Pulling reports, weeks ago")) as progress:
            _earlier(_configured(folder, amazon, None, shop=False), clock, begins, progress)
        config = with_port(_configured(folder, amazon, own), port)
        if amazon.scenario.shop is not None:
            write_lists(amazon.sandbox, config.path_of("drop"), config.pull.days)
        clock.set_speed(_FLYING)
        with ledger_of(config) as ledger, ledger.lock():
            outcome = _loop(screen, config, ledger, clock, once=once, page=page and not once and sys.stdin.isatty())
    if json:
        screen.object("steward.demo/1", outcome)
    else:
        _farewell(screen, folder, outcome)
    if not outcome["audit_ok"]:
        raise typer.Exit(1)


def _earlier(config: Config, clock: DrivenClock, begins: datetime, told: Callable[[str], None]) -> None:
    """What the daemon did on some mornings before; nobody had to wait for a report. Ends at ``begins``."""
    from agent.daemon import account_jobs
    from agent.wiring import ledger_of

    with ledger_of(config) as ledger, ledger.lock(), account_jobs(config, ["demo"], ledger, clock) as jobs:
        for days in _MORNINGS_AGO:
            _until(clock, begins - timedelta(days=days))
            told(f"{clock.now():%Y-%m-%d}")
            jobs["demo"].pull(wait_seconds=config.pull.wait_seconds)
    _until(clock, begins)


def _until(clock: DrivenClock, moment: datetime) -> None:
    clock.advance(max(0.0, (moment - clock.now()).total_seconds()))


def _loop(screen: Screen, config: Config, ledger: SqlLedger, clock: DrivenClock, *, once: bool,
          page: bool) -> dict[str, Any]:  # fmt: skip
    from agent.daemon import account_jobs, telling

    with account_jobs(config, ["demo"], ledger, clock) as jobs_by_account, \
            telling(config, ledger, clock, hurried=True, played=True) as posts:  # fmt: skip

        def tell() -> None:
            for _turn in range(_TURNS if posts else 0):
                for post in posts.values():
                    post()
                clock.advance(_QUARTER_SECONDS)

        return _walked(screen, config, ledger, jobs_by_account["demo"], clock, tell, once=once, page=page)


def _walked(screen: Screen, config: Config, ledger: SqlLedger, jobs: AccountJobs, clock: DrivenClock,
            tell: Callable[[], None], *, once: bool, page: bool) -> dict[str, Any]:  # fmt: skip
    from agent.cli.apply import READ_BACK_SECONDS
    from agent.cli.work import plan_counts, show_plan, show_pull, stream_progress
    from agent.model.proposal import State

    with screen.progress(_("Taking in files")) as progress:
        taken = jobs.take_in(progress, config.path_of("drop")) if config.path_of("drop").is_dir() else None
    with screen.progress(_("Pulling reports")) as progress:
        pulled = jobs.pull(stream_progress(progress), config.pull.wait_seconds)
    if not screen.json:
        show_pull(screen, [pulled])
    clock.set_speed(1)
    with screen.progress(_("Judging")) as progress:
        jobs.derive(lambda done: progress(done.stream))
        report = jobs.judge(progress)
    tell()
    open_ = ledger.proposals(states=[State.PROPOSED, State.HELD], account="demo")
    if page:
        if not screen.json:
            show_plan(screen, report, open_, 10)
        approved = _on_the_page(screen, config, ledger, jobs, clock)
    else:
        approved = _approved(screen, ledger, report, open_, clock, once=once)
    with screen.progress(_("Applying and reading back")) as progress:
        jobs.act(progress)
        jobs.settle(progress, READ_BACK_SECONDS)
    tell()
    found, counts = ledger.verify(), ledger.counts("demo")
    return {
        "pulled_rows": pulled.rows, "files": len(taken.files) if taken else 0, **plan_counts(report),
        "approved": approved,
        "done": counts.get(State.DONE, 0), "in_doubt": counts.get(State.IN_DOUBT, 0),
        "failed": counts.get(State.FAILED, 0), "superseded": counts.get(State.SUPERSEDED, 0),
        "conflict": counts.get(State.CONFLICT, 0), "audit_ok": found.ok, "audit_rows": found.rows,
    }  # fmt: skip


def _on_the_page(screen: Screen, config: Config, ledger: SqlLedger, jobs: AccountJobs, clock: DrivenClock) -> int:
    """Show the page and carry out what is approved there, until Ctrl-C; returns how many were."""
    from agent.cli.serve import desk_of, tell, warm
    from agent.model.proposal import State
    from agent.web.serving import PageServer

    desk = desk_of(config, ledger, clock)
    with PageServer(desk), suppress(KeyboardInterrupt):
        tell(desk)
        screen.note(
            _("Approve there and watch it become done; nothing is sent before 10 seconds. Ctrl-C ends the demo.")
        )
        warm(desk)
        while True:
            jobs.act()
            jobs.settle()
            clock.sleep(_LOOK_SECONDS)
    waits = (State.PROPOSED, State.HELD, State.REJECTED, State.EXPIRED)
    return sum(count for state, count in ledger.counts("demo").items() if state not in waits)


def _approved(screen: Screen, ledger: SqlLedger, report: JudgeReport, proposals: list[Proposal], clock: Clock,
              *, once: bool) -> int:  # fmt: skip
    """Ask which proposals are wanted (or take all of them), decide, return how many were approved."""
    from agent.cli.work import show_plan
    from agent.model.proposal import Decision, State

    ready = [each for each in proposals if each.state is State.PROPOSED]
    if not screen.json:
        show_plan(screen, report, proposals, 25)
    wanted = ready if once else _asked(screen, ledger, ready)
    decisions = [Decision(each.id, each.version, True, whoami(), "demo") for each in wanted]
    stale = ledger.decide(decisions, clock.now())
    return len(decisions) - len(stale)


def _asked(screen: Screen, ledger: SqlLedger, ready: list[Proposal]) -> list[Proposal]:
    """The prompt: everything, the low-risk part, one rule, or nothing; ``why ID`` explains a row first."""
    from agent.cli.details import show_detail
    from agent.model.risk import Risk, risk_of

    if not sys.stdin.isatty():
        screen.note(_("There is no terminal to ask: nothing is approved. 'steward demo --once' approves everything."))
        return []
    by_id = {proposal.id: proposal for proposal in ready}
    while True:
        screen.note(_("[a] approve all {count} · [l] only low risk · RULE approve one rule · ID explain · [q] nothing")
                    .format(count=len(ready)))  # fmt: skip
        answer = str(typer.prompt(_("Your decision"), default="q", err=True)).strip()
        if answer == "q":
            return []
        if answer == "a":
            return ready
        if answer == "l":
            return [proposal for proposal in ready if risk_of(proposal.change) is Risk.LOW]
        if answer in by_id:
            show_detail(screen, ledger, by_id[answer])
        elif chosen := [proposal for proposal in ready if proposal.rule == answer]:
            return chosen
        else:
            screen.note(_("'{answer}' is none of these.").format(answer=answer))


def _farewell(screen: Screen, folder: Path, outcome: dict[str, Any]) -> None:
    screen.line(_("{approved} approved, {done} done and read back, {in_doubt} in doubt; audit log whole: {ok}").format(
        ok=_("yes") if outcome["audit_ok"] else _("no"), **outcome))  # fmt: skip
    config = folder / "steward.toml"
    screen.note(_("Look around:"))
    for command in (
        "actions list --state done",
        "audit show",
        "rules list",
        "rules why ads/bid-down-above-target",
        "backtest ads/bid-down-above-target",
    ):
        screen.note(f"  steward --config {config} {command}")


def _fresh(folder: Path) -> None:
    """An empty demo folder; one that this command did not make is never touched."""
    from agent.errors import ConfigError

    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        if not (folder / _MARK).exists():
            raise ConfigError(
                _("'{folder}' is not empty and no demo made it.").format(folder=folder), setting="--folder",
                hint=_("Name another folder with --folder."),
            )  # fmt: skip
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _MARK).touch()


def _configured(folder: Path, amazon: SandboxServer, own: Config | None, *, shop: bool = True) -> Config:
    """A configuration that points the real connector at the sandbox, and tells the people of ``own``; without ``shop``
    only at its advertising."""
    from agent.config import load
    from agent.notify.setup import with_channels_of
    from agent.shipped import shipped

    path = folder / "steward.toml"
    path.touch(mode=0o600)
    # Rules of its own, so that they can be changed on the page.
    shutil.copytree(shipped("rules"), folder / "rules", dirs_exist_ok=True)
    text = configuration(amazon, shop=shop).replace('rules = ["shipped"]', 'rules = ["rules"]')
    path.write_text(text, encoding="utf-8")
    config = load(path)
    return config if own is None else with_channels_of(config, own)
