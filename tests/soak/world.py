"""A small simulated Amazon with many keywords, an installation that acts on it, and the truth: the Amazon's own log."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from agent.cli.sandbox import configuration
from agent.clock import SystemClock
from agent.config import load
from agent.ledger import SqlLedger
from agent.mint import mint
from agent.model.change import Change
from agent.model.entity import Entity
from agent.model.money import MICROS, Money
from agent.model.proposal import Decision, Proposal, Run, State
from agent.model.rule import Mode, Severity
from agent.ports import Clock
from agent.wiring import ledger_of
from connectors.sandbox.account import Keyword
from connectors.sandbox.calls import Effect
from connectors.sandbox.scenario import Scenario
from connectors.sandbox.scenario_file import load_scenario
from connectors.sandbox.server import SandboxServer

ACCOUNT = "demo"
UNFINISHED = (State.APPROVED, State.INTENT, State.ACCEPTED, State.IN_DOUBT)
_CENT = MICROS // 100
_QUIET = ("pull", "look", "derive", "judge", "expire", "compact", "take_in")


def scenario(keywords: int, *, rate: float = 0.0, lag_seconds: float = 0.0) -> Scenario:
    """The demo's market without its shop, with at least so many keywords and hardly any past."""
    demo = load_scenario("demo")
    ours = sum(plan.targets * len(demo.products) for plan in demo.campaigns if plan.kind == "keywords")
    copies = range(1 + 3 * keywords // (2 * ours))
    campaigns = tuple(replace(plan, name=f"{plan.name} {copy}") for copy in copies for plan in demo.campaigns)
    wire = replace(demo.wire, rate=rate, burst=max(1, round(2 * rate)), read_lag_seconds=lag_seconds)
    market = replace(demo.market, history_days=2)
    return replace(demo, campaigns=campaigns, wire=wire, market=market, shop=None, incidents=(), faults=())


@dataclass
class World:
    """``wanted``: what was approved, by keyword; ``edited``: what people set by hand, and when, by keyword; ``taken``:
    keywords that are spoken for, by any installation on this Amazon."""

    folder: Path
    amazon: SandboxServer
    wanted: dict[str, Proposal] = field(default_factory=dict)
    edited: dict[str, datetime] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    @property
    def config(self) -> Path:
        return self.folder / "steward.toml"

    @contextmanager
    def ledger(self) -> Iterator[SqlLedger]:
        with ledger_of(load(self.config)) as ledger:
            yield ledger

    def approve(self, count: int, clock: Clock | None = None) -> None:
        """A cent less for so many keywords; ``clock``: whose time it is, the machine's or the simulation's."""
        now = (clock or SystemClock()).now()
        fresh = list(self._wishes(count, now))
        with self.ledger() as ledger:
            added = ledger.add(fresh)
            self.taken |= {each.change.entity.id for each in added}
            ledger.decide([Decision(each.id, each.version, True, "ann", "cli") for each in added], now)
        self.wanted |= {each.change.entity.id: each for each in added}

    def _wishes(self, count: int, now: datetime) -> Iterator[Proposal]:
        currency, left = self.amazon.scenario.account.marketplace.currency, count
        for thing in self.amazon.sandbox.account.all("keyword"):
            free = isinstance(thing, Keyword) and thing.id not in self.taken and thing.bid
            if left and free and isinstance(thing, Keyword) and (thing.bid or 0) > 5 * _CENT:
                left -= 1
                entity, bid = Entity(ACCOUNT, "keyword", thing.id), thing.bid or 0
                yield _wish(Change(entity, "bid", Money(bid, currency), Money(bid - _CENT, currency)), now)
        assert not left, "the market is too small"

    def edit(self, chance: random.Random, count: int) -> None:
        """Somebody sets bids by hand, each to a value of its own; nothing that was edited before."""
        for id in chance.sample(sorted(set(self.wanted) - set(self.edited)), count):
            self.amazon.edit("keyword", id, "bid", str(Decimal("3.00") + Decimal(len(self.edited)) / 100))
            self.edited[id] = self.amazon.clock.now()

    def rests(self) -> None:
        """As if everything else had just been done: the daemon has nothing to do but to act and to read back."""
        now = SystemClock().now()
        with self.ledger() as ledger:
            for job in _QUIET:
                run = Run(mint("r"), job, ACCOUNT, now)
                ledger.begin(run)
                ledger.end(replace(run, ended=now))


@contextmanager
def world(
    folder: Path, keywords: int, *, database: str = "sqlite:///steward.db", clock: Clock | None = None,
    settle_seconds: float = 12.0, rate: float = 0.0, lag_seconds: float = 0.0, more: str = "",
) -> Iterator[World]:  # fmt: skip
    """``more``: further lines of the configuration."""
    folder.mkdir(parents=True, exist_ok=True)
    with SandboxServer(scenario(keywords, rate=rate, lag_seconds=lag_seconds), clock=clock) as amazon:
        here = World(folder, amazon)
        text = configuration(amazon).replace("sqlite:///steward.db", database)
        text = text.replace("dry_run = false", f"""dry_run = false
[schedule]
turn_seconds = 1
pull_minutes = 100000
judge_minutes = 100000
expire_minutes = 100000
compact_hours = 100000
[act]
settle_minutes = {settle_seconds / 60:.4f}
{more}""")  # fmt: skip
        here.config.write_text(text, encoding="utf-8")
        here.config.chmod(0o600)
        yield here


def another(here: World, folder: Path) -> World:
    """A second installation on the same Amazon, with a database of its own; no keyword is wanted by both."""
    folder.mkdir(parents=True)
    other = World(folder, here.amazon, taken=here.taken)
    other.config.write_text(here.config.read_text(encoding="utf-8"), encoding="utf-8")
    other.config.chmod(0o600)
    return other


@dataclass(frozen=True, slots=True)
class Truth:
    """The final report held against the Amazon's own log. Only ``done`` and ``given_way`` may be more than none.

    ``lost``: the report says done, the log knows nothing of it; or it is neither done nor had a reason not to be.
    ``twice``: landed more than once. ``overwritten``: ours landed on a person's edit that was older than ``margin``.
    ``left``: not ended. ``untold``: landed, and the report says it did not. ``given_way``: a person had edited it.
    """

    done: int
    given_way: int
    lost: int
    twice: int
    overwritten: int
    left: int
    untold: int

    @property
    def faults(self) -> int:
        return self.lost + self.twice + self.overwritten + self.left + self.untold


def truth(here: World, margin: timedelta, reported: Mapping[str, State] | None = None) -> Truth:
    """``reported``: what the program itself told of each keyword, where that is not read from its ledger."""
    if reported is None:
        with here.ledger() as ledger:
            reported = {each.change.entity.id: each.state for each in ledger.in_state(*State)}
    landings = Counter(effect.id for effect in ours(here))
    states = {id: reported[id] for id in here.wanted}
    done = {id for id, state in states.items() if state is State.DONE}
    gave_way = {id for id, state in states.items() if state in (State.SUPERSEDED, State.CONFLICT)}
    left = {id for id, state in states.items() if state in UNFINISHED}
    # An edit before our write makes the proposal give way; one after it, a conflict: ours landed first.
    untold = {id for id in landings if states[id] in (State.SUPERSEDED, State.FAILED, State.EXPIRED)}
    return Truth(
        len(done), len(gave_way & set(here.edited)),
        len({id for id in done if not landings[id]} | (set(states) - done - left - (gave_way & set(here.edited)))),
        sum(count > 1 for count in landings.values()), _overwritten(here, margin), len(left), len(untold),
    )  # fmt: skip


def ours(here: World) -> Sequence[Effect]:
    """What landed of what this installation wanted."""
    return [each for each in here.amazon.log.effects if each.through != "person" and each.id in here.wanted]


def _overwritten(here: World, margin: timedelta) -> int:
    return sum(effect.id in here.edited and effect.at - here.edited[effect.id] > margin for effect in ours(here))


def _wish(change: Change, now: datetime) -> Proposal:
    return Proposal(
        id=mint("p"), change=change, rule="ads/soak", digest="0" * 64, as_of=now.date(), known_at=now, reason="soak",
        trace=(), belts=(), mode=Mode.ASK, severity=Severity.S4, created_at=now,
        expires_at=now + timedelta(days=3), run="r_soak",
    )  # fmt: skip
