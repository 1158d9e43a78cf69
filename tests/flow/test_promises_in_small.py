"""The promises of carrying out, in small; ``make soak`` tries them in full size and prints what it measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak import storage
from tests.soak.executor import Nursery
from tests.soak.network import bad_network
from tests.soak.outbox import killed_in_the_outbox
from tests.soak.powercut import is_possible, power_cuts


@pytest.mark.skipif(not is_possible(), reason="no strace here to see what is synced")
def test_a_power_cut_forgets_no_call_that_was_sent(tmp_path: Path) -> None:
    found = power_cuts(tmp_path, changes=24, cuts=12)
    assert found.requests == 8, "three changes in each"
    assert (found.unsynced, found.lost, found.broken) == (0, 0, 0)


def test_while_somebody_else_holds_the_database_nothing_is_sent_and_it_heals(tmp_path: Path) -> None:
    found = storage.locked(5.5)
    assert "another process holds the database" in found.named
    assert (found.unknown, found.healed) == (0, True)


@pytest.mark.skipif(not storage.is_possible(), reason="only an administrator mounts a small disk")
@pytest.mark.parametrize("trouble", [storage.full_disk, storage.read_only])
def test_on_a_disk_that_takes_nothing_nothing_is_sent_and_it_heals(trouble: storage.Trouble) -> None:
    found = trouble()
    assert (found.sent, found.unknown, found.healed) == (0, 0, True)
    assert "disk is full" in found.named or "cannot be opened" in found.named


def test_a_bad_network_only_delays(tmp_path: Path) -> None:
    found = bad_network(tmp_path, 24, 2, Nursery())
    assert [(each.done, each.faults) for each in found.truths] == [(12, 0), (12, 0)]


def test_killed_in_the_outbox_no_message_is_lost_and_none_comes_twice_but_by_a_kill(tmp_path: Path) -> None:
    found = killed_in_the_outbox(3, 24, f"sqlite:///{tmp_path / 'steward.db'}")
    assert (found.news, found.lost, found.whole) == (96, 0, True)
    assert found.doubled <= found.kills
