"""The life of proposals against a model of it: only legal moves, each with its event, and a chain that holds."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import count, pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from agent.errors import LedgerConflictError
from agent.ledger import SqlLedger
from agent.model.proposal import MOVES, OPEN_STATES, Decision, Fate, Proposal, Receipt, State
from tests.wishes import NOW, attempt, wish

EXAMPLES = 500 if os.environ.get("STEWARD_FULL") else 25
LIVE = frozenset({State.PROPOSED, State.HELD})
STANDING = OPEN_STATES | {State.APPROVED}

states = st.sampled_from(list(State))
numbers = st.integers(0, 30)
times = st.integers(0, 4).map(lambda days: NOW + timedelta(days=days))


class Life(RuleBasedStateMachine):
    """``known`` is what the ledger should hold; ``path`` each proposal's states, in order."""

    fresh_ledger: Callable[[], SqlLedger]

    @initialize()
    def begin(self) -> None:
        self.ledger = type(self).fresh_ledger()
        self.known: dict[str, Proposal] = {}
        self.path: dict[str, list[State]] = {}
        self.released: set[str] = set()
        self.stopped = False
        self.attempts = count(1)

    def teardown(self) -> None:
        if hasattr(self, "ledger"):
            try:
                self.check_everything()
            finally:
                self.ledger.close()

    def turn(self, id: str, to: State) -> None:
        self.known[id] = replace(self.known[id], state=to)
        self.path[id].append(to)

    def some(self, number: int) -> str:
        return f"p_{number % max(1, len(self.known) + 1)}"

    @rule(entity=st.sampled_from(["k1", "k2", "k3"]), field=st.sampled_from(["bid", "state"]),
          after=st.sampled_from(["0.75", "0.80"]), state=st.sampled_from(sorted(LIVE)))  # fmt: skip
    def add(self, entity: str, field: str, after: str, state: State) -> None:
        new = wish(len(self.known), entity=entity, field=field, after=after, state=state)
        # What a belt held and lets go now is news.
        same = [id for id, old in self.known.items()
                if old.change == new.change and id not in self.released
                and not (old.state is State.HELD and state is State.PROPOSED)]  # fmt: skip
        here = [id for id, old in self.known.items()
                if (old.change.entity, old.change.field) == (new.change.entity, field)]  # fmt: skip
        blocked = any(self.known[id].state in STANDING for id in here)
        added = self.ledger.add([new])
        if same or blocked:
            assert added == []
            return
        assert added == [new]
        for id in here:
            if self.known[id].state in LIVE:
                self.turn(id, State.SUPERSEDED)
                self.released.add(id)
        self.known[new.id], self.path[new.id] = new, [state]

    @rule(number=numbers, version=st.sampled_from([1, 1, 1, 2]), approve=st.booleans(), at=times)
    def decide(self, number: int, version: int, approve: bool, at: object) -> None:
        id, to = self.some(number), State.APPROVED if approve else State.REJECTED
        here = self.known.get(id)
        late = approve and here is not None and at >= here.expires_at  # type: ignore[operator]
        fits = here is not None and version == 1 and to in MOVES[here.state] and not late
        stale = self.ledger.decide([Decision(id, version, approve, "ann", "cli")], at)  # type: ignore[arg-type]
        assert stale == ([] if fits else [id])
        if fits:
            self.turn(id, to)

    @rule(chosen=st.lists(numbers, max_size=4), expected=states, to=states)
    def move(self, chosen: list[int], expected: State, to: State) -> None:
        ids = [self.some(number) for number in chosen]
        if to not in MOVES[expected]:
            with pytest.raises(LedgerConflictError):
                self.ledger.move(ids, expected, to, "x", NOW)
            return
        fit = [id for id in dict.fromkeys(ids) if id in self.known and self.known[id].state is expected]
        assert self.ledger.move(ids, expected, to, "x", NOW) == fit
        for id in fit:
            self.turn(id, to)

    @precondition(lambda self: any(each.state is State.APPROVED for each in self.known.values()))
    @rule(at=times)
    def intend(self, at: object) -> None:
        waiting = [each for each in self.known.values() if each.state is State.APPROVED]
        moved: list[str] = []
        for each in waiting:
            busy = any(other.state in OPEN_STATES and other.change.entity == each.change.entity
                       for other in self.known.values())  # fmt: skip
            if not busy and not self.stopped and at < each.expires_at:  # type: ignore[operator]
                moved.append(each.id)
                self.turn(each.id, State.INTENT)
        tries = [replace(attempt(each, next(self.attempts)), sent_at=at) for each in waiting]  # type: ignore[arg-type]
        assert self.ledger.intend(tries, "act") == moved

    @rule(chosen=st.lists(numbers, max_size=4), to=st.sampled_from(sorted(MOVES[State.INTENT])))
    def receive(self, chosen: list[int], to: State) -> None:
        ids = [id for number in chosen if (id := self.some(number)) in self.known]
        receipts = [Receipt(id, Fate.UNKNOWN) for id in dict.fromkeys(ids)]
        self.ledger.receive(receipts, dict.fromkeys(ids, to), "act", NOW)
        for id in dict.fromkeys(ids):
            if self.known[id].state is State.INTENT:
                self.turn(id, to)

    @rule(stop=st.booleans())
    def switch(self, stop: bool) -> None:
        self.ledger.switch(stop=stop, by="ann", reason="x", at=NOW)
        self.stopped = stop

    @invariant()
    def states_agree(self) -> None:
        if hasattr(self, "ledger"):
            found = {each.id: each for each in self.ledger.proposals()}
            assert found == self.known

    def check_everything(self) -> None:
        assert self.ledger.verify().ok
        for id, path in self.path.items():
            events = [event for event in self.ledger.events(proposal=id) if event.kind != "receipt"]
            assert [event.kind for event in events] == path
            assert path[0] in LIVE
            for (left, to), event in zip(pairwise(path), events[1:], strict=True):
                assert to in MOVES[left]
                assert event.payload["from"] == left


def test_every_life_is_a_legal_one(sqlite_template: Path, tmp_path: Path) -> None:
    """Any sequence of calls leaves the ledger where the model says, with one event for each change of state."""

    class OnSqlite(Life):
        @staticmethod
        def fresh_ledger() -> SqlLedger:
            for leftover in tmp_path.iterdir():
                leftover.unlink()
            shutil.copy(sqlite_template, tmp_path / "life.db")
            return SqlLedger.open(f"sqlite:///{tmp_path / 'life.db'}")

    _run(OnSqlite, EXAMPLES)


@pytest.mark.postgres
def test_every_life_is_a_legal_one_on_postgres(postgres_ledger: Callable[[], SqlLedger]) -> None:
    class OnPostgres(Life):
        fresh_ledger = staticmethod(postgres_ledger)

    _run(OnPostgres, EXAMPLES // 5)


def _run(machine: type[Life], examples: int) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        machine,
        settings=settings(
            max_examples=examples, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )  # fmt: skip
