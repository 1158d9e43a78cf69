"""A plan written by hand: every kind of row a person can meet, and what surrounds it."""

from __future__ import annotations

from datetime import date, timedelta

from agent.engine.caps import Storm
from agent.engine.propose import Proposed
from agent.jobs.judge import JudgeReport
from agent.model.alert import Alert
from agent.model.change import Change
from agent.model.entity import Entity
from agent.model.money import Money
from agent.model.proposal import Answer, BeltAnswer, Proposal, State
from agent.model.rule import Severity
from agent.model.ticket import Task, Ticket
from agent.model.verdict import Outcome, Tally, Verdict
from agent.rulebook.load import load
from agent.shipped import shipped
from tests.wishes import NOW, wish

DAY = date(2026, 3, 17)


def euros(amount: str) -> Money:
    return Money.of(amount, "EUR")


def proposals() -> list[Proposal]:
    """Less, more, much more, off, and two that belts hold."""
    campaign, group = Entity("north", "campaign", "c1"), Entity("north", "ad_group", "g1")
    storm = BeltAnswer("storm", Answer.BLOCK, "40 %", "25 %")
    cooldown = BeltAnswer("cooldown", Answer.BLOCK, "2 d", "7 d", "last moved 2026-03-16")
    return [
        wish(1),
        wish(2, title="精确 “usb 集线器” · DM-21", reason="转化率 12 %，排名下滑", after="1.05", rule="ads/bid-up"),
        wish(3, title="phrase “hub”", after="1.5", rule="ads/bid-up", severity=Severity.S3),
        wish(4, title="DM-21", change=Change(campaign, "budget", euros("20.00"), euros("24.00")), rule="ads/budget-up"),
        wish(5, title="", change=Change(group, "state", "enabled", "paused"), rule="ads/pause-no-order"),
        wish(6, title="broad “cable”", state=State.HELD, belts=(cooldown,)),
        wish(7, title="tabs\tand\nlines", state=State.HELD, belts=(storm,), rule="ads/bid-up"),
    ]


def tickets() -> list[Ticket]:
    """What a person is to do about the one thing that was told."""
    alert = Alert("a_1", "ads/bid-down-above-target", "d", Entity("north", "keyword", "k9"), "hub", Severity.S2,
                  "ACoS 80 % on 3 clicks", {}, "r_1", NOW, NOW)  # fmt: skip
    return [Ticket(alert, Task("Answer the buyer.", "ann", NOW + timedelta(hours=24)), NOW)]


def report() -> JudgeReport:
    """The judgement those proposals come from: one rule told something, one stormed."""
    rule = next(each for each in load([shipped("rules")]).rules if each.name == "ads/bid-down-above-target")
    told = Verdict(
        rule.name, rule.digest, Entity("north", "keyword", "k9"), DAY, NOW, Outcome.MATCH, (), "ACoS 80 % on 3 clicks"
    )
    tallies = [Tally("ads/bid-down", "d" * 64, 100, 6, 4, {"sales is 0": 4}), Tally("ads/bid-up", "d" * 64, 40, 9, 0)]
    proposed = Proposed(proposals(), told=[(rule, told)], storms=[Storm("ads/bid-up", "keyword", 16, 40, 0.25)])
    return JudgeReport("r_1", "north", DAY, NOW, 140, tallies, proposed, proposals())
