"""Undoing over real HTTP: exact restoration of what is still ours, and nothing of what others changed since."""

from __future__ import annotations

from typing import Any

from agent.model.change import Edit, value_to_json
from agent.model.entity import Entity
from tests.flow_shop import Shop
from tests.schemas import faults


def applied(shop: Shop) -> list[dict[str, Any]]:
    """A plan that was carried out: what was done."""
    assert shop.steward("actions", "approve", "--filter", "", "--yes").code == 0
    sent = shop.steward("apply", "--yes", "--json")
    assert sent.code == 0, sent.err
    done = shop.steward("actions", "list", "--state", "done", "--json").json["actions"]
    assert len(done) == sent.json["counts"]["done"] > 50
    return done


def live(shop: Shop, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """What Amazon says now, by proposal."""
    found: dict[str, Any] = {}
    with shop.jobs() as jobs:
        for edit in {Edit(row["kind"], row["field"]) for row in rows}:
            some = {row["id"]: Entity("demo", row["kind"], row["entity"]) for row in rows
                    if Edit(row["kind"], row["field"]) == edit}  # fmt: skip
            actuator = next(each for each in jobs._sources.actuators if edit in each.edits)
            values = actuator.live(list(some.values()), edit.field)
            found |= {id: value_to_json(values[entity]) for id, entity in some.items()}
    return found


def test_after_others_changed_some_rows_the_rest_is_restored_exactly(shop: Shop) -> None:
    done = applied(shop)
    run = shop.steward("audit", "show", "--proposal", done[0]["id"], "--json").json["events"][0]["run"]
    mine = [each for each in done if each["kind"] in ("keyword", "product_target") and each["field"] == "bid"]
    others = [each for each in mine if each["kind"] == "keyword"][:7]
    for number, each in enumerate(others):
        shop.amazon.edit("keyword", each["entity"], "bid", f"0.{31 + number}")
    before_undo = live(shop, done)

    shown = shop.steward("undo", "--run", run, "--dry-run", "--json")
    assert shown.code == 5
    assert faults(shown.json) == []
    assert shop.steward("actions", "list", "--state", "proposed", "--json").json["actions"] == []
    undone = shop.steward("undo", "--run", run, "--json")
    assert undone.code == 5
    assert faults(undone.json) == []
    assert {each["id"] for each in undone.json["conflicts"]} == {each["id"] for each in others}
    assert {each["why"] for each in undone.json["conflicts"]} == {"changed since"}
    assert len(undone.json["actions"]) == len(done) - len(others)
    plan = undone.json["run"]
    assert shop.steward("actions", "approve", "--plan", plan, "--yes").code == 0
    sent = shop.steward("apply", plan, "--yes", "--json")
    assert sent.json["counts"] == {"done": len(done) - len(others)}

    now = live(shop, done)
    theirs = {each["id"] for each in others}
    assert {id: now[id] for id in theirs} == {id: before_undo[id] for id in theirs}
    assert {each["id"]: now[each["id"]] for each in done if each["id"] not in theirs} == {
        each["id"]: each["before"] for each in done if each["id"] not in theirs
    }
    again = shop.steward("undo", "--run", run, "--json")
    assert again.json["actions"] == []
    assert {each["why"] for each in again.json["kept"]} == {"already as before"}
    assert shop.steward("audit", "verify").code == 0
