"""The door: reads are repeated where that helps, writes never; every fault has a name and nobody's secret in it."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest

from agent.clock import SetClock, SystemClock
from agent.errors import AgentError, ConfigError, ContractError, CredentialError, SourceError, ThrottledError
from agent.outbound import Call, Link, Lost, NotSent, Outbound, Rate, Reply
from tests.unit.outbound.crooked_server import RESET, crooked, whole

NOW = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
URL = "https://ads.example/things"
Handler = Callable[[httpx.Request], httpx.Response]


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOW)


@pytest.fixture
def real() -> Iterator[Outbound]:
    with Outbound(SystemClock()) as outbound:
        yield outbound


def scripted(clock: SetClock, *answers: httpx.Response | Exception) -> tuple[Outbound, list[httpx.Request]]:
    """A door whose network gives these answers in turn; the last one stays."""
    left, requests = list(answers), []

    def handler(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, stream=httpx.ByteStream(answer.content))

    return Outbound(clock, transport=httpx.MockTransport(handler), dice=lambda: 1.0), requests


def call(url: str = URL, method: str = "GET", **more: object) -> Call:
    return Call("ads", "shop", "things.list", method, url, **more)  # type: ignore[arg-type]


def waited(clock: SetClock) -> float:
    return (clock.now() - NOW).total_seconds()


@pytest.mark.parametrize(
    "trouble",
    [httpx.Response(500), httpx.Response(503, text="<html>busy</html>"), httpx.ConnectError("x"), httpx.ReadError("x"),
     httpx.ReadTimeout("x"), httpx.RemoteProtocolError("x"), httpx.Response(429)],
    ids=str,
)  # fmt: skip
def test_a_read_is_repeated_until_the_trouble_is_over(clock: SetClock, trouble: httpx.Response | Exception) -> None:
    outbound, requests = scripted(clock, trouble, trouble, httpx.Response(200, json={"n": 1}))
    assert outbound.send(call()).json() == {"n": 1}
    assert len(requests) == 3
    assert 4 <= waited(clock) <= 10


def test_a_read_gives_up_after_its_tries(clock: SetClock) -> None:
    outbound, requests = scripted(clock, httpx.Response(500, headers={"x-amz-rid": "RID"}))
    with pytest.raises(SourceError) as caught:
        outbound.send(call(tries=3))
    fault = caught.value
    assert len(requests) == 3
    found = (fault.connector, fault.operation, fault.status, fault.request_id, fault.retryable)
    assert found == ("ads", "things.list", 500, "RID", True)


def test_waits_double_and_are_spread_over_their_upper_half(clock: SetClock) -> None:
    def total(dice: float) -> float:
        mine = SetClock(NOW)
        network = httpx.MockTransport(lambda _: httpx.Response(500))
        with pytest.raises(SourceError):
            Outbound(mine, transport=network, dice=lambda: dice).send(call(tries=4, rate=Rate(1000, 10)))
        return waited(mine)

    assert (total(0.0), total(1.0)) == (pytest.approx(7, abs=0.1), pytest.approx(14, abs=0.1))


@pytest.mark.parametrize("status", [400, 404, 405, 406, 409, 415, 422, 301, 302, 304])
def test_an_answer_that_will_not_change_is_not_asked_for_again(clock: SetClock, status: int) -> None:
    elsewhere = {"location": "https://elsewhere.example/"}
    outbound, requests = scripted(clock, httpx.Response(status, headers=elsewhere))
    with pytest.raises(SourceError) as caught:
        outbound.send(call())
    assert (len(requests), caught.value.status, caught.value.retryable) == (1, status, False)


@pytest.mark.parametrize("status", [401, 403])
def test_a_credential_that_is_refused_is_not_tried_again(clock: SetClock, status: int) -> None:
    outbound, requests = scripted(clock, httpx.Response(status))
    with pytest.raises(CredentialError) as caught:
        outbound.send(call())
    assert (len(requests), caught.value.exit_code, bool(caught.value.hint)) == (1, 4, True)


def test_an_expected_status_is_an_answer(clock: SetClock) -> None:
    outbound, _ = scripted(clock, httpx.Response(425, json={"detail": "x"}))
    assert outbound.send(call(expects=frozenset({425}))).status == 425


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7), ("0", 0), ("2.5", 2.5), (format_datetime(NOW + timedelta(seconds=9), usegmt=True), 9),
     (format_datetime(NOW - timedelta(hours=1), usegmt=True), 0), ("soon", 2), ("", 2), ("-5", 2), ("9" * 30, 86_400)],
)  # fmt: skip
def test_retry_after_is_obeyed_as_seconds_and_as_a_date(clock: SetClock, header: str, seconds: float) -> None:
    outbound, _ = scripted(clock, httpx.Response(429, headers={"retry-after": header}))
    with pytest.raises(ThrottledError) as caught:
        outbound.send(call(tries=1))
    assert caught.value.retry_after_seconds == seconds


def test_a_retry_date_counts_by_the_clock_of_the_source(clock: SetClock) -> None:
    theirs = NOW + timedelta(days=3)
    headers = {"date": format_datetime(theirs, usegmt=True),
               "retry-after": format_datetime(theirs + timedelta(seconds=4), usegmt=True)}  # fmt: skip
    outbound, _ = scripted(clock, httpx.Response(429, headers=headers))
    with pytest.raises(ThrottledError) as caught:
        outbound.send(call(tries=1))
    assert caught.value.retry_after_seconds == 4


def test_a_wait_beyond_the_patience_goes_back_to_the_caller_at_once(clock: SetClock) -> None:
    outbound, requests = scripted(clock, httpx.Response(429, headers={"retry-after": "600"}))
    with pytest.raises(ThrottledError) as caught:
        outbound.send(call(patience_seconds=20))
    assert (len(requests), waited(clock), caught.value.retry_after_seconds) == (1, 0, 600)
    with pytest.raises(ThrottledError):
        outbound.send(call(patience_seconds=20))
    assert len(requests) == 1, "the lane stays closed"


def test_a_429_source_refuses_at_most_one_call_in_a_hundred(clock: SetClock) -> None:
    """Through the whole door: a source that allows 4 calls a second, declared as 10."""
    tokens, seen, made = 4.0, NOW, []

    def handler(_: httpx.Request) -> httpx.Response:
        nonlocal tokens, seen
        tokens = min(4.0, tokens + (clock.now() - seen).total_seconds() * 4)
        seen = clock.now()
        served = tokens >= 1
        tokens -= served
        made.append((clock.now(), served))
        return httpx.Response(200 if served else 429, headers={"retry-after": "1"})

    outbound = Outbound(clock, transport=httpx.MockTransport(handler))
    for _ in range(1200):
        outbound.send(call(rate=Rate(10, 10)))
    after = made[300:]
    assert sum(not served for _, served in after) / len(after) <= 0.01
    seconds = (after[-1][0] - after[0][0]).total_seconds()
    assert sum(served for _, served in after) / seconds >= 0.95 * 4


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [(httpx.ConnectError("x"), NotSent), (httpx.ConnectTimeout("x"), NotSent), (httpx.PoolTimeout("x"), NotSent),
     (httpx.ReadTimeout("x"), Lost), (httpx.WriteTimeout("x"), Lost), (httpx.WriteError("x"), Lost),
     (httpx.ReadError("x"), Lost), (httpx.RemoteProtocolError("x"), Lost), (httpx.DecodingError("x"), Lost),
     (httpx.ProxyError("x"), Lost), (httpx.CloseError("x"), Lost)],
    ids=lambda each: type(each).__name__ if isinstance(each, Exception) else each.__name__,
)  # fmt: skip
def test_a_write_is_made_once_and_says_what_is_known(clock: SetClock, trouble: Exception, kind: type) -> None:
    outbound, requests = scripted(clock, trouble)
    assert isinstance(outbound.write(call(method="PUT", body=b"{}")), kind)
    assert (len(requests), waited(clock)) == (1, 0)


@pytest.mark.parametrize("status", [200, 207, 302, 400, 401, 429, 500, 503])
def test_whatever_a_write_is_answered_is_handed_over_as_it_is(clock: SetClock, status: int) -> None:
    outbound, requests = scripted(clock, httpx.Response(status))
    answer = outbound.write(call(method="PUT"))
    assert isinstance(answer, Reply)
    assert (answer.status, len(requests)) == (status, 1)


def test_a_write_that_would_wait_too_long_for_its_turn_is_not_sent(clock: SetClock) -> None:
    outbound, requests = scripted(clock, httpx.Response(207))
    slow = call(method="PUT", rate=Rate(0.1, 1), patience_seconds=2)
    assert isinstance(outbound.write(slow), Reply)
    answer = outbound.write(slow)
    assert isinstance(answer, NotSent)
    assert (answer.retry_after_seconds, len(requests)) == (pytest.approx(10), 1)


def test_a_closed_port_means_surely_not_sent(real: Outbound) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert isinstance(real.write(call(f"http://127.0.0.1:{port}/x", "PUT", body=b"{}")), NotSent)


@pytest.mark.parametrize(
    "answer",
    [RESET, b"", b"HTTP/1.1 207 Mu", b"nonsense\r\n\r\n", whole(b"{}" * 100)[:-50],
     b"HTTP/1.1 207 X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n",
     whole(b"not gzip", "207 X", "Content-Encoding: gzip")],
)  # fmt: skip
def test_an_answer_that_breaks_off_means_possibly_sent(real: Outbound, answer: bytes) -> None:
    with crooked(answer) as server:
        found = real.write(call(server.url(), "PUT", body=b'{"bid":1}'))
    assert isinstance(found, Lost)
    assert len(server.received) == 1
    assert server.received[0].endswith(b'{"bid":1}')


def test_a_broken_answer_to_a_read_is_asked_for_again(clock: SetClock) -> None:
    with crooked(whole(b"{}" * 100)[:-50], RESET, whole(b"{}")) as server, Outbound(clock) as outbound:
        assert outbound.send(call(server.url())).json() == {}
    assert len(server.received) == 3


def test_the_program_says_what_it_is_and_sends_nothing_else_of_its_own(real: Outbound) -> None:
    with crooked(whole(b"{}", "200 OK", "Set-Cookie: session=1; Path=/"), whole(b"{}")) as server:
        real.send(call(server.url()))
        real.send(call(server.url()))
    text = server.received[1].lower()
    assert b"user-agent: steward/" in text
    assert b"(automated; language=python)" in text
    assert b"cookie" not in text
    assert b"authorization" not in text


@pytest.mark.parametrize(
    "url",
    ["http://ads.example/x", "http://169.254.169.254/latest", "http://10.0.0.1/", "ftp://ads.example/x", "file:///etc/x",
     "https://", "ads.example", "", "http://127.0.0.1.evil.example/", "http://localhost.evil.example/"],
)  # fmt: skip
def test_only_https_leaves_this_machine(clock: SetClock, url: str) -> None:
    outbound, requests = scripted(clock, httpx.Response(200))
    for make in (outbound.send, outbound.write):
        with pytest.raises(ConfigError):
            make(call(url))
    assert requests == []


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/x", "http://localhost:1/x", "http://[::1]:1/x", "HTTPS://ads.example/x"]
)
def test_plain_http_may_reach_this_machine(clock: SetClock, url: str) -> None:
    outbound, requests = scripted(clock, httpx.Response(200))
    outbound.send(call(url))
    assert len(requests) == 1


@pytest.mark.parametrize("bad", ["line\nbreak", "ü", "\0"])
def test_a_header_that_cannot_be_written_is_not_sent_and_not_shown(clock: SetClock, bad: str) -> None:
    with Outbound(clock) as outbound, crooked() as server:
        answer = outbound.write(call(server.url(), "PUT", headers={"Authorization": f"Bearer s3cr3t{bad}"}))
    assert isinstance(answer, NotSent | Lost)
    assert "s3cr3t" not in repr(answer)


@pytest.mark.parametrize("body", [b"<html>busy</html>", b"", b'{"a":', b'{"a": NaN}', b"[" * 100_000, b"\xff\xfe{}",
                                  b'{"a": ' + b"9" * 5000 + b"}"])  # fmt: skip
def test_an_answer_that_is_not_json_is_named_and_not_quoted(clock: SetClock, body: bytes) -> None:
    outbound, _ = scripted(clock, httpx.Response(200, content=body, headers={"x-amzn-requestid": "R"}))
    reply = outbound.send(call())
    with pytest.raises(ContractError) as caught:
        reply.json()
    assert (caught.value.operation, caught.value.request_id) == ("things.list", "R")
    assert "busy" not in str(caught.value)


def test_an_endless_answer_is_cut_off(clock: SetClock) -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b"x" * 1024 * 1024

    outbound = Outbound(clock, transport=httpx.MockTransport(lambda _: httpx.Response(200, content=endless())))
    with pytest.raises(SourceError, match="longer than"):
        outbound.send(call(tries=1))


def test_an_answer_that_drips_is_cut_off(clock: SetClock) -> None:
    def dripping() -> Iterator[bytes]:
        while True:
            clock.sleep(30)
            yield b"x"

    outbound = Outbound(clock, transport=httpx.MockTransport(lambda _: httpx.Response(200, content=dripping())))
    assert isinstance(outbound.write(call(method="PUT")), Lost)
    assert waited(clock) <= 180


def link(url: str, hosts: tuple[str, ...] = ("*.amazonaws.com",), **more: object) -> Link:
    return Link("ads", "shop", "reports.download", url, hosts, **more)  # type: ignore[arg-type]


def test_a_download_arrives_as_it_is_and_takes_no_header_of_ours_along(real: Outbound, tmp_path: Path) -> None:
    document = gzip.compress(b"[]")
    with crooked(whole(document, "200 OK", "Content-Encoding: gzip")) as server:
        found = real.download(link(server.url("/r?X-Amz-Signature=s3cr3t"), ("127.0.0.1",)), tmp_path / "d" / "r.gz")
    assert (tmp_path / "d" / "r.gz").read_bytes() == document
    assert found.size == len(document)
    assert b"accept-encoding: identity" in server.received[0].lower()
    assert b"authorization" not in server.received[0].lower()
    assert [each.name for each in (tmp_path / "d").iterdir()] == ["r.gz"]


def test_a_torn_download_leaves_no_file(clock: SetClock, tmp_path: Path) -> None:
    torn = whole(b"x" * 100)[:-40]
    with crooked(torn, torn, torn) as server, Outbound(clock) as outbound, pytest.raises(SourceError):
        outbound.download(link(server.url(), ("127.0.0.1",)), tmp_path / "r.gz")
    assert (list(tmp_path.iterdir()), len(server.received)) == ([], 3)


def test_a_download_beyond_its_bound_leaves_no_file(real: Outbound, tmp_path: Path) -> None:
    with crooked(whole(b"x" * 2000)) as server, pytest.raises(SourceError, match="longer than 1000 bytes"):
        real.download(link(server.url(), ("127.0.0.1",), limit_bytes=1000, tries=1), tmp_path / "r.gz")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("status", [400, 403, 404, 410])
def test_an_expired_link_is_told_by_its_status_and_keeps_the_old_file(
    clock: SetClock, tmp_path: Path, status: int
) -> None:
    (tmp_path / "r.gz").write_bytes(b"old")
    outbound, requests = scripted(clock, httpx.Response(status))
    with pytest.raises(SourceError) as caught:
        outbound.download(link("https://s3.amazonaws.com/r?sig=1"), tmp_path / "r.gz")
    assert not isinstance(caught.value, CredentialError)
    assert (caught.value.status, len(requests)) == (status, 1)
    assert (tmp_path / "r.gz").read_bytes() == b"old"


@pytest.mark.parametrize(
    "url",
    ["http://s3.amazonaws.com/r", "https://evil.example/r", "https://amazonaws.com.evil.example/r",
     "http://127.0.0.1:9/r", "http://169.254.169.254/latest/meta-data", "file:///etc/passwd", "https://[::1]/r", "",
     "x", "https://s3.amazonaws.com@evil.example/r"],
)  # fmt: skip
def test_a_link_elsewhere_is_not_followed(clock: SetClock, tmp_path: Path, url: str) -> None:
    outbound, requests = scripted(clock, httpx.Response(200))
    with pytest.raises(ContractError):
        outbound.download(link(url), tmp_path / "r.gz")
    assert requests == []


def test_a_disk_that_cannot_be_written_is_named(clock: SetClock, tmp_path: Path) -> None:
    (tmp_path / "r.gz.part").mkdir()
    (tmp_path / "r.gz.part" / "x").touch()
    outbound, _ = scripted(clock, httpx.Response(200, content=b"x"))
    with pytest.raises(AgentError):
        outbound.download(link("https://s3.amazonaws.com/r"), tmp_path / "r.gz")
