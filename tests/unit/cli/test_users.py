"""Letting people in and out of the page."""

import io

import pytest

from tests.office import Office

WORDS = "correct horse battery\n"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a pipe hands over as the password."""
    monkeypatch.setattr("sys.stdin", io.StringIO(WORDS * 9))


def test_somebody_is_let_in_changed_shut_out_and_let_in_again(office: Office, typed: None) -> None:
    added = office.steward("users", "add", "root", "--role", "admin", "--password-stdin", "--json")
    assert added.code == 0, added.err
    assert {name: added.json[name] for name in ("schema", "name", "role", "disabled")} == {
        "schema": "steward.user/1", "name": "root", "role": "admin", "disabled": False,
    }  # fmt: skip
    assert office.steward("users", "add", "ann", "--password-stdin").code == 0
    assert office.steward("users", "role", "ann", "viewer").code == 0
    assert office.steward("users", "password", "ann", "--password-stdin").code == 0
    assert "shut out" in office.steward("users", "disable", "ann").out
    listed = office.steward("users", "list", "--json").json["users"]
    assert [(each["name"], each["role"], each["disabled"]) for each in listed] == [
        ("ann", "viewer", True), ("root", "admin", False),
    ]  # fmt: skip
    assert office.steward("users", "disable", "ann", "--enable").code == 0
    with office.ledger() as ledger:
        assert ledger.verify().ok


def test_what_cannot_be_is_told_with_what_can(office: Office, typed: None) -> None:
    assert "viewer, approver, admin" in office.steward("users", "add", "ann", "--role", "boss", "--password-stdin").err
    assert office.steward("users", "add", " ann", "--password-stdin").code == 2
    assert office.steward("users", "role", "zoe", "admin").code == 2
    assert office.steward("users", "add", "root", "--role", "admin", "--password-stdin").code == 0
    last = office.steward("users", "disable", "root")
    assert last.code == 2
    assert "only admin" in last.err


def test_a_password_is_never_an_argument_and_is_asked_for_only_at_a_terminal(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    refused = office.steward("users", "add", "ann")
    assert refused.code == 2
    assert "--password-stdin" in refused.err
    assert office.steward("users", "add", "ann", "--password-stdin").code == 2
    assert office.steward("users", "list", "--json").json["users"] == []


def test_a_page_that_others_could_read_along_is_not_served(office: Office) -> None:
    office.write(office.config.read_text(encoding="utf-8") + '\n[page]\nhost = "0.0.0.0"\n')
    refused = office.steward("serve")
    assert refused.code == 2
    assert "can be reached by others" in refused.err
    assert "https://" in refused.err


def test_a_port_that_is_taken_is_told(office: Office) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = office.steward("serve", "--port", str(taken.getsockname()[1]))
    assert refused.code == 2
    assert "--port" in refused.err


def test_a_key_is_shown_once_listed_without_its_secret_and_ended(office: Office, typed: None) -> None:
    assert office.steward("users", "add", "ann", "--password-stdin").code == 0
    made = office.steward("users", "token", "add", "ann", "--name", "nightly", "--scope", "decide", "--json").json
    assert (made["user"], made["name"], made["scopes"]) == ("ann", "nightly", ["decide"])
    assert made["token"].startswith("steward_")
    assert len(made["token"]) > 40
    listed = office.steward("users", "token", "list", "ann", "--json")
    assert [each["id"] for each in listed.json["tokens"]] == [made["id"]]
    assert made["token"] not in listed.out
    with office.ledger() as ledger:
        assert made["token"] not in "".join(str(event.payload) for event in ledger.events())
    assert office.steward("users", "token", "revoke", made["id"]).code == 0
    assert office.steward("users", "token", "revoke", made["id"]).code == 2
    assert office.steward("users", "token", "list", "--json").json["tokens"] == []


def test_a_key_nobody_could_use_is_not_made(office: Office, typed: None) -> None:
    office.steward("users", "add", "vera", "--role", "viewer", "--password-stdin")
    for parts, said in ((("zoe",), "no user 'zoe'"), (("vera", "--scope", "decide"), "beyond"),
                        (("vera", "--days", "999"), "366")):  # fmt: skip
        refused = office.steward("users", "token", "add", *parts, "--name", "x")
        assert refused.code == 2
        assert said in refused.err
    for name in ("a/b", ".hidden", "what?"):
        assert office.steward("users", "add", name, "--password-stdin").code == 2
