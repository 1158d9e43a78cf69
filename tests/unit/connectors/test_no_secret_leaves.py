"""Secrets stay in memory and on the wire: of those planted, none is found in an error, a log, a receipt or a cursor."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from agent.clock import SetClock
from agent.errors import AgentError
from agent.model.change import Change
from agent.model.entity import Entity
from agent.model.kinds import STREAMS
from agent.model.money import Money
from agent.model.window import Span
from agent.outbound import Outbound
from connectors.amazon_ads import AmazonAds, Credentials
from connectors.amazon_ads.report_types import REPORT_TYPES
from connectors.lwa import LoginWithAmazon
from tests.scripted_amazon import NOW, json_answer

SPAN = Span(date(2026, 3, 1), date(2026, 3, 7))
Network = Callable[[httpx.Request], httpx.Response]


@dataclass
class Planted:
    """One set of secrets, all different from any other."""

    number: int
    client_secret: str = ""
    refresh: str = ""
    access: str = ""
    signature: str = ""
    inner: str = ""
    seen_on_the_wire: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        n = self.number
        self.client_secret, self.refresh = f"amzn1.oa2-cs.v1.s3cr3t{n}x", f"Atzr|s3cr3t-r{n}x"
        self.access, self.signature, self.inner = f"Atza|s3cr3t-a{n}x", f"s3cr3t-u{n}x", f"s3cr3t-b{n}x"

    @property
    def all(self) -> tuple[str, ...]:
        return self.client_secret, self.refresh, self.access, self.signature, self.inner

    @property
    def url(self) -> str:
        return f"https://store.s3.amazonaws.com/r.json.gz?X-Amz-Signature={self.signature}"

    @property
    def echo(self) -> str:
        """What a careless server says back."""
        return f"refused: 'Bearer {self.access}' {self.refresh} {self.client_secret} {self.url}"


def finished(planted: Planted, **changed: object) -> httpx.Response:
    order = REPORT_TYPES["campaign_traffic"].order(SPAN)
    return json_answer({**order, "reportId": "rep-1", "status": "COMPLETED", "url": planted.url, **changed})


def raising(fault: Callable[[str], Exception], planted: Planted) -> httpx.Response:
    raise fault(planted.echo)


Trouble = Callable[[Planted], httpx.Response]
STATUSES = (302, 400, 401, 403, 404, 415, 422, 425, 429, 500, 503)


def quoting(status: int, planted: Planted) -> httpx.Response:
    return json_answer({"code": "X", "message": planted.echo, "details": planted.echo}, status)


EVERYWHERE: Mapping[str, Trouble] = {
    **{str(status): partial(quoting, status) for status in STATUSES},
    "header": lambda p: httpx.Response(500, headers={"location": p.url, "x-secret": p.access, "set-cookie": p.access}),
    "page": lambda p: httpx.Response(200, text=f"<html>{p.inner} {p.echo}</html>"),
    "torn": lambda p: httpx.Response(200, text=f'{{"keywords": ["{p.inner}'),
    "shape": lambda p: json_answer({"keywords": p.inner, "reportId": p.url, "access_token": f"{p.access} {p.inner}"}),
    "connect": lambda p: raising(httpx.ConnectError, p),
    "read": lambda p: raising(httpx.ReadError, p),
    "timeout": lambda p: raising(httpx.ReadTimeout, p),
    "protocol": lambda p: raising(httpx.RemoteProtocolError, p),
    "local": lambda p: raising(httpx.LocalProtocolError, p),
    "decoding": lambda p: raising(httpx.DecodingError, p),
}  # fmt: skip
AT_DOWNLOADS: Mapping[str, Trouble] = {
    "elsewhere": lambda p: finished(p, url=f"https://evil.example/?sig={p.signature}"),
    "another day": lambda p: finished(p, startDate=p.inner),
    "unknown status": lambda p: finished(p, status=p.inner),
}
PLACES = ("token", "list", "update", "create", "get", "download", "profiles")
CASES = [(place, name, each) for place in PLACES for name, each in EVERYWHERE.items()] + [
    ("get", name, each) for name, each in AT_DOWNLOADS.items()
]


def place_of(request: httpx.Request) -> str:
    path = request.url.path
    if path.endswith("/list"):
        return "list"
    named = {"/auth/o2/token": "token", "/sp/keywords": "update", "/reporting/reports": "create",
             "/v2/profiles": "profiles", "/r.json.gz": "download"}  # fmt: skip
    return named.get(path, "get")


def network(planted: Planted, place: str, trouble: Trouble) -> Network:
    """Everything is well except at one place."""
    good: Mapping[str, Callable[[], httpx.Response]] = {
        "token": lambda: json_answer({"access_token": planted.access, "expires_in": 3600}),
        "list": lambda: json_answer({"keywords": []}),
        "update": lambda: json_answer({"keywords": {"success": [{"index": 0}]}}, 207),
        "create": lambda: json_answer({"reportId": "rep-1", "status": "PENDING"}),
        "get": lambda: finished(planted),
        "download": lambda: httpx.Response(200, stream=httpx.ByteStream(b"x")),
        "profiles": lambda: json_answer([]),
    }

    def answer(request: httpx.Request) -> httpx.Response:
        sent = f"{request.url} {dict(request.headers)} {request.content.decode()}".replace("%7C", "|")
        planted.seen_on_the_wire |= {secret for secret in planted.all if secret in sent}
        here = place_of(request)
        return trouble(planted) if here == place else good[here]()

    return answer


def everything_said(ads: AmazonAds) -> Iterator[str]:
    """Do everything, and give back whatever a log, a page or the audit log could show of it."""
    bid = Change(Entity("shop", "keyword", "1"), "bid", None, Money.of("1", "EUR"))
    stream, cursors = STREAMS["campaign_traffic"], [None]

    def look() -> object:
        answer = ads.pull(stream, SPAN, cursors[-1])
        cursors.append(getattr(answer, "cursor", None))
        return answer

    for act in (lambda: ads.pull(STREAMS["keywords"], SPAN, None), lambda: ads.apply({"p": bid}), ads.profiles,
                ads.check_credentials, look, look):  # fmt: skip
        try:
            yield repr(act())
        except AgentError as fault:
            yield from _told(fault)
    yield repr(vars(ads))


def _told(fault: BaseException | None) -> Iterator[str]:
    """The story of an error with all that led to it, suppressed or not."""
    if fault is not None:
        yield "".join(traceback.format_exception_only(fault)) + repr(fault) + repr(vars(fault))
        yield from _told(fault.__cause__)
        yield from _told(fault.__context__)


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """Everything anybody logs, at the most talkative level."""
    lines: list[str] = []

    class Listening(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage() + str(record.exc_text))

    root, handler = logging.getLogger(), Listening(0)
    level = root.level
    root.addHandler(handler)
    root.setLevel(1)
    yield lines
    root.removeHandler(handler)
    root.setLevel(level)


def test_none_of_the_planted_secrets_is_found(
    tmp_path: Path, logged: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    planted = [Planted(number) for number in range(len(CASES))]
    said: list[str] = []
    for one, (place, _, trouble) in zip(planted, CASES, strict=True):
        clock = SetClock(NOW)
        secrets = Credentials(SecretStr("app"), SecretStr(one.client_secret), SecretStr(one.refresh))
        outbound = Outbound(clock, transport=httpx.MockTransport(network(one, place, trouble)))
        login = LoginWithAmazon(outbound, clock)
        said += everything_said(AmazonAds("shop", secrets, "1", outbound, clock, currency="EUR", downloads=tmp_path,
                                          login=login))  # fmt: skip
        said += [repr(secrets), repr(login), repr(vars(login)), repr(outbound)]
    shown = "\n".join([*said, *logged, *capfd.readouterr()])
    used = {secret for one in planted for secret in one.seen_on_the_wire}
    assert len({secret for one in planted for secret in one.all}) >= 5 * 140
    assert len(used) >= 200, "the secrets really were in use"
    assert len(said) > 1000
    assert [secret for one in planted for secret in one.all if secret in shown] == []
    assert "s3cr3t" not in shown
