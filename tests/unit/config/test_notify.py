"""[notify]: who is told through what. Wrong wishes are refused with their place, before anything is sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.config import load
from agent.errors import ConfigError
from agent.model.message import Urgency

_TEAM = '[notify.channels.team]\nkind = "slack"\n'


def test_a_secret_of_a_channel_may_come_from_the_environment(tmp_path: Path) -> None:
    config = load(
        _written(tmp_path, _TEAM), variables={"STEWARD_NOTIFY__CHANNELS__TEAM__URL": "https://hooks.slack.com/x"}
    )
    assert config.notify.channels["team"].url.get_secret_value() == "https://hooks.slack.com/x"
    assert "hooks.slack.com" not in repr(config)


def test_a_route_says_what_it_is_for(tmp_path: Path) -> None:
    text = f'{_TEAM}[[notify.routes]]\nchannels = ["team"]\nurgency = ["urgent"]\nseverity = ["S1"]\n'
    route = load(_written(tmp_path, text), variables={}).notify.routes[0]
    assert route.urgency == (Urgency.URGENT,)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f'{_TEAM}[[notify.routes]]\nchannels = ["tame"]\n', "leads to 'tame'"),
        (f'{_TEAM}person = "eve"\n', "'eve', who is not among the people"),
        (f'{_TEAM}quiet_from = "22:00"\n', "quiet hours need both"),
        ('[notify]\ndigest_at = "8 o\'clock"\n', "is not a time of day"),
        ('[notify]\ntime_zone = "Asia/Atlantis"\n', "is not a time zone"),
        ('[notify]\npage = "http://steward.example.com"\n', "is not an https:// address"),
        ('[notify.channels.Team]\nkind = "slack"\n', "notify.channels"),
        ('[notify.channels.team]\nkind = "pigeon"\n', "notify.channels.team.kind"),
    ],
)
def test_what_cannot_work_is_refused_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(_written(tmp_path, text), variables={})
    assert said in f"{caught.value.setting} {caught.value.message}"


def _written(folder: Path, text: str) -> Path:
    path = folder / "steward.toml"
    path.write_text(text, encoding="utf-8")
    return path
