"""A rule's form in a browser: opened and saved it changes nothing; one number changed and back gives the same bytes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.conftest import NARROW, WIDE, Tab, free_port
from tests.page_shop import Shop, furnish

NAME = "ads/bid-down-above-target"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return furnish(tmp_path_factory.mktemp("shop"), free_port(), count=8, rules=(NAME,))


@pytest.mark.parametrize(("size", "script"), [(WIDE, True), (NARROW, False)])
def test_a_number_is_changed_and_changed_back_to_the_byte(
    size: dict[str, int], script: bool, open_tab: Callable[..., Tab], shop: Shop
) -> None:
    path = shop.folder / "rules" / f"{NAME}.yaml"
    before = path.read_bytes()
    tab = open_tab("root", size, java_script_enabled=script)
    for number, after in (
        ("15", before),
        ("20", before.replace(b"min_clicks: 15 ", b"min_clicks: 20 ")),
        ("15", before),
    ):
        tab.goto(f"/rules/of/{NAME}")
        tab.click("text=Edit this rule")
        tab.get_by_label("min_clicks").fill(number)
        tab.get_by_role("button", name="Preview").click()
        if path.read_bytes() == after:
            assert tab.get_by_role("button", name="Save").count() == 0, "there is nothing to save"
            continue
        tab.get_by_role("button", name="Save").click()
        assert "Saved." in tab.inner_text("main")
        assert path.read_bytes() == after


def test_the_text_is_edited_with_its_line_ends_as_they_were(open_tab: Callable[..., Tab], shop: Shop) -> None:
    path = shop.folder / "rules" / f"{NAME}.yaml"
    before = path.read_bytes()
    tab = open_tab("root")
    tab.goto(f"/rules/edit?rule={NAME}&as=text")
    text = tab.get_by_label("The whole file")
    text.fill(text.input_value().replace("severity: S4", "severity: S3"))
    tab.get_by_role("button", name="Preview").click()
    tab.get_by_role("button", name="Save").click()
    assert path.read_bytes() == before.replace(b"severity: S4", b"severity: S3")
    path.write_bytes(before)
