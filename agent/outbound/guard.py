"""Calls to addresses that were typed in: webhooks. They must not become a way into the network.

https only; the name is resolved once, every address it has must be a public one, and the connection goes to just that
address. No redirects, no proxies, ten seconds in all, 64 KB of answer.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

import httpx

from agent.errors import ConfigError
from agent.outbound.messages import Lost, NotSent, Reply, WriteAnswer
from agent.outbound.wire import is_loopback

SECONDS = 10.0
LONGEST_ANSWER = 64 * 1024
_PORTS = {"https": 443, "http": 80}
_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
_COMPATIBLE = IPv6Network("::/96")
# Azure: the host's own services answer at this public-looking address.
_INSIDE = (IPv4Network("168.63.129.16/32"), IPv4Network("192.0.0.0/24"), IPv4Network("192.88.99.0/24"))
"""Beyond what the standard library of every supported Python knows to be no public address."""
_BEFORE_THE_FIRST_BYTE = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)

Resolve = Callable[[str, int], Sequence[str]]
"""Every address of a name; ``OSError`` where it has none."""


@dataclass(frozen=True, slots=True)
class Post:
    """``hosts``: where it may go (``*.example.com`` allowed); empty: to any. ``allow_private``: to any name, also
    inside the network, and to this very machine without encryption."""

    url: str = field(repr=False)
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    hosts: tuple[str, ...] = ()
    allow_private: bool = False
    ca_file: str = ""


def addresses_of(host: str, port: int) -> Sequence[str]:
    """What the system's resolver says."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


class GuardedDoor:
    """One per process; safe for many threads."""

    def __init__(self, resolve: Resolve = addresses_of, seconds: float = SECONDS) -> None:
        self._resolve, self._seconds = resolve, seconds
        self._clients: dict[str, httpx.Client] = {}
        self._lock = threading.Lock()

    def post(self, post: Post) -> WriteAnswer:
        """Once. Raises ``ConfigError`` for an address that must not be called; it names the host and nothing else."""
        url, host = _checked(post)
        port = url.port or _PORTS[url.scheme]
        try:
            found = [ip_address(each.partition("%")[0]) for each in self._resolve(host, port)]
        except (OSError, UnicodeError):
            return NotSent("its name cannot be resolved")
        if not post.allow_private and not all(map(is_public, found)):
            raise _refused(host, "leads into a private network")
        answer: WriteAnswer = NotSent("its name has no address")
        for address in found:
            answer = self._exchange(post, url, host, address)
            if not isinstance(answer, NotSent):
                break
        return answer

    def close(self) -> None:
        with self._lock:
            for client in self._clients.values():
                client.close()
            self._clients.clear()

    def _exchange(self, post: Post, url: httpx.URL, host: str,
                  address: IPv4Address | IPv6Address) -> WriteAnswer:  # fmt: skip
        client = self._client(post.ca_file)
        watch = _Watch(self._seconds)
        headers = {**post.headers, "Host": url.netloc.decode("ascii")}
        extensions: dict[str, Any] = {"sni_hostname": host, "trace": watch.see}
        request = client.build_request("POST", url.copy_with(host=str(address)), headers=headers, content=post.body,
                                       extensions=extensions)  # fmt: skip
        try:
            with watch.ticking():
                return _answered(client, request)
        except _BEFORE_THE_FIRST_BYTE:
            return NotSent("no connection")
        except (httpx.HTTPError, httpx.StreamError, ssl.SSLError, OSError) as fault:
            slow = watch.rang or isinstance(fault, httpx.TimeoutException)
            return Lost("no answer within the time" if slow else "the connection broke")

    def _client(self, ca_file: str) -> httpx.Client:
        with self._lock:
            if ca_file not in self._clients:
                self._clients[ca_file] = httpx.Client(
                    verify=_trust(ca_file), follow_redirects=False, trust_env=False, timeout=self._seconds,
                    # A kept connection was checked against one name, and two names may share an address.
                    limits=httpx.Limits(max_keepalive_connections=0), headers={"User-Agent": "Steward"},
                )  # fmt: skip
            return self._clients[ca_file]


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address lies on the open internet, also inside the forms in which IPv6 carries IPv4."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped
        if inner is None and any(address in each for each in (*_NAT64, _COMPATIBLE)):
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if address.sixtofour is not None or address.teredo is not None:
            return False
    inside = address.is_multicast or address.is_reserved or any(address in each for each in _INSIDE)
    return address.is_global and not inside


def _checked(post: Post) -> tuple[httpx.URL, str]:
    """The address, and the name in it as it is asked for."""
    try:
        url = httpx.URL(post.url)
        host = url.host.lower().rstrip(".")
    except (httpx.InvalidURL, ValueError, TypeError):
        raise ConfigError("the address of a webhook cannot be read", hint="copy it once more from the vendor") from None
    here = url.scheme == "http" and post.allow_private and is_loopback(host)
    if not host or (url.scheme != "https" and not here):
        raise _refused(host, "is not https")
    if url.userinfo:
        raise _refused(host, "carries a user name")
    if post.hosts and not post.allow_private and not any(fnmatchcase(host, each) for each in post.hosts):
        raise _refused(host, "is not one of this vendor's")
    return url, host


def _refused(host: str, why: str) -> ConfigError:
    return ConfigError(
        f"the address of a webhook {why}: {host or 'no host'}",
        hint="if it is a service of your own, set allow_private = true for its channel",
    )


def _trust(ca_file: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file) if ca_file else httpx.create_ssl_context()
    except (OSError, ssl.SSLError) as fault:
        raise ConfigError("the certificate authority cannot be read", setting="ca_file",
                          hint="name a file with certificates in PEM") from fault  # fmt: skip


def _answered(client: httpx.Client, request: httpx.Request) -> WriteAnswer:
    reply, pieces = client.send(request, stream=True), bytearray()
    try:
        for piece in reply.iter_bytes():
            pieces += piece
            if len(pieces) > LONGEST_ANSWER:
                return Lost(f"its answer is longer than {LONGEST_ANSWER} bytes")
    finally:
        reply.close()
    headers = {name.lower(): value for name, value in reply.headers.items()}
    return Reply("webhook", "post", reply.status_code, headers, bytes(pieces))


class _Watch:
    """Cuts the connection when the time is over, however slowly the other side goes on talking."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._socket: socket.socket | None = None
        self.rang = False

    def see(self, event: str, about: Mapping[str, Any]) -> None:
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._socket = about["return_value"].get_extra_info("socket")

    @contextmanager
    def ticking(self) -> Iterator[None]:
        timer = threading.Timer(self._seconds, self._ring)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _ring(self) -> None:
        self.rang = True
        if self._socket is not None:
            with suppress(OSError):
                # Of an encrypted socket, the plain one below: the other thread finds the end of the stream.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
