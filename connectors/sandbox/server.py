"""The sandbox on a port: inside a program (``SandboxServer``) or for the command line (``serve``)."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import TracebackType

import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from agent.errors import SourceError
from agent.ports import Clock
from connectors.sandbox.answers import Answer, Delivery
from connectors.sandbox.calls import Call, Log
from connectors.sandbox.clock import DrivenClock
from connectors.sandbox.control import PREFIX, answer_control
from connectors.sandbox.entry import answer_call
from connectors.sandbox.faults import Fault
from connectors.sandbox.faults import Setting as FaultSetting
from connectors.sandbox.market import Market
from connectors.sandbox.sandbox import Sandbox
from connectors.sandbox.scenario import Credentials, Scenario
from connectors.sandbox.scenario_file import load_scenario

HOST = "127.0.0.1"
_START_SECONDS = 30.0


class SandboxServer:
    """A sandbox that answers on ``url`` while the context is open, in a thread of its own.

    ``scenario`` is a name, a file or a loaded scenario. Without a ``clock`` it starts at the scenario's start and runs
    with real time; hand the same clock to the program under test to let both live in one time. ``started``: see
    ``Sandbox``.
    """

    def __init__(self, scenario: str | Path | Scenario = "demo", seed: int = 1, port: int = 0,
                 clock: Clock | None = None, speed: float = 1.0, started: datetime | None = None) -> None:  # fmt: skip
        loaded = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
        self.clock: Clock = clock or DrivenClock(loaded.start, speed)
        self.sandbox = Sandbox(loaded, seed, self.clock, started)
        self._socket = _listen(port)
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://{HOST}:{self.port}"
        self._server = uvicorn.Server(uvicorn.Config(
            self._app, log_config=None, access_log=False, lifespan="off", date_header=False, server_header=False,
            http="h11", interface="asgi3", proxy_headers=False, timeout_graceful_shutdown=2,
        ))  # fmt: skip
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), name="sandbox", daemon=True)

    @property
    def scenario(self) -> Scenario:
        return self.sandbox.scenario

    @property
    def credentials(self) -> Credentials:
        return self.sandbox.scenario.account.credentials

    @property
    def market(self) -> Market:
        return self.sandbox.market

    @property
    def log(self) -> Log:
        return self.sandbox.log

    def plant(self, kind: str, operation: str = "*", count: int | None = 1, probability: float = 1.0, skip: int = 0,
              **values: FaultSetting) -> Fault:  # fmt: skip
        """Let something go wrong; the kinds and their fields are ``faults.KINDS``."""
        with self.sandbox.lock:
            return self.sandbox.faults.plant(Fault(kind, operation, count, probability, skip, values))

    def edit(self, kind: str, id: str, field: str, value: object) -> None:
        """Another person changes something by hand; see ``Sandbox.edit``."""
        self.sandbox.edit(kind, id, field, value)

    def begin_again(self, scenario: Scenario, clock: Clock, seed: int = 1) -> None:
        """Forget everything and answer from a fresh sandbox, on the same port."""
        self.clock = clock
        self.sandbox = Sandbox(scenario, seed, clock)

    def __enter__(self) -> SandboxServer:
        self._thread.start()
        deadline = time.monotonic() + _START_SECONDS
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise SourceError("the sandbox did not start", connector="sandbox", operation="start")
            time.sleep(0.005)
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        self._server.should_exit = True
        self._thread.join(timeout=_START_SECONDS)
        self._socket.close()

    def run(self) -> None:
        """Answer in this thread until the process is told to stop."""
        try:
            self._server.run([self._socket])
        finally:
            self._socket.close()

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        headers = {name.lower(): value for name, value in request.headers.items()}
        # The path as it was sent: a slash inside a SKU comes as %2F and must not part the path.
        path = scope["raw_path"].decode("latin-1")
        call = Call(request.method, path, headers, await request.body(), request.url.query)
        if call.path.startswith(PREFIX):
            answer = answer_control(self.sandbox, call, request.client.host if request.client else "")
        else:
            answer = answer_call(self.sandbox, call)
        await self._deliver(answer, scope, receive, send)

    async def _deliver(self, answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
        if answer.delivery is not Delivery.DROPPED:
            response = Response(answer.body, answer.status, dict(answer.headers), answer.media)
            whole = answer.delivery is Delivery.WHOLE
            await response(scope, receive, send if whole else _cut(send, answer.sent_share))
        if answer.delivery is not Delivery.WHOLE:
            await self._hang_up(scope)

    async def _hang_up(self, scope: Scope) -> None:
        """Break the connection of this request, without a word."""
        for connection in list(self._server.server_state.connections):
            if getattr(connection, "client", None) == scope["client"]:
                transport = getattr(connection, "transport", None)
                if transport is not None:
                    transport.abort()
        await asyncio.sleep(0)  # so that the server has noticed before this request ends without an answer


def _cut(send: Send, share: float) -> Send:
    """Promise the whole body, send a part of it."""

    async def cut(message: Message) -> None:
        if message["type"] == "http.response.body":
            body = message.get("body", b"")
            message = {**message, "body": body[: int(len(body) * share)], "more_body": True}
        await send(message)

    return cut


def serve(scenario: str | Path = "demo", seed: int = 1, port: int = 8799, speed: float = 1.0,
          ready: Callable[[SandboxServer, datetime], None] | None = None) -> None:  # fmt: skip
    """Run a sandbox until the process is stopped. ``ready`` is told once, before the first answer."""
    server = SandboxServer(scenario, seed, port, speed=speed)
    if ready is not None:
        ready(server, server.clock.now())
    server.run()


def _listen(port: int) -> socket.socket:
    # Named as TCP, so that asyncio sends at once: else a kept connection waits 40 ms between header and body.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(128)  # so that callers wait instead of being refused until the server has started
    except OSError as fault:
        listener.close()
        raise SourceError(f"port {port} cannot be used: {fault.strerror}", connector="sandbox", operation="start",
                          hint="choose another one with --port") from fault  # fmt: skip
    return listener
