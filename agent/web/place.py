"""Where the page is: what browsers call it, under which prefix, and whether what they send is encrypted."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from agent.config.page import Page, is_loopback

_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Place:
    """``origins``: scheme, host and port a browser may name as its own. ``hosts``: what it may call us."""

    origins: frozenset[str]
    hosts: frozenset[str]
    prefix: str
    secure: bool
    port: int
    behind_proxy: bool
    loopback: bool
    """Whether only this machine reaches the page."""

    @classmethod
    def of(cls, page: Page) -> Place:
        loopback = is_loopback(page.host)
        addresses = [page.url] if page.url else []
        if loopback and not page.url:
            scheme = "https" if page.certificate else "http"
            addresses = [f"{scheme}://{name}:{page.port}" for name in ("127.0.0.1", "localhost", "[::1]")]
        parts = [urlsplit(address) for address in addresses]
        return cls(
            origins=frozenset(f"{each.scheme}://{each.netloc.lower()}" for each in parts),
            hosts=frozenset(name for each in parts for name in _spellings(each.scheme, each.netloc.lower())),
            prefix=urlsplit(page.url).path.rstrip("/"),
            secure=all(each.scheme == "https" for each in parts),
            port=page.port,
            behind_proxy=bool(page.url) and not page.certificate,
            loopback=loopback and not page.url,
        )

    @property
    def cookie(self) -> str:
        """A browser takes ``__Host-`` only encrypted and only from us; without TLS the port tells two pages apart."""
        return "__Host-steward" if self.secure else f"steward-{self.port}"


def _spellings(scheme: str, netloc: str) -> list[str]:
    """A browser leaves out the scheme's own port, also where the configuration names it."""
    port = str(_DEFAULT_PORTS[scheme])
    bare = netloc.removesuffix(f":{port}")
    return [bare, f"{bare}:{port}"] if bare != netloc or ":" not in netloc.rpartition("]")[2] else [netloc]
