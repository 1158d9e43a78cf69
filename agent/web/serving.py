"""The page on a port: in a thread of its own beside the daemon, or until the process is told to stop."""

from __future__ import annotations

import socket
import threading
import time
from types import TracebackType

import uvicorn

from agent.errors import ConfigError
from agent.language import _
from agent.web.app import Application
from agent.web.desk import Desk

_START_SECONDS = 15.0


class PageServer:
    """Answers as long as the context is open. Raises ``ConfigError`` where the port cannot be used."""

    def __init__(self, desk: Desk) -> None:
        page = desk.config.page
        certificate, key = _file(desk, page.certificate), _file(desk, page.certificate_key)
        self._socket = _listen(page.host, page.port)
        self._server = uvicorn.Server(uvicorn.Config(
            Application(desk), log_config=None, access_log=False, lifespan="off", server_header=False, http="h11",
            interface="asgi3", proxy_headers=False, timeout_graceful_shutdown=3, limit_concurrency=200,
            ssl_certfile=certificate, ssl_keyfile=key,
        ))  # fmt: skip
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), name="page", daemon=True)

    def __enter__(self) -> PageServer:
        self._thread.start()
        until = time.monotonic() + _START_SECONDS
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > until:
                raise ConfigError(_("The page did not start."), setting="page", hint=_("Look at its certificate."))
            time.sleep(0.01)
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


def _file(desk: Desk, name: str) -> str | None:
    if not name:
        return None
    path = desk.config.path_of(name)
    if not path.is_file():
        raise ConfigError(_("There is no file '{path}'.").format(path=path), setting="page.certificate",
                          hint=_("Name the certificate's files in PEM."))  # fmt: skip
    return str(path)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, so that asyncio sends at once: else a kept connection waits 40 ms between header and body.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as fault:
        listener.close()
        raise ConfigError(
            _("{host}:{port} cannot be used: {fault}").format(host=host, port=port, fault=fault.strerror),
            setting="page.port", hint=_("Choose another one with --port, or end what uses it."),
        ) from fault  # fmt: skip
    return listener
