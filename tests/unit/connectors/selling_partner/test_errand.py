"""Slow calls over several looks: nothing twice, nothing lost, nothing stale."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.clock import SetClock
from agent.errors import SourceError, ThrottledError
from agent.model.fact import Pending
from connectors.selling_partner.errand import Errand, Place, Step, batches
from connectors.selling_partner.memory import Memory
from connectors.selling_partner.streams import Source

MOMENT = datetime(2026, 3, 20, 8, 30, tzinfo=UTC)


@dataclass
class Road:
    """Places that give a row each, and ``more`` further ones. ``allowed`` calls go through, then none."""

    allowed: int = 100
    seen: list[Place] = field(default_factory=list)
    more: dict[Place, list[Place]] = field(default_factory=dict)

    def go(self, place: Place) -> Step:
        if self.allowed <= 0:
            raise ThrottledError("later", retry_after_seconds=30)
        self.allowed -= 1
        self.seen.append(place)
        return Step([{"entity": place[-1], "at": MOMENT}], self.more.get(place, ()))


def errand(source: Source, road: Road, *places: Place, kept: timedelta = timedelta(0)) -> Errand:
    return Errand(source, "offers", lambda: places, road.go, kept)


def afresh(source: Source) -> Source:
    """The same account after a restart: nothing is in memory any more."""
    return Source(source.client, source.account, source.seller_id, source.marketplace, source.clock, source.downloads,
                  memory=Memory())  # fmt: skip


def pending(answer: object) -> Pending:
    assert isinstance(answer, Pending), answer
    return answer


PLACES = (("p", "1"), ("p", "2"), ("p", "3"))


def test_all_places_are_visited_in_order_and_further_ones_next(source: Source) -> None:
    road = Road(more={("p", "1"): [("q", "1a"), ("q", "1b")]})
    rows = errand(source, road, *PLACES).run(None)
    assert isinstance(rows, list)
    assert [row["entity"] for row in rows] == ["1", "1a", "1b", "2", "3"]


def test_what_is_not_allowed_now_is_a_promise_that_goes_on_after_a_restart(source: Source) -> None:
    road = Road(allowed=2)
    promise = pending(errand(source, road, *PLACES).run(None))
    assert (promise.look_again_seconds, promise.note) == (30, "1 calls to make")
    road.allowed = 5
    rows = errand(afresh(source), road, *PLACES).run(promise.cursor)
    assert rows == [{"entity": number, "at": MOMENT} for number in "123"]
    assert road.seen == [*PLACES]


def test_a_promise_is_kept_over_many_looks(source: Source) -> None:
    road, cursor = Road(allowed=0), None
    for _ in range(3):
        cursor = pending(errand(afresh(source), road, *PLACES).run(cursor)).cursor
        road.allowed = 1
    assert len(road.seen) == 2
    road.allowed = 1
    assert len(list(errand(afresh(source), road, *PLACES).run(cursor))) == 3  # type: ignore[arg-type]


@pytest.mark.parametrize("spoilt", ["", "{}", '{"v": 1', '{"v": 2, "begun_at": "x", "todo": [], "rows": []}'])
def test_notes_that_are_not_whole_are_made_anew(source: Source, spoilt: str) -> None:
    road = Road(allowed=2)
    promise = pending(errand(source, road, *PLACES).run(None))
    (notes,) = Path(source.downloads).rglob("errand.json")
    notes.write_text(spoilt, encoding="utf-8")
    road.allowed = 5
    errand(afresh(source), road, *PLACES).run(promise.cursor)
    assert road.seen == [*PLACES[:2], *PLACES]


def test_rows_of_yesterday_are_read_anew(source: Source, clock: SetClock) -> None:
    road = Road(allowed=2)
    promise = pending(errand(source, road, *PLACES).run(None))
    clock.sleep(25 * 3600)
    road.allowed = 5
    errand(afresh(source), road, *PLACES).run(promise.cursor)
    assert road.seen == [*PLACES[:2], *PLACES]


def test_another_pulls_cursor_takes_up_nothing(source: Source) -> None:
    road = Road(allowed=2)
    errand(source, road, *PLACES).run(None)
    road.allowed = 5
    errand(afresh(source), road, *PLACES).run("2020-01-01T00:00:00+00:00")
    assert road.seen == [*PLACES[:2], *PLACES]


def test_an_answer_is_kept_for_whoever_needs_it_and_no_longer(source: Source, clock: SetClock) -> None:
    road, kept = Road(), timedelta(minutes=30)
    for _ in range(2):
        errand(source, road, *PLACES, kept=kept).run(None)
        clock.sleep(60)
    assert road.seen == [*PLACES]
    clock.sleep(1800)
    errand(source, road, *PLACES, kept=kept).run(None)
    assert road.seen == [*PLACES, *PLACES]


def test_a_list_that_never_ends_is_an_error(source: Source) -> None:
    class Circle(Road):
        def go(self, place: Place) -> Step:
            return Step(further=[place])

    with pytest.raises(SourceError, match="do not end"):
        errand(source, Circle(), ("p", "1")).run(None)


def test_batches_are_the_same_whoever_makes_them() -> None:
    assert batches("s", ["c", "a", "b", "a"], 2) == [("s", "a", "b"), ("s", "c")]
    assert batches("s", [], 2) == []
