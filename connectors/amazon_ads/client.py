"""The calls of the Ads API that Steward makes: which address, which headers, which body."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from agent.errors import AgentError, ConfigError, ContractError, CredentialError, ThrottledError
from agent.outbound import Call, Encodable, Link, NotSent, Outbound, Rate, Reply, WriteAnswer, json_bytes
from connectors.amazon_ads.resources import BATCH, Resource
from connectors.lwa import Credentials, LoginWithAmazon, revealed

NAME = "amazon_ads"
JSON = "application/json"
_CREATE_REPORT = "application/vnd.createasyncreportrequest.v3+json"
_CREATED_REPORT = "application/vnd.createasyncreportresponse.v3+json"
_REPORT = "application/vnd.getasyncreportresponse.v3+json"

# Amazon: limits are dynamic and unpublished. These are where we begin; the lanes find the rest.
_LISTS, _WRITES, _PROFILES = Rate(10, 10), Rate(5, 5), Rate(1, 5)
_REPORT_ORDERS, _REPORT_LOOKS, _DOWNLOADS = Rate(1, 10), Rate(3, 10), Rate(5, 5)
_WRITE_PATIENCE_SECONDS = 2.0
"""A write that has to wait longer goes back to the executor, whose intents grow stale."""
_REPORT_PATIENCE_SECONDS = 20.0
"""Amazon: the report queue's refusals change slowly; the next look is a better place to wait than a sleep."""
_STORES = ("*.amazonaws.com", "*.amazonaws.com.cn", "*.amazon.com", "*.media-amazon.com", "*.cloudfront.net")
_MOST_PAGES = 20_000


@dataclass(frozen=True, slots=True)
class Request:
    """One call, without address, token and account. ``accept`` is also the content type unless ``content`` is given."""

    operation: str
    method: str
    path: str
    accept: str
    rate: Rate
    body: Mapping[str, Encodable] | None = None
    content: str = ""
    scoped: bool = True
    expects: frozenset[int] = frozenset()
    tries: int = 5
    patience_seconds: float = 60


class Client:
    """The Ads API for one profile."""

    def __init__(self, account: str, profile_id: str, credentials: Credentials, login: LoginWithAmazon,
                 outbound: Outbound, endpoint: str) -> None:  # fmt: skip
        self._account, self._profile_id, self._credentials = account, profile_id, credentials
        self._login, self._outbound, self._endpoint = login, outbound, endpoint.rstrip("/")

    def listed(self, resource: Resource, ids: Sequence[str] | None = None, by: str = "", *,
               archived: bool = False) -> Iterator[Reply]:  # fmt: skip
        """The pages of a list: everything enabled or paused, or those of at most 1000 ``ids`` that are. ``by``: the
        filter that takes the ids, where they are not the things' own; then at most 100. ``archived``: these too."""
        token: str | None = None
        seen: set[str] = set()
        while True:
            reply = self.read(_list_request(resource, ids, token, by, archived=archived))
            yield reply
            token = next_token(reply)
            if token is None:
                return
            if token in seen or len(seen) >= _MOST_PAGES:
                raise contract(reply, "gives the same nextToken again" if token in seen else "does not end")
            seen.add(token)

    def updated(self, resource: Resource, items: Sequence[Mapping[str, Encodable]]) -> WriteAnswer:
        """Change a batch, exactly once. A rejected token is not used again, and the batch is not repeated."""
        return self._written("update", "PUT", resource, {resource.key: items})

    def created(self, resource: Resource, items: Sequence[Mapping[str, Encodable]]) -> WriteAnswer:
        """Make a batch of new things, exactly once."""
        return self._written("create", "POST", resource, {resource.key: items})

    def archived(self, resource: Resource, items: Sequence[Mapping[str, Encodable]]) -> WriteAnswer:
        """Archive a batch, exactly once; the answer counts the ids as they were named."""
        ids = [item[resource.id] for item in items]
        return self._written("delete", "POST", resource, {resource.id_filter: {"include": ids}}, "/delete")

    def _written(self, verb: str, method: str, resource: Resource, body: Mapping[str, Encodable],
                 below: str = "") -> WriteAnswer:  # fmt: skip
        request = Request(
            f"{resource.stream}.{verb}", method, resource.path + below, resource.media_type, _WRITES, body,
            patience_seconds=_WRITE_PATIENCE_SECONDS,
        )  # fmt: skip
        try:
            token = self._login.token(self._credentials)
            answer = self._outbound.write(self._call(request, token))
        except AgentError as fault:  # raised before the first byte only: no token, no profile, no https
            return NotSent(fault.message, _retry_after(fault))
        if isinstance(answer, Reply) and answer.status == 401:
            self._login.forget(self._credentials, token)
        return answer

    def order_report(self, body: Mapping[str, Encodable]) -> Reply:
        """Ask for a report. Status 425: the same is being prepared already."""
        return self.read(Request(
            "reports.create", "POST", "/reporting/reports", _CREATED_REPORT, _REPORT_ORDERS, body, _CREATE_REPORT,
            expects=frozenset({425}), tries=3, patience_seconds=_REPORT_PATIENCE_SECONDS,
        ))  # fmt: skip

    def report(self, report_id: str) -> Reply:
        """How far a report is, and a fresh link once it is done. Status 404: Amazon knows no such report."""
        return self.read(Request(
            "reports.get", "GET", f"/reporting/reports/{quote(report_id, safe='')}", _REPORT, _REPORT_LOOKS,
            expects=frozenset({404}), tries=3, patience_seconds=_REPORT_PATIENCE_SECONDS,
        ))  # fmt: skip

    def fetch(self, url: str, into: Path) -> None:
        """A finished report, as it is: gzipped JSON. Amazon: the signed link is called without our headers."""
        own = urlsplit(self._endpoint).hostname or ""
        self._outbound.download(Link(NAME, self._account, "reports.download", url, (*_STORES, own),
                                     rate=_DOWNLOADS), into)  # fmt: skip

    def profiles(self) -> Reply:
        """Every profile the grant can see. Amazon: this one call names no profile of its own."""
        return self.read(Request("profiles.list", "GET", "/v2/profiles", JSON, _PROFILES, scoped=False))

    def read(self, request: Request) -> Reply:
        """Make a read. A rejected token is renewed once; a second rejection is a ``CredentialError``."""
        token = self._login.token(self._credentials)
        try:
            return self._outbound.send(self._call(request, token))
        except CredentialError as fault:
            if fault.status != 401:
                raise
        return self._outbound.send(self._call(request, self._login.renewed(self._credentials, token)))

    def _call(self, request: Request, token: str) -> Call:
        if request.scoped and not self._profile_id:
            raise ConfigError(
                f"the account '{self._account}' names no advertising profile",
                setting=f"accounts.{self._account}.amazon_ads.profile_id", hint="'steward doctor' lists the profiles",
            )  # fmt: skip
        headers = {
            "Authorization": f"Bearer {token}",
            "Amazon-Advertising-API-ClientId": revealed(self._credentials.client_id),
            "Accept": request.accept,
        }
        if request.scoped:
            headers["Amazon-Advertising-API-Scope"] = self._profile_id
        if request.body is not None:
            headers["Content-Type"] = request.content or request.accept
        return Call(
            NAME, self._account, request.operation, request.method, self._endpoint + request.path, headers,
            json_bytes(request.body) if request.body is not None else b"", request.rate, request.expects,
            request.tries, request.patience_seconds,
        )  # fmt: skip


def next_token(reply: Reply) -> str | None:
    """The token of the page after this one; None on the last."""
    page = reply.json()
    if not isinstance(page, dict):
        raise contract(reply, "is no object")
    token = page.get("nextToken")
    if token is not None and not isinstance(token, str):
        raise contract(reply, "has a nextToken that is no text")
    return token or None


def contract(reply: Reply, says: str) -> ContractError:
    return ContractError(
        f"The answer to {reply.operation} {says}.",
        connector=reply.connector, operation=reply.operation, status=reply.status, request_id=reply.request_id,
        hint="Nothing of it was booked; the next pull asks again. If it stays, Amazon has changed its answer.",
    )  # fmt: skip


def _list_request(resource: Resource, ids: Sequence[str] | None, token: str | None, by: str, *,
                  archived: bool) -> Request:  # fmt: skip
    states = ["ENABLED", "PAUSED", *(["ARCHIVED"] if archived else [])]
    # Amazon: what a list does without maxResults is not stated, so it is always sent.
    body: dict[str, Encodable] = {
        "stateFilter": {"include": states}, "maxResults": BATCH, "includeExtendedDataFields": False,
    }  # fmt: skip
    if ids is not None:
        body[by or resource.id_filter] = {"include": list(ids)}
    if token is not None:
        body["nextToken"] = token
    return Request(f"{resource.stream}.list", "POST", f"{resource.path}/list", resource.media_type, _LISTS, body)


def _retry_after(fault: AgentError) -> float:
    if isinstance(fault, ThrottledError):
        return fault.retry_after_seconds
    return 30.0 if fault.retryable else 900.0
