"""``steward sandbox play``: the daemon on a simulated account for many days, in the sandbox's own time.

Day by day the daemon does its turns; somebody approves what it proposes (or nobody does); incidents strike as the
scenario has them. In the end what was reported is held against what happened.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from agent.cli.session import AsJson, session
from agent.language import _

if TYPE_CHECKING:
    from agent.clock import SetClock
    from agent.config import Config
    from agent.daemon import AccountJobs
    from agent.ledger import SqlLedger
    from connectors.sandbox.server import SandboxServer

_ACCOUNT = "demo"
_HOUR_OF_DAY = timedelta(hours=6, minutes=30)
"""The marketplace's time at which the daily pull begins: yesterday is over, and its first figures are there."""
_PATIENCE = timedelta(hours=2)
"""How long a day waits for promised reports; what comes later is found the next morning."""
_LISTED_DAYS = 60
"""How far back the operator's lists reach."""
_SETTLED = timedelta(minutes=11)
_WRITTEN = timedelta(minutes=1)
_TOLD, _WAIT = 4, timedelta(seconds=20)
"""How often a day messages are made and sent, and how long that waits for company."""
Approve = Literal["all", "none"]


def play(
    context: typer.Context,
    scenario: Annotated[str, typer.Option(help=_("A scenario file, or the name of a shipped one."))] = "demo",
    days: Annotated[int, typer.Option(min=1, max=1000, help=_("How many days to live through."))] = 30,
    seed: Annotated[int, typer.Option(help=_("The same seed gives the same market."))] = 1,
    approve: Annotated[str, typer.Option(help=_("What happens to proposals: all are approved, or none."))] = "all",
    folder: Annotated[Path | None, typer.Option(help=_("Keep everything in this new folder."))] = None,
    notify: Annotated[bool, typer.Option("--notify", help=_("Tell the channels of your own configuration."))] = False,
    json: AsJson = False,
) -> None:
    from agent import logs
    from agent.cli.sandbox import named
    from agent.clock import SetClock
    from connectors.sandbox.scenario_file import load_scenario
    from connectors.sandbox.server import SandboxServer

    logs.quiet()
    screen = session(context).screen(json=json)
    own = session(context).config() if notify else None
    loaded = load_scenario(named(scenario))
    clock = SetClock(loaded.start or datetime.now(UTC))
    with _place(folder) as place, SandboxServer(loaded, seed, clock=clock) as amazon:
        config = _configured(place, amazon, own)
        with screen.progress(_("Living through {days} days").format(days=days)) as progress:
            outcome = _lived(config, amazon, clock, days, approve == "all", progress)
    _shown(screen, outcome, json=json)


def _shown(screen: Any, outcome: dict[str, Any], *, json: bool) -> None:
    if json:
        screen.object("steward.play/1", outcome)
        return
    screen.table(
        [_("incident"), _("what"), _("SKU"), _("day"), _("by"), _("reported by"), _("on day")],
        [[each["number"], each["incident"], each["sku"], each["day"], each["deadline"],
          each["rule"] or (_("nobody, as it should be") if each["met"] else "–"),
          "" if each["reported"] is None else each["reported"]] for each in outcome["incidents"]],
        right=frozenset({0, 3, 4, 6}),
    )  # fmt: skip
    screen.line(
        _(
                "recall {recall:.0%} of {count} incidents, precision {precision:.0%}; "
                "{false} false alerts on {quiet} quiet SKUs"
            ).format(
            recall=outcome["recall"], count=len(outcome["incidents"]), precision=outcome["precision"],
            false=len(outcome["false_alerts"]), quiet=outcome["quiet_skus"],
        )
    )  # fmt: skip


@contextmanager
def _place(folder: Path | None) -> Iterator[Path]:
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=False)
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="steward-play-") as made:
        yield Path(made)


@dataclass(slots=True)
class _Life:
    """One account, day by day."""

    jobs: AccountJobs
    ledger: SqlLedger
    clock: SetClock
    approving: bool
    posts: Mapping[str, Callable[[], object]]
    """The jobs that tell people; none where nobody is to be told."""

    def day(self) -> None:
        """Everything the daemon does on one day; approved at once, settled the same day."""
        self._turns()
        self._tell()
        if self.approving:
            self._decide()
        self.jobs.turn()
        self.clock.sleep(_SETTLED.total_seconds())
        self.jobs.turn()

    def _tell(self) -> None:
        for _turn in range(_TOLD if self.posts else 0):
            for post in self.posts.values():
                post()
            self.clock.sleep(_WAIT.total_seconds())

    def _turns(self) -> None:
        self.jobs.turn()
        until = self.clock.now() + _PATIENCE
        while self.clock.now() < until:
            owed = self.ledger.pending(_ACCOUNT)
            if not owed:
                return
            soonest = min(each.look_again_at for each in owed)
            self.clock.sleep(max(60.0, (soonest - self.clock.now()).total_seconds()))
            self.jobs.turn()

    def _decide(self) -> None:
        from agent.model.proposal import Decision, State

        ready = self.ledger.proposals(states=[State.PROPOSED], account=_ACCOUNT)
        decisions = [Decision(each.id, each.version, True, "play", "demo") for each in ready]
        self.ledger.decide(decisions, self.clock.now())


def _lived(config: Config, amazon: SandboxServer, clock: SetClock, days: int, approving: bool,
           progress: Callable[[str], None]) -> dict[str, Any]:  # fmt: skip
    from agent.cli.play_score import score
    from agent.daemon import account_jobs, telling
    from agent.wiring import ledger_of
    from connectors.sandbox.exports.folder import write_lists

    with ledger_of(config) as ledger, ledger.lock():
        with account_jobs(config, [_ACCOUNT], ledger, clock) as by_account, telling(config, ledger, clock) as posts:
            life = _Life(by_account[_ACCOUNT], ledger, clock, approving, posts)
            for day in range(days + 1):
                _wake(amazon, clock, day)
                if amazon.scenario.shop is not None:
                    write_lists(amazon.sandbox, config.path_of("drop"), _LISTED_DAYS)
                    # A file that was written a moment ago is taken for one that somebody is still writing.
                    clock.sleep(_WRITTEN.total_seconds())
                life.day()
                progress(_("day {day} of {days}").format(day=day, days=days))
        return {"days": days, **score(ledger, config, amazon, days)}


def _wake(amazon: SandboxServer, clock: SetClock, day: int) -> None:
    """Let time pass until the morning of that day of the scenario, in the marketplace's own calendar."""
    zone = amazon.sandbox.market.zone
    begins = amazon.sandbox.started.astimezone(zone).date()
    midnight = datetime.combine(begins + timedelta(days=day), datetime.min.time(), tzinfo=zone)
    wait = (midnight + _HOUR_OF_DAY - clock.now()).total_seconds()
    if wait > 0:
        clock.sleep(wait)


def _configured(place: Path, amazon: SandboxServer, own: Config | None) -> Config:
    from agent.cli.sandbox import configuration
    from agent.config import load
    from agent.notify.setup import with_channels_of

    path = place / "steward.toml"
    path.touch(mode=0o600)
    schedule = "[schedule]\npull_minutes = 1200\njudge_minutes = 1200\ncompact_hours = 168\n"
    head, _sep, rest = configuration(amazon, _ACCOUNT).partition("[accounts.")
    path.write_text(f"{head}{schedule}\n[accounts.{rest}", encoding="utf-8")
    config = load(path, variables={})
    return config if own is None else with_channels_of(config, own)
