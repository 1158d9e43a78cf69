"""What is read, in which order, and how it is checked."""

from decimal import Decimal
from pathlib import Path

import pytest

from agent.config import Config, load
from agent.errors import ConfigError
from agent.model.belt import BeltLimits
from agent.model.setting import Scope

_ACCOUNT = """
[accounts.eu-main]
marketplace = "DE"
"""


def _file(folder: Path, text: str) -> Path:
    path = folder / "steward.toml"
    path.write_text(text, encoding="utf-8")
    return path


def _loaded(folder: Path, text: str, **variables: str) -> Config:
    return load(_file(folder, text), variables=variables)


def _refused(folder: Path, text: str, **variables: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        _loaded(folder, text, **variables)
    return caught.value


def test_nothing_is_ever_sent_unless_the_operator_says_so(tmp_path: Path) -> None:
    assert _loaded(tmp_path, "").dry_run is True


def test_flags_win_over_environment_over_files_over_toml_over_defaults(tmp_path: Path) -> None:
    secret = tmp_path / "days"
    secret.write_text("40\n")
    path = _file(tmp_path, "pull.days = 50")
    days = [
        load(path, {"pull.days": 20}, {"STEWARD_PULL__DAYS": "30", "STEWARD_PULL__DAYS_FILE": str(secret)}),
        load(path, {"pull.days": None}, {"STEWARD_PULL__DAYS": "30", "STEWARD_PULL__DAYS_FILE": str(secret)}),
        load(path, {}, {"STEWARD_PULL__DAYS_FILE": str(secret)}),
        load(path, {}, {}),
        load(_file(tmp_path, ""), {}, {}),
    ]
    assert [config.pull.days for config in days] == [20, 30, 40, 50, 60]


def test_the_file_is_that_of_the_environment_when_no_flag_names_one(tmp_path: Path) -> None:
    path = _file(tmp_path, "facts = 'elsewhere'")
    assert load(None, {}, {"STEWARD_CONFIG": str(path)}).facts_folder() == tmp_path / "elsewhere"


def test_a_variable_finds_the_account_however_the_file_spells_it(tmp_path: Path) -> None:
    config = _loaded(
        tmp_path, _ACCOUNT + "[accounts.eu-main.amazon_ads]\n",
        STEWARD_ACCOUNTS__EU_MAIN__AMAZON_ADS__CLIENT_SECRET="s3cret",
    )  # fmt: skip
    ads = config.accounts["eu-main"].amazon_ads
    assert ads is not None
    assert ads.client_secret.get_secret_value() == "s3cret"
    assert "s3cret" not in repr(config)


def test_lists_are_json_in_the_environment(tmp_path: Path) -> None:
    assert _loaded(tmp_path, "", STEWARD_RULES='["mine", "shipped"]').rules == ("mine", "shipped")
    fault = _refused(tmp_path, "", STEWARD_RULES="mine,shipped")
    assert (fault.setting, fault.place) == ("rules", "STEWARD_RULES")


def test_systemd_credentials_and_a_folder_of_secrets_fill_settings(tmp_path: Path) -> None:
    credentials, folder = tmp_path / "credentials", tmp_path / "secrets"
    credentials.mkdir()
    folder.mkdir()
    (credentials / "accounts.eu-main.amazon_ads.refresh_token").write_text("from-systemd")
    (credentials / "tls.key").write_text("somebody else's")
    (folder / "accounts.eu-main.amazon_ads.refresh_token").write_text("from-the-folder")
    (folder / "STEWARD_ACCOUNTS__EU_MAIN__AMAZON_ADS__CLIENT_SECRET").write_text("also-from-the-folder\n")
    (folder / "..data").write_text("hidden files are not read")
    text = "secrets = 'secrets'\n" + _ACCOUNT + "[accounts.eu-main.amazon_ads]"
    ads = _loaded(tmp_path, text, CREDENTIALS_DIRECTORY=str(credentials)).accounts["eu-main"].amazon_ads
    assert ads is not None
    assert ads.refresh_token.get_secret_value() == "from-systemd"
    assert ads.client_secret.get_secret_value() == "also-from-the-folder"


def test_a_file_of_the_secrets_folder_that_is_no_setting_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "clientsecret").write_text("x")
    fault = _refused(tmp_path, "secrets = 'secrets'")
    assert fault.place == str(tmp_path / "secrets" / "clientsecret")
    assert "unknown setting 'clientsecret'" in fault.message


@pytest.mark.parametrize(
    ("text", "setting", "line", "said", "hint"),
    [
        ("dry_runn = false", "dry_runn", 1, "unknown setting", "did you mean 'dry_run'?"),
        ("\n[pull]\nday = 3", "pull.day", 3, "unknown setting", "did you mean 'days'?"),
        ("pull.days = 'x'", "pull.days", 1, "must be a whole number", ""),
        ("pull.days = 0", "pull.days", 1, "must be at least 1", ""),
        ("pull = 3", "pull", 1, "must be a table", ""),
        ("log.format = 'xml'", "log.format", 1, "must be one of 'auto', 'json' or 'text'", ""),
        ("database = 'sqlite://'", "database", 1, "is not the address of a database", "write sqlite:///FILE"),
        ("belts.step.bid = 25", "belts.step.bid", 1, "25 would be 2500 %", "write 0.25 for 25 %"),
        ("belts.bid_ceiling = 0.00000001", "belts.bid_ceiling", 1, "finer than a millionth", "six decimals"),
        ("belts.bid_ceiling = 1e999999999", "belts.bid_ceiling", 1, "not a number of sensible size", ""),
        ("belts.most_share = 1e-999999999", "belts.most_share", 1, "not a number of sensible size", ""),
        (_ACCOUNT + "settings.stage = 'lunch'", "accounts.eu-main.settings.stage", 4, "must be one of 'launch'", ""),
        ("[accounts.a]\n\n", "accounts.a.marketplace", 1, "is missing", "add it"),
        ("[accounts.a]\nmarketplace='GB'", "accounts.a.marketplace", 2, "is not a marketplace", "UK"),
        ("[accounts.'a b']\nmarketplace='US'", "accounts.\"a b\"", 1, "a name has letters", ""),
        (_ACCOUNT + "settings.target_acos = 35", "accounts.eu-main.settings.target_acos", 4, "35 would be 3500 %",
         "write 0.35 for 35 %"),
        (_ACCOUNT + "settings.target_acoss = 0.3", "accounts.eu-main.settings.target_acoss", 4, "unknown setting",
         "did you mean 'target_acos'?"),
        (_ACCOUNT + "[[accounts.eu-main.scopes]]\nowner='x'\n", "accounts.eu-main.scopes[0]", 4, "exactly once",
         "campaign"),
        (_ACCOUNT + "[[accounts.eu-main.scopes]]\ncampaign='x'\n[[accounts.eu-main.scopes]]\ncampain='y'",
         "accounts.eu-main.scopes[1].campain", 7, "unknown setting", "did you mean 'campaign'?"),
        (_ACCOUNT + "amazon_ads.endpoint = 'http://api.example'", "accounts.eu-main.amazon_ads.endpoint", 4,
         "is not an https:// address", "this machine alone"),
        (_ACCOUNT + "amazon_ads.region = 'NA'", "accounts.eu-main", 2, "served by the region EU", "region = \"EU\""),
        ("a = b", "", "1:5", "not valid TOML", "text stands in quotes"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named_with_its_place_and_a_remedy(
    tmp_path: Path, text: str, setting: str, line: int | str, said: str, hint: str
) -> None:
    fault = _refused(tmp_path, text)
    assert fault.setting == setting
    assert fault.place == f"{tmp_path / 'steward.toml'}:{line}"
    assert said in fault.message
    assert hint in fault.hint


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    fault = _refused(tmp_path, "pull.days = 0\nlog.level = 'loud'")
    assert fault.setting == "pull.days"
    assert f"{tmp_path / 'steward.toml'}:2: 'log.level' = loud: must be one of" in fault.message


def test_a_wrong_variable_is_named_by_its_own_name(tmp_path: Path) -> None:
    fault = _refused(tmp_path, "", STEWARD_PULL__DAYZ="3")
    assert (fault.setting, fault.place) == ("pull.dayz", "STEWARD_PULL__DAYZ")
    assert _refused(tmp_path, "", STEWARD_DRYRUN="0").hint == "did you mean 'dry_run'?"
    assert _refused(tmp_path, "", STEWARD_DRY_RUN="perhaps").place == "STEWARD_DRY_RUN"


def test_variables_of_other_programs_with_our_prefix_are_left_alone(tmp_path: Path) -> None:
    _loaded(tmp_path, "", STEWARD_SERVICE_HOST="10.0.0.1", STEWARD_PORT="tcp://10.0.0.1:80", STEWARD_FULL="1")


def test_a_secret_never_stands_in_an_error(tmp_path: Path) -> None:
    fault = _refused(tmp_path, _ACCOUNT + "amazon_ads.client_secret = 4711471147114711")
    assert "4711" not in fault.message + fault.hint


def test_an_unreadable_secret_file_is_named_with_the_setting_it_holds(tmp_path: Path) -> None:
    fault = _refused(tmp_path, "", STEWARD_DATABASE_FILE=str(tmp_path / "gone"))
    assert (fault.setting, fault.place) == ("database", "STEWARD_DATABASE_FILE")


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no configuration file"):
        load(tmp_path / "steward.toml", {}, {})


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"[" * 30_000, b"a = " + b"[" * 5_000 + b"]" * 5_000])
def test_a_file_that_is_no_toml_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "steward.toml").write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "steward.toml", {}, {})
    assert caught.value.place.startswith(str(tmp_path / "steward.toml"))


def test_settings_reach_the_engine_as_scopes_from_wide_to_narrow(tmp_path: Path) -> None:
    text = """
        [accounts.a]
        marketplace = "US"
        settings = {target_acos = 0.30, price = 19.99}
        [[accounts.a.scopes]]
        campaign = "Summer *"
        target_acos = 0.45
        locked = false
        [[accounts.a.scopes]]
        keyword = "usb hub"
        stage = "launch"
    """
    assert _loaded(tmp_path, text).scopes("a") == (
        Scope("account", "*", {"target_acos": 0.30, "price": 19_990_000}),
        Scope("campaign", "Summer *", {"target_acos": 0.45, "locked": False}),
        Scope("keyword", "usb hub", {"stage": "launch"}),
    )


def test_limits_are_the_engine_s_own_unless_written(tmp_path: Path) -> None:
    assert _loaded(tmp_path, _ACCOUNT).limits("eu-main") == BeltLimits()


def test_an_account_s_own_limits_go_before_the_general_ones(tmp_path: Path) -> None:
    text = """
        belts = {most_changes = 50, step.bid = 0.2, step.budget = 0.1, bid_ceiling = 2.05}
        [accounts.a]
        marketplace = "US"
        belts = {step.bid = 0.1, bid_floor = "", bid_ceiling = 1.10}
        [accounts.b]
        marketplace = "US"
    """
    config = _loaded(tmp_path, text)
    a, b = config.limits("a"), config.limits("b")
    placements = dict.fromkeys(("placement_top", "placement_product_page", "placement_rest"), 0.25)
    assert a.step == {"bid": 0.1, "default_bid": 0.25, "budget": 0.1, "price": 0.05, **placements}
    assert (a.most_changes, a.bid_floor, a.bid_ceiling) == (50, None, 1_100_000)
    assert (b.step["bid"], b.bid_ceiling) == (0.2, 2_050_000)


def test_an_amount_for_several_currencies_is_refused(tmp_path: Path) -> None:
    text = "belts.bid_ceiling = 2.00\n[accounts.a]\nmarketplace = 'US'\n[accounts.b]\nmarketplace = 'JP'"
    fault = _refused(tmp_path, text)
    assert "EUR" not in fault.message
    assert "JPY, USD" in fault.message
    assert "[accounts.NAME.belts]" in fault.hint


def test_names_that_only_differ_in_spelling_are_refused(tmp_path: Path) -> None:
    text = "[accounts.eu-main]\nmarketplace = 'DE'\n[accounts.EU_main]\nmarketplace = 'FR'"
    assert "too alike" in _refused(tmp_path, text).message


@pytest.mark.parametrize(("one", "other"), [("drop", "drop"), ("drop", "drop/b"), ("in/a", "in"), ("drop/", "./drop")])
def test_no_two_accounts_look_into_the_same_folder(tmp_path: Path, one: str, other: str) -> None:
    text = f"""
[accounts.a]
marketplace = "DE"
file_drop.folder = "{one}"
[accounts.b]
marketplace = "FR"
file_drop.folder = "{other}"
"""
    assert "watch the same folder" in _refused(tmp_path, text).message
    _loaded(tmp_path, text.replace(f'"{other}"\n', '"elsewhere"\n', 1))


def test_the_thresholds_of_a_rule_keep_their_exact_values(tmp_path: Path) -> None:
    text = _ACCOUNT + 'params."ads/x" = {min_clicks = 20, deadband = 0.10, active = true, stage = "launch"}'
    params = _loaded(tmp_path, text).accounts["eu-main"].params["ads/x"]
    assert params == {"min_clicks": 20, "deadband": Decimal("0.10"), "active": True, "stage": "launch"}
    assert [type(value) for value in params.values()] == [int, Decimal, bool, str]


def test_the_region_follows_from_the_marketplace(tmp_path: Path) -> None:
    for marketplace, region in (("US", "NA"), ("DE", "EU"), ("AE", "EU"), ("IN", "EU"), ("JP", "FE"), ("AU", "FE")):
        ads = _loaded(tmp_path, f"[accounts.a]\nmarketplace='{marketplace}'\n[accounts.a.amazon_ads]").accounts["a"]
        assert ads.amazon_ads is not None
        assert ads.amazon_ads.region == region


def test_paths_are_seen_from_the_file_s_folder(tmp_path: Path) -> None:
    config = _loaded(tmp_path, "database = 'sqlite:///data/audit.db'")
    assert config.database_url() == f"sqlite:///{tmp_path}/data/audit.db"
    assert config.downloads_folder() == tmp_path / "facts" / ".downloads"
    assert _loaded(tmp_path, "database = 'sqlite:////var/a.db'").database_url() == "sqlite:////var/a.db"
    assert _loaded(tmp_path, "database = 'postgresql://u@h/d'").database_url() == "postgresql+psycopg://u@h/d"


def test_the_configuration_does_not_change_after_loading(tmp_path: Path) -> None:
    config = _loaded(tmp_path, "")
    with pytest.raises(ValueError, match="frozen"):
        config.dry_run = False  # type: ignore[misc]
