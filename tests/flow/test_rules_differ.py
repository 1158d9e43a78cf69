"""What an edit of a rule changes is told by name, and is what plain counting by hand finds; nothing else is named."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import jsonschema
import pytest

from agent.clock import SetClock
from agent.config import load
from agent.facts.book import Book
from agent.facts.held import Held
from agent.jobs.record import Earlier, record_of
from agent.model.entity import Entity
from agent.model.fact import Delivered, Rows
from agent.model.kinds import STREAMS
from agent.model.record import RuleRecord
from agent.model.window import Span
from agent.wiring import book_of, court_of, rulebook_of
from tests.office import CONFIG, Office, as_before, office

__all__ = ["as_before", "office"]

ACCOUNT, KEYWORDS, MORNINGS, BACK = "north", 60, 6, 40
DAYS = ("--days", "2")
SETTLE = 3
FIRST = date(2026, 3, 10)
SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"
RULE = """\
rule: ads/costly
about: Bids of keywords whose clicks cost more than they earn.
judges: keyword
params: {min_clicks: 40, most: 40%, part: 90%}
windows: {recent: {last: 7d, settle: 3d}}
when:
  - state == "enabled"
  - recent.clicks >= min_clicks   # enough to say
  - recent.acos > most
propose: {set: bid, to: bid * part}
limits: {step: 25%, cooldown: 3d}
tests:
  - {name: few clicks, given: {state: enabled, recent: {clicks: 3}}, expect: no match}
"""
STRONGER = """\
rule: inventory/brake
about: Everything of one campaign goes down.
judges: keyword
params: {part: 80%}
when:
  - campaign.name == "short of stock"
propose: {set: bid, to: bid * part}
limits: {step: 25%, cooldown: 3d}
"""

Figures = tuple[int, int, int]
"""Clicks, cost in micros, sales in micros."""


@dataclass(frozen=True, slots=True)
class Served:
    """``told``: by morning, what the pull of that morning said of each keyword and day."""

    folder: Path
    told: dict[date, dict[tuple[str, date], Figures]]

    def matching(self, morning: date, min_clicks: int, most: float, known_on: date | None = None) -> set[str]:
        """Counted by hand: who had enough clicks and too high an ACoS in the week that had settled that morning, by the
        newest that had been told of each day, by then or by another day."""
        known: dict[tuple[str, date], Figures] = {}
        for day in sorted(day for day in self.told if day <= (known_on or morning)):
            known |= self.told[day]
        last = morning - timedelta(days=1 + SETTLE)
        week = [last - timedelta(days=back) for back in range(7)]
        found = set()
        for number in range(KEYWORDS):
            clicks, cost, sales = (sum(part) for part in zip(*(known.get((f"k{number:02}", day), (0, 0, 0))
                                                               for day in week), strict=True))  # fmt: skip
            if clicks >= min_clicks and sales and cost / sales > most and number % 10:
                found.add(f"k{number:02}")
        return found


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Served:
    """Sixty keywords pulled on six mornings; each pull tells two weeks anew, and some of what it told before less."""
    folder = tmp_path_factory.mktemp("north")
    book, chance, told = Book(folder / "facts"), random.Random(5), dict[date, dict[tuple[str, date], Figures]]()
    true = {(f"k{number:02}", FIRST - timedelta(days=back)): _figures(chance, number)
            for number in range(KEYWORDS) for back in range(-MORNINGS, BACK)}  # fmt: skip
    for morning in (FIRST + timedelta(days=number) for number in range(MORNINGS)):
        at = datetime.combine(morning, datetime.min.time(), tzinfo=UTC) + timedelta(hours=6)
        _list(book, at)
        back = BACK - 1 if morning == FIRST else 14
        span = Span(morning - timedelta(days=back), morning - timedelta(days=1))
        for key in [key for key in true if key[1] in span and chance.random() < 0.1]:
            clicks, cost, sales = true[key]
            true[key] = (clicks * 3 // 4, cost * 3 // 4, sales)
        told[morning] = {key: figures for key, figures in true.items() if key[1] in span}
        rows = Rows({
            "entity": [key[0] for key in told[morning]], "day": [key[1] for key in told[morning]],
            "impressions": [100] * len(told[morning]), "clicks": [each[0] for each in told[morning].values()],
            "cost": [each[1] for each in told[morning].values()], "purchases": [1] * len(told[morning]),
            "units": [1] * len(told[morning]), "sales": [each[2] for each in told[morning].values()],
            "top_of_search_share": [0.1] * len(told[morning]),
        })  # fmt: skip
        book.book(ACCOUNT, STREAMS["keyword_traffic"], Delivered([rows], span), at, f"r{morning}")
    return Served(folder, told)


def _figures(chance: random.Random, number: int) -> Figures:
    clicks = chance.randrange(0, 12)
    return clicks, clicks * 500_000, 0 if number == 7 else chance.randrange(2, 14) * 1_000_000


def _list(book: Book, at: datetime) -> None:
    ids = [f"k{number:02}" for number in range(KEYWORDS)]
    state = ["paused" if number % 10 == 0 else "enabled" for number in range(KEYWORDS)]
    campaign = ["c2" if number % 10 == 1 else "c1" for number in range(KEYWORDS)]
    for stream, columns in {
        "campaigns": {"entity": ["c1", "c2"], "name": ["plain", "short of stock"], "state": ["enabled"] * 2,
                      "budget": [90_000_000] * 2},
        "keywords": {"entity": ids, "text": ids, "match_type": ["exact"] * KEYWORDS, "state": state,
                     "bid": [1_000_000] * KEYWORDS, "campaign_id": campaign, "ad_group_id": ["g"] * KEYWORDS},
    }.items():  # fmt: skip
        book.book(ACCOUNT, STREAMS[stream], Delivered([Rows(columns)]), at, f"r{at}")


@dataclass(frozen=True, slots=True)
class Desk:
    office: Office

    def rules(self, name: str, *texts: str) -> str:
        folder = self.office.folder / name
        for text in texts:
            path = folder / f"{text.partition(chr(10))[0].removeprefix('rule: ')}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return str(folder)

    def diff(self, *words: str) -> dict[str, object]:
        ran = self.office.steward("rules", "diff", *words, "--json")
        assert ran.code == 0, ran.err
        jsonschema.validate(ran.json, json.loads((SCHEMAS / "steward.rulediff.1.json").read_text(encoding="utf-8")))
        (found,) = ran.json["accounts"]
        return found


@pytest.fixture
def desk(office: Office, served: Served) -> Iterator[Desk]:
    office.write(CONFIG.replace('"facts"', f'"{served.folder / "facts"}"').replace('["shipped"]', '["rules"]'))
    desk = Desk(office)
    desk.rules("rules", RULE)
    return desk


def by_day(found: dict[str, object], kind: str) -> dict[date, set[str]]:
    days: dict[date, set[str]] = {}
    for each in found["decisions"]:
        for day in each["days"] if each["kind"] == kind else ():
            days.setdefault(date.fromisoformat(day), set()).add(each["entity"])
    return days


@pytest.mark.parametrize(
    ("old", "new", "before", "after"),
    [
        ("min_clicks: 40", "min_clicks: 45", (40, 0.4), (45, 0.4)),
        ("min_clicks: 40", "min_clicks: 35", (40, 0.4), (35, 0.4)),
        ("most: 40%", "most: 47%", (40, 0.4), (40, 0.47)),
    ],
)
def test_an_edited_threshold_names_exactly_those_whose_decision_changes(
    desk: Desk, served: Served, old: str, new: str, before: tuple[int, float], after: tuple[int, float]
) -> None:
    edited = desk.rules("edited", RULE.replace(old, new))
    found = desk.diff("rules", edited, "--days", str(MORNINGS))
    assert (found["rules"], found["days"]) == ({"added": [], "removed": [], "edited": ["ads/costly"]}, MORNINGS)
    mornings = [FIRST + timedelta(days=number) for number in range(MORNINGS)]
    lost = {day: served.matching(day, *before) - served.matching(day, *after) for day in mornings}
    won = {day: served.matching(day, *after) - served.matching(day, *before) for day in mornings}
    assert sum(map(len, (*lost.values(), *won.values()))) > 5
    assert by_day(found, "removed") == {day: some for day, some in lost.items() if some}
    assert by_day(found, "added") == {day: some for day, some in won.items() if some}
    assert by_day(found, "changed") == {}


def test_another_value_changes_every_decision_and_says_before_and_after(desk: Desk, served: Served) -> None:
    edited = desk.rules("edited", RULE.replace("part: 90%", "part: 80%"))
    found = desk.diff("rules", edited, "--days", "1")
    morning = FIRST + timedelta(days=MORNINGS - 1)
    assert by_day(found, "changed") == {morning: served.matching(morning, 40, 0.4)}
    first = found["decisions"][0]
    assert [first[side]["after"]["amount"] for side in ("old", "new")] == ["0.90", "0.80"]
    assert first["old"]["before"]["amount"] == "1.00"


def test_a_rule_that_protects_more_takes_over_where_both_match(desk: Desk, served: Served) -> None:
    """Keywords of the campaign that is short of stock change hands; the others of it are decided for the first time."""
    both = desk.rules("both", RULE, STRONGER)
    found = desk.diff("rules", both, "--days", "1")
    morning = FIRST + timedelta(days=MORNINGS - 1)
    brake = {f"k{number:02}" for number in range(KEYWORDS) if number % 10 == 1}
    before = served.matching(morning, 40, 0.4)
    assert found["rules"]["added"] == ["inventory/brake"]
    assert by_day(found, "changed").get(morning, set()) == before & brake != set()
    assert by_day(found, "added")[morning] == brake - before
    assert {each["new"]["rule"] for each in found["decisions"]} == {"inventory/brake"}


def test_a_file_stands_for_the_rules_in_force_with_it_in_its_place(desk: Desk) -> None:
    edited = desk.office.folder / "anywhere.yaml"
    edited.write_text(RULE.replace("min_clicks: 40", "min_clicks: 45"), encoding="utf-8")
    whole = desk.rules("edited", edited.read_text(encoding="utf-8"))
    assert desk.diff("rules", str(edited), *DAYS)["decisions"] == desk.diff("rules", whole, *DAYS)["decisions"] != []
    edited.write_text(RULE.replace("judges: keyword", "judges: keywrd"), encoding="utf-8")
    ran = desk.office.steward("rules", "diff", "rules", str(edited))
    assert (ran.code, f"{edited}:3:9: R013" in ran.err) == (2, True)


def test_a_revision_of_git_is_what_stood_in_it(desk: Desk) -> None:
    folder = desk.office.folder
    for words in (
        ("init", "-q"),
        ("add", "rules"),
        ("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "1"),
    ):
        subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True)
    same = desk.office.steward("rules", "diff", "HEAD", "--exit-code")
    assert (same.code, same.out) == (0, "")
    assert "the rules are the same" in same.err
    desk.rules("rules", RULE.replace("min_clicks: 40", "min_clicks: 45"))
    ran = desk.office.steward("rules", "diff", "HEAD", *DAYS, "--exit-code", "--markdown")
    assert ran.code == 3
    assert "| - | ads/costly | " in ran.out
    lines = desk.office.steward("rules", "diff", "HEAD", *DAYS).out.splitlines()
    assert lines and all(line.split("\t")[:2] == ["-", "ads/costly"] for line in lines)
    gone = desk.office.steward("rules", "diff", "no-such-branch")
    assert (gone.code, "no revision of the rules" in gone.err) == (2, True)


def test_the_caps_of_a_run_are_weighed_where_they_are_asked_for(desk: Desk) -> None:
    """One change a run: an edit that lets another keyword match first holds back the one that came first before."""
    desk.office.write(desk.office.config.read_text() + "\n[belts]\nmost_changes = 1\n")
    edited = desk.rules("edited", RULE.replace("min_clicks: 40", "min_clicks: 35"))
    plain, capped = (desk.diff("rules", edited, *more) for more in (DAYS, (*DAYS, "--caps")))
    assert {len(some) for some in by_day(capped, "added").values()} <= {1}
    assert sum(map(len, by_day(plain, "added").values())) > sum(map(len, by_day(capped, "added").values()))


def test_near_misses_and_every_answer_are_told_of_the_same_facts(desk: Desk, served: Served) -> None:
    """Who is nearest lacks fewest clicks; what was not known at an earlier moment is not there."""
    morning = FIRST + timedelta(days=MORNINGS - 1)
    at = f"{morning}T09:00"
    near = desk.office.steward("rules", "near", "ads/costly", "--limit", "60", "--at", at, "--json").json["verdicts"]
    assert [each["missing"] for each in near] == sorted(each["missing"] for each in near)
    assert {each["entity"] for each in near}.isdisjoint(served.matching(morning, 40, 0.4))
    assert len(near) + len(served.matching(morning, 40, 0.4)) == KEYWORDS
    first = near[0]
    lacking = [step for step in first["trace"] if step["outcome"] != "match"]
    assert first["missing"] == pytest.approx(sum(step["missing"] for step in lacking))
    assert lacking and first["missing"] > 0
    (answer,) = desk.office.steward("why", first["entity"], "--at", at, "--json").json["verdicts"]
    assert answer == first
    told = desk.office.steward("rules", "why", "ads/costly", first["entity"], "--at", at)
    assert "missing: " in told.out
    assert f"known at {morning}" in told.out
    early = desk.office.steward("why", first["entity"], "--at", f"{FIRST - timedelta(days=2)}")
    assert (early.code, "leave out --at" in early.err) == (2, True)
    assert desk.office.steward("why", "k01", "--at", "2999-01-01").code == 2
    assert desk.office.steward("why", "k01", "--at", "soon").code == 2


@dataclass(frozen=True, slots=True)
class Sent:
    """A ledger that sent what a rule asked for on some mornings."""

    by_moment: dict[datetime, list[Entity]]

    def of(self, account: str, rule: str, digest: str, since: datetime, through: str) -> RuleRecord:
        return RuleRecord(sent=sum(map(len, self.by_moment.values())))

    def sent(self, account: str, rule: str, digest: str, since: datetime, until: datetime
             ) -> dict[datetime, list[Entity]]:  # fmt: skip
        return {moment: some for moment, some in self.by_moment.items() if since <= moment <= until}


def test_regret_counts_what_was_sent_and_mature_figures_would_not_have_asked_for(desk: Desk, served: Served) -> None:
    config = load(desk.office.config, variables={})
    (rule,) = rulebook_of(config, ACCOUNT).rules
    mornings = [FIRST + timedelta(days=number) for number in range(2)]
    moments = {day: datetime.combine(day, datetime.min.time(), tzinfo=UTC) + timedelta(hours=7) for day in mornings}
    matched = {day: served.matching(day, 40, 0.4) for day in mornings}
    last = FIRST + timedelta(days=MORNINGS)
    regretted = sum(len(matched[day] - served.matching(day, 40, 0.4, known_on=last)) for day in mornings)
    assert 0 < regretted < sum(map(len, matched.values()))
    ledger = Sent({moments[day]: [Entity(ACCOUNT, "keyword", id) for id in sorted(matched[day])] for day in mornings})
    book, clock = book_of(config), SetClock(moments[FIRST] + timedelta(days=40))
    court = court_of(config, ACCOUNT, (), book, clock)
    held, over = Held(book, ACCOUNT, clock.now()), timedelta(days=90)
    kept: Earlier = {}
    found = record_of(court, rule, ledger, held, over, kept)
    assert (found.measured, found.regretted) == (sum(map(len, matched.values())), regretted)
    soon = replace(court, clock=SetClock(moments[FIRST] + timedelta(days=13)))
    assert record_of(court, rule, Sent({}), held, over, kept) == replace(found, sent=0), "measured once a day"
    early = record_of(soon, rule, ledger, held, over, kept)
    assert (early.measured, early.regret) == (0, None), "too young to be judged"
