"""Every error ends a command with words, a remedy and its exit code; with ``--json``, as one object."""

import json

import pytest

from agent.clock import SystemClock
from agent.errors import (
    AgentError,
    ConfigError,
    CredentialError,
    Diagnostic,
    FactsError,
    ForbiddenError,
    LedgerConflictError,
    LockedError,
    RefusedError,
    RuleError,
)
from tests.office import Office

BROKEN = "rule: a/b\njudges: nope\n"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (AgentError("x"), 1),
        (FactsError("x"), 1),
        (ConfigError("x"), 2),
        (RuleError([Diagnostic("a.yaml", 1, 1, "R001", "x")]), 2),
        (CredentialError("x"), 4),
        (RefusedError("x"), 5),
        (LedgerConflictError("x", expected="a", found="b"), 5),
        (ForbiddenError("x"), 6),
        (LockedError("x"), 7),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_exit_codes_are_part_of_the_contract(error: AgentError, code: int) -> None:
    assert error.exit_code == code


def test_a_misspelt_setting_is_told_with_its_place_and_the_right_spelling(office: Office) -> None:
    office.config.write_text("dry_rum = true\n")
    ran = office.steward("status")
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err == (
        f"Error: {office.config}:1: unknown setting 'dry_rum'\nWhat to do: did you mean 'dry_run'?\n"
    )  # fmt: skip


def test_an_error_speaks_chinese_where_a_person_asked_for_it(office: Office) -> None:
    office.config.write_text("dry_rum = true\n")
    told = office.bare("--lang", "zh", "--config", str(office.config), "status").err
    assert told.startswith(f"错误: {office.config}:1: ")
    assert "\n怎么办: " in told


def test_the_language_of_the_configuration_holds_unless_a_flag_names_one(office: Office) -> None:
    office.config.write_text('language = "zh"\n')
    assert office.steward("status").err.startswith("错误: ")
    assert office.bare("--lang=en", "--config", str(office.config), "status").err.startswith("Error: ")


def test_with_json_an_error_is_one_object_on_standard_error(office: Office) -> None:
    office.config.write_text("dry_rum = true\n")
    ran = office.steward("status", "--json")
    assert ran.code == 2
    assert ran.out == ""
    assert json.loads(ran.err) == {
        "schema": "steward.error/1", "code": "config", "message": "unknown setting 'dry_rum'",
        "hint": "did you mean 'dry_run'?", "retryable": False, "setting": "dry_rum", "place": f"{office.config}:1",
    }  # fmt: skip


def test_faults_of_rules_are_told_by_place_as_text_and_as_json(office: Office) -> None:
    rules = office.folder / "rules"
    rules.mkdir()
    (rules / "b.yaml").write_text(BROKEN)
    office.write(office.config.read_text().replace('"shipped"', '"rules"'))
    ran = office.steward("rules", "list")
    assert ran.code == 2
    assert f"{rules / 'b.yaml'}:2:9: R013 " in ran.err
    found = office.steward("rules", "list", "--json").error
    assert found["code"] == "rules"
    assert {"path": str(rules / "b.yaml"), "line": 2, "column": 9, "code": "R013"}.items() <= found["diagnostics"][
        -1
    ].items()


@pytest.mark.parametrize(("flag", "word"), [("en", "Error"), ("zh", "错误")])
def test_a_dry_run_refuses_to_send_with_exit_6(office: Office, flag: str, word: str) -> None:
    ran = office.bare("--lang", flag, "--config", str(office.config), "apply", "--yes")
    assert ran.code == 6
    assert ran.err.startswith(f"{word}: ")
    assert "dry_run = false" in ran.err
    assert office.steward("apply", "--yes", "--json").error["code"] == "forbidden"


def test_a_second_instance_is_refused_with_exit_7(office: Office) -> None:
    with office.ledger() as ledger, ledger.lock():
        ran = office.steward("apply", "--yes")
        assert ran.code == 7
        assert office.steward("apply", "--yes", "--json").error["code"] == "locked"
    assert ran.err.startswith("Error: ")


def test_the_kill_switch_is_thrown_and_released_by_command(office: Office) -> None:
    assert office.steward("stop-all").code == 2
    assert office.steward("stop-all", "--reason", "looks wrong", "--json").json == {
        "schema": "steward.stop/1", "stopped": True, "reason": "looks wrong",
    }  # fmt: skip
    office.write(office.config.read_text().replace("dry_run = true", "dry_run = false"))
    refused = office.steward("apply", "--yes")
    assert refused.code == 6
    assert "looks wrong" in refused.err
    assert office.steward("stop-all", "--release", "--reason", "was fine").code == 0
    assert office.steward("apply", "--yes").code == 0


def test_what_no_one_can_be_asked_names_the_flag_that_answers(office: Office) -> None:
    """Tests have no terminal."""
    office.write(office.config.read_text().replace("dry_run = true", "dry_run = false"))
    from tests.wishes import approved, wish

    with office.ledger() as ledger:
        approved(ledger, [wish(1, expires_at=SystemClock().now().replace(year=2099))])
        ledger.add([wish(2)])
    asked = {
        "--yes": [("apply",), ("actions", "approve", "p_2"), ("actions", "reject", "p_2", "--reason", "no")],
        "--non-interactive": [("init", str(office.folder / "new"))],
    }
    for flag, commands in asked.items():
        for command in commands:
            ran = office.steward(*command)
            assert ran.code == 2, command
            assert f"What to do: Use {flag}." in ran.err
    assert sorted(path.name for path in office.folder.iterdir() if path.is_dir()) == []


@pytest.mark.parametrize("arguments", [("plam",), ("plan", "--nope"), ("actions", "show")])
def test_a_command_that_was_misspelt_exits_2_and_points_to_the_help(office: Office, arguments: tuple[str, ...]) -> None:
    ran = office.bare(*arguments)
    assert ran.code == 2
    assert "--help" in ran.err
    assert ran.out == ""


def test_an_unknown_account_is_told_with_the_known_ones(office: Office) -> None:
    for command in (("plan",), ("status",), ("pull",), ("actions", "list"), ("actions", "approve", "--filter", "")):
        ran = office.steward(*command, "--account", "nrth")
        assert ran.code == 2, command
        assert "north" in ran.err


def test_the_version_is_told(office: Office) -> None:
    from agent import __version__

    assert office.bare("--version").out == f"steward {__version__}\n"
