"""Which stream is read how: the table a new reader is entered in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from agent.model.fact import Delivered, Pending, Stream
from agent.model.marketplace import Marketplace
from agent.model.window import Span
from agent.ports import Clock
from connectors.selling_partner.client import Client


@dataclass(frozen=True, slots=True)
class Source:
    """What every reader is given: the calls, whose data it is, and where documents are kept while they are read."""

    client: Client
    account: str
    seller_id: str
    marketplace: Marketplace
    clock: Clock
    downloads: Path


class Reader(Protocol):
    """Reads one stream; the promise of ``agent.ports.Connector.pull``."""

    def __call__(self, source: Source, stream: Stream, span: Span, cursor: str | None) -> Delivered | Pending: ...


READERS: Mapping[str, Reader] = {}
"""By the stream's name, in the order of their importance: the first to ask gets what the usage plans allow."""
