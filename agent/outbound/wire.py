"""The only place that touches the HTTP library. One exchange in, one value out; nothing of httpx leaves here."""

from __future__ import annotations

import logging
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ipaddress import ip_address

import httpx

from agent.outbound.messages import Lost, NotSent
from agent.ports import Clock

Transport = httpx.BaseTransport
_BEFORE_THE_FIRST_BYTE = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_UNSPEAKABLE = (httpx.InvalidURL, httpx.UnsupportedProtocol, ValueError, TypeError)
_IDLE_SECONDS = 3
"""An idle connection is given up before a server does so: a write must not be the first to notice."""


@dataclass(frozen=True, slots=True)
class Request:
    """``take`` receives the body piece by piece; ``raw``: as it was sent, still compressed."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    take: Callable[[bytes], object]
    limit_bytes: int
    timeout_seconds: float
    deadline_seconds: float
    raw: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    status: int
    headers: Mapping[str, str] = field(repr=False)


class _Broken(Exception):  # noqa: N818 - never leaves this module
    """The answer is too long or comes too slowly."""


class Wire:
    """One client per thread, since a shared one costs more than the call. Thread-safe."""

    def __init__(self, clock: Clock, agent: str, transport: Transport | None = None) -> None:
        self._clock, self._agent, self._transport = clock, agent, transport
        self._here = threading.local()
        self._clients: list[httpx.Client] = []
        self._lock = threading.Lock()
        self._trust: ssl.SSLContext | None = None
        _silence()

    def exchange(self, request: Request) -> Answered | NotSent | Lost:
        """Send once. Raises nothing for what happens on the network, and no exception carries a secret."""
        try:
            client = self._client()
            prepared = client.build_request(
                request.method, request.url, headers=dict(request.headers), content=request.body or None,
                timeout=httpx.Timeout(request.timeout_seconds, connect=min(10, request.timeout_seconds)),
            )  # fmt: skip
        except _UNSPEAKABLE as fault:
            return NotSent(f"it cannot be written as a request ({type(fault).__name__})")
        try:
            return self._streamed(client, prepared, request)
        except _BEFORE_THE_FIRST_BYTE as fault:
            return NotSent(_spoken(fault))
        except (httpx.HTTPError, httpx.StreamError, _Broken, ssl.SSLError) as fault:
            return Lost(_spoken(fault))

    def close(self) -> None:
        with self._lock:
            for client in self._clients:
                client.close()
            self._clients.clear()
            self._here = threading.local()

    def _streamed(self, client: httpx.Client, prepared: httpx.Request, request: Request) -> Answered:
        began = self._clock.now()
        reply = client.send(prepared, stream=True)
        try:
            size = 0
            for piece in reply.iter_raw() if request.raw else reply.iter_bytes():
                size += len(piece)
                if size > request.limit_bytes:
                    raise _Broken(f"its answer is longer than {request.limit_bytes} bytes")
                if (self._clock.now() - began).total_seconds() > request.deadline_seconds:
                    raise _Broken(f"its answer took longer than {request.deadline_seconds:.0f} s")
                request.take(piece)
        finally:
            reply.close()
        return Answered(reply.status_code, {name.lower(): value for name, value in reply.headers.items()})

    def _client(self) -> httpx.Client:
        client: httpx.Client | None = getattr(self._here, "client", None)
        if client is None:
            client = self._here.client = self._new_client()
        return client

    def _new_client(self) -> httpx.Client:
        with self._lock:
            if self._trust is None and self._transport is None:
                self._trust = httpx.create_ssl_context()
            client = httpx.Client(
                verify=self._trust or True,
                transport=self._transport,
                # Plain http is for this machine only, which no proxy reaches.
                mounts={} if self._transport else {"http://": None},
                follow_redirects=False,
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
                headers={"User-Agent": self._agent},
                limits=httpx.Limits(max_connections=4, keepalive_expiry=_IDLE_SECONDS),
            )
            self._clients.append(client)
            return client


def place_of(url: str) -> tuple[str, str]:
    """Scheme and host of an address, lower case; both empty where it is none."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError, TypeError):
        return "", ""
    return parsed.scheme, parsed.host.lower()


def is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _spoken(fault: Exception) -> str:
    """What went wrong, by kind alone: a library's own words may quote a header or an address."""
    words: Mapping[type[Exception], str] = {
        httpx.ConnectTimeout: "no connection within the time",
        httpx.PoolTimeout: "no free connection within the time",
        httpx.ConnectError: "no connection",
        httpx.TimeoutException: "no answer within the time",
        httpx.RemoteProtocolError: "the connection ended before the answer was whole",
        httpx.DecodingError: "the answer cannot be unpacked",
        httpx.NetworkError: "the connection broke",
        _Broken: str(fault) if isinstance(fault, _Broken) else "",
    }
    return next((text for kind, text in words.items() if isinstance(fault, kind)), type(fault).__name__)


def _silence() -> None:
    """httpx logs whole addresses, and report links are signed; httpcore logs headers."""
    for name in ("httpx", "httpcore"):
        logger = logging.getLogger(name)
        logger.setLevel(logging.CRITICAL + 1)
        logger.propagate = False
