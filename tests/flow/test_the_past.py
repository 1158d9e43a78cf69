"""What was known on a past day is what the simulated Amazon said by then, and rules can be tried on it."""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from agent.cli.backtest import edited_since
from agent.clock import SetClock
from agent.engine.columns import judge
from agent.engine.settle import settled_after
from agent.errors import FactsError
from agent.facts.book import Book
from agent.facts.held import Held
from agent.facts.view import View
from agent.jobs.backtest import Backtest, backtest
from agent.jobs.judge import Court
from agent.jobs.regret import advised
from agent.model.belt import BeltLimits
from agent.model.kinds import STREAMS
from agent.model.marketplace import MARKETPLACES
from agent.model.maturity import DEFAULT, SPONSORED_PRODUCTS, Curve, Maturity
from agent.model.proposal import Answer
from agent.model.setting import Scope
from agent.model.window import Span
from agent.rulebook.load import load
from connectors.sandbox.attribution import CANCELLED, INVALID_CLICKS, arrived, taken_back
from tests.history import ACCOUNT, Figures, History, Key, small_scenario
from tests.office import Office
from tests.schemas import faults

STREAM = "keyword_traffic"
FIRST, DAYS, HOLE = date(2026, 6, 11), 24, date(2026, 6, 20)
LAST = FIRST + timedelta(days=DAYS - 1)
DOWN = """\
rule: ads/down
about: Lower bids that sell too little.
judges: keyword
windows: {recent: {last: 7d}}
when:
  - recent.clicks >= 3
  - recent.cost > recent.sales * 0.25
propose: {set: bid, to: bid * 0.9}
limits: {cooldown: 3d}
mode: ask
severity: S4
say: "{recent.clicks} clicks"
"""
UP = """\
rule: ads/up
about: Raise bids that sell well.
judges: keyword
windows: {recent: {last: 14d}}
when:
  - recent.purchases >= 1
  - recent.cost < recent.sales * 0.15
propose: {set: bid, to: bid * 1.1}
limits: {cooldown: 3d}
mode: ask
severity: S4
say: "{recent.purchases} orders"
"""


@dataclass(frozen=True)
class Past:
    history: History
    rules: Path

    def court(self, *names: str) -> Court:
        chosen = [rule for rule in load([self.rules]).rules if not names or rule.name in names]
        scopes = (Scope("account", "*", {"target_acos": 0.25}),)
        return Court(ACCOUNT, MARKETPLACES["US"], chosen, scopes, BeltLimits(), self.history.book,
                     SetClock(self.history.clock.now()), str)  # fmt: skip

    def backtest(self, *names: str, days: int = 90, settle: int = 5, entities: Sequence[str] = ()) -> Backtest:
        held = Held(Book(self.history.folder / "facts"), ACCOUNT, self.history.clock.now())
        return backtest(self.court(*names), held, [], days, settle, frozenset(entities))


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Past:
    """Six products pulled every morning for some weeks but one."""
    folder = tmp_path_factory.mktemp("past")
    for name, text in (("down", DOWN), ("up", UP)):
        (folder / "rules/ads").mkdir(parents=True, exist_ok=True)
        (folder / f"rules/ads/{name}.yaml").write_text(text, encoding="utf-8")
    history = History.begun(folder, small_scenario(folder), 1, datetime(2026, 6, 10, 16, tzinfo=UTC))
    mornings = [FIRST + timedelta(days=number) for number in range(DAYS)]
    history.days(mornings, [STREAM], first=40, again=14, skip=lambda day: day == HOLE)
    return Past(history, folder / "rules")


DELIVERED = {
    "clicks": (1 / (1 - INVALID_CLICKS) * (1 - taken_back(1.27)), 1.0),
    "purchases": (arrived(1.27) / (1 - CANCELLED), arrived(4.27) / (1 - CANCELLED)),
    "sales": (arrived(1.27) / (1 - CANCELLED), arrived(4.27) / (1 - CANCELLED)),
}
"""What the simulated Amazon has delivered of a day's final figures on the morning after one day, and after four."""


@pytest.fixture(scope="module")
def replayed(past: Past) -> Backtest:
    return past.backtest(days=30)


CONFIG = """\
database = "sqlite:///steward.db"
rules = ["rules"]

[accounts.demo]
marketplace = "US"
"""


@pytest.fixture
def office(past: Past, capsys: pytest.CaptureFixture[str]) -> Office:
    office = Office(past.history.folder, capsys)
    office.write(CONFIG)
    return office


# ── known then ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_known_of_a_moment_is_what_had_been_served_by_then(past: Past) -> None:
    chance, begin = random.Random(5), past.history.served[STREAM][0][0]
    minutes = int((past.history.clock.now() - begin) / timedelta(minutes=1))
    moments = [begin + timedelta(minutes=chance.randrange(-600, minutes + 600)) for _ in range(12)]
    held = Held(past.history.book, ACCOUNT, past.history.clock.now())
    for moment in (*moments, begin, past.history.clock.now()):
        told = past.history.told(STREAM, moment)
        assert known(past.history.book.known_at(ACCOUNT, moment)) == told
        if moment >= begin:
            assert known(held.known_at(ACCOUNT, moment)) == told
    assert len({len(past.history.told(STREAM, moment)) for moment in moments}) > 3


# ── maturity ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_how_figures_mature_is_learned_from_what_pulls_corrected(past: Past) -> None:
    """The simulated Amazon takes clicks back for three days and attributes orders for a week."""
    found = past.court().question().maturity
    for column, tolerance in (("purchases", 0.05), ("sales", 0.05), ("clicks", 0.01)):
        curve = found.curve(STREAMS[STREAM], column)
        assert curve is not None and curve.days > 20
        assert curve.at(1) == pytest.approx(DELIVERED[column][0], abs=tolerance)
        assert curve.at(4) == pytest.approx(DELIVERED[column][1], abs=tolerance)
    assert found.settle_days(STREAMS[STREAM]) == 3


def test_what_was_learned_is_what_was_known_then(past: Past) -> None:
    first, last = past.history.served[STREAM][0][0], past.history.clock.now()
    court = past.court()
    assert court.question(first).maturity is DEFAULT
    assert court.question(last).maturity != court.question(last - timedelta(days=10)).maturity
    held = Held(past.history.book, ACCOUNT, last)
    then = replace(court, facts=held).question(last - timedelta(days=10)).maturity
    assert then == court.question(last - timedelta(days=10)).maturity


def test_a_settled_window_ends_where_what_was_learned_says(past: Past) -> None:
    slow = Maturity({SPONSORED_PRODUCTS: {"sales": Curve((0.0, 0.2, 0.4, 0.6, 0.7, 0.8, 0.85, 0.95))}})
    (rule,) = past.court("ads/down").rules
    question = replace(past.court().question(), maturity=slow)
    view = past.history.book.known_at(ACCOUNT, past.history.clock.now())
    waits = judge([rule], view, question)["keyword"].decisions(rule.name).sort("entity")
    says = judge([settled_after(rule, 6)], view, past.court().question())["keyword"].decisions("ads/down after 6")
    says = says.sort("entity")
    assert slow.settle_days(STREAMS[STREAM]) == 6
    assert waits.equals(says) and waits.height > 0


# ── the backtest ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_same_backtest_comes_out_the_same(past: Past, replayed: Backtest) -> None:
    assert repr(past.backtest(days=30)) == repr(replayed)


def test_the_shorter_a_rule_waits_the_more_decisions_are_changed_by_mature_figures(replayed: Backtest) -> None:
    by_days = {days: sum(each.changed for each in replayed.buffers if each.settle_days == days) for days in range(5)}
    assert by_days[0] > by_days[1] > by_days[2] >= by_days[3] >= by_days[4]
    assert 5 <= replayed.compared < len(replayed.days)


def test_the_shortest_buffer_that_leaves_little_to_regret_is_advised(replayed: Backtest) -> None:
    downs = [each for each in replayed.buffers if each.rule == "ads/down"]
    best = advised(downs)
    assert best is not None and 0 < best.settle_days <= 3
    shorter = [each for each in downs if each.settle_days < best.settle_days]
    assert all((each.share or 0) > 0.02 for each in shorter)


def test_proposals_of_a_replayed_day_rest_their_levers_on_the_next(replayed: Backtest) -> None:
    days = {done.day.day: done for done in replayed.days}
    assert days[LAST].belts["cooldown", Answer.BLOCK] > 0
    assert days[replayed.reach.span.first].belts["cooldown", Answer.BLOCK] == 0


def test_days_before_the_first_pull_are_told_apart_and_measure_no_regret(replayed: Backtest) -> None:
    for done in replayed.days:
        assert done.rests == (done.decisions if done.day.day < FIRST else 0)
    assert {done.day.day for done in replayed.days if not done.day.pulled} == {HOLE}


def test_a_window_that_reaches_beyond_the_facts_is_unknown(past: Past) -> None:
    whole = past.backtest("ads/up", days=400, settle=0)
    assert whole.reach.facts_from == FIRST - timedelta(days=40)
    assert (whole.days[0].unknown, whole.days[0].decisions) == (whole.days[0].judged, 0)
    assert whole.days[-1].unknown == 0


def test_only_the_entities_asked_for_are_counted(past: Past, replayed: Backtest) -> None:
    some = [entity for entity, _ in past.history.told(STREAM, past.history.clock.now())][:3]
    found = past.backtest(days=4, settle=0, entities=[*some, "nobody"])
    assert found.unseen == ["nobody"]
    assert all(done.judged == 2 * len(set(some)) for done in found.days)
    assert sum(done.decisions for done in found.days) < sum(done.decisions for done in replayed.days[-4:])


def test_rules_on_what_was_never_pulled_cannot_be_replayed(past: Past) -> None:
    (rule,) = past.court("ads/down").rules
    court = replace(past.court(), rules=[replace(rule, judges="campaign", when=(), propose=None)], account="other")
    with pytest.raises(FactsError, match="was ever pulled"):
        backtest(court, Held(past.history.book, "other", past.history.clock.now()), [], 5, 1, frozenset())


# ── the command ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_command_prints_the_same_twice_and_says_what_it_cannot_know(office: Office) -> None:
    ran = office.steward("backtest", "ads/down", "--days", "26", "--json")
    assert office.steward("backtest", "ads/down", "--days", "26", "--json").out == ran.out
    assert ran.code == 0, ran.err
    assert faults(ran.json) == []
    assert "nobody can know" in ran.json["notes"][0]
    assert "2026-06-11" in ran.json["notes"][1] and "2026-06-20" in ran.json["notes"][2]
    regret = ran.json["regret"]["buffers"]
    assert sum(each["enough"] for each in regret) == 1 and [each["settle_days"] for each in regret] == [*range(8)]


def test_the_command_shows_what_to_choose(office: Office) -> None:
    ran = office.steward("backtest", "ads/down", "--days", "20", "--settle", "3", "--daily")
    rows = [line.split("\t") for line in ran.out.splitlines()]
    assert next(row[:2] for row in rows if "as written" in row[-1]) == ["ads/down", "3"]
    assert sum(row[0].startswith("2026-") for row in rows) == 20
    assert "regretted" in ran.err.lower()


def test_the_command_shows_how_figures_mature(office: Office) -> None:
    ran = office.steward("facts", "maturity", "--json")
    assert ran.code == 0 and ran.json["settle_days"] == [
        {"account": "demo", "product": "sponsored products", "days": 3}]  # fmt: skip
    by_column = {each["column"]: each for each in ran.json["curves"]}
    assert by_column["sales"]["days"] > 20 and by_column["sales"]["settles_after_days"] == 4
    shown = office.steward("facts", "maturity")
    assert any(line.startswith("demo\tsponsored products\tsales") for line in shown.out.splitlines())


def test_a_rule_or_entity_that_is_not_there_is_named(office: Office) -> None:
    ran = office.steward("backtest", "ads/dawn")
    assert ran.code == 2 and "ads/dawn" in ran.err
    ran = office.steward("backtest", "--days", "2", "--entity", "nobody")
    assert ran.code == 2 and "nobody" in ran.err


def test_a_rule_that_is_edited_or_removed_meanwhile_is_named(past: Past, tmp_path: Path) -> None:
    copied = tmp_path / "rules/ads"
    shutil.copytree(past.rules / "ads", copied)
    rules = load([tmp_path / "rules"]).rules
    assert edited_since(rules) == []
    (copied / "up.yaml").write_text("not a rule any more", encoding="utf-8")
    (copied / "down.yaml").unlink()
    assert edited_since(rules) == ["ads/down", "ads/up"]


def known(view: View) -> dict[Key, Figures]:
    columns = ("impressions", "clicks", "cost", "purchases", "units", "sales")
    span = Span(FIRST - timedelta(days=60), LAST)
    rows = view.increments(STREAMS[STREAM], span).group_by("entity", "day").agg(pl.col(columns).sum()).collect()
    return {(entity, day): figures for entity, day, *rest in rows.iter_rows() if any(figures := tuple(rest))}
