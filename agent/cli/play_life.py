"""One life of a simulated account: the daemon day by day, in the sandbox's own time, until its last day.

Market, incidents and chance come from scenario, seed and start; two lives that differ in their rules alone can be held
against each other.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent.clock import SetClock
    from agent.config import Config
    from agent.daemon import AccountJobs
    from agent.ledger import SqlLedger
    from connectors.sandbox.server import SandboxServer

_ACCOUNT, _PERSON = "demo", "play"
_HOUR_OF_DAY = timedelta(hours=6, minutes=30)
"""The marketplace's time at which the daily pull begins: yesterday is over, and its first figures are there."""
_PATIENCE = timedelta(hours=2)
"""How long a day waits for promised reports; what comes later is found the next morning."""
_LISTED_DAYS = 60
"""How far back the operator's lists reach."""
_SETTLED = timedelta(minutes=11)
_WRITTEN = timedelta(minutes=1)
_TOLD, _WAIT, _LATER = 4, timedelta(seconds=20), timedelta(hours=1)
"""How often messages are made and sent when something happened and how long that waits for company; and how often in
the rest of the day, for the digest and what came later."""
_KEPT_DAYS = 10_000
SHIPPED = "shipped"


@dataclass(frozen=True, slots=True)
class Plan:
    """A life to be lived. ``rules``: folders; ``shipped`` are those that come with Steward; none: no rules."""

    scenario: str
    start: datetime
    seed: int
    days: int
    approving: bool
    rules: tuple[str, ...] = (SHIPPED,)


def lived(plan: Plan, folder: Path | None = None, own: Config | None = None,
          told: Callable[[int], None] = lambda _: None) -> dict[str, Any]:  # fmt: skip
    """Live it; ``told`` hears of every day, the channels of ``own`` of what they would be told.

    Returns what was reported, and what the days were worth.
    """
    from agent.cli.sandbox import named
    from agent.clock import SetClock
    from connectors.sandbox.scenario_file import load_scenario
    from connectors.sandbox.server import SandboxServer

    clock = SetClock(plan.start)
    with _place(folder) as place, SandboxServer(load_scenario(named(plan.scenario)), plan.seed, clock=clock) as amazon:
        return _days(_configured(place, amazon, plan.rules, own), amazon, clock, plan, told)


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

    def sleep_until(self, morning: datetime) -> None:
        """Let time pass; whoever is to be told hears of what comes due on the way."""
        while self.posts and morning - self.clock.now() > _LATER:
            self.clock.sleep(_LATER.total_seconds())
            self._post()
        self.clock.sleep(max(0.0, (morning - self.clock.now()).total_seconds()))

    def _tell(self) -> None:
        for _turn in range(_TOLD if self.posts else 0):
            self._post()
            self.clock.sleep(_WAIT.total_seconds())

    def _post(self) -> None:
        for post in self.posts.values():
            post()
        if not self.approving:
            return
        # Whoever approves reads what they are told, and is not reminded of it day and night.
        for notice in self.ledger.outbox.unsettled():
            if notice.is_open and not notice.is_wish and not notice.once and notice.acknowledged_at is None:
                self.ledger.outbox.acknowledge(notice.key, _PERSON, self.clock.now())

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
        decisions = [Decision(each.id, each.version, True, _PERSON, "demo") for each in ready]
        self.ledger.decide(decisions, self.clock.now())


def _days(config: Config, amazon: SandboxServer, clock: SetClock, plan: Plan,
          told: Callable[[int], None]) -> dict[str, Any]:  # fmt: skip
    from agent.cli.play_score import score
    from agent.cli.play_worth import worth
    from agent.daemon import account_jobs, telling
    from agent.wiring import ledger_of
    from connectors.sandbox.exports.folder import write_lists

    with ledger_of(config) as ledger, ledger.lock():
        with account_jobs(config, [_ACCOUNT], ledger, clock) as by_account, \
                telling(config, ledger, clock, played=True) as posts:  # fmt: skip
            life = _Life(by_account[_ACCOUNT], ledger, clock, plan.approving, posts)
            for day in range(plan.days + 1):
                life.sleep_until(_morning(amazon, day))
                if amazon.scenario.shop is not None:
                    write_lists(amazon.sandbox, config.path_of("drop"), _LISTED_DAYS)
                    # A file that was written a moment ago is taken for one that somebody is still writing.
                    clock.sleep(_WRITTEN.total_seconds())
                life.day()
                told(day)
        return {"days": plan.days, **score(ledger, config, amazon, plan.days), "worth": worth(amazon, plan.days)}


def _morning(amazon: SandboxServer, day: int) -> datetime:
    """The morning of that day of the scenario, in the marketplace's own calendar."""
    zone = amazon.sandbox.market.zone
    begins = amazon.sandbox.started.astimezone(zone).date()
    return datetime.combine(begins + timedelta(days=day), datetime.min.time(), tzinfo=zone) + _HOUR_OF_DAY


def _configured(place: Path, amazon: SandboxServer, rules: tuple[str, ...], own: Config | None) -> Config:
    from agent.cli.sandbox import configuration
    from agent.config import load
    from agent.notify.setup import with_channels_of

    path = place / "steward.toml"
    path.touch(mode=0o600)
    schedule = "[schedule]\npull_minutes = 1200\njudge_minutes = 1200\ncompact_hours = 168\n"
    head, _sep, rest = configuration(amazon, _ACCOUNT).partition("[accounts.")
    head = head.replace('rules = ["shipped"]', f"rules = {dumps(rules)}")
    path.write_text(f"{head}{schedule}\n[accounts.{rest}", encoding="utf-8")
    config = load(path, variables={})
    if own is None:
        return config
    told = with_channels_of(config, own)
    # What was told early in a long life still counts in the end.
    kept = told.notify.model_copy(update={"keep_days": _KEPT_DAYS})
    return told.model_copy(update={"notify": kept})
