"""``make mutants``: how many small faults, one at a time, the tests of the belts, the protocol and money notice.

    python -m tests.soak.mutation [MODULE …] [--share N] [--jobs N] [--survivors FILE]

Everything is imported and collected once; for each mutant a forked child runs the tests that reach its lines, the
quickest and deadliest first, until one fails. Mutants that change nothing anybody could see are listed with the reason
in ``equivalent.txt``; they count neither way.
"""

from __future__ import annotations

import argparse
import ast
import os
import pickle
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from tests.soak.grafting import graft
from tests.soak.mutants import Mutant, mutants_of

_ROOT = Path(__file__).parents[2]
_ENGINE = ("belts", "bounds", "caps", "adjustments", "exposure", "clicks", "guards")
_ACTIONS = ("batches", "drive", "effects", "execute", "patience", "purse", "reconcile")
MODULES = (
    *(f"agent/engine/{name}.py" for name in _ENGINE), *(f"agent/actions/{name}.py" for name in _ACTIONS),
    "agent/model/money.py", "agent/ledger/moves.py",
)  # fmt: skip
_JUDGING = (
    "adjustments",
    "belts",
    "creations",
    "conflicts",
    "exposure",
    "guards",
    "history",
    "propose",
    "levers_in_small",
    "run_limits",
)
_LIFE = ("two_yeses", "life", "moves", "recall", "sending", "undo")
TESTS = (
    *(f"tests/unit/engine/test_{name}.py" for name in _JUDGING), "tests/unit/model", "tests/unit/actions",
    "tests/unit/jobs/test_act.py", "tests/unit/jobs/test_money_of_a_day.py",
    *(f"tests/unit/ledger/test_{name}.py" for name in _LIFE), "tests/laws/test_belts_only_shrink.py",
    "tests/laws/test_every_lever_is_held.py",
)  # fmt: skip
EQUIVALENT = Path(__file__).with_name("equivalent.txt")
_TIMES_SLOWER, _CPU_SECONDS, _WALL_SECONDS = 4, 5, 300
"""A mutant that needs so many times the processor's time of its tests, and so much more, goes round for ever."""


@dataclass(frozen=True, slots=True)
class Tests:
    """``seconds``: how long each took; ``reached``: by file, the lines that each test ran."""

    seconds: Mapping[str, float]
    reached: Mapping[str, Mapping[str, frozenset[int]]]

    def of(self, mutant: Mutant) -> list[str]:
        """The tests that come by; of what runs when the module is loaded, all that come into the module at all."""
        first, last = mutant.lines
        here = self.reached.get(mutant.module, {})
        return [test for test, lines in here.items() if not mutant.runs or any(first <= n <= last for n in lines)]


@dataclass
class Score:
    """``survivors``: by module. ``hanging``: of the killed, how many were found by their going round for ever."""

    tried: Counter[str] = field(default_factory=Counter)
    killed: Counter[str] = field(default_factory=Counter)
    survivors: dict[str, list[Mutant]] = field(default_factory=lambda: defaultdict(list))
    equivalent: Counter[str] = field(default_factory=Counter)
    hanging: int = 0
    seconds: float = 0.0

    @property
    def share(self) -> float:
        return self.killed.total() / max(1, self.tried.total())

    def __str__(self) -> str:
        hanging = f"; {self.hanging} by going on for ever" if self.hanging else ""
        return (f"{self.killed.total():,} of {self.tried.total():,} mutants killed ({self.share:.1%}{hanging}), "
                f"{self.equivalent.total()} equivalent ones listed")  # fmt: skip


class Killing:
    """A plugin of pytest that, in place of running the tests, runs them on one mutant after another."""

    def __init__(self, modules: Sequence[str], share: int, jobs: int) -> None:
        self._modules, self._share, self._jobs = modules, share, jobs
        self._deadly: Counter[str] = Counter()
        self._alike = _equivalent()
        self.score = Score()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:
            raise SystemExit("tests cannot be collected")
        began = time.monotonic()
        items = {item.nodeid: item for item in session.items}
        tests = _looked_at_by_another(session.items, self._modules)
        print(f"{len(tests.seconds)} tests pass in {sum(tests.seconds.values()):.0f} s", file=sys.stderr, flush=True)
        for module in self._modules:
            self._module(module, items, tests)
        self.score.seconds = time.monotonic() - began
        return True

    def _module(self, module: str, items: Mapping[str, pytest.Item], tests: Tests) -> None:
        tree = ast.parse((_ROOT / module).read_text(encoding="utf-8"))
        score, all_ = self.score, mutants_of(module, tree)
        alike = [each for each in all_ if each.key in self._alike]
        chosen = [each for each in all_ if each.key not in self._alike]
        if self._share > 1:
            chosen = sorted(random.Random(module).sample(chosen, -(-len(chosen) // self._share)), key=lambda e: e.lines)
        score.equivalent[module] = len(alike)
        under_way: dict[int, tuple[Mutant, Path]] = {}
        for mutant in chosen:
            while len(under_way) >= self._jobs:
                self._ended(under_way)
            chosen_tests = sorted(tests.of(mutant), key=lambda each: self._first(tests.seconds, each))
            place = Path(tempfile.mkdtemp(prefix="mutant-", dir=_quick()))
            pid = os.fork()
            if pid == 0:
                seconds = _TIMES_SLOWER * sum(tests.seconds[each] for each in chosen_tests) + _CPU_SECONDS
                _die_by_the_first(mutant, tree, [items[each] for each in chosen_tests], place, seconds)
            under_way[pid] = (mutant, place)
        while under_way:
            self._ended(under_way)
        tried = score.tried[module]
        print(f"{module}: {score.killed[module]} of {tried} killed, {len(alike)} equivalent", file=sys.stderr)
        for each in score.survivors[module]:
            print(f"    {each.key}  (line {each.lines[0]})", file=sys.stderr)
        sys.stderr.flush()

    def _first(self, seconds: Mapping[str, float], test: str) -> tuple[float, float]:
        """Those that found many for little come first, then the quick ones."""
        return (-self._deadly[test] / seconds[test], seconds[test])

    def _ended(self, under_way: dict[int, tuple[Mutant, Path]]) -> None:
        pid, status = os.wait()
        mutant, place = under_way.pop(pid)
        score = self.score
        score.tried[mutant.module] += 1
        killer = place / "killer"
        if killer.exists():
            self._deadly[killer.read_text()] += 1
        if status == 0:
            score.survivors[mutant.module].append(mutant)
        else:
            score.killed[mutant.module] += 1
            score.hanging += os.WIFSIGNALED(status)
        shutil.rmtree(place, ignore_errors=True)


def _quick() -> str | None:
    """In memory where that can be had: ledgers of tests need not be on a disk."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def _equivalent() -> set[str]:
    lines = EQUIVALENT.read_text(encoding="utf-8").splitlines() if EQUIVALENT.exists() else []
    return {line.partition(" — ")[0] for line in lines if line and not line.startswith("#")}


def _looked_at_by_another(items: Sequence[pytest.Item], modules: Sequence[str]) -> Tests:
    """In a child, so that no test leaves a thread here: what is forked while threads run may wait for ever."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        found = Path(folder) / "tests"
        pid = os.fork()
        if pid == 0:
            try:
                found.write_bytes(pickle.dumps(_looked_at(items, modules)))
            except BaseException as fault:  # noqa: BLE001  (said, and told by the exit code)
                print(f"the tests cannot be run: {fault!r}", file=sys.stderr, flush=True)
                os._exit(1)
            os._exit(0)
        if os.waitpid(pid, 0)[1]:
            raise SystemExit("the tests cannot be run")
        tests: Tests = pickle.loads(found.read_bytes())
        return tests


def _looked_at(items: Sequence[pytest.Item], modules: Sequence[str]) -> Tests:
    """Run every test once as it is, and see which lines it comes by."""
    seconds: dict[str, float] = {}
    reached: dict[str, dict[str, frozenset[int]]] = defaultdict(dict)
    files = {str(_ROOT / module): module for module in modules}
    for index, item in enumerate(items):
        lines: dict[str, set[int]] = defaultdict(set)
        with _seen(files, lines):
            began = time.process_time()
            reports = runtestprotocol(item, log=False, nextitem=items[index + 1] if index + 1 < len(items) else None)
        if not all(report.passed for report in reports):
            failed = next((report.longreprtext for report in reports if report.failed), "")
            if failed:
                print(f"left out, for it fails as it is: {item.nodeid}\n{failed[-600:]}", file=sys.stderr, flush=True)
            continue
        seconds[item.nodeid] = max(time.process_time() - began, 1e-4)
        for file, numbers in lines.items():
            reached[file][item.nodeid] = frozenset(numbers)
    return Tests(seconds, dict(reached))


class _seen:  # noqa: N801
    """Notes the lines of some files that are run."""

    def __init__(self, files: Mapping[str, str], lines: Mapping[str, set[int]]) -> None:
        self._files, self._lines = files, lines

    def __enter__(self) -> None:
        sys.settrace(self._call)

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)

    def _call(self, frame: FrameType, event: str, _: object) -> Any:
        module = self._files.get(frame.f_code.co_filename)
        if module is None:
            return None
        lines = self._lines[module]
        lines.add(frame.f_lineno)

        def line(frame: FrameType, event: str, _: object) -> Any:
            lines.add(frame.f_lineno)
            return line

        return line


def _die_by_the_first(mutant: Mutant, tree: ast.Module, items: Sequence[pytest.Item], place: Path,
                      seconds: float) -> None:  # fmt: skip
    """In the child: become the mutant, run tests, and end with 1 at the first that fails."""
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.alarm(_WALL_SECONDS)
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    try:
        mutant.apply()
        graft(mutant.module.removesuffix(".py").replace("/", "."), tree, mutant.place)
        for item in items:
            item.config._tmp_path_factory._basetemp = place  # type: ignore[attr-defined]
            break
        for index, item in enumerate(items):
            reports = runtestprotocol(item, log=False, nextitem=items[index + 1] if index + 1 < len(items) else None)
            if any(report.failed for report in reports):
                (place / "killer").write_text(item.nodeid)
                os._exit(1)
    except BaseException:  # noqa: BLE001  (a mutant that cannot even be loaded is noticed)
        os._exit(2)
    os._exit(0)


def mutation(modules: Sequence[str] = MODULES, share: int = 1, jobs: int = 1) -> Score:
    """``share``: only every so many-th mutant, chosen at random but always the same."""
    killing = Killing(modules, share, jobs)
    base = tempfile.mkdtemp(prefix="mutants-", dir=_quick())
    tests = [test for test in TESTS if (_ROOT / test).exists()]
    words = ["-q", "-s", "-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:xdist",
             "-m", "not postgres", "--rootdir", str(_ROOT), f"--basetemp={base}/t"]  # fmt: skip
    os.chdir(_ROOT)
    try:
        done = pytest.main([*words, *tests], plugins=[killing])
    finally:
        shutil.rmtree(base, ignore_errors=True)
    if done not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED) or not killing.score.tried:
        raise RuntimeError(f"the tests did not run: {done}")
    return killing.score


def told(score: Score) -> Iterator[str]:
    for module in score.tried:
        tried, killed = score.tried[module], score.killed[module]
        yield f"{killed / max(1, tried):7.1%}  {killed:4} of {tried:4}  {module}"
    yield f"{score.share:7.1%}  {score} in {score.seconds / 60:.0f} minutes"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*", default=MODULES)
    parser.add_argument("--share", type=int, default=1, help="only one of so many mutants")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--survivors", type=Path, help="write those that no test noticed to this file")
    parser.add_argument("--least", type=float, default=0.9, help="the share that must be noticed")
    given = parser.parse_args()
    score = mutation(given.modules, given.share, given.jobs)
    survivors = [mutant for some in score.survivors.values() for mutant in some]
    if given.survivors is not None:
        given.survivors.write_text("".join(f"{mutant.key}\n" for mutant in survivors), encoding="utf-8")
    print("\n".join(told(score)))
    return 0 if score.share >= given.least else 1


if __name__ == "__main__":
    sys.exit(main())
