"""Figures of windows where a missing row means that nothing is known."""

from dataclasses import replace

import pytest

from agent.engine.columns_windows import figures, gap_of
from agent.model.expression import How
from agent.model.fact import Absence
from agent.model.kinds import STREAMS
from agent.model.window import Span, Window
from tests.unit.engine.memory_facts import QUESTION, TODAY, days_ago, facts, recent, traffic

SILENT = replace(STREAMS["keyword_traffic"], absent=Absence.UNKNOWN)
ALL = [How.SUM, How.MEAN, How.MAX, How.MIN, How.DAYS, How.LAST, How.TREND]
THREE_DAYS = list(zip(ALL, [9, 3.0, 5, 1, 3, 1, -2.0], strict=True))


def figure_of(name, rows, entity="k1"):
    found = figures(facts(traffic=rows), SILENT, [name], QUESTION)
    if found.frame is None:
        return None
    frame = found.frame.collect()
    return dict(frame.select("entity", name.key).iter_rows()).get(entity)


@pytest.mark.parametrize("how", [how for how in ALL if how is not How.LAST])
def test_a_missing_day_leaves_the_window_unknown(how):
    rows = [traffic("k1", day, clicks=3) for day in (4, 6)]
    assert figure_of(recent("clicks", 3, how), rows) is None


@pytest.mark.parametrize(("how", "expected"), THREE_DAYS)
def test_a_window_with_every_day_is_known(how, expected):
    rows = [
        traffic("k1", 6, clicks=5),
        traffic("k1", 5, clicks=3),
        traffic("k1", 4, clicks=2),
        traffic("k1", 4, clicks=-1),
    ]
    assert figure_of(recent("clicks", 3, how), rows) == expected


def test_the_last_figure_needs_only_its_own_day():
    assert figure_of(recent("clicks", 3, How.LAST), [traffic("k1", 4, clicks=3)]) == 3


def test_an_entity_without_rows_is_unknown():
    name = recent("clicks", 3)
    found = figures(facts(traffic=[traffic("k2", 4)]), SILENT, [name], QUESTION)
    assert found.frame.select(found.absent[name.key].alias("absent")).collect()["absent"].to_list() == [None]


def test_a_trend_needs_two_days():
    assert figure_of(recent("clicks", 1, How.TREND), [traffic("k1", 4, clicks=3)]) is None


def test_a_gap_counts_the_days_that_are_missing():
    span = Window(3).span(TODAY, 3)
    assert gap_of(span, frozenset(span)) == ""
    assert gap_of(span, frozenset(Span(days_ago(4), TODAY))) == "figures of 2 of 3 days have not been delivered"


def test_a_figure_that_is_no_column_of_the_stream_is_refused():
    with pytest.raises(ValueError, match=r"recent\.clicks names no window"):
        figures(facts(), SILENT, [replace(recent("clicks"), window=None)], QUESTION)
