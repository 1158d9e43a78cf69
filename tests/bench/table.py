"""How benches print: plain columns, medians, ratios."""

from __future__ import annotations

import resource
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


def print_table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """The first column to the left, figures to the right."""
    texts = [list(head), *([_text(cell) for cell in row] for row in rows)]
    widths = [max(len(row[at]) for row in texts) for at in range(len(head))]
    for row in texts:
        cells = [
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  ".join(cells).rstrip())


def _text(cell: object) -> str:
    if isinstance(cell, float):
        return f"{cell:,.3f}" if abs(cell) < 100 else f"{cell:,.0f}"
    return f"{cell:,}" if isinstance(cell, int) else str(cell)


@dataclass(frozen=True)
class Taken:
    """Seconds of each round: by the clock, and of all processor cores together."""

    seconds: list[float]
    cpu: list[float]


def interleaved(contenders: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, Taken]:
    """What each round took. Contenders take turns, so that a busy machine hits all of them alike."""
    taken = {name: Taken([], []) for name in contenders}
    for turn in range(rounds + 1):
        for name, run in contenders.items():
            started, cpu = time.perf_counter(), time.process_time()
            run()
            if turn:  # the first round warms caches
                taken[name].seconds.append(time.perf_counter() - started)
                taken[name].cpu.append(time.process_time() - cpu)
    return taken


def median(figures: Sequence[float]) -> float:
    return statistics.median(figures)


def ratio(above: Sequence[float], below: Sequence[float]) -> float:
    """The median of the rounds' own ratios, which a machine that slows down half-way does not move."""
    return statistics.median(a / b for a, b in zip(above, below, strict=True))


def peak_megabytes() -> float:
    """The most memory this process alone has held since its start."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
