"""``Outbound``: every HTTP call of the program."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from fnmatch import fnmatchcase
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Self

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt

from agent.errors import ConfigError, ContractError, SourceError, ThrottledError
from agent.outbound.faults import expired, fault_of, not_kept, not_whole, refused_for, too_long, unanswered
from agent.outbound.messages import Call, Downloaded, Link, Lost, NotSent, Reply, WriteAnswer
from agent.outbound.pacing import NANO, Lane, Lanes
from agent.outbound.wire import Answered, Request, Transport, Wire, is_loopback, place_of
from agent.ports import Clock

_LONGEST_ANSWER = 64 * 1024**2
_ANSWER_SECONDS = 120
_DOWNLOAD_SECONDS = 1800
_EXPIRED = frozenset({400, 403, 404, 410})
"""How a store answers for a link that is no longer valid."""
_FIRST_WAIT_SECONDS = 2.0
_LONGEST_WAIT_SECONDS = 60.0


class Outbound:
    """One per process; safe for many threads.

    ``transport`` takes the place of the network (a test's); ``dice`` spreads the waits of several programs.
    Only https leaves this machine. Redirects are not followed, cookies are not kept.
    """

    def __init__(self, clock: Clock, *, agent_name: str = "Steward", transport: Transport | None = None,
                 dice: Callable[[], float] = random.random) -> None:  # fmt: skip
        self._clock, self._dice = clock, dice
        # Amazon: automated programs have to say that they are.
        self._wire = Wire(clock, f"{agent_name}/{_version()} (automated; Language=Python)", transport)
        self._lanes = Lanes()

    def send(self, call: Call) -> Reply:
        """Make a read, again where that may help. Raises ``SourceError`` for anything but an expected answer."""
        _check_address(call)
        return self._again(call, lambda: self._read(call))

    def write(self, call: Call) -> WriteAnswer:
        """Make a write exactly once, and say what is known of it. Never repeats, never raises for the network.

        A call that would have to wait longer than its patience for its turn is ``NotSent``.
        """
        _check_address(call)
        lane = self._lane(call)
        wait = self._wait_for_turn(lane, call)
        if wait > call.patience_seconds:
            return NotSent("its turn has not come", wait)
        return self._exchange(call, lane)

    def download(self, link: Link, into: Path) -> Downloaded:
        """Fetch a signed link into a file, whole or not at all. No header of ours goes along.

        ``SourceError`` with status 400, 403, 404 or 410: the link has most likely expired.
        """
        _check_link(link)
        part = into.with_name(into.name + ".part")
        # The file is compressed as it is; a second compression in transit would be kept as well.
        call = Call(
            link.connector, link.account, link.operation, "GET", link.url, {"Accept-Encoding": "identity"},
            rate=link.rate, tries=link.tries, expects=_EXPIRED,
        )  # fmt: skip
        try:
            into.parent.mkdir(parents=True, exist_ok=True)
            reply = self._again(call, lambda: self._fetched(call, link.limit_bytes, part))
            part.replace(into)
        except OSError as fault:
            raise not_kept(call, fault) from fault
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)
        return Downloaded(into, into.stat().st_size, reply.request_id, reply.headers.get("content-type", ""))

    def close(self) -> None:
        self._wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _again(self, call: Call, attempt: Callable[[], Reply]) -> Reply:
        def may_help(fault: BaseException) -> bool:
            if isinstance(fault, ThrottledError):
                return fault.status is not None and fault.retry_after_seconds <= call.patience_seconds
            return isinstance(fault, SourceError) and fault.retryable

        again = Retrying(
            sleep=self._clock.sleep, stop=stop_after_attempt(call.tries), wait=self._pause,
            retry=retry_if_exception(may_help), reraise=True,
        )  # fmt: skip
        return again(attempt)

    def _pause(self, state: RetryCallState) -> float:
        """Retry-After where it was said; else 2, 4, 8 … seconds, each spread over its upper half."""
        fault = state.outcome.exception() if state.outcome else None
        if isinstance(fault, ThrottledError):
            return fault.retry_after_seconds
        longest = min(_LONGEST_WAIT_SECONDS, _FIRST_WAIT_SECONDS * 2.0 ** (state.attempt_number - 1))
        return longest * (0.5 + self._dice() / 2)

    def _read(self, call: Call) -> Reply:
        return self._expected(call, self._exchange(call, self._lane_in_turn(call)))

    def _fetched(self, call: Call, limit_bytes: int, part: Path) -> Reply:
        lane = self._lane_in_turn(call)
        with part.open("wb") as file:
            answer = self._exchange(call, lane, file.write, limit_bytes, _DOWNLOAD_SECONDS, raw=True)
        reply = self._expected(call, answer)
        if reply.status in _EXPIRED:
            raise expired(call, reply)
        size, promised = part.stat().st_size, reply.headers.get("content-length")
        if promised is not None and promised != str(size):
            raise not_whole(call, reply, size)
        return reply

    def _exchange(self, call: Call, lane: Lane, take: Callable[[bytes], object] | None = None,
                  limit_bytes: int = _LONGEST_ANSWER, seconds: float = _ANSWER_SECONDS,
                  raw: bool = False) -> WriteAnswer:  # fmt: skip
        """Once, in turn. The lane learns from the answer."""
        pieces: list[bytes] = []
        answer = self._wire.exchange(Request(
            call.method, call.url, call.headers, call.body, take or pieces.append, limit_bytes, call.timeout_seconds,
            seconds, raw,
        ))  # fmt: skip
        if not isinstance(answer, Answered):
            return answer
        reply = Reply(call.connector, call.operation, answer.status, answer.headers, b"".join(pieces))
        if rate := reply.stated_rate:
            lane.stated(self._nanos(), rate)
        if reply.status == 429:
            lane.refused(self._nanos(), round(refused_for(reply, self._clock.now()) * NANO))
        elif reply.status < 500:
            lane.accepted()
        return reply

    def _expected(self, call: Call, answer: Reply | NotSent | Lost) -> Reply:
        if not isinstance(answer, Reply):
            raise unanswered(call, answer.reason)
        if fault := fault_of(call, answer, self._clock.now()):
            raise fault
        return answer

    def _lane(self, call: Call) -> Lane:
        return self._lanes.of(call.connector, call.account, call.operation, call.rate)

    def _lane_in_turn(self, call: Call) -> Lane:
        lane = self._lane(call)
        wait = self._wait_for_turn(lane, call)
        if wait > call.patience_seconds:
            raise too_long(call, wait)
        return lane

    def _wait_for_turn(self, lane: Lane, call: Call) -> float:
        """Wait, unless our turn is further away than the call's patience; returns how far away it was."""
        wait = lane.take(self._nanos(), round(call.patience_seconds * NANO)) / NANO
        if 0 < wait <= call.patience_seconds:
            self._clock.sleep(wait)
        return wait

    def _nanos(self) -> int:
        return round(self._clock.now().timestamp() * 1_000_000) * 1000


def _check_address(call: Call) -> None:
    scheme, host = place_of(call.url)
    if not (scheme == "https" and host) and not (scheme == "http" and is_loopback(host)):
        raise ConfigError(
            f"the address of {call.connector} is not https", setting="endpoint",
            hint="plain http is only for this very machine, such as a sandbox on 127.0.0.1",
        )  # fmt: skip


def _check_link(link: Link) -> None:
    scheme, host = place_of(link.url)
    safe = scheme == "https" or (scheme == "http" and is_loopback(host))
    if not safe or not any(fnmatchcase(host, pattern) for pattern in link.hosts):
        raise ContractError(
            f"{link.operation} was given a link that does not lead to the source's own store.",
            connector=link.connector, operation=link.operation, hint="It was not followed.",
        )  # fmt: skip


def _version() -> str:
    try:
        return version("steward")
    except PackageNotFoundError:
        return "0"
