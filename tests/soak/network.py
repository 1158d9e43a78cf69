"""A bad network at fifty requests a second, in real time: several installations share what one Amazon takes."""

from __future__ import annotations

import sys
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from connectors.sandbox.calls import Record
from tests.soak.executor import Nursery, Order
from tests.soak.world import UNFINISHED, Truth, World, another, truth, world

_WARM_UP = timedelta(minutes=2)
_SETTLE = 12.0
_PER_SECOND = 50.0
FAULTS = (
    ("item", 0.05, {"every": 1.0}), ("error", 0.025, {"when": "before"}), ("error", 0.025, {"when": "after"}),
    ("late", 0.05, {"seconds": 8.0, "answer": "drop"}), ("drop", 0.02, {"when": "after"}), ("truncate", 0.02, {}),
)  # fmt: skip
"""Throttled in the item, as Amazon answers for single changes: what it refuses for the rate itself comes on top."""


@dataclass(frozen=True, slots=True)
class Bad:
    """``fastest``: requests a second in the busiest minute. ``refused``: the share of requests that Amazon refused for
    its rate, after two minutes, or ``early``, before."""

    requests: int
    minutes: float
    fastest: float
    early: float
    refused: float
    late: int
    truths: list[Truth]


def bad_network(folder: Path, changes: int, installations: int, nursery: Nursery) -> Bad:
    """Each installation carries out its part of the changes, one a call, each by an executor of its own process."""
    with world(folder / "1", 2 * changes, settle_seconds=_SETTLE, rate=_PER_SECOND) as first, ExitStack() as stack:
        all_ = [first, *(another(first, folder / str(number)) for number in range(2, installations + 1))]
        for here in all_:
            here.approve(changes // installations)
        for kind, share, values in FAULTS:
            first.amazon.plant(kind, "*.update", count=None, probability=share, **values)  # type: ignore[arg-type]
        began = first.amazon.clock.now()
        for here in all_:
            order = Order(str(here.config), str(here.folder / "calls"), batch=1, settle=_SETTLE, most=40)
            stack.enter_context(nursery.working(order))
        _wait(all_, changes)
        records = [each for each in first.amazon.log.records if each.operation.startswith("keywords.")]
        stack.close()
        late = [each for each in records if each.at - began > _WARM_UP]
        early = [each for each in records if each.at - began <= _WARM_UP]
        minutes = (records[-1].at - began).total_seconds() / 60
        truths = [truth(here, timedelta(seconds=_SETTLE)) for here in all_]
        return Bad(len(records), minutes, _fastest(records, began), _refused(early), _refused(late), len(late), truths)


def _wait(all_: list[World], changes: int) -> None:
    """Until nothing is open; as long again as fifty requests a second would take, and ten minutes, at most."""
    end = time.monotonic() + 4 * changes / _PER_SECOND + 600
    while time.monotonic() < end:
        left = 0
        for here in all_:
            with here.ledger() as ledger:
                left += sum(ledger.counts().get(state, 0) for state in UNFINISHED)
        print(f"      {left:,} of {changes:,} open", file=sys.stderr, flush=True)
        if not left:
            return
        time.sleep(10)


def _fastest(records: list[Record], began: datetime) -> float:
    minutes = Counter(int((each.at - began).total_seconds() // 60) for each in records)
    return max(minutes.values()) / 60


def _refused(records: list[Record]) -> float:
    return sum(each.status == 429 for each in records) / max(1, len(records))
