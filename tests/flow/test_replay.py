"""Every decision comes out again as it was sealed, whatever happened since."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from agent.config import load
from agent.ledger import SqlLedger
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


_COLUMNS = ("seq", "at", "kind", "proposal", "run", "payload", "prev_hash", "hash")


@pytest.fixture
def in_hands(pulled: Path, tmp_path: Path) -> Path:
    """The demo's database, as somebody with the file in hands has it: without the triggers."""
    path = Path(shutil.copy(pulled / "steward.db", tmp_path / "steward.db"))
    with closing(sqlite3.connect(path)) as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        database.commit()
    return path


@pytest.mark.parametrize("column", _COLUMNS)
def test_any_flipped_byte_of_an_event_fails_the_verification(in_hands: Path, column: str) -> None:
    """One bit at a time, at sampled places of the column; each is found at its row, and undone again."""
    chance = random.Random(column)
    ledger = SqlLedger.open(f"sqlite:///{in_hands}")
    with closing(sqlite3.connect(in_hands, isolation_level=None)) as database:
        (last,) = database.execute("SELECT max(seq) FROM events").fetchone()
        assert ledger.verify().ok
        for row in (1, last, chance.randint(2, last - 1)):
            (before,) = database.execute(f"SELECT {column} FROM events WHERE seq = ?", (row,)).fetchone()
            flipped = _flipped(before, chance)
            database.execute(f"UPDATE events SET {column} = ? WHERE seq = ?", (flipped, row))
            found = ledger.verify()
            assert (found.ok, found.row) == (False, row)
            database.execute(f"UPDATE events SET {column} = ? WHERE {column} IS ? AND seq = ?",
                             (before, flipped, flipped if column == "seq" else row))  # fmt: skip
        assert ledger.verify().ok
    ledger.close()


def _flipped(value: int | str | None, chance: random.Random) -> int | str:
    """One bit is another; where nothing stands, something does."""
    if value is None:
        return "x"
    if isinstance(value, int):
        return value ^ 1 << 40
    data = bytearray(value.encode())
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(5)
    return data.decode("utf-8", "surrogateescape")
