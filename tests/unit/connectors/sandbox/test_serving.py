"""The sandbox as a process of its own, and as a context inside another."""

import json
import signal
import socket
import subprocess
import sys
from urllib.request import urlopen

import pytest

from agent.errors import SourceError
from connectors.sandbox.scenario import Scenario
from connectors.sandbox.server import SandboxServer

PROGRAM = """
from connectors.sandbox.server import serve
serve("demo", seed=3, port=0, ready=lambda server, now: print(server.url, flush=True))
"""


def test_it_serves_as_a_process_until_it_is_told_to_stop() -> None:
    with subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().decode().strip()
            with urlopen(f"{url}/sandbox/state", timeout=30) as reply:
                assert json.load(reply)["seed"] == 3
        finally:
            process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=30)
    assert process.returncode in (0, -signal.SIGTERM)
    assert errors == b""


def test_its_port_is_free_again_afterwards(small: Scenario) -> None:
    with SandboxServer(small) as server:
        port = server.port
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", port))


def test_a_port_in_use_is_said_at_once(small: Scenario) -> None:
    with SandboxServer(small) as server, pytest.raises(SourceError, match="cannot be used"):
        SandboxServer(small, port=server.port)


def test_it_answers_only_on_the_loopback_interface(small: Scenario) -> None:
    with SandboxServer(small) as server:
        assert server.url.startswith("http://127.0.0.1:")
