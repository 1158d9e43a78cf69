"""What a rule said in English is said again in the reader's language, with the very values that were seen."""

from __future__ import annotations

import time
from collections.abc import Mapping

import pytest

from agent.language import speaking
from agent.notify.reasons import OWN, Reasons
from tests.news import shipped_says

_SAYS = {"listing/hijack": "seller {seller_id} offers {asin} at {price} ({channel}), featured: {featured}. Buy a test "
         "unit, compare, report it to Amazon's Brand Registry"}  # fmt: skip
_SAID = ("seller A3B0 offers B0NWG at 12.59 USD (x), featured: true. Buy a test unit, compare, report it to Amazon's "
         "Brand Registry")  # fmt: skip


def test_values_stand_in_the_translated_sentence_in_its_own_order() -> None:
    reason = Reasons(_SAYS)
    with speaking("zh"):
        said = reason("listing/hijack", _SAID)
        assert (
            said
            == "卖家 A3B0 以 12.59 USD（x）跟卖 B0NWG，是否占据推荐报价：是。请购买样品比对，并向亚马逊品牌注册举报"
        )
        assert reason("listing/hijack", _SAID.replace("offers", "sells")) == _SAID.replace("offers", "sells")
        assert reason("own/rule", _SAID) == _SAID
        assert Reasons({"own/rule": "so {it} is"})("own/rule", "so it is") == "so it is"
    with speaking("en"):
        assert reason("listing/hijack", _SAID) == _SAID.replace("true", "yes")


def test_a_value_is_called_what_people_call_it(says: Mapping[str, str]) -> None:
    said = "listing_suppressed: 'material' is required (90220); 1 errors, 0 warnings. 180 units are in stock"
    assert Reasons(says)("listing/suppressed", said).startswith("taken out of the shop: 'material' is required")
    with speaking("zh"):
        assert Reasons(says)("listing/suppressed", said).startswith("已被下架：'material' is required")


@pytest.fixture(scope="module")
def says() -> Mapping[str, str]:
    return shipped_says()


def test_every_shipped_rule_speaks_chinese(says: Mapping[str, str]) -> None:
    """Filled with marks instead of values, so that each must come out where the translation has it."""
    assert len(says) > 80
    with speaking("zh"):
        for rule, source in says.items():
            said = Reasons(says)(rule, source.replace("{", "<").replace("}", ">"))
            assert said.count("<") >= len(set(source.split("{"))) - 1, rule
            assert any("\u4e00" <= sign <= "\u9fff" for sign in said), rule


def test_what_the_program_itself_says_is_said_in_chinese() -> None:
    with speaking("zh"):
        assert Reasons()("ops/disk", "0.4 GB free where facts are kept") == "数据所在磁盘还剩 0.4 GB"
        for rule, sources in OWN.items():
            for source in sources:
                said = Reasons()(rule, source.replace("{", "<").replace("}", ">"))
                assert any("\u4e00" <= sign <= "\u9fff" for sign in said), rule


def test_a_hostile_text_costs_no_more_than_its_length() -> None:
    source = "{a}, {b}, {c}, {d}, {e}: {f}, {g}, {h}. The end"
    text = ", " * 200_000
    began = time.process_time()
    with speaking("zh"):
        Reasons({"reviews/x": source})("reviews/x", text)
        Reasons(_SAYS)("listing/hijack", "seller " + " offers " * 200_000 + " Brand Registry")
    assert time.process_time() - began < 1.0
