"""A server on this machine that answers with exactly the bytes it is given, then hangs up. Real sockets, no HTTP."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

RESET = b"\0reset"
"""Hang up with a reset and without a word."""


@dataclass
class Crooked:
    port: int
    received: list[bytes] = field(default_factory=list)

    def url(self, path: str = "/x") -> str:
        return f"http://127.0.0.1:{self.port}{path}"


def whole(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


@contextmanager
def crooked(*answers: bytes) -> Iterator[Crooked]:
    """One connection per answer, in this order; then the port is closed."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(30)
        server = Crooked(listening.getsockname()[1])
        thread = threading.Thread(target=_serve, args=(listening, server, answers), daemon=True)
        thread.start()
        yield server
    thread.join(timeout=30)


def _serve(listening: socket.socket, server: Crooked, answers: tuple[bytes, ...]) -> None:
    for answer in answers:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        with connection:
            connection.settimeout(30)
            server.received.append(_request(connection))
            if answer == RESET:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            else:
                connection.sendall(answer)
    listening.close()


def _request(connection: socket.socket) -> bytes:
    """Header and body of one request."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65_536)
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    while len(body) < int(lengths[0] if lengths else 0):
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body
