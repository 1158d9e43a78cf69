"""From an empty folder to a change that was read back, over real HTTP, by the command line alone."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.flow_shop import Shop, steward
from tests.ran import Ran
from tests.schemas import faults


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran]:
    folder = tmp_path_factory.mktemp("demonstrated")
    return folder, steward("demo", "--once", "--json", "--folder", str(folder / "demo"))


def test_one_command_shows_the_whole_loop(demo: tuple[Path, Ran]) -> None:
    folder, ran = demo
    assert ran.code == 0, ran.err
    counts = ran.json
    assert faults(counts) == []
    assert counts["entities"] > 1_500
    assert counts["verdicts"] > counts["entities"]
    assert counts["proposals"] == counts["approved"] > 50
    assert counts["done"] > 50
    assert counts["in_doubt"] == 0
    assert counts["audit_ok"] is True
    assert [each.name for each in folder.iterdir()] == ["demo"]


def test_a_backtest_in_the_demo_tells_what_waiting_shorter_costs(demo: tuple[Path, Ran]) -> None:
    config = demo[0] / "demo" / "steward.toml"
    rules = ("ads/bid-down-above-target", "ads/bid-down-above-target-products", "ads/low-ctr")
    ran = steward("--config", str(config), "backtest", *rules, "--days", "20", "--json")
    assert ran.code == 0, ran.err
    assert ran.json["regret"]["days"] > 3
    changed: Counter[int] = Counter()
    for each in ran.json["regret"]["buffers"]:
        changed[each["settle_days"]] += each["changed"]
    assert changed[0] > changed[3]
    assert changed[0] > changed[7]


def test_an_approved_plan_is_carried_out_once_and_a_hand_made_change_is_left_alone(shop: Shop) -> None:
    """Applying twice writes nothing the second time; a bid changed meanwhile makes exactly that row superseded."""
    plan = shop.steward("plan", "--json")
    assert plan.code == 0, plan.err
    assert faults(plan.json) == []
    bids = [each for each in plan.json["actions"] if each["state"] == "proposed" and each["field"] == "bid"]
    assert len(bids) > 10
    moved = next(each for each in bids if each["kind"] == "keyword")
    ready = sum(each["state"] == "proposed" for each in plan.json["actions"])
    assert shop.steward("actions", "approve", "--filter", "", "--yes", "--json").json["decided"] == ready
    shop.amazon.edit("keyword", moved["entity"], "bid", "0.77")
    writes_before = len(shop.amazon.log.effects)

    first = shop.steward("apply", "--yes", "--json")
    assert faults(first.json) == []
    assert first.json["counts"]["superseded"] == 1
    assert first.json["counts"]["done"] == ready - 1
    assert len(shop.amazon.log.effects) - writes_before == first.json["counts"]["done"]
    shown = shop.steward("actions", "show", moved["id"], "--json")
    assert shown.json["state"] == "superseded"

    written = len(shop.amazon.log.effects)
    again = shop.steward("apply", "--yes", "--json")
    assert again.code == 0
    assert again.json["counts"].get("done", 0) == 0
    assert len(shop.amazon.log.effects) == written


def test_a_second_plan_of_the_same_day_adds_nothing(shop: Shop) -> None:
    first = shop.steward("plan", "--json")
    second = shop.steward("plan", "--json")
    assert second.json["counts"]["proposals"] == 0
    assert {each["id"] for each in second.json["actions"]} == {each["id"] for each in first.json["actions"]}


def test_in_dry_run_nothing_is_sent_whatever_was_approved(shop: Shop) -> None:
    shop.config.write_text(shop.config.read_text().replace("dry_run = false", "dry_run = true"))
    shop.steward("actions", "approve", "--filter", "", "--yes")
    refused = shop.steward("apply", "--yes", "--json")
    assert refused.code == 6
    assert "dry-run" in refused.err
    assert not shop.amazon.log.effects


def test_the_kill_switch_stops_everything_until_it_is_released(shop: Shop) -> None:
    shop.steward("actions", "approve", "--filter", "", "--yes")
    assert shop.steward("stop-all", "--reason", "looks wrong").code == 0
    refused = shop.steward("apply", "--yes", "--json")
    assert refused.code == 6
    assert "looks wrong" in refused.err
    assert not shop.amazon.log.effects
    assert shop.steward("stop-all", "--release", "--reason", "was fine").code == 0
    assert shop.steward("apply", "--yes", "--json").json["counts"]["done"] > 10


def unsold_keyword(shop: Shop) -> str:
    """A keyword with clicks and no sale: its ACoS cannot be known."""
    with shop.jobs() as jobs:
        rule = next(each for each in jobs.rules() if each.name == "ads/pause-no-order")
        report = jobs.judge(rules=[rule])
    return report.proposed.proposals[0].change.entity.id


def test_why_answers_for_a_match_a_miss_and_an_unknown(shop: Shop) -> None:
    plan = shop.steward("plan", "--json").json
    matched = next(each for each in plan["actions"] if each["rule"] == "ads/bid-down-above-target")
    answers = {}
    hit = shop.steward("rules", "why", matched["rule"], matched["entity"], "--json").json["verdicts"][0]
    answers[hit["outcome"]] = hit
    for miss in shop.steward("rules", "why", matched["rule"], "--json").json["verdicts"]:
        answers[miss["outcome"]] = miss
    blind = shop.steward("rules", "why", matched["rule"], unsold_keyword(shop), "--json").json["verdicts"][0]
    answers[blind["outcome"]] = blind
    assert answers["match"]["reason"]
    assert all(step["outcome"] == "match" for step in answers["match"]["trace"])
    assert any(step["outcome"] == "no match" for step in answers["no match"]["trace"])
    assert any("sales is 0" in step["because"] for step in answers["unknown"]["trace"])


def test_a_second_executor_on_one_database_is_refused_with_exit_7(shop: Shop) -> None:
    from agent.config import load
    from agent.wiring import ledger_of

    with ledger_of(load(shop.config)) as ledger, ledger.lock():
        refused = shop.steward("run", "--once")
    assert refused.code == 7, refused.err
    assert "process" in refused.err
