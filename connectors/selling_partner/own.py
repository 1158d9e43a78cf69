"""What we sell ourselves, and whom we watch, as the account's own book knows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.errors import SourceError
from connectors.selling_partner.faults import NAME
from connectors.selling_partner.streams import Source


@dataclass(frozen=True, slots=True)
class Own:
    """A listing of ours that can be bought."""

    sku: str
    asin: str
    price: int | None
    channel: str | None


def own_listings(source: Source, stream: str) -> Sequence[Own]:
    """Those that are on sale. A ``SourceError`` until listings were pulled once, by whatever connector."""
    rows = source.known("listings")
    if rows is None:
        raise SourceError(
            f"{stream} is asked for by listing, and no listing is known yet.", connector=NAME, operation=stream,
            hint="It is tried again with the next pass, after listings were pulled.",
        )  # fmt: skip
    return [own for row in rows if (own := _own(row)) is not None]


def own_asins(source: Source, stream: str) -> Sequence[str]:
    return sorted({own.asin for own in own_listings(source, stream)})


def rivals(source: Source) -> Mapping[str, str]:
    """The ASIN watched for each entry of the operator's list of competitors; empty where there is no list."""
    rows = source.known("competitors") or ()
    return {str(row["entity"]): str(row["rival_asin"]) for row in rows if row.get("rival_asin")}


def _own(row: Mapping[str, object]) -> Own | None:
    asin, price, channel = row.get("asin"), row.get("price"), row.get("channel")
    if not asin or row.get("state") in ("paused", "archived"):
        return None
    return Own(str(row["entity"]), str(asin), price if isinstance(price, int) else None,
               channel if isinstance(channel, str) else None)  # fmt: skip
