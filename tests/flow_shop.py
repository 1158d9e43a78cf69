"""A shop: the simulated Amazon on a port, a folder with a configuration that uses it, and the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agent.cli.sandbox import configuration
from connectors.sandbox.server import SandboxServer


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The object on standard output."""
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found


@dataclass(frozen=True, slots=True)
class Shop:
    folder: Path
    amazon: SandboxServer

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


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A fresh shop for one test."""
    with SandboxServer("demo", seed=1) as amazon:
        (tmp_path / "steward.toml").write_text(configuration(amazon), encoding="utf-8")
        (tmp_path / "steward.toml").chmod(0o600)
        yield Shop(tmp_path, amazon)
