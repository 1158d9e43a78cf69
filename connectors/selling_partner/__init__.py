"""Amazon Selling Partner API: reads stock, sales, listings, returns, feedback and the account's health.

``operations`` is the table of calls with their usage plans, ``client`` makes them, ``readers`` says which stream is
read how. Nothing about a buyer is ever asked for, and what comes unasked is dropped before it becomes a row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from pydantic import SecretStr

from agent.errors import CredentialError
from agent.model.change import Change, Edit, Value
from agent.model.entity import Entity
from agent.model.fact import Delivered, Pending, Stream
from agent.model.kinds import STREAMS
from agent.model.marketplace import MARKETPLACES, Marketplace
from agent.model.proposal import ProposalId, Receipt
from agent.model.window import Span
from agent.outbound import Outbound
from agent.ports import Clock
from connectors.lwa import TOKEN_ENDPOINT, Credentials, LoginWithAmazon
from connectors.selling_partner.client import Client, Shop
from connectors.selling_partner.faults import NAME
from connectors.selling_partner.known import Asked, Known, Pulled, never_pulled, nobody_tells, nothing_known
from connectors.selling_partner.operations import ENDPOINTS
from connectors.selling_partner.readers import READERS, rest_hours
from connectors.selling_partner.streams import Source
from connectors.selling_partner.writes import BATCH, EDITS, Writes

__all__ = ["Credentials", "SellingPartner", "Settings"]

_CODES = {marketplace.id: marketplace.code for marketplace in MARKETPLACES.values()}


class Settings(Protocol):
    """What the configuration says of one account's seller."""

    @property
    def seller_id(self) -> str: ...
    @property
    def region(self) -> str: ...
    @property
    def client_id(self) -> SecretStr: ...
    @property
    def client_secret(self) -> SecretStr: ...
    @property
    def refresh_token(self) -> SecretStr: ...
    @property
    def endpoint(self) -> str: ...
    @property
    def token_endpoint(self) -> str: ...


class SellingPartner:
    """A connector and an actuator for one seller in one marketplace. Safe for many threads.

    ``login`` may be shared by accounts that use the same grant. ``downloads`` keeps documents while they are read.
    ``known``, ``pulled`` and ``asked`` tell what the account's own book and log hold.
    """

    name = NAME
    batch = BATCH
    streams: Sequence[Stream] = tuple(replace(STREAMS[name], rest_hours=rest_hours(name)) for name in READERS)

    def __init__(
        self, account: str, credentials: Credentials, seller_id: str, marketplace: Marketplace, outbound: Outbound,
        clock: Clock, *, downloads: Path, region: str, endpoint: str = "", token_endpoint: str = TOKEN_ENDPOINT,
        login: LoginWithAmazon | None = None, known: Known = nothing_known, pulled: Pulled = never_pulled,
        asked: Asked = nobody_tells,
    ) -> None:  # fmt: skip
        self.account = account
        self.edits: frozenset[Edit] = EDITS if seller_id else EDITS - {Edit("listing", "price")}
        """Amazon: listings are addressed by their seller, so without the seller's id no price is written."""
        self._shop = Shop(account, seller_id, marketplace.id, region)
        login = login or LoginWithAmazon(outbound, clock, token_endpoint)
        self._client = Client(self._shop, credentials, login, outbound, clock, endpoint or ENDPOINTS[region])
        self._source = Source(self._client, account, seller_id, marketplace, clock, downloads, known, pulled, asked)

    @classmethod
    def of(cls, account: str, marketplace: Marketplace, settings: Settings, outbound: Outbound, clock: Clock,
           downloads: Path, known: Known = nothing_known, pulled: Pulled = never_pulled,
           asked: Asked = nobody_tells) -> SellingPartner:  # fmt: skip
        """As configured."""
        credentials = Credentials(settings.client_id, settings.client_secret, settings.refresh_token)
        return cls(
            account, credentials, settings.seller_id, marketplace, outbound, clock, downloads=downloads,
            region=settings.region, endpoint=settings.endpoint,
            token_endpoint=settings.token_endpoint or TOKEN_ENDPOINT, known=known, pulled=pulled, asked=asked,
        )  # fmt: skip

    def pull(self, stream: Stream, span: Span, cursor: str | None) -> Delivered | Pending:
        """All rows of a stream, or a promise of them."""
        return READERS[stream.name](self._source, stream, span, cursor)

    def live(self, entities: Sequence[Entity], field: str) -> Mapping[Entity, Value]:
        """Read the field as it is now. What Amazon does not know is left out."""
        return Writes(self._source).live(entities, field)

    def apply(self, changes: Mapping[ProposalId, Change]) -> Sequence[Receipt]:
        """Send a change once. What Amazon must not see is refused here."""
        return Writes(self._source).apply(changes)

    def check_credentials(self) -> str:
        """Sign in and find the marketplace; a sentence for people. ``CredentialError`` where either fails."""
        seen = self._client.participations()
        names = ", ".join(sorted(_CODES.get(id, id) for id in seen)) or "none"
        if self._shop.marketplace_id not in seen:
            raise CredentialError(
                f"The grant of the account '{self.account}' does not cover its marketplace.",
                connector=NAME, operation="getMarketplaceParticipations", hint=f"It covers: {names}.",
            )  # fmt: skip
        return f"marketplaces {names}"
