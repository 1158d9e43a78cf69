"""A source whose book holds what a test puts there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from connectors.selling_partner.streams import Source

HERE = "A1PA6795UKMFR9"


def knowing(source: Source, **streams: Sequence[Mapping[str, Any]]) -> Source:
    """The same source, whose book holds these rows and nothing else."""
    return replace(source, known=streams.get, pulled=streams.__contains__)


def listing(sku: str, asin: str = "", **more: object) -> dict[str, object]:
    return {
        "entity": sku,
        "asin": asin or f"B0{sku}",
        "state": "enabled",
        "price": 12_000_000,
        "channel": "fba",
        **more,
    }
