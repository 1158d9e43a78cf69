"""Amazon Ads, Sponsored Products: reads what is and what happened, writes bids, budgets and states.

The dialect (Sponsored Products v3, Reporting v3) stays in this folder: ``resources`` and ``report_types`` are its
tables, ``client`` its calls. The unified Ads API v1 would be another set of these three.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Protocol

from pydantic import SecretStr

from agent.errors import AgentError, CredentialError
from agent.model.actions import CREATE
from agent.model.change import Change, Edit, Value
from agent.model.entity import Entity
from agent.model.fact import Delivered, Pending, Stream
from agent.model.kinds import STREAMS
from agent.model.marketplace import Marketplace
from agent.model.money import Money
from agent.model.percent import Percent
from agent.model.proposal import Fate, ProposalId, Receipt
from agent.model.window import Span
from agent.outbound import Outbound
from agent.ports import Clock
from connectors.amazon_ads import creates, facts
from connectors.amazon_ads.actions import EDITS, MONEY_FIELDS, Batch
from connectors.amazon_ads.bidding import held_now
from connectors.amazon_ads.client import NAME, Client
from connectors.amazon_ads.creates import parents
from connectors.amazon_ads.profiles import Profile, profiles_of
from connectors.amazon_ads.report_types import REPORT_TYPES
from connectors.amazon_ads.reports import Reports
from connectors.amazon_ads.resources import BATCH, BY_KIND, BY_STREAM, ENDPOINTS
from connectors.lwa import TOKEN_ENDPOINT, Credentials, LoginWithAmazon

_UNREAD_SECONDS = 60.0
"""When to come back with a batch for which something could not be read first."""

__all__ = ["AmazonAds", "Credentials", "Profile", "Settings"]


class Settings(Protocol):
    """What the configuration says of one account's Ads profile."""

    @property
    def profile_id(self) -> str: ...
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


class AmazonAds:
    """A connector and an actuator for one advertising profile. Safe for many threads.

    ``login`` may be shared by accounts that use the same grant. Reports are kept in ``downloads`` while they are read.
    """

    name = NAME
    edits: frozenset[Edit] = EDITS
    batch = BATCH
    streams: Sequence[Stream] = tuple(STREAMS[name] for name in (*BY_STREAM, *REPORT_TYPES))

    def __init__(
        self, account: str, credentials: Credentials, profile_id: str, outbound: Outbound, clock: Clock, *,
        currency: str, downloads: Path, endpoint: str = ENDPOINTS["NA"], token_endpoint: str = TOKEN_ENDPOINT,
        login: LoginWithAmazon | None = None,
    ) -> None:  # fmt: skip
        self.account, self.profile_id, self._currency, self._clock = account, profile_id, currency, clock
        login = login or LoginWithAmazon(outbound, clock, token_endpoint)
        self._client = Client(account, profile_id, credentials, login, outbound, endpoint)
        self._reports = Reports(account, self._client, clock, downloads)

    @classmethod
    def of(cls, account: str, marketplace: Marketplace, settings: Settings, outbound: Outbound, clock: Clock,
           downloads: Path) -> AmazonAds:  # fmt: skip
        """As configured."""
        credentials = Credentials(settings.client_id, settings.client_secret, settings.refresh_token)
        return cls(
            account, credentials, settings.profile_id, outbound, clock, currency=marketplace.currency,
            downloads=downloads, endpoint=settings.endpoint or ENDPOINTS[settings.region],
            token_endpoint=settings.token_endpoint or TOKEN_ENDPOINT,
        )  # fmt: skip

    def pull(self, stream: Stream, span: Span, cursor: str | None) -> Delivered | Pending:
        """All rows of a snapshot now; of a daily stream the span's reports, or a promise of them."""
        if stream.name in REPORT_TYPES:
            return self._reports.pull(stream, span, cursor)
        resource = BY_STREAM[stream.name]
        return Delivered((facts.rows(self._client.listed(resource), resource),))

    def live(self, entities: Sequence[Entity], field: str) -> Mapping[Entity, Value]:
        """Read the field as it is now. Archived entities, and those Amazon does not know, are left out; but of what
        can only be archived, that is what there is to see."""
        if field == CREATE:
            return creates.live(self._client, entities, self._currency)
        kinds = {entity.kind for entity in entities}
        found: dict[Entity, Value] = {}
        for kind in kinds:
            by_id = {entity.id: entity for entity in entities if entity.kind == kind}
            left = iter(by_id)
            while ids := list(islice(left, BATCH)):
                for id, value in self._values(kind, ids, field).items():
                    if id in by_id:
                        found[by_id[id]] = value
        return found

    def apply(self, changes: Mapping[ProposalId, Change]) -> Sequence[Receipt]:
        """Send one batch once. Changes Amazon must not see (another currency, an unknown state) are refused here."""
        if not changes:
            return ()
        try:
            held = {**held_now(self._client, list(changes.values())), **parents(self._client, list(changes.values()))}
        except AgentError as fault:
            # Nothing was sent: what has to be read first could not be.
            return [Receipt(id, Fate.NOT_APPLIED, "NOT_SENT", fault.message, retry_after_seconds=_UNREAD_SECONDS)
                    for id in changes]  # fmt: skip
        batch = Batch(changes, self._currency, held)
        if not batch.items:
            return batch.kept_back
        write = (self._client.created if batch.creates
                 else self._client.archived if batch.archives else self._client.updated)  # fmt: skip
        answer = write(batch.resource, batch.items)
        return batch.receipts(answer, self._clock.now())

    def profiles(self) -> Sequence[Profile]:
        """Every profile the grant can see."""
        return profiles_of(self._client.profiles())

    def check_credentials(self) -> str:
        """Sign in and find the profile; a sentence for people. ``CredentialError`` where either fails."""
        seen = self.profiles()
        mine = next((profile for profile in seen if profile.id == self.profile_id), None)
        if mine is None:
            known = ", ".join(map(str, seen[:20])) or "none"
            raise CredentialError(
                f"The grant cannot see the advertising profile '{self.profile_id}' of the account '{self.account}'.",
                connector=NAME, operation="profiles.list", hint=f"It can see: {known}.",
            )  # fmt: skip
        if mine.currency != self._currency:
            raise CredentialError(
                f"The advertising profile {mine} uses {mine.currency}, and the account '{self.account}' is set up for "
                f"{self._currency}.",
                connector=NAME, operation="profiles.list", hint="Name the marketplace's own profile.",
            )  # fmt: skip
        return f"profile {mine}"

    def _values(self, kind: str, ids: Sequence[str], field: str) -> Mapping[str, Value]:
        resource = BY_KIND[kind]
        found = facts.values(self._client.listed(resource, ids, archived=resource.archives), resource, field)
        return {id: self._value(field, cell) for id, cell in found.items()}

    def _value(self, field: str, cell: facts.Cell) -> Value:
        if isinstance(cell, float):
            return Percent.of(cell)
        if field in MONEY_FIELDS:
            return Money(cell, self._currency) if isinstance(cell, int) else None
        return cell
