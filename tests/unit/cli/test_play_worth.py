"""Two sets of rules on the same markets, held against each other."""

from typing import Any

from agent.cli.play_worth import compared


def life(profit: float | None, met: int = 3, false: int = 0) -> dict[str, Any]:
    return {"met": met, "false_alerts": [{}] * false, "worth": {"profit": profit, "acos": 0.3}}


def test_differences_are_taken_market_by_market() -> None:
    """Markets differ by thousands, the rules by ten: only the difference of the same market tells."""
    found = compared([life(1010), life(5010), life(9010)], [life(1000), life(5000), life(9000)])
    profit = found["figures"]["profit"]
    assert (profit["rules"], profit["against"], profit["difference"]) == (5010, 5000, 10)
    assert profit["low"] == profit["high"] == 10
    assert found["markets"] == 3


def test_one_market_has_no_interval() -> None:
    row = compared([life(10)], [life(8)])["figures"]["profit"]
    assert (row["difference"], row["low"], row["high"]) == (2, None, None)


def test_what_is_unknown_of_one_life_is_not_compared() -> None:
    found = compared([life(None), life(5)], [life(4), life(4)])["figures"]
    assert "profit" not in found
    assert found["acos"]["difference"] == 0


def test_alerts_are_counted_true_and_false() -> None:
    found = compared([life(1, met=4, false=1)], [life(1, met=0)])["figures"]
    assert (found["true_alerts"]["difference"], found["false_alerts"]["difference"]) == (4, 1)
