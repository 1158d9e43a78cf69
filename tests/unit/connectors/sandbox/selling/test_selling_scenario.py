"""What a scenario file says of the Selling Partner side."""

from pathlib import Path

import pytest

from agent.errors import ConfigError
from connectors.sandbox.scenario import ROLES
from connectors.sandbox.scenario_file import load_scenario

SHIPPED = Path(load_scenario.__code__.co_filename).with_name("scenarios")


def written(folder: Path, old: str, new: str) -> Path:
    text = (SHIPPED / "demo.yaml").read_text(encoding="utf-8")
    assert old in text
    for each in SHIPPED.glob("*.csv"):
        (folder / each.name).write_bytes(each.read_bytes())
    path = folder / "mine.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def test_all_roles_are_granted_and_the_demo_runs_faster_than_amazon() -> None:
    demo = load_scenario("demo")
    assert demo.account.roles == ROLES
    assert demo.wire.selling_pace > 1
    assert demo.wire.document_seconds == 300


def test_a_scenario_grants_only_the_roles_it_names(tmp_path: Path) -> None:
    path = written(tmp_path, "  seller:", "  roles: [pricing, amazon_fulfillment]\n  seller:")
    assert load_scenario(path).account.roles == ("pricing", "amazon_fulfillment")


@pytest.mark.parametrize(("old", "new"), [
    ("  seller:", "  roles: [priceing]\n  seller:"), ("selling_pace: 600", "selling_pace: -1"),
])  # fmt: skip
def test_a_wrong_role_or_pace_is_refused_with_its_place(tmp_path: Path, old: str, new: str) -> None:
    with pytest.raises(ConfigError) as raised:
        load_scenario(written(tmp_path, old, new))
    assert "mine.yaml:" in str(raised.value.place)
