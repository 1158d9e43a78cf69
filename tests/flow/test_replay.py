"""Every decision comes out again as it was sealed, whatever happened since."""

from __future__ import annotations

import json

from agent.config import load
from agent.model.proposal import Decision, State
from agent.wiring import ledger_of
from tests.flow_shop import Shop


def test_every_action_of_the_demo_is_worked_out_again_byte_for_byte(still_shop: Shop) -> None:
    with ledger_of(load(still_shop.config)) as ledger:
        run = ledger.runs(1, "judge")[0].id
        proposed = ledger.proposals(run=run)
    assert len(proposed) > 100
    ran = still_shop.steward("replay", "--run", run, "--json")
    assert (ran.code, ran.err) == (0, "")
    found = json.loads(ran.out)
    assert [each for each in found["actions"] if not each["equal"]] == []
    assert len(found["actions"]) == len(proposed)


def test_what_came_after_changes_nothing_of_it(still_shop: Shop) -> None:
    """The facts, the rules and the ledger have all moved on; the first run still saw what it saw."""
    with still_shop.jobs() as jobs, ledger_of(load(still_shop.config)) as ledger:
        run = ledger.runs(1, "judge")[0].id
        some = ledger.in_state(State.PROPOSED)[:40]
        ledger.decide(
            [Decision(each.id, each.version, True, "ann", "cli") for each in some], still_shop.amazon.clock.now()
        )
        jobs.act()
        still_shop.amazon.clock.sleep(3_600)
        jobs.pull(wait_seconds=3_600)
        jobs.settle()
        jobs.derive()
        jobs.judge()
        again = ledger.runs(1, "judge")[0].id
    assert still_shop.steward("replay", "--run", run).code == 0
    assert still_shop.steward("replay", "--run", again).code == 0
    assert still_shop.steward("replay", some[0].id).out.startswith("✓ 1 of 1")
    assert still_shop.steward("replay", "p_none").code == 2
