"""Users, sessions and keys: what they are is vouched for by events, what a browser holds is nowhere."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from agent.errors import ConfigError
from agent.ledger import SqlLedger
from agent.model.person import Role, Session, Token, User
from tests.wishes import NOW


def user(name: str = "ann", role: Role = Role.ADMIN) -> User:
    return User(name, role, False, "", NOW)


def session(id: str = "s_1", name: str = "ann") -> Session:
    return Session(id, name, NOW, NOW, NOW, "Firefox", "10.0.0.7")


@pytest.fixture
def people(ledger: SqlLedger) -> SqlLedger:
    ledger.people.add(user(), "hash-1", "root")
    ledger.people.add(user("bob", Role.APPROVER), "hash-2", "root")
    return ledger


def test_users_are_kept_with_what_was_done_to_them_and_by_whom(people: SqlLedger) -> None:
    changed = people.people.change("bob", "ann", "role", NOW + timedelta(hours=1), role=Role.VIEWER)
    assert changed == User("bob", Role.VIEWER, False, "", NOW + timedelta(hours=1))
    assert people.people.users() == [user(), changed]
    told = [(each.payload["user"], each.payload["did"], each.payload["by"]) for each in people.events()]
    assert told == [("ann", "added", "root"), ("bob", "added", "root"), ("bob", "role", "ann")]
    assert people.people.password("bob") == "hash-2"
    assert people.people.password("zoe") is None
    assert people.verify().ok


def test_no_event_holds_a_hash_of_a_password_or_what_a_browser_holds(people: SqlLedger) -> None:
    people.people.begin("the secret", session())
    people.people.give("the key", Token("k_1", "ann", "nightly", ("read",), NOW, None), "ann")
    told = str([dict(each.payload) for each in people.events()])
    for secret in ("hash-1", "the secret", "the key"):
        assert secret not in told


def test_a_name_is_used_once_and_an_unknown_one_is_told(people: SqlLedger) -> None:
    with pytest.raises(ConfigError, match="already"):
        people.people.add(user(), "x", "root")
    with pytest.raises(ConfigError, match="no user"):
        people.people.change("zoe", "root", "role", NOW, role=Role.ADMIN)


@pytest.mark.parametrize("change", [{"disabled": True}, {"role": Role.APPROVER}])
def test_the_last_admin_stays(change: dict[str, object], people: SqlLedger) -> None:
    with pytest.raises(ConfigError, match="only admin"):
        people.people.change("ann", "root", "test", NOW, **change)
    people.people.change("bob", "root", "role", NOW, role=Role.ADMIN)
    people.people.change("ann", "root", "test", NOW, **change)
    assert people.verify().ok


def test_whoever_makes_themselves_admin_in_the_database_is_found(people: SqlLedger, url: str) -> None:
    with people._database.store() as connection:
        connection.execute(text("UPDATE users SET role = 'admin' WHERE name = 'bob'"))
    found = people.verify()
    assert not found.ok
    assert "bob" in str(found)


def test_sessions_are_found_by_what_the_browser_holds_and_end(people: SqlLedger) -> None:
    people.people.begin("one", session())
    people.people.begin("two", session("s_2"))
    people.people.begin("three", session("s_3", "bob"))
    assert people.people.session("one") == session()
    assert people.people.session("On") is None
    later = NOW + timedelta(minutes=5)
    people.people.seen("s_1", later, signed=True)
    seen = people.people.session("one")
    assert seen is not None
    assert (seen.seen_at, seen.signed_at) == (later, later)
    assert people.people.end("ann", later, id="s_1") == 1
    assert people.people.end("ann", later, id="s_1") == 0
    ended = people.people.session("one")
    assert ended is not None
    assert ended.ended_at == later
    assert [each.id for each in people.people.sessions("ann")] == ["s_2"]
    people.people.change("ann", "root", "password", later, password="hash-3")
    assert [each.id for each in people.people.sessions()] == ["s_3"]
    assert people.verify().ok


def test_keys_speak_for_their_user_until_they_are_taken_or_the_user_is_shut_out(people: SqlLedger) -> None:
    tokens = [Token(f"k_{number}", "bob", "nightly", ("read", "decide"), NOW, None) for number in (1, 2)]
    for token in tokens:
        people.people.give(f"key {token.id}", token, "ann")
    assert people.people.token("key k_1") == tokens[0]
    assert people.people.take("k_1", "ann", NOW)
    assert not people.people.take("k_1", "ann", NOW)
    assert [each.id for each in people.people.tokens("bob")] == ["k_2"]
    people.people.token_seen("k_2", NOW)
    people.people.change("bob", "ann", "disabled", NOW, disabled=True)
    assert people.people.tokens() == []
    assert people.verify().ok


def test_a_copy_holds_them_and_is_whole(people: SqlLedger, tmp_path: Path) -> None:
    people.people.begin("one", session())
    people.copy_out(tmp_path / "copy.db")
    copy = SqlLedger.open(f"sqlite:///{tmp_path / 'copy.db'}", create=False)
    assert copy.people.users() == people.people.users()
    assert copy.people.session("one") == session()
    assert copy.verify().ok
    copy.close()
