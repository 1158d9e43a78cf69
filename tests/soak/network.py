"""A bad network at up to fifty requests a second, in the simulation's own time: the same code over real HTTP, but
nobody waits for the clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from agent.actions.patience import Patience
from agent.config import load
from agent.jobs.act import act
from agent.jobs.settle import settle
from agent.mint import mint
from agent.outbound import Outbound
from agent.wiring import sources_of
from connectors.amazon_ads import AmazonAds
from connectors.sandbox.clock import DrivenClock
from tests.soak.executor import Notes, Noting
from tests.soak.world import ACCOUNT, UNFINISHED, Truth, truth, world

_WARM_UP = timedelta(minutes=2)
_MOST_TURNS = 400
FAULTS = (
    ("throttle", 0.05, {"retry_after": 1.0}), ("error", 0.025, {"when": "before"}), ("error", 0.025, {"when": "after"}),
    ("late", 0.05, {"seconds": 8.0, "answer": "drop"}), ("drop", 0.02, {"when": "after"}), ("truncate", 0.02, {}),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bad:
    """``refused``: the share of 429s of the rate itself, after two minutes; those planted are not counted."""

    calls: int
    minutes: float
    refused: float
    truth: Truth


def bad_network(folder: Path, changes: int, *, rate: float = 50.0, batch: int = 1) -> Bad:
    clock = DrivenClock(speed=0)
    with world(folder, changes, clock=clock, rate=rate) as here:
        here.approve(changes, clock)
        for kind, share, values in FAULTS:
            here.amazon.plant(kind, "*.update", count=None, probability=share, **values)  # type: ignore[arg-type]
        began = clock.now()
        patience = Patience(attempts=1_000)
        config = load(here.config)
        with here.ledger() as ledger, Outbound(clock) as outbound:
            real = next(each for each in sources_of(config, ACCOUNT, outbound, clock).actuators)
            assert isinstance(real, AmazonAds)
            own = [Noting(real, batch, Notes(folder / "calls"))]
            for _ in range(_MOST_TURNS):
                act(ledger, own, clock, account=ACCOUNT, run=mint("r"), may_write=lambda: None,  # type: ignore[arg-type]
                    patience=patience)  # fmt: skip
                settle(ledger, own, clock, account=ACCOUNT, run=mint("r"), patience=patience)  # type: ignore[arg-type]
                if not any(ledger.counts().get(state) for state in UNFINISHED):
                    break
                clock.sleep(20)
        records = [each for each in here.amazon.log.records if each.operation.startswith("keywords.")]
        late = [each for each in records if each.at - began > _WARM_UP] or records
        refused = sum(each.status == 429 and "throttle" not in each.faults for each in late) / max(1, len(late))
        minutes = (records[-1].at - began).total_seconds() / 60
        return Bad(len(records), minutes, refused, truth(here, timedelta(minutes=11)))
