"""The law of approval: what is carried out is what somebody saw when they said yes, in every race.

While a person says yes, a newer run wishes for something else, and a daemon sends whatever is
approved. The ways to say yes take turns; the order is left to the threads. ``STEWARD_FULL=1`` runs 1,000 races on each
database.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest

from agent.ledger import SqlLedger
from agent.ledger.plan_file import PlanFile
from agent.model.change import Change
from agent.model.entity import Entity
from agent.model.money import Money
from agent.model.proposal import Decision, Execution, Proposal, ProposalId, State
from tests.wishes import NOW, wish

RACES = 1_000 if os.environ.get("STEWARD_FULL") == "1" else 90
_LATER = NOW + timedelta(minutes=1)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{tmp_path / 'steward.db'}"


@pytest.fixture
def opened(url: str) -> Iterator[Callable[..., SqlLedger]]:
    """Ledgers on one database, as so many processes would open it."""
    ledgers: list[SqlLedger] = []

    def open_(**more: object) -> SqlLedger:
        ledgers.append(SqlLedger.open(url, **more))  # type: ignore[arg-type]
        return ledgers[-1]

    yield open_
    for ledger in ledgers:
        ledger.close()


def bid(number: int, keyword: str, after: str) -> Proposal:
    change = Change(Entity("north", "keyword", keyword), "bid", Money.of("1.00", "EUR"), Money.of(after, "EUR"))
    return replace(wish(number), change=change)


def by_decision(ledger: SqlLedger, seen: Proposal, file: PlanFile) -> bool:
    return ledger.decide([Decision(seen.id, seen.version, True, "ann", "cli")], _LATER) == []


def by_plan_file(ledger: SqlLedger, seen: Proposal, file: PlanFile) -> bool:
    return ledger.redeem(file, "plan.json", "ann", _LATER) == []


def by_two_people(ledger: SqlLedger, seen: Proposal, file: PlanFile) -> bool:
    first = Decision(seen.id, seen.version, True, "ann", "cli")
    return ledger.decide([first, replace(first, by="bob")], _LATER) == []


def sent(ledger: SqlLedger, ids: Sequence[ProposalId]) -> list[ProposalId]:
    """What a daemon does with what is approved."""
    return ledger.intend([Execution(id, 1, "r_act", _LATER, "h" * 64) for id in ids], "act")


WAYS = (by_decision, by_plan_file, by_two_people)


def test_no_race_ever_carries_out_what_nobody_saw(opened: Callable[..., SqlLedger]) -> None:
    """Each race has a keyword of its own: 0.75 is seen and approved, while 0.60 is wished for and sent if it can be."""
    person, engine, daemon = opened(), opened(), opened()
    careful = opened(needs_two=lambda _: True)
    yeses, executed = set(), set()
    with ThreadPoolExecutor(3) as pool:
        for number in range(RACES):
            old, new = bid(2 * number, f"k{number}", "0.75"), bid(2 * number + 1, f"k{number}", "0.60")
            person.add([old])
            seal = person.seals([old.id])[old.id]
            file = PlanFile.of("north", "r_1", person.tables, NOW, NOW + timedelta(days=1), [(old, seal)])
            person.remember(file, "plan.json", NOW)
            way, start = WAYS[number % len(WAYS)], Barrier(3)
            hand = careful if way is by_two_people else person

            def say_yes(old: Proposal = old, file: PlanFile = file, way: Callable[..., bool] = way,
                        start: Barrier = start, hand: SqlLedger = hand) -> bool:  # fmt: skip
                start.wait(60)
                return way(hand, old, file)

            def renew(new: Proposal = new, start: Barrier = start) -> bool:
                start.wait(60)
                return engine.add([new]) != []

            def carry_out(old: Proposal = old, new: Proposal = new, start: Barrier = start) -> list[ProposalId]:
                start.wait(60)
                return sent(daemon, [old.id, new.id])

            approved, renewed, gone = pool.submit(say_yes), pool.submit(renew), pool.submit(carry_out)
            assert approved.result(60) != renewed.result(60), "exactly one of the two holds"
            yeses |= {old.id} if approved.result() else set()
            executed |= set(gone.result(60))
    executed |= set(sent(daemon, [each.id for each in daemon.in_state(State.APPROVED)]))
    assert executed == yeses
    values = {str(each.change.after) for each in daemon.proposals(ids=executed)}
    assert values == {"0.75 EUR"}
    assert 0 < len(yeses) < RACES, "both orders must have come up"
    assert daemon.verify().ok
