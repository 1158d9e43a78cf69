"""How long `steward --help` takes, byte-compiled, beside a bare interpreter and one that imports typer.

    python tests/bench/start.py [--rounds 9]

Wall time of whole processes, in turns. Times are only printed. Budget: `steward --help` at most 250 ms.
"""

from __future__ import annotations

import argparse
import compileall
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.bench.table import median, print_table

_ROOT = Path(__file__).parents[2]
_BUDGET_SECONDS = 0.250
_PYTHON = sys.executable
COMMANDS: dict[str, Sequence[str]] = {
    "python -c pass": (_PYTHON, "-c", "pass"),
    "python -c 'import typer'": (_PYTHON, "-c", "import typer"),
    "steward --help": (_PYTHON, "-m", "agent.cli.main", "--help"),
    "steward --lang zh --help": (_PYTHON, "-m", "agent.cli.main", "--lang", "zh", "--help"),
    "steward rules --help": (_PYTHON, "-m", "agent.cli.main", "rules", "--help"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    for package in ("agent", "connectors"):
        compileall.compile_dir(_ROOT / package, quiet=2)
    took: dict[str, list[tuple[float, float]]] = {name: [] for name in COMMANDS}
    for turn in range(rounds + 1):
        for name, command in COMMANDS.items():
            seconds = _run(command)
            if turn:  # the first round warms caches
                took[name].append(seconds)
    rows = []
    for name, seconds in took.items():
        wall, processor = zip(*seconds, strict=True)
        rows.append((name, *(f"{each * 1000:.0f}" for each in (median(wall), min(wall), median(processor)))))
    print_table(("start", "median ms", "best ms", "processor ms"), rows)
    print(f"budget of steward --help: {_BUDGET_SECONDS * 1000:.0f} ms\n")


def _run(command: Sequence[str]) -> tuple[float, float]:
    """Seconds by the clock and of the processor: on a busy machine the latter is the steadier figure."""
    surroundings = {**os.environ, "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, cwd=_ROOT, env=surroundings, timeout=60)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
