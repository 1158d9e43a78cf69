"""The calls of the Selling Partner API that Steward makes: which address, which headers, which body."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

from agent.errors import AgentError, CredentialError
from agent.outbound import Call, Downloaded, Encodable, Link, NotSent, Outbound, Rate, Reply, WriteAnswer, json_bytes
from agent.ports import Clock
from connectors.lwa import Credentials, LoginWithAmazon
from connectors.selling_partner.faults import (
    NAME,
    REFUSALS,
    contract,
    elsewhere,
    lacks_role,
    refused,
    retry_after,
    revoked,
    said,
)
from connectors.selling_partner.operations import JSON, OPERATIONS, Operation

Query = Mapping[str, str | int | bool | Sequence[str] | None]
_WRITE_PATIENCE_SECONDS = 2.0
"""A write that has to wait longer goes back to the executor, whose intents grow stale."""
_STORES = ("*.amazonaws.com", "*.amazonaws.com.cn", "*.amazon.com", "*.media-amazon.com", "*.cloudfront.net")
_DOWNLOADS = Rate(5, 5)
_MOST_PAGES = 5_000
_PROBE = "getMarketplaceParticipations"


@dataclass(frozen=True, slots=True)
class Shop:
    """Whose data is read: one seller in one marketplace."""

    account: str
    seller_id: str
    marketplace_id: str
    region: str


@dataclass(frozen=True, slots=True)
class Ask:
    """One call of an operation. ``parts`` fill the path; a query's lists are joined by commas, None is left out.

    ``expects``: statuses besides 2xx that the caller reads himself. ``about``: for an error, what was asked.
    """

    operation: str
    parts: Mapping[str, str] = field(default_factory=dict)
    query: Query = field(default_factory=dict)
    body: Mapping[str, Encodable] | Sequence[Encodable] | None = None
    expects: frozenset[int] = frozenset()
    about: str = ""


class Client:
    """The Selling Partner API for one seller in one marketplace. Safe for many threads."""

    def __init__(self, shop: Shop, credentials: Credentials, login: LoginWithAmazon, outbound: Outbound, clock: Clock,
                 endpoint: str) -> None:  # fmt: skip
        self.shop, self._credentials, self._login, self._outbound = shop, credentials, login, outbound
        self._clock, self._endpoint = clock, endpoint.rstrip("/")
        self._served = False
        self._sold_in: frozenset[str] | None = None

    def read(self, ask: Ask) -> Reply:
        """Make a read, or create what only answers questions.

        A rejected token is renewed once. After that, ``RoleError`` where the grant works but does not cover this
        operation, ``CredentialError`` where it does not work at all, ``ThrottledError`` where its turn is far away.
        """
        operation = OPERATIONS[ask.operation]
        token = self._login.token(self._credentials)
        reply = self._sent(ask, token)
        if reply.status in {401, 403} - ask.expects:
            reply = self._sent(ask, self._login.renewed(self._credentials, token))
        self._served |= reply.succeeded and ask.operation != _PROBE
        if reply.succeeded or reply.status in ask.expects:
            return reply
        if reply.status in (401, 403):
            raise self._not_allowed(operation, ask, reply)
        raise refused(operation, reply)

    def pages(self, ask: Ask, token_of: Callable[[Reply], str | None], named: str = "nextToken", *,
              alone: bool = False) -> Iterator[Reply]:  # fmt: skip
        """All pages of a list. ``named``: the token's parameter; ``alone``: it goes without the other parameters."""
        seen: set[str] = set()
        query = ask.query
        while True:
            reply = self.read(Ask(ask.operation, ask.parts, query, ask.body, ask.expects, ask.about))
            yield reply
            token = token_of(reply) if reply.succeeded else None
            if not token:
                return
            if token in seen or len(seen) >= _MOST_PAGES:
                raise contract(reply, "gives the same token again" if token in seen else "does not end")
            seen.add(token)
            query = {named: token} if alone else {**ask.query, named: token}

    def write(self, ask: Ask) -> WriteAnswer:
        """Change something, exactly once. A rejected token is not used again, and the change is not repeated."""
        try:
            token = self._login.token(self._credentials)
            answer = self._outbound.write(self._call(ask, token, _WRITE_PATIENCE_SECONDS))
        except AgentError as fault:  # raised before the first byte only: no token, no https
            return NotSent(fault.message, retry_after(fault))
        if isinstance(answer, Reply) and answer.status in (401, 403):
            self._login.forget(self._credentials, token)
        return answer

    def fetch(self, url: str, into: Path, operation: str) -> Downloaded:
        """A document, as it is stored. Amazon: the signed link is called without our headers, and lives 5 minutes."""
        own = urlsplit(self._endpoint).hostname or ""
        return self._outbound.download(
            Link(NAME, self.shop.account, operation, url, (*_STORES, own), rate=_DOWNLOADS), into
        )

    def _sent(self, ask: Ask, token: str) -> Reply:
        return self._outbound.send(self._call(ask, token))

    def _call(self, ask: Ask, token: str, patience_seconds: float | None = None) -> Call:
        operation = OPERATIONS[ask.operation]
        # Amazon: whether x-amz-date is read is not stated; Amazon's own clients send it.
        headers = {"x-amz-access-token": token, "Accept": operation.accept,
                   "x-amz-date": self._clock.now().strftime("%Y%m%dT%H%M%SZ")}  # fmt: skip
        if ask.body is not None:
            headers["Content-Type"] = JSON
        return Call(
            NAME, self._lane(), operation.name, operation.method, self._address(operation, ask), headers,
            json_bytes(ask.body) if ask.body is not None else b"", operation.rate, REFUSALS | ask.expects,
            operation.tries, operation.patience_seconds if patience_seconds is None else patience_seconds,
        )  # fmt: skip

    def _address(self, operation: Operation, ask: Ask) -> str:
        parts = {name: quote(value, safe="") for name, value in ask.parts.items()}
        query = {name: _written(value) for name, value in ask.query.items() if value is not None}
        tail = f"?{urlencode(query, quote_via=quote, safe=',:')}" if query else ""
        return self._endpoint + operation.path.format(**parts) + tail

    def _lane(self) -> str:
        """Amazon: usage plans are per seller and region, so two accounts of one seller share them."""
        return f"{self.shop.seller_id}@{self.shop.region}" if self.shop.seller_id else self.shop.account

    def _not_allowed(self, operation: Operation, ask: Ask, reply: Reply) -> CredentialError:
        """Amazon: a missing role, another region and a revoked grant all answer 403; what else works tells which."""
        if said(reply).about_the_token:
            return revoked(operation, reply)
        if not self._served and operation.name != _PROBE:
            return self._unless_elsewhere(operation, reply) or lacks_role(operation, reply, ask.about)
        if operation.name == _PROBE and not self._served:
            return elsewhere(operation, reply, self.shop.region, self.shop.marketplace_id)
        return lacks_role(operation, reply, ask.about)

    def _unless_elsewhere(self, operation: Operation, reply: Reply) -> CredentialError | None:
        """Nothing has worked yet: ask which marketplaces the grant is for."""
        if self._sold_in is None:
            probe = self.read(Ask(_PROBE, expects=frozenset({401, 403})))
            self._sold_in = marketplaces_of(probe) if probe.succeeded else frozenset()
        if self.shop.marketplace_id in self._sold_in:
            return None
        sold_in = ", ".join(sorted(self._sold_in))
        return elsewhere(operation, reply, self.shop.region, self.shop.marketplace_id, sold_in)

    def participations(self) -> frozenset[str]:
        """The ids of the marketplaces the seller takes part in."""
        return marketplaces_of(self.read(Ask(_PROBE)))


def marketplaces_of(reply: Reply) -> frozenset[str]:
    """The marketplaces of an answer to ``getMarketplaceParticipations`` in which the seller takes part."""
    body = reply.json()
    rows = body.get("payload") if isinstance(body, dict) else None
    if not isinstance(rows, list):
        raise contract(reply, "has no list payload")
    found = set()
    for row in rows:
        place = row.get("marketplace") if isinstance(row, dict) else None
        id = place.get("id") if isinstance(place, dict) else None
        if not isinstance(id, str):
            raise contract(reply, "lacks marketplace.id")
        found.add(id)
    return frozenset(found)


def _written(value: str | int | bool | Sequence[str]) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int) else ",".join(value)
