"""How long `steward --help` takes, byte-compiled, beside a bare interpreter and one that imports typer.

    python tests/bench/start.py [--rounds 9]

Wall time of whole processes, in turns. Times are only printed. Budget: `steward --help` at most 250 ms.
"""

from __future__ import annotations

import argparse
import compileall
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.bench.table import interleaved, median, print_table

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
    seconds = interleaved({name: _runner(command) for name, command in COMMANDS.items()}, rounds)
    bare = median(seconds["python -c pass"])
    rows = [
        (name, f"{median(times) * 1000:.0f}", f"{min(times) * 1000:.0f}", f"{median(times) / bare:.1f}")
        for name, times in seconds.items()
    ]
    print_table(("start", "median ms", "best ms", "× bare"), rows)
    print(f"budget of steward --help: {_BUDGET_SECONDS * 1000:.0f} ms\n")


def _runner(command: Sequence[str]) -> Callable[[], object]:
    surroundings = {**os.environ, "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}
    return lambda: subprocess.run(command, check=True, capture_output=True, cwd=_ROOT, env=surroundings, timeout=60)


if __name__ == "__main__":
    main()
