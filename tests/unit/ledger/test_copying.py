"""A ledger is copied while others write to it, put back into either database, and then only read back."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from agent.clock import SetClock
from agent.errors import AgentError
from agent.jobs.backup import MANIFEST, Extra, Holdings, Manifest, back_up
from agent.jobs.reread import release_when_read_back
from agent.jobs.restore import Target, check, restore
from agent.ledger import SqlLedger
from agent.ledger.tables import HEAD
from agent.model.proposal import State
from tests.postgres import PostgresServer
from tests.soak.backups import backed_up_under_write
from tests.wishes import NOW, approved, attempt, sent, wish, wishes

_DAY = timedelta(days=1)


def no_tables(folder: Path, told: object) -> int:
    return 0


def made(ledger: SqlLedger, place: Path, *extras: Extra, with_key: bool = False) -> Manifest:
    holdings = Holdings(ledger, no_tables, ["north"], HEAD, extras)
    return back_up(holdings, place, SetClock(NOW), lambda _: None, with_key=with_key)


def put_back(place: Path, url: str, folder: Path) -> None:
    file = Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite") else None
    restore(place, Target(url, file, folder / "facts", ["north"]), no_tables, SetClock(NOW + _DAY), lambda _: None,
            run="r_back", by="ann")  # fmt: skip


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def place_of(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Addresses of new, empty places."""
    numbers = count(1)
    if request.param == "sqlite":
        return lambda: f"sqlite:///{tmp_path / f'place{next(numbers)}' / 'steward.db'}"
    server: PostgresServer = request.getfixturevalue("postgres")

    def database() -> str:
        name = f"copies_{request.node.name[:20].lower().replace('[', '_')}_{next(numbers)}"
        server.sql(f"CREATE DATABASE {name} TEMPLATE template0")
        request.addfinalizer(lambda: server.sql(f"DROP DATABASE {name} WITH (FORCE)"))
        return server.url(name)

    return database


def test_a_ledger_that_is_written_to_is_restored_without_a_double_or_a_loss(
    place_of: Callable[[], str], tmp_path: Path
) -> None:
    for seed in (1, 2):
        folder = tmp_path / str(seed)
        folder.mkdir()
        told = backed_up_under_write(seed, place_of(), place_of(), folder, wishes=30)
        assert told.whole, seed
        assert (told.sent_early, told.doubled, told.lost, told.left) == (0, 0, 0, 0), (seed, told)


def test_a_copy_goes_from_one_database_into_the_other_and_stays_whole(
    url: str, place_of: Callable[[], str], open_ledger: Callable[[str], SqlLedger], tmp_path: Path
) -> None:
    ledger = open_ledger(url)
    sent(ledger, wishes(2))
    approved(ledger, [wish(3)])
    manifest = made(ledger, tmp_path / "backup")
    assert (manifest.seq, manifest.head) == (ledger.verify().rows, ledger.verify().head)
    target = place_of()
    put_back(tmp_path / "backup", target, tmp_path)
    there = open_ledger(target)
    assert there.verify().ok
    assert there.events(limit=1)[0].kind == "in_doubt"
    assert {each.id: each.change for each in there.in_state(*State)} == {
        each.id: each.change for each in ledger.in_state(*State)
    }
    assert len(there.decisions(["p_3"])["p_3"]) == 1
    assert approved(there, [wish(9)]) == ["p_9"], "new decisions find their numbers"


@pytest.mark.postgres
def test_rows_that_lie_in_another_order_are_copied_in_theirs(
    postgres: PostgresServer, postgres_ledger_url: str, open_ledger: Callable[[str], SqlLedger], tmp_path: Path
) -> None:
    """PostgreSQL keeps what several sessions wrote where there was room."""
    ledger = open_ledger(postgres_ledger_url)
    sent(ledger, wishes(2))
    postgres.sql(
        "CREATE TEMP TABLE kept AS SELECT * FROM events; ALTER TABLE events DISABLE TRIGGER USER; DELETE FROM events; "
        "INSERT INTO events SELECT * FROM kept ORDER BY seq DESC; ALTER TABLE events ENABLE TRIGGER USER",
        "ledger",
    )
    assert ledger.verify().ok
    made(ledger, tmp_path / "backup")
    check(tmp_path / "backup", no_tables, lambda _: None)


def test_nothing_is_intended_until_all_was_read_back(
    place_of: Callable[[], str], open_ledger: Callable[[str], SqlLedger], tmp_path: Path
) -> None:
    ledger = open_ledger(place_of())
    sent(ledger, [wish(1)])
    approved(ledger, [wish(2), wish(3, field="budget", entity="k2")])
    made(ledger, tmp_path / "backup")
    target = place_of()
    put_back(tmp_path / "backup", target, tmp_path)
    there = open_ledger(target)
    assert there.counts() == {State.IN_DOUBT: 3}, "whatever may have been sent, also two on one entity"
    found = there.restoration.of("north")
    assert found is not None
    assert (found.at, found.backup[:16]) == (NOW + _DAY, "2026-03-18T09:30")
    approved(there, [wish(7)])
    assert there.intend([attempt(wish(7))], "act") == []
    approved(there, [wish(8, account="south")])
    assert there.intend([attempt(wish(8, account="south"))], "act") == ["p_8"], "another account was never in it"

    settle, later = timedelta(minutes=11), SetClock(NOW + _DAY + timedelta(minutes=12))
    early = SetClock(NOW + _DAY + timedelta(minutes=10))
    held = there.restoration
    assert not release_when_read_back(held, "north", settle, later, by_api=lambda _: True), "p_1 to p_3 are open"
    there.move(["p_1", "p_2", "p_3"], State.IN_DOUBT, State.APPROVED, "steward", later.now())
    assert not release_when_read_back(held, "north", settle, early, by_api=lambda _: True), "too early"
    assert release_when_read_back(held, "north", settle, later, by_api=lambda _: True)
    assert there.restoration.of("north") is None
    assert there.intend([attempt(wish(7))], "act") == ["p_7"]
    assert there.verify().ok


@pytest.mark.parametrize("name", ["backup", "backup.tar", "backup.tar.gz", "backup.tgz"])
def test_a_backup_is_a_folder_or_an_archive_and_is_told_whole(
    sqlite_url: str, open_ledger: Callable[[str], SqlLedger], tmp_path: Path, name: str
) -> None:
    ledger = open_ledger(sqlite_url)
    sent(ledger, wishes(5))
    made(ledger, tmp_path / "out" / name)
    assert [each.name for each in (tmp_path / "out").iterdir()] == [name], "nothing else is left behind"
    found = check(tmp_path / "out" / name, no_tables, lambda _: None)
    assert (found.faults, found.events) == ((), ledger.verify().rows)
    with pytest.raises(AgentError, match="is there already"):
        made(ledger, tmp_path / "out" / name)


def test_any_flipped_byte_of_a_backup_is_found(
    sqlite_url: str, open_ledger: Callable[[str], SqlLedger], tmp_path: Path
) -> None:
    ledger = open_ledger(sqlite_url)
    sent(ledger, wishes(5))
    made(ledger, tmp_path / "backup")
    copy = tmp_path / "backup" / "ledger.db"
    whole = copy.read_bytes()
    for place in range(100, len(whole), 9_973):
        copy.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert check(tmp_path / "backup", no_tables, lambda _: None).faults == ["ledger.db: changed since the backup"]
    copy.write_bytes(whole)
    (tmp_path / "backup" / "more.txt").write_text("?")
    assert check(tmp_path / "backup", no_tables, lambda _: None).faults == ["more.txt: not in the manifest"]


def test_a_manifest_that_was_made_to_fit_another_ledger_is_found(
    sqlite_url: str, open_ledger: Callable[[str], SqlLedger], tmp_path: Path
) -> None:
    ledger = open_ledger(sqlite_url)
    sent(ledger, wishes(2))
    made(ledger, tmp_path / "backup")
    path = tmp_path / "backup" / MANIFEST
    body = json.loads(path.read_text())
    path.write_text(json.dumps({**body, "head": "f" * 64}))
    assert "not the one that was remembered" in check(tmp_path / "backup", no_tables, lambda _: None).faults[0]
    path.write_text("{")
    with pytest.raises(AgentError, match="is no backup"):
        check(tmp_path / "backup", no_tables, lambda _: None)


def test_the_key_is_named_and_copied_only_when_asked_for(
    sqlite_url: str, open_ledger: Callable[[str], SqlLedger], tmp_path: Path
) -> None:
    ledger = open_ledger(sqlite_url)
    (tmp_path / "audit.key").write_text("secret")
    (tmp_path / "checkpoints.txt").write_text("steward\n1\n")
    extras = (Extra(tmp_path / "audit.key", secret=True), Extra(tmp_path / "checkpoints.txt"))
    without = made(ledger, tmp_path / "one", *extras)
    assert without.left_out == ("audit.key",)
    assert not list((tmp_path / "one").rglob("*.key"))
    assert [part.path for part in without.files if part.path.startswith("extras")] == ["extras/checkpoints.txt"]
    made(ledger, tmp_path / "two", *extras, with_key=True)
    assert (tmp_path / "two" / "extras" / "audit.key").read_text() == "secret"


def test_an_archive_that_is_cut_short_or_reaches_outside_is_refused(
    sqlite_url: str, open_ledger: Callable[[str], SqlLedger], tmp_path: Path
) -> None:
    made(open_ledger(sqlite_url), tmp_path / "whole.tar.gz")
    raw = (tmp_path / "whole.tar.gz").read_bytes()
    (tmp_path / "cut.tar.gz").write_bytes(raw[: len(raw) // 2])
    with tarfile.open(tmp_path / "sly.tar", "w") as archive:
        archive.add(tmp_path / "cut.tar.gz", "../../outside")
    for name in ("cut.tar.gz", "sly.tar"):
        with pytest.raises(AgentError, match=r"cannot be read|is no backup"):
            check(tmp_path / name, no_tables, lambda _: None)
    assert not (tmp_path.parent / "outside").exists()


def test_a_place_that_is_not_empty_is_refused_and_left_alone(
    place_of: Callable[[], str], open_ledger: Callable[[str], SqlLedger], tmp_path: Path
) -> None:
    source, full = open_ledger(place_of()), place_of()
    sent(source, wishes(1))
    made(source, tmp_path / "backup")
    sent(open_ledger(full), wishes(3))
    with pytest.raises(AgentError, match=r"is there already|is not empty"):
        put_back(tmp_path / "backup", full, tmp_path)
    assert open_ledger(full).counts() == {State.INTENT: 3}
    (tmp_path / "facts").mkdir()
    (tmp_path / "facts" / "mine.txt").write_text("mine")
    with pytest.raises(AgentError, match="not empty"):
        put_back(tmp_path / "backup", place_of(), tmp_path)
    assert (tmp_path / "facts" / "mine.txt").read_text() == "mine"


def test_an_interrupted_restore_is_begun_anew(
    sqlite_url: str, open_ledger: Callable[[str], SqlLedger], tmp_path: Path
) -> None:
    made(open_ledger(sqlite_url), tmp_path / "backup")
    (tmp_path / "facts" / "north" / "keywords").mkdir(parents=True)
    (tmp_path / "facts" / ".restoring").touch()
    put_back(tmp_path / "backup", f"sqlite:///{tmp_path / 'new' / 'steward.db'}", tmp_path)
    assert list((tmp_path / "facts").iterdir()) == []
