"""One executor per database."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, event

from agent.errors import AgentError, ConfigError, LockedError
from agent.ledger import SqlLedger
from agent.ledger.database import Database
from agent.model.proposal import State
from tests.postgres import PostgresServer
from tests.wishes import approved, attempt, wishes

HOLD = """
import sys
from agent.ledger import SqlLedger
ledger = SqlLedger.open(sys.argv[1])
with ledger.lock():
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_process(url: str) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the lock until its input ends."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, url], stdin=-1, stdout=-1, text=True)
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.stdin.close()
        process.kill()
        process.wait(30)
        process.stdout.close()


def test_a_second_daemon_is_refused_and_told_who_holds_the_lock(url: str, ledger: SqlLedger) -> None:
    with another_process(url) as holder:
        with pytest.raises(LockedError, match=f"process {holder.pid} on .+ since 20") as caught, ledger.lock():
            pass
        assert caught.value.exit_code == 7
        assert ledger.counts() == {}


def test_a_killed_holder_holds_nothing(url: str, ledger: SqlLedger) -> None:
    with another_process(url) as holder:
        holder.kill()
        holder.wait(30)
        with taken_within(ledger, seconds=30):
            pass


def test_a_holder_that_is_only_asleep_still_holds(url: str, ledger: SqlLedger) -> None:
    with another_process(url) as holder:
        os.kill(holder.pid, signal.SIGSTOP)
        with pytest.raises(LockedError), ledger.lock():
            pass


@contextmanager
def taken_within(ledger: SqlLedger, seconds: float) -> Iterator[None]:
    """A server notices a moment later that its client died."""
    for _ in range(int(seconds / 0.1)):
        try:
            with ledger.lock():
                yield
                return
        except LockedError:
            threading.Event().wait(0.1)
    pytest.fail("the lock was never free")


def test_the_lock_is_free_again_when_it_is_released(url: str, open_ledger: Callable[[str], SqlLedger]) -> None:
    first, second = open_ledger(url), open_ledger(url)
    with first.lock() as holder:
        assert holder.pid == os.getpid()
        with pytest.raises(LockedError, match=f"process {holder.pid} "), second.lock():
            pass
        with pytest.raises(LockedError, match="this very process"), first.lock():
            pass
    with second.lock():
        pass


def test_whoever_writes_files_is_alone_at_that_beside_an_executor(
    url: str, ledger: SqlLedger, open_ledger: Callable[[str], SqlLedger]
) -> None:
    approved(ledger, wishes(1))
    with another_process(url), ledger.lock(uploads=True):
        with pytest.raises(LockedError, match="another instance"), open_ledger(url).lock(uploads=True):
            pass
        assert ledger.intend([attempt(wishes(1)[0])], "act") == ["p_1"]


def test_others_read_and_decide_while_one_executes(url: str, open_ledger: Callable[[str], SqlLedger]) -> None:
    executor, page = open_ledger(url), open_ledger(url)
    with executor.lock():
        ids = approved(page, wishes(2))
        assert executor.intend([attempt(each) for each in wishes(2)], "act") == ids
        executor.move(ids, State.INTENT, State.IN_DOUBT, "act", wishes(1)[0].created_at)
        assert page.counts() == {State.IN_DOUBT: 2}


def test_threads_of_the_executor_share_its_lock(ledger: SqlLedger) -> None:
    approved(ledger, wishes(12))
    with ledger.lock():
        threads = [
            threading.Thread(target=ledger.intend, args=([attempt(each)], "act")) for each in wishes(12)
        ]  # fmt: skip
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert ledger.counts() == {State.INTENT: 12}


def test_who_removes_the_lock_file_stops_the_executor(sqlite_url: str, open_ledger: Callable[[str], SqlLedger]) -> None:
    """A second instance could lock a new file of the same name."""
    ledger = open_ledger(sqlite_url)
    approved(ledger, wishes(1))
    with ledger.lock():
        Path(sqlite_url.removeprefix("sqlite:///") + ".lock").unlink()
        with open_ledger(sqlite_url).lock(), pytest.raises(LockedError, match="lost"):
            ledger.intend([attempt(wishes(1)[0])], "act")
    assert ledger.counts() == {State.APPROVED: 1}


def test_a_lock_that_cannot_be_made_is_named(sqlite_url: str, open_ledger: Callable[[str], SqlLedger]) -> None:
    Path(sqlite_url.removeprefix("sqlite:///") + ".lock").mkdir()
    with pytest.raises(ConfigError, match=r"steward\.db\.lock cannot be locked"), open_ledger(sqlite_url).lock():
        pass


def test_a_lock_file_that_says_nothing_still_locks(sqlite_url: str, open_ledger: Callable[[str], SqlLedger]) -> None:
    first, second = open_ledger(sqlite_url), open_ledger(sqlite_url)
    with first.lock():
        Path(sqlite_url.removeprefix("sqlite:///") + ".lock").write_text("{")
        with pytest.raises(LockedError, match="not yet said"), second.lock():
            pass


@pytest.mark.postgres
def test_intents_are_committed_on_the_session_that_holds_the_lock(
    postgres: PostgresServer, postgres_ledger_url: str
) -> None:
    database = Database.connect(postgres_ledger_url, create=False)
    ledger, sessions = SqlLedger(database), set[int]()

    def note(connection: Connection, _: object, statement: str, *rest: object) -> None:
        if statement.startswith("INSERT INTO executions"):
            sessions.add(connection.connection.dbapi_connection.info.backend_pid)  # type: ignore[union-attr]

    event.listen(database.engine, "before_cursor_execute", note)
    approved(ledger, wishes(2))
    with ledger.lock():
        holding = {pid for (pid,) in postgres.sql("SELECT pid FROM pg_locks WHERE locktype = 'advisory'")}
        for each in wishes(2):
            assert ledger.intend([attempt(each)], "act") == [each.id]
    ledger.close()
    assert sessions == holding
    assert len(holding) == 1


_END_THE_HOLDER = """
SELECT pg_terminate_backend(pid) FROM pg_locks
WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = 'ledger')
"""


@pytest.mark.postgres
def test_an_executor_that_lost_its_session_cannot_send(
    postgres: PostgresServer, postgres_ledger_url: str, open_ledger: Callable[[str], SqlLedger]
) -> None:
    """Its lock went with the session, and another executor may already be at work."""
    ledger, other = open_ledger(postgres_ledger_url), open_ledger(postgres_ledger_url)
    approved(ledger, wishes(2))
    with ledger.lock():
        assert len(ledger.intend([attempt(wishes(1)[0])], "act")) == 1
        postgres.sql(_END_THE_HOLDER)
        with taken_within(other, seconds=30):
            for _ in range(3):
                with pytest.raises(AgentError):
                    ledger.intend([attempt(wishes(2)[1])], "act")
            with pytest.raises(LockedError, match="lost"):
                ledger.intend([attempt(wishes(2)[1])], "act")
    assert other.counts() == {State.INTENT: 1, State.APPROVED: 1}
