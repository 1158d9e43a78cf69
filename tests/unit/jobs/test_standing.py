"""A rule in auto mode goes on without being asked only where everything holds, each time by a recorded decision."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from agent.engine.caps import Storm
from agent.engine.propose import Proposed
from agent.jobs.judge import JudgeReport
from agent.jobs.standing import Policy, obstacles, stand
from agent.ledger import SqlLedger
from agent.model.proposal import Answer, BeltAnswer, Decision, Proposal, Run, State
from agent.model.record import RuleRecord
from agent.model.rule import Mode, Rule
from agent.model.verdict import Tally
from agent.rulebook.load import load
from tests.wishes import NOW, wish

DAY = timedelta(days=1)
POLICY = Policy(["ads/*"], 3 * DAY, 0.5, least_decided=0)
NEW = RuleRecord()
RULE = """\
rule: ads/dear
about: bids that are too high
judges: keyword
mode: auto
when:
  - bid > 1.00
propose:
  set: bid
  to: bid * 0.9
limits: {cooldown: 1d}
tests:
  - {name: dear, given: {bid: 2.00}, expect: {bid: 1.80}}
  - {name: cheap, given: {bid: 0.50}, expect: no match}
"""


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqlLedger]:
    ledger = SqlLedger.open(f"sqlite:///{tmp_path / 'steward.db'}")
    yield ledger
    ledger.close()


def loaded(folder: Path, text: str = RULE) -> Rule:
    shutil.rmtree(folder / "rules", ignore_errors=True)
    (folder / "rules" / "ads").mkdir(parents=True)
    (folder / "rules" / "ads" / "dear.yaml").write_text(text, encoding="utf-8")
    return load([folder / "rules"]).rules[0]


@dataclass
class Desk:
    ledger: SqlLedger
    rule: Rule

    def judged(self, at: Any, digest: str | None = None) -> None:
        run = Run(f"r_{at.isoformat()}", "judge", "north", at)
        self.ledger.begin(run)
        self.ledger.tally(run.id, [self.tally(digest=digest)])

    def tally(self, unknown: int = 0, digest: str | None = None) -> Tally:
        return Tally(self.rule.name, digest or self.rule.digest, 10, 1, unknown)

    def proposal(self, **parts: Any) -> Proposal:
        whole = {"rule": self.rule.name, "digest": self.rule.digest, "mode": Mode.AUTO,
                 "belts": (BeltAnswer("step", Answer.PASS),), "expires_at": NOW + 30 * DAY} | parts  # fmt: skip
        return wish(**whole)

    def stand(self, *proposals: Proposal, unknown: int = 0, storm: bool = False, policy: Policy = POLICY,
              two: bool = False, record: RuleRecord = NEW, at: Any = NOW) -> list[str]:  # fmt: skip
        fresh = self.ledger.add(proposals or [self.proposal()])
        storms = [Storm(self.rule.name, "keyword", 9, 10, 0.5)] if storm else []
        report = JudgeReport("r", "north", NOW.date(), NOW, 10, [self.tally(unknown)], Proposed(storms=storms), fresh)
        return stand(report, [self.rule], policy, self.ledger, at, lambda _: two, lambda _: record)

    def notes(self) -> list[tuple[str, str]]:
        """What was noted of promotions and demotions, oldest first."""
        return [(event.kind, event.payload["reason"]) for event in self.ledger.events()
                if event.kind in ("rule_promoted", "rule_demoted")]  # fmt: skip


@pytest.fixture
def desk(ledger: SqlLedger, tmp_path: Path) -> Desk:
    desk = Desk(ledger, loaded(tmp_path))
    desk.judged(NOW - 5 * DAY, "an older text")
    desk.judged(NOW - 4 * DAY)
    desk.judged(NOW - DAY)
    return desk


def test_where_everything_holds_it_is_approved_by_a_recorded_decision(desk: Desk) -> None:
    assert desk.stand() == ["p_1"]
    (decided,) = desk.ledger.decisions(["p_1"])["p_1"]
    assert (decided.decision.by, decided.decision.through) == ("steward", "standing approval")
    assert desk.ledger.proposals()[0].state is State.APPROVED
    assert desk.ledger.verify().ok


@pytest.mark.parametrize(
    "lacking",
    [
        {"policy": Policy()}, {"policy": Policy(["stock/*"])}, {"policy": replace(POLICY, after=5 * DAY)},
        {"unknown": 6}, {"storm": True}, {"two": True},
    ],
    ids=str,
)  # fmt: skip
def test_where_anything_lacks_it_waits_for_a_person(desk: Desk, lacking: dict[str, Any]) -> None:
    assert desk.stand(**lacking) == []
    assert desk.ledger.proposals()[0].state is State.PROPOSED
    assert desk.ledger.decisions(["p_1"]) == {}


@pytest.mark.parametrize(
    "parts",
    [
        {"mode": Mode.ASK},
        {"state": State.HELD},
        {"belts": (BeltAnswer("step", Answer.CLAMP),)},
        {"rule": "ads/another"},
    ],
    ids=str,
)
def test_a_proposal_that_a_belt_touched_or_that_is_another_rules_waits(desk: Desk, parts: dict[str, Any]) -> None:
    assert desk.stand(desk.proposal(**parts)) == []


def test_a_text_that_was_changed_back_is_a_new_text(desk: Desk) -> None:
    desk.judged(NOW - DAY / 2, "an edit")
    desk.judged(NOW - DAY / 4)
    assert desk.stand() == []


def test_a_rule_without_tests_or_with_a_failing_one_asks(desk: Desk, tmp_path: Path) -> None:
    since = NOW - 9 * DAY
    assert obstacles(desk.rule, POLICY, since, desk.tally(), NOW, NEW) == []
    bare = loaded(tmp_path, RULE.partition("tests:")[0])
    assert obstacles(bare, POLICY, since, desk.tally(), NOW, NEW) == ["it has no tests"]
    wrong = loaded(tmp_path, RULE.replace("bid: 1.80", "bid: 1.70"))
    assert obstacles(wrong, POLICY, since, desk.tally(), NOW, NEW) == ["1 of its tests fail"]
    assert obstacles(desk.rule, POLICY, None, None, NOW, NEW) == ["its present text has judged nothing yet"]


FROM = {State.INTENT: State.APPROVED, State.ACCEPTED: State.INTENT, State.DONE: State.ACCEPTED}
STRICT = replace(POLICY, least_decided=20, least_accepted=0.9, most_undone=0.05, most_regretted=0.2)
GOOD = RuleRecord(ever_decided=20, accepted=19, rejected=1, sent=40, undone=2, measured=10, regretted=2)


def test_a_good_record_earns_it_and_the_promotion_is_noted_once_with_its_figures(desk: Desk) -> None:
    assert desk.stand(policy=STRICT, record=GOOD) == ["p_1"]
    assert desk.stand(policy=STRICT, record=GOOD) == []
    assert desk.notes() == [("rule_promoted", "")]
    (noted,) = [event for event in desk.ledger.events() if event.kind == "rule_promoted"]
    said = noted.payload
    assert (said["rule"], said["record"]["accepted"], said["limits"]["least_accepted"]) == ("ads/dear", 19, 0.9)
    assert (said["judged"], said["text_since"]) == (10, (NOW - 4 * DAY).isoformat())
    standing = desk.ledger.records.standings("north")["ads/dear"]
    assert (standing.honoured, standing.at) == (True, NOW)
    assert desk.ledger.verify().ok


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"ever_decided": 19}, "people have decided 19 of its proposals, fewer than 20"),
        ({"accepted": 17, "rejected": 3}, "people accepted 85% of what they decided, less than 90%"),
        ({"undone": 3}, "8% of its changes were taken back, more than 5%"),
        ({"regretted": 3}, "mature figures would not have asked for 30% of its changes, more than 20%"),
    ],
    ids=["decided", "accepted", "undone", "regretted"],
)
def test_a_record_that_turns_bad_takes_it_back_and_says_why(desk: Desk, change: dict[str, int], said: str) -> None:
    assert desk.stand(policy=STRICT, record=replace(GOOD, **change)) == []
    assert desk.notes() == [], "what was never granted is not taken back"
    desk.stand(policy=STRICT, record=GOOD)
    later = desk.proposal(id="p_2", as_of=NOW.date() + DAY)
    assert desk.stand(later, policy=STRICT, record=replace(GOOD, **change), at=NOW + DAY) == []
    assert desk.notes() == [("rule_promoted", ""), ("rule_demoted", said)]
    assert not desk.ledger.records.standings("north")["ads/dear"].honoured
    assert desk.ledger.verify().ok
    (granted,) = [event.seq for event in desk.ledger.events() if event.kind == "rule_promoted"]
    with desk.ledger.as_of(granted) as then:
        assert then.records.standings("north")["ads/dear"].honoured


def test_what_was_not_sent_yet_is_open_again_when_the_rule_loses_it(desk: Desk) -> None:
    """What a person said yes to stays approved."""
    desk.ledger.add([desk.proposal(id="p_2", number=2, mode=Mode.ASK)])
    desk.ledger.decide([Decision("p_2", 1, True, "ann", "cli")], NOW)
    assert desk.stand() == ["p_1"]
    assert desk.stand(desk.proposal(id="p_3", number=3), record=replace(GOOD, undone=40), policy=STRICT) == []
    states = {each.id: each.state for each in desk.ledger.proposals()}
    assert states == {"p_1": State.PROPOSED, "p_2": State.APPROVED, "p_3": State.PROPOSED}
    assert desk.stand(desk.proposal(id="p_4", number=4), record=GOOD, policy=STRICT) == ["p_4"]
    assert {each.id for each in desk.ledger.proposals(states=[State.PROPOSED])} == {"p_1", "p_3"}
    assert desk.ledger.verify().ok


def test_what_cannot_be_measured_yet_is_not_held_against_a_rule(desk: Desk) -> None:
    assert desk.stand(policy=STRICT, record=RuleRecord(ever_decided=20)) == ["p_1"]


def test_a_rule_that_leaves_auto_mode_is_honoured_no_longer(desk: Desk) -> None:
    desk.stand()
    desk.rule = replace(desk.rule, mode=Mode.ASK)
    desk.stand(desk.proposal(id="p_2", as_of=NOW.date() + DAY))
    assert desk.notes() == [("rule_promoted", ""), ("rule_demoted", "it is not in auto mode any more")]


def test_what_people_decided_and_when_is_counted(desk: Desk) -> None:
    """By text and account; the last word counts, and what went by itself is nobody's word."""
    ids = [f"p_{number}" for number in range(4)]
    desk.ledger.add([desk.proposal(number=number) for number in range(4)])
    said = [(0, True, "cli"), (1, False, "page"), (2, True, "standing approval"), (3, True, "cli"), (3, False, "cli")]
    for number, yes, through in said:
        desk.ledger.decide([Decision(ids[number], 1, yes, "ann", through)], NOW)
    through, digest, of = "standing approval", desk.rule.digest, desk.ledger.records.of
    found = of("north", "ads/dear", digest, NOW - DAY, through)
    assert (found.ever_decided, found.accepted, found.rejected, found.sent, found.undone) == (3, 1, 2, 0, 0)
    assert of("north", "ads/dear", digest, NOW + DAY, through) == RuleRecord(ever_decided=3)
    assert of("north", "ads/dear", "another text", NOW - DAY, through) == RuleRecord()
    assert of("south", "ads/dear", digest, NOW - DAY, through) == RuleRecord()


def test_what_was_sent_and_what_was_taken_back_is_counted(desk: Desk) -> None:
    ids = [f"p_{number}" for number in range(3)]
    desk.ledger.add([desk.proposal(number=number) for number in range(3)])
    desk.ledger.decide([Decision(id, 1, True, "ann", "cli") for id in ids], NOW)
    for to in (State.INTENT, State.ACCEPTED, State.DONE):
        desk.ledger.move(ids[:2], FROM[to], to, "steward", NOW)
    undo = desk.proposal(id="u_1", number=0, rule="undo", digest="", undoes="p_0", as_of=NOW.date() + DAY)
    desk.ledger.add([undo])
    of = partial(desk.ledger.records.of, "north", "ads/dear", desk.rule.digest, NOW - DAY, "standing approval")
    assert (of().sent, of().undone) == (2, 0), "asked for, and not approved yet"
    desk.ledger.decide([Decision("u_1", 1, True, "ann", "cli")], NOW)
    assert (of().sent, of().undone, of().rollback) == (2, 1, 0.5)
