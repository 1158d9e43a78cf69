"""How fast approved changes are carried out, over real HTTP, with every intent synced to disk before its request.

    python tests/bench/act.py [--changes 10000] [--throttled 4000] [--rate 4]

First against a sandbox without limits, beside the bare calls without a ledger; the sandbox runs in this very process
and takes its share of the time. Then, in the sandbox's own time, against one that takes ``--rate`` calls a second: the
share of requests it refuses once the first hundred are through. Prints; asserts nothing about time.
Budgets: at least 1,000 changes a second; at most 1 % refused.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

from pydantic import SecretStr

from agent.jobs.act import act
from agent.jobs.settle import settle
from agent.ledger import SqlLedger
from agent.mint import mint
from agent.model.change import Change
from agent.model.entity import Entity
from agent.model.money import Money
from agent.model.proposal import Decision, Proposal, State
from agent.model.rule import Mode, Severity
from agent.outbound import Outbound
from agent.ports import Clock
from connectors.amazon_ads import AmazonAds, Credentials
from connectors.sandbox.account import Keyword
from connectors.sandbox.clock import DrivenClock
from connectors.sandbox.scenario import Scenario
from connectors.sandbox.scenario_file import load_scenario
from connectors.sandbox.server import SandboxServer
from tests.bench.table import print_table

_ACCOUNT, _WARM_UP = "bench", 100
_CENT = 10_000


class FewAtOnce(AmazonAds):
    """Small batches, so that a throttling source sees many calls."""

    batch = 10


def market(changes: int, rate: float) -> Scenario:
    """The demo's market with at least so many keywords, a short history, and ``rate`` calls a second (0: no limit)."""
    demo = load_scenario("demo")
    keywords = sum(plan.targets * len(demo.products) for plan in demo.campaigns if plan.kind == "keywords")
    copies = range(1 + 3 * changes // (2 * keywords))
    campaigns = tuple(replace(plan, name=f"{plan.name} {copy}") for copy in copies for plan in demo.campaigns)
    wire = replace(demo.wire, rate=rate, burst=max(1, round(2 * rate)))
    return replace(
        demo, campaigns=campaigns, wire=wire, market=replace(demo.market, history_days=2), incidents=(), faults=()
    )


def ads_of(server: SandboxServer, clock: Clock, folder: Path, kind: type[AmazonAds] = AmazonAds) -> AmazonAds:
    known = server.credentials
    credentials = Credentials(
        SecretStr(known.client_id), SecretStr(known.client_secret), SecretStr(known.refresh_token)
    )  # fmt: skip
    account = server.scenario.account
    return kind(
        _ACCOUNT, credentials, str(account.profile), Outbound(clock), clock, currency=account.marketplace.currency,
        downloads=folder, endpoint=server.url, token_endpoint=f"{server.url}/auth/o2/token",
    )  # fmt: skip


def wishes(server: SandboxServer, changes: int, now: datetime) -> list[Proposal]:
    """A cent less for so many keywords that have a bid of their own."""
    currency = server.scenario.account.marketplace.currency
    found: list[Proposal] = []
    for thing in server.sandbox.account.all("keyword"):
        if isinstance(thing, Keyword) and thing.bid is not None and thing.bid > 5 * _CENT and len(found) < changes:
            entity = Entity(_ACCOUNT, "keyword", thing.id)
            change = Change(entity, "bid", Money(thing.bid, currency), Money(thing.bid - _CENT, currency))
            found.append(_wish(change, now))
    return found


def _wish(change: Change, now: datetime) -> Proposal:
    return Proposal(
        id=mint("p"), change=change, rule="ads/bench", digest="0" * 64, as_of=now.date(), known_at=now, reason="bench",
        trace=(), belts=(), mode=Mode.ASK, severity=Severity.S4, created_at=now,
        expires_at=now + timedelta(days=3), run="r_bench",
    )  # fmt: skip


def approved(ledger: SqlLedger, proposals: Sequence[Proposal], now: datetime) -> None:
    ledger.add(proposals)
    ledger.decide([Decision(each.id, each.version, True, "bench", "cli") for each in proposals], now)


def unthrottled(changes: int, folder: Path) -> None:
    with SandboxServer(market(changes, rate=0)) as server:
        clock = server.clock
        ads = ads_of(server, clock, folder)
        proposals = wishes(server, changes, clock.now())
        bare = _seconds(lambda: bare_calls(ads, proposals))
        now = clock.now()
        again = [replace(each, change=_back(each.change)) for each in proposals]
        ledger = SqlLedger.open(f"sqlite:///{folder / 'unthrottled.db'}")
        with ledger.lock():
            approved(ledger, again, now)
            acting = _seconds(lambda: act(ledger, [ads], clock, account=_ACCOUNT, run="r_1", may_write=lambda: None))
            settling = _seconds(lambda: settle(ledger, [ads], clock, account=_ACCOUNT, run="r_2"))
        counts = ledger.counts()
        ledger.close()
    done = counts.get(State.DONE, 0)
    print_table(
        (f"{changes:,} bid changes, no limits", "seconds", "changes/s", "× bare"),
        [
            ("bare reads and writes, no ledger", bare, len(proposals) / bare, 1.0),
            ("act: look, intend, send, receive", acting, len(proposals) / acting, acting / bare),
            ("settle: read back", settling, len(proposals) / settling, settling / bare),
            ("act and settle", acting + settling, done / (acting + settling), (acting + settling) / bare),
        ],
    )
    print(f"ended {', '.join(f'{state} {count}' for state, count in counts.items())}; budget 1,000 changes/s\n")


def bare_calls(ads: AmazonAds, proposals: Sequence[Proposal]) -> None:
    for start in range(0, len(proposals), ads.batch):
        piece = proposals[start : start + ads.batch]
        ads.live([each.change.entity for each in piece], "bid")
        ads.apply({each.id: each.change for each in piece})


def _back(change: Change) -> Change:
    return replace(change, before=change.after, after=change.before)


def throttled(changes: int, rate: float, folder: Path) -> None:
    clock = DrivenClock(speed=0)
    with SandboxServer(market(changes, rate), clock=clock) as server:
        ads = ads_of(server, clock, folder, FewAtOnce)
        ledger = SqlLedger.open(f"sqlite:///{folder / 'throttled.db'}")
        approved(ledger, wishes(server, changes, clock.now()), clock.now())
        for number in count(1):
            act(ledger, [ads], clock, account=_ACCOUNT, run=f"r_{number}", may_write=lambda: None)
            settle(ledger, [ads], clock, account=_ACCOUNT, run=f"s_{number}")
            clock.sleep(20)
            if number == 200 or not _unfinished(ledger):
                break
        calls = [record for record in server.log.records if record.operation.startswith("keywords.")]
        passed = (calls[-1].at - calls[0].at).total_seconds()
        counts = ledger.counts()
        ledger.close()
    warm = calls[_WARM_UP:]
    refused = [sum(record.status == 429 for record in some) for some in (calls, warm)]
    print_table(
        (f"{changes:,} bid changes, {rate:g} calls/s allowed", "calls", "refused", "share"),
        [
            ("all", len(calls), refused[0], f"{refused[0] / len(calls):.2%}"),
            (f"after the first {_WARM_UP}", len(warm), refused[1], f"{refused[1] / max(1, len(warm)):.2%}"),
        ],
    )
    print(f"{len(calls) / passed:.2f} calls/s; ended {', '.join(f'{state} {n}' for state, n in counts.items())}; "
          "budget 1 % refused\n")  # fmt: skip


def _unfinished(ledger: SqlLedger) -> bool:
    counts = ledger.counts()
    return any(counts.get(state) for state in (State.APPROVED, State.INTENT, State.ACCEPTED, State.IN_DOUBT))


def _seconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--changes", type=int, default=10_000)
    parser.add_argument("--throttled", type=int, default=4_000)
    parser.add_argument("--rate", type=float, default=4.0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        unthrottled(arguments.changes, Path(folder))
        throttled(arguments.throttled, arguments.rate, Path(folder))


if __name__ == "__main__":
    main()
