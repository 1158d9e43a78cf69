"""What a reader of a stream is, and what it is given."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from agent.model.fact import Delivered, Pending, Stream
from agent.model.marketplace import Marketplace
from agent.model.window import Span
from agent.ports import Clock
from connectors.selling_partner.client import Client
from connectors.selling_partner.known import Asked, Known, Pulled, never_pulled, nobody_tells, nothing_known
from connectors.selling_partner.memory import Memory


@dataclass(frozen=True, slots=True)
class Source:
    """What every reader is given: the calls, whose data it is, and where documents are kept while they are read.

    ``known``, ``pulled`` and ``asked`` are what the account's own book and log tell; ``memory`` is what was read a
    moment ago.
    """

    client: Client
    account: str
    seller_id: str
    marketplace: Marketplace
    clock: Clock
    downloads: Path
    known: Known = nothing_known
    pulled: Pulled = never_pulled
    asked: Asked = nobody_tells
    memory: Memory = field(default_factory=Memory)


class Reader(Protocol):
    """Reads one stream; the promise of ``agent.ports.Connector.pull``."""

    def __call__(self, source: Source, stream: Stream, span: Span, cursor: str | None) -> Delivered | Pending: ...
