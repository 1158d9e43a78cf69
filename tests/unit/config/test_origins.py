"""Where values come from, and what the doctor says of them."""

from pathlib import Path

from agent.config import load, origins, warnings

_TEXT = """
database = "postgresql://steward:pass4711@db/steward"
[accounts.main]
marketplace = "US"
settings.target_acos = 0.30
[accounts.main.amazon_ads]
client_secret = "written-in-the-file"
"""


def _file(folder: Path) -> Path:
    path = folder / "steward.toml"
    path.write_text(_TEXT)
    path.chmod(0o600)
    return path


def test_every_value_names_the_place_it_came_from(tmp_path: Path) -> None:
    path = _file(tmp_path)
    config = load(path, {"dry_run": False}, {"STEWARD_PULL__DAYS": "30"})
    origin_by_setting = {row.setting: row.origin for row in origins(config)}
    assert origin_by_setting["dry_run"] == "the command line"
    assert origin_by_setting["pull.days"] == "STEWARD_PULL__DAYS"
    assert origin_by_setting["accounts.main.settings.target_acos"] == f"{path}:5"
    assert origin_by_setting["accounts.main.amazon_ads.client_secret"] == f"{path}:7"
    assert origin_by_setting["facts"] == "default"
    assert origin_by_setting["accounts.main.amazon_ads.region"] == "default"


def test_secrets_are_masked(tmp_path: Path) -> None:
    value_by_setting = {row.setting: row.value for row in origins(load(_file(tmp_path), {}, {}))}
    assert value_by_setting["accounts.main.amazon_ads.client_secret"] == "***"
    assert value_by_setting["accounts.main.amazon_ads.refresh_token"] == ""
    assert value_by_setting["database"] == "postgresql://steward:***@db/steward"


def test_secrets_in_the_configuration_file_are_warned_of(tmp_path: Path) -> None:
    path = _file(tmp_path)
    assert warnings(load(path, {}, {})) == [
        f"{path}:2: the secret database stands in the configuration file",
        f"{path}:7: the secret accounts.main.amazon_ads.client_secret stands in the configuration file",
    ]


def test_secrets_that_others_can_read_are_warned_of(tmp_path: Path) -> None:
    path, token = _file(tmp_path), tmp_path / "token"
    token.write_text("t")
    token.chmod(0o644)
    path.chmod(0o640)
    config = load(path, {}, {"STEWARD_ACCOUNTS__MAIN__AMAZON_ADS__REFRESH_TOKEN_FILE": str(token)})
    readable = [text for text in warnings(config) if "can be read by others" in text]
    assert len(readable) == 2
    assert any(str(token) in text for text in readable)


def test_a_file_without_secrets_may_be_read_by_all(tmp_path: Path) -> None:
    path = tmp_path / "steward.toml"
    path.write_text("dry_run = true")
    path.chmod(0o644)
    assert warnings(load(path, {}, {})) == []
