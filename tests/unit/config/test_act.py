"""How approved changes are carried out cannot be set so that it proves nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.config import load
from agent.errors import ConfigError


def loaded(folder: Path, line: str) -> float:
    path = folder / "steward.toml"
    path.write_text(f"[act]\n{line}\n", encoding="utf-8")
    path.chmod(0o600)
    return load(path, variables={}).act.settle_minutes


@pytest.mark.parametrize("nothing", ["0", "-1", "0.0"])
def test_no_settle_time_is_refused_with_the_reason(tmp_path: Path, nothing: str) -> None:
    with pytest.raises(ConfigError, match="would be sent twice") as caught:
        loaded(tmp_path, f"settle_minutes = {nothing}")
    assert caught.value.setting == "act.settle_minutes"
    assert "steward.toml:2" in caught.value.place
    assert "10 minutes" in caught.value.hint


@pytest.mark.parametrize(
    "line",
    ["settle_minutes = inf", "settle_minutes = nan", "settle_minutes = 5000", "intent_seconds = inf",
     "intent_seconds = 100000", "give_up_minutes = inf", "throttled_seconds = nan", "bulksheet_settle_days = 400"],
)  # fmt: skip
def test_a_time_without_an_end_is_refused(tmp_path: Path, line: str) -> None:
    with pytest.raises(ConfigError):
        loaded(tmp_path, line)


def test_a_short_settle_time_is_the_operators_to_choose(tmp_path: Path) -> None:
    assert loaded(tmp_path, "settle_minutes = 0.5") == 0.5
