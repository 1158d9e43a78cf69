"""Back up, lose everything, restore on a new machine, read back, and go on: by command line, against a simulated
Amazon over HTTP."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.clock import SystemClock
from agent.config import load
from agent.errors import FactsError
from agent.facts.copying import copy_tables, must_be_whole
from agent.facts.housekeeping import compact
from agent.facts.table import Table
from agent.model.kinds import STREAMS
from agent.model.proposal import State
from agent.wiring import book_of
from tests.office import Office, as_before, office
from tests.ran import Ran
from tests.soak.world import ACCOUNT, World, ours, world

__all__ = ["as_before", "office"]

_CHANGES = 40


Command = Callable[..., Ran]


@pytest.fixture
def on(office: Office) -> Command:
    """The command line on a world's configuration, in this process."""
    return lambda here, *arguments: office.bare("--config", str(here.config), *arguments)


def moved_to(here: World, folder: Path) -> World:
    """The same configuration in an empty folder: a new machine."""
    folder.mkdir()
    new = World(folder, here.amazon)
    new.config.write_text(here.config.read_text())
    new.config.chmod(0o600)
    return new


def test_what_was_sent_after_the_backup_is_read_back_and_not_sent_again(on: Command, tmp_path: Path) -> None:
    with world(tmp_path / "old", 60, settle_seconds=600) as here:
        pulled = on(here, "pull", "--no-wait")
        assert pulled.code == 0, pulled.err
        here.approve(_CHANGES)
        backup = tmp_path / "monday.tar.gz"
        made = on(here, "backup", str(backup), "--json")
        assert made.code == 0, made.err
        assert made.json["accounts"] == [ACCOUNT]
        assert on(here, "apply", "--yes", "--no-wait").code == 0
        assert len(ours(here)) == _CHANGES, "and nobody will remember it"

        verified = on(here, "backup", "verify", str(backup), "--json")
        assert (verified.code, verified.json["ok"]) == (0, True), verified.out
        assert verified.json["tables"] >= 3
        new = moved_to(here, tmp_path / "new")
        restored = on(new, "restore", str(backup), "--json")
        assert (restored.code, restored.json["in_doubt"]) == (0, _CHANGES), restored.err
        assert on(new, "restore", str(backup)).code == 1, "never over anything"
        before, after = (book_of(load(each.config)).listing(ACCOUNT) for each in (here, new))
        assert list(before) == list(after)

        refused = on(new, "apply", "--yes")
        assert refused.code == 6
        assert "restored from a backup" in refused.err
        told = on(new, "status", "--json").json["accounts"][ACCOUNT]["restored"]
        assert told["in_question"] == _CHANGES
        early = on(new, "restore", "--release")
        assert (early.code, "too early" in early.err) == (2, True), early.err

        new.config.write_text(new.config.read_text().replace("settle_minutes = 10.0", "settle_minutes = 0.001"))
        released = on(new, "restore", "--release", "--json")
        assert released.code == 0, released.err
        assert released.json["accounts"][ACCOUNT]["read_back"] == {"done": _CHANGES}
        assert not released.json["accounts"][ACCOUNT]["by_hand"]
        assert on(new, "apply", "--yes").code == 0
        assert len(ours(here)) == _CHANGES
        with new.ledger() as ledger:
            assert ledger.counts() == {State.DONE: _CHANGES}
            assert ledger.verify().ok


def test_tables_are_copied_whole_while_they_are_booked_into_and_compacted(on: Command, tmp_path: Path) -> None:
    with world(tmp_path / "old", 60) as here:
        assert on(here, "pull", "--no-wait").code == 0
        facts, stop = load(here.config).facts_folder(), threading.Event()

        def housekeeping() -> None:
            while not stop.is_set():
                for name in ("keywords", "campaigns"):
                    compact(Table(ACCOUNT, STREAMS[name], facts / ACCOUNT / name), SystemClock().now(), 24)

        thread = threading.Thread(target=housekeeping)
        thread.start()
        try:
            for number in range(4):
                tables = copy_tables(facts, tmp_path / str(number), lambda _: None)
                assert must_be_whole(tmp_path / str(number), lambda _: None) == tables >= 3
        finally:
            stop.set()
            thread.join()


def test_a_damaged_table_is_named(on: Command, tmp_path: Path) -> None:
    with world(tmp_path / "old", 60) as here:
        assert on(here, "pull", "--no-wait").code == 0
    facts = tmp_path / "old" / "facts"
    copy_tables(facts, tmp_path / "copy", lambda _: None)
    victim = next((tmp_path / "copy" / ACCOUNT / "keywords").rglob("*.parquet"))
    victim.write_bytes(victim.read_bytes()[:-10])
    with pytest.raises(FactsError, match="keywords of demo is damaged"):
        must_be_whole(tmp_path / "copy", lambda _: None)
