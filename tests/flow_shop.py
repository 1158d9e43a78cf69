"""A shop: the simulated Amazon on a port, a folder with a configuration that uses it, and the command line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.cli.sandbox import configuration
from agent.clock import SetClock
from agent.config import load
from agent.daemon import AccountJobs, account_jobs
from agent.wiring import ledger_of
from connectors.sandbox.server import SandboxServer
from tests.ran import Ran


@dataclass(frozen=True, slots=True)
class Shop:
    folder: Path
    amazon: SandboxServer

    @contextmanager
    def jobs(self) -> Iterator[AccountJobs]:
        """The daemon's jobs on this shop, in this process and in the simulated Amazon's own time."""
        config = load(self.config)
        with ledger_of(config) as ledger, account_jobs(config, ["demo"], ledger, self.amazon.clock) as jobs:
            yield jobs["demo"]

    @classmethod
    def opened(cls, folder: Path, amazon: SandboxServer) -> Shop:
        shop = cls(folder, amazon)
        shop.config.write_text(configuration(amazon, shop=False), encoding="utf-8")
        shop.config.chmod(0o600)
        return shop

    @property
    def config(self) -> Path:
        return self.folder / "steward.toml"

    def steward(self, *arguments: str, **environment: str) -> Ran:
        """Run the command line on this shop's configuration, in a process of its own."""
        return steward("--config", str(self.config), *arguments, **environment)


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "agent.cli.main", *arguments]


def steward(*arguments: str, **environment: str) -> Ran:
    surroundings = {**os.environ, "LANG": "C.UTF-8", "LC_ALL": "", **environment}
    done = subprocess.run(
        command(*arguments), capture_output=True, text=True, timeout=240, env=surroundings, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="session")
def pulled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose facts were pulled and judged by the command line, once for all tests of a worker."""
    folder = tmp_path_factory.mktemp("pulled")
    with SandboxServer("demo", seed=1) as amazon:
        pulled_shop = Shop.opened(folder, amazon)
        for words in (("pull",), ("plan",)):
            ran = pulled_shop.steward(*words)
            assert ran.code == 0, ran.err
    return folder


@pytest.fixture
def shop(tmp_path: Path, pulled: Path) -> Iterator[Shop]:
    """A shop for one test alone: facts and an open plan are there, and an Amazon that nobody has written to."""
    with SandboxServer("demo", seed=1) as amazon:
        shutil.copytree(pulled, tmp_path, dirs_exist_ok=True)
        yield Shop.opened(tmp_path, amazon)


@pytest.fixture
def still_shop(tmp_path: Path, pulled: Path) -> Iterator[Shop]:
    """The same in a time that moves only when somebody sleeps, so that waiting costs nothing."""
    with SandboxServer("demo", seed=1, clock=SetClock(datetime.now(UTC))) as amazon:
        shutil.copytree(pulled, tmp_path, dirs_exist_ok=True)
        yield Shop.opened(tmp_path, amazon)
