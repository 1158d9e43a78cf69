"""Beginning, looking at the configuration, and being told what is wrong."""

import json
import stat
from pathlib import Path

import pytest

from agent.config import load
from agent.rulebook.schema import schema
from tests.office import SECRET, Office

FILES = ["steward.toml", "rules/ads/bid-down-above-target.yaml", ".steward/rules.schema.json"]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def begin(office: Office, *arguments: str) -> Path:
    folder = office.folder / "new"
    ran = office.bare("init", str(folder), "--non-interactive", *arguments)
    assert ran.code == 0, ran.err
    return folder


def test_beginning_writes_what_loads_and_checks(office: Office) -> None:
    folder = begin(office)
    assert [name for name in FILES if not (folder / name).is_file()] == []
    assert (folder / "steward.db").is_file()
    config = load(folder / "steward.toml", variables={})
    assert config.dry_run is True
    assert list(config.accounts) == ["main"]
    assert json.loads((folder / ".steward" / "rules.schema.json").read_text()) == schema()
    assert office.bare("--config", str(folder / "steward.toml"), "rules", "check").code == 0
    assert office.bare("--config", str(folder / "steward.toml"), "rules", "test").code == 0


def test_the_editor_finds_the_schema_from_the_example_rule(office: Office) -> None:
    rule = begin(office) / FILES[1]
    first = rule.read_text().splitlines()[0]
    assert (rule.parent / first.partition("$schema=")[2]).resolve().is_file()


@pytest.mark.parametrize("before", [None, 0o644])
def test_the_configuration_is_its_owners_alone(office: Office, before: int | None) -> None:
    """Also where it overwrites a file that others could read."""
    if before is not None:
        begin(office)
        (office.folder / "new" / FILES[0]).chmod(before)
    folder = begin(office, "--force")
    assert mode(folder / "steward.toml") == 0o600
    assert mode(folder / "steward.db") == 0o600


def test_beginning_again_changes_nothing_unless_forced(office: Office) -> None:
    folder = begin(office)
    mine = 'database = "sqlite:///mine.db"\n'
    (folder / "steward.toml").write_text(mine)
    (folder / FILES[1]).unlink()
    ran = office.bare("init", str(folder), "--non-interactive", "--json")
    assert ran.json["written"] == [str(folder / FILES[1])]
    assert (folder / "steward.toml").read_text() == mine
    begin(office, "--force")
    assert (folder / "steward.toml").read_text() != mine


def test_where_nothing_can_be_written_is_told_and_not_thrown(office: Office) -> None:
    ran = office.bare("init", str(office.config / "inside-a-file"), "--non-interactive")
    assert ran.code == 2
    assert str(office.config) in ran.err


def test_a_demo_never_touches_a_folder_or_file_it_did_not_make(office: Office) -> None:
    for name in (office.folder, office.config):
        ran = office.bare("demo", "--once", "--folder", str(name))
        assert ran.code == 2
        assert "no demo made it" in ran.err
    assert office.config.is_file()


def test_secrets_are_masked_wherever_settings_are_shown(office: Office) -> None:
    for arguments in ((), ("--origin",), ("--json",), ("--origin", "--json")):
        ran = office.steward("config", "show", *arguments)
        assert ran.code == 0
        assert SECRET not in ran.out + ran.err
        assert "***" in ran.out


def test_every_setting_tells_its_origin(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEWARD_PULL__DAYS", "30")
    rows = [line.split("\t") for line in office.steward("config", "show", "--origin").out.splitlines()]
    origins = {setting: (value, origin) for setting, value, origin in rows}
    assert origins["dry_run"] == ("true", f"{office.config}:4")
    assert origins["pull.days"] == ("30", "STEWARD_PULL__DAYS")
    assert origins["language"] == ("auto", "default")


def checks(office: Office, code: int) -> dict[str, tuple[str, str, str]]:
    ran = office.steward("doctor", "--json")
    assert ran.code == code, ran.out
    return {one["check"]: (one["state"], one["found"], one["hint"]) for one in ran.json["checks"]}


def test_without_an_account_the_doctor_says_how_to_begin(office: Office) -> None:
    office.write('database = "sqlite:///steward.db"\nrules = ["shipped"]\n')
    found = checks(office, 2)
    assert found["accounts"][0] == "failed"
    assert "steward init" in found["accounts"][2]
    assert found["database integrity"][0] == "ok"
    assert found["rules"][0] == "ok"


def test_broken_rules_fail_with_their_place_and_stop_no_other_check(office: Office) -> None:
    (office.folder / "rules").mkdir()
    (office.folder / "rules" / "b.yaml").write_text("rule: a/b\njudges: nope\n")
    office.write('database = "sqlite:///steward.db"\nrules = ["rules"]\n')
    found = checks(office, 2)
    assert found["rules"][0] == "failed"
    assert "b.yaml:2:9: R013" in found["rules"][1]
    assert found["audit log"][0] == "ok"


def test_a_stopped_switch_is_a_warning_with_the_way_out(office: Office) -> None:
    office.write('database = "sqlite:///steward.db"\nrules = ["shipped"]\n')
    assert office.steward("stop-all", "--reason", "looks wrong").code == 0
    state, said, hint = checks(office, 2)["kill switch"]
    assert (state, "looks wrong" in said, "--release" in hint) == ("warning", True, True)


def test_missing_credentials_fail_the_accounts_check_alone(office: Office) -> None:
    lines = office.config.read_text().splitlines(keepends=True)
    office.write("".join(line for line in lines if "client_" not in line and "refresh_token" not in line))
    found = checks(office, 4)
    assert [name for name, (state, _said, _hint) in found.items() if state == "failed"] == ["account north"]
    assert "client_secret" in found["account north"][1]


def test_the_doctor_speaks_to_people_in_their_language(office: Office) -> None:
    office.write('database = "sqlite:///steward.db"\nrules = ["shipped"]\n')
    assert "✗ accounts: none configured → Run 'steward init'." in office.steward("doctor").out
    chinese = office.bare("--lang", "zh", "--config", str(office.config), "doctor").out
    assert "✗ 账户" in chinese
    assert SECRET not in chinese
