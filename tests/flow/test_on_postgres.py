"""The same loop with the audit log in PostgreSQL."""

from __future__ import annotations

import pytest

from agent.clock import SystemClock
from agent.config import load
from agent.model.proposal import Decision, State
from agent.wiring import ledger_of
from tests.flow_shop import Shop

pytestmark = pytest.mark.postgres


def test_what_is_approved_on_postgres_is_done_once_and_the_log_is_whole(still_shop: Shop, postgres_url: str) -> None:
    config = still_shop.config.read_text().replace("sqlite:///steward.db", postgres_url)
    still_shop.config.write_text(config, encoding="utf-8")
    with still_shop.jobs() as jobs, ledger_of(load(still_shop.config)) as ledger, ledger.lock():
        ready = [each for each in jobs.judge().fresh if each.state is State.PROPOSED]
        moved = next(each for each in ready if each.change.field == "bid")
        ledger.decide([Decision(each.id, each.version, True, "ann", "cli") for each in ready], SystemClock().now())
        still_shop.amazon.edit(moved.change.entity.kind, moved.change.entity.id, "bid", "0.77")
        written = len(still_shop.amazon.log.effects)
        jobs.act()
        jobs.settle()
        assert ledger.counts()[State.DONE] == len(ready) - 1 > 50
        assert [each.id for each in ledger.in_state(State.SUPERSEDED)] == [moved.id]
        assert len(still_shop.amazon.log.effects) - written == len(ready) - 1
        assert jobs.act().counts.get(State.DONE, 0) == 0
        assert len(still_shop.amazon.log.effects) - written == len(ready) - 1
        assert ledger.verify().ok
