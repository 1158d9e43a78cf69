"""Judging with a memory: money at risk over the runs of a day, other people's changes, pins, breakers, oscillation.

A real book of facts and a real ledger; Amazon is what the test books.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from agent.clock import SetClock
from agent.facts.book import Book
from agent.facts.recent import highest_bids
from agent.jobs.judge import Court, JudgeReport, judge
from agent.ledger import SqlLedger
from agent.mint import mint
from agent.model.alert import Alert
from agent.model.belt import BeltLimits
from agent.model.fact import Delivered, Rows
from agent.model.kinds import STREAMS
from agent.model.marketplace import MARKETPLACES
from agent.model.money import Money
from agent.model.proposal import Answer, Decision, Execution, Fate, Proposal, Receipt, State
from agent.model.rule import Drift, Mode, OnDrift, Rule
from agent.model.window import Span
from agent.rulebook.load import load

NOON = datetime(2026, 3, 18, 12, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
EUR = 1_000_000
RAISE = """rule: ads/{name}
about: Moves every bid.
judges: keyword
params: {{by: {by}}}
when: ['text == "{text}"']
propose: {{set: bid, to: bid * by}}
limits: {{cooldown: 1d}}
"""


@dataclass
class Account:
    """A small account: keywords ``a`` to ``e`` in one campaign, each with 10 clicks on its busiest day."""

    ledger: SqlLedger
    book: Book
    folder: Path
    clock: SetClock
    bids: dict[str, int] = field(default_factory=lambda: dict.fromkeys("abcde", EUR))
    limits: BeltLimits = field(default_factory=lambda: BeltLimits(most_share=1.0, cooldown={}))
    spent: Mapping[date, int] = field(default_factory=dict)

    def pull(self) -> None:
        """Amazon as it is now."""
        ids = sorted(self.bids)
        keywords = {"entity": ids, "bid": [self.bids[id] for id in ids], "text": ids, "state": ["enabled"] * len(ids),
                    "campaign_id": ["c1"] * len(ids)}  # fmt: skip
        campaigns = {"entity": ["c1", "off"], "state": ["enabled", "paused"], "budget": [100 * EUR, 900 * EUR],
                     "bidding_strategy": ["manual", "manual"]}  # fmt: skip
        now = self.clock.now()
        self.book.book("shop", STREAMS["keywords"], Delivered([Rows(keywords)]), now, "r0")
        self.book.book("shop", STREAMS["campaigns"], Delivered([Rows(campaigns)]), now, "r0")
        days = Span(now.date() - 30 * DAY, now.date() - DAY)
        clicks = [{"entity": id, "day": days.last - 9 * DAY, "clicks": 10} for id in ids]
        self._days("keyword_traffic", days, clicks)
        self._days("campaign_traffic", days, [{"entity": "c1", "day": day, "cost": cost}
                                              for day, cost in self.spent.items()])  # fmt: skip

    def _days(self, stream: str, days: Span, rows: Sequence[Mapping[str, object]]) -> None:
        columns = {name: [row[name] for row in rows] for name in (rows[0] if rows else {"entity": "", "day": ""})}
        self.book.book("shop", STREAMS[stream], Delivered([Rows(columns)], days), self.clock.now(), "r0")

    def rule(self, name: str, by: float = 1.2, text: str = "a", drift: Drift = Drift(), mode: Mode = Mode.ASK) -> Rule:  # noqa: B008
        path = self.folder / "ads" / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(RAISE.format(name=name, by=by, text=text), encoding="utf-8")
        return replace(load([path]).rules[0], drift=drift, mode=mode)

    def judge(self, *rules: Rule) -> JudgeReport:
        court = Court("shop", MARKETPLACES["DE"], rules, (), self.limits, self.book, self.clock, mint)
        return judge(court, self.ledger)

    def send(self, *proposals: Proposal, fate: Fate = Fate.ACCEPTED) -> None:
        """Approved, sent and read back; the next pull sees it."""
        now, ids = self.clock.now(), [each.id for each in proposals]
        self.approve(*proposals)
        assert self.ledger.intend([Execution(id, 1, "r1", now, "h") for id in ids], "act") == ids
        becomes = State.ACCEPTED if fate is Fate.ACCEPTED else State.FAILED
        self.ledger.receive([Receipt(id, fate) for id in ids], dict.fromkeys(ids, becomes), "act", now)
        if fate is Fate.ACCEPTED:
            self.ledger.move(ids, State.ACCEPTED, State.DONE, "act", now)
            self.bids |= {each.change.entity.id: micros(each) for each in proposals}

    def approve(self, *proposals: Proposal) -> None:
        decisions = [Decision(each.id, each.version, True, "ann", "cli") for each in proposals]
        assert self.ledger.decide(decisions, self.clock.now()) == []

    def alerts(self, rule: str) -> list[Alert]:
        return [alert for alert in self.ledger.open_alerts("shop") if alert.rule == rule]


def micros(proposal: Proposal) -> int:
    assert isinstance(proposal.change.after, Money)
    return proposal.change.after.micros


def risk(proposal: Proposal) -> float:
    found = proposal.evidence.get("money at risk")
    return float(found["amount"]) if found else 0.0


def ready(report: JudgeReport) -> list[Proposal]:
    return [each for each in report.fresh if each.state is State.PROPOSED]


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Account]:
    ledger = SqlLedger.open(f"sqlite:///{tmp_path / 'steward.db'}")
    yield Account(ledger, Book(tmp_path / "facts"), tmp_path, SetClock(NOON))
    ledger.close()


def pulled(account: Account, **parts: object) -> Account:
    for name, value in parts.items():
        setattr(account, name, value)
    account.pull()
    return account


# Money at risk


def limited(account: Account, amount: float) -> BeltLimits:
    return replace(account.limits, most_risk_per_day=round(amount * EUR))


def test_the_amount_follows_from_clicks_and_strategy(account: Account) -> None:
    pulled(account)
    (proposal,) = ready(account.judge(account.rule("up")))
    assert risk(proposal) == pytest.approx(4.40)


@pytest.mark.parametrize("then", ["waits", "approved", "sent"])
def test_what_an_earlier_run_put_at_risk_counts_whatever_became_of_it(account: Account, then: str) -> None:
    pulled(account, limits=limited(account, 5))
    (first,) = ready(account.judge(account.rule("up")))
    if then == "approved":
        account.approve(first)
    elif then == "sent":
        account.send(first)
    account.clock.sleep(3600)
    (second,) = account.judge(account.rule("other", text="b")).fresh
    assert second.state is State.HELD
    said = next(answer for answer in second.belts if answer.answer is Answer.BLOCK)
    assert (said.belt, said.limit) == ("money at risk", "5.00 EUR")


def test_what_was_rejected_or_sent_yesterday_is_free_again(account: Account) -> None:
    pulled(account, limits=limited(account, 5))
    (first,) = ready(account.judge(account.rule("up")))
    account.ledger.decide([Decision(first.id, 1, False, "ann", "cli", "no")], account.clock.now())
    (second,) = ready(account.judge(account.rule("other", text="b")))
    account.send(second)
    account.clock.sleep(86_400)
    account.pull()
    assert ready(account.judge(account.rule("third", text="c")))


def test_half_of_the_daily_budgets_of_enabled_campaigns_is_the_limit_without_an_amount(account: Account) -> None:
    pulled(account, limits=replace(account.limits, most_risk_share=0.05))
    rules = [account.rule("up", text="a"), account.rule("other", text="b")]
    states = sorted(str(each.state) for each in account.judge(*rules).fresh)
    assert states == ["held", "proposed"]  # 4.40 of 5.00


@pytest.mark.parametrize("seed", range(3))
def test_no_order_of_runs_and_approvals_passes_the_days_limit(account: Account, seed: int) -> None:
    dice, limit = random.Random(seed), 10.0
    pulled(account, limits=limited(account, limit))
    for number in range(12):
        account.clock.sleep(dice.choice([600, 3600, 3 * 3600]))
        if number % 4 == 0:
            account.pull()
        text = dice.choice("abcde")
        account.judge(account.rule(f"r{dice.randint(0, 3)}", by=dice.choice([1.05, 1.1, 1.2, 0.9]), text=text))
        waiting = account.ledger.in_state(State.PROPOSED)
        for each in dice.sample(waiting, dice.randint(0, len(waiting))):
            dice.choice([account.approve, account.send])(each)
        today = account.clock.now().astimezone(UTC).date()
        live = account.ledger.in_state(State.PROPOSED, State.APPROVED)
        done = [each for each, at in account.ledger.sent_since("shop", account.clock.now() - DAY)
                if (at + HOUR).date() == (account.clock.now() + HOUR).date()]  # fmt: skip
        assert sum(map(risk, [*live, *done])) <= limit + 1e-6, today


def test_the_highest_bid_of_a_campaign_is_looked_up_where_clicks_have_a_limit(account: Account) -> None:
    pulled(account, bids={"a": EUR, "b": 3 * EUR}, limits=replace(account.limits, most_cpc=EUR))
    assert highest_bids(account.book.known_at("shop", account.clock.now())) == {"c1": 3 * EUR}
    (held,) = account.judge(account.rule("up")).fresh
    assert [answer.belt for answer in held.belts if answer.answer is Answer.BLOCK] == ["effective cpc"]


# Other people's changes


def ours_then_theirs(account: Account, drift: Drift, mode: Mode = Mode.AUTO, theirs: int = 1_050_000) -> Rule:
    """We set 1.20; a day later somebody else sets another bid, and a pull sees it."""
    rule = account.rule("up", drift=drift, mode=mode)
    pulled(account)
    account.send(*ready(account.judge(rule)))
    account.clock.sleep(86_400)
    account.pull()
    account.clock.sleep(2 * 86_400)
    account.bids["a"] = theirs
    account.pull()
    return rule


def test_somebody_elses_change_of_what_we_had_set_is_an_alert_after_one_pull(account: Account) -> None:
    rule = ours_then_theirs(account, Drift())
    account.judge(rule)
    (alert,) = account.alerts("ops/outside-change")
    assert (alert.entity.id, alert.reason) == (
        "a", "somebody else changed what we had set: bid is 1.05 EUR, we had set 1.20 EUR by ads/up",
    )  # fmt: skip
    account.judge(rule)
    assert len(account.ledger.alerts("shop")) == 1
    account.clock.sleep(3600)
    account.bids["a"] = 1_200_000
    account.pull()
    account.judge(rule)
    assert account.alerts("ops/outside-change") == []


def test_our_own_changes_are_nobody_elses(account: Account) -> None:
    rule = account.rule("up")
    pulled(account)
    for _ in range(2):
        (proposal,) = ready(account.judge(rule))
        account.send(proposal)
        for _ in range(2):
            account.clock.sleep(86_400)
            account.pull()
    account.judge(rule)
    assert account.alerts("ops/outside-change") == []


def test_a_change_before_ours_is_no_answer_to_it(account: Account) -> None:
    pulled(account)
    account.clock.sleep(86_400)
    account.bids["a"] = 1_010_000
    account.pull()
    rule = account.rule("up")
    account.clock.sleep(86_400)
    account.pull()
    account.send(*ready(account.judge(rule)))
    account.judge(rule)
    assert account.alerts("ops/outside-change") == []


@pytest.mark.parametrize(
    ("on", "state", "mode"),
    [(OnDrift.RESPECT, State.HELD, Mode.AUTO), (OnDrift.ASK, State.PROPOSED, Mode.ASK),
     (OnDrift.OVERWRITE, State.PROPOSED, Mode.AUTO)],
)  # fmt: skip
def test_each_rule_answers_others_as_it_says(account: Account, on: OnDrift, state: State, mode: Mode) -> None:
    rule = ours_then_theirs(account, Drift(on))
    account.clock.sleep(86_400)
    account.pull()
    (proposal,) = account.judge(rule).fresh
    assert (proposal.state, proposal.mode, str(proposal.change.after)) == (state, mode, "1.26 EUR")


def test_a_pinned_value_is_asked_for_again_until_the_pin_ends(account: Account) -> None:
    rule = ours_then_theirs(account, Drift(OnDrift.PIN, 7 * DAY))
    (proposal,) = account.judge(rule).fresh
    assert (str(proposal.change.before), str(proposal.change.after)) == ("1.05 EUR", "1.20 EUR")
    assert proposal.state is State.PROPOSED
    assert proposal.reason.startswith(
        "somebody else set 1.05 EUR; the rule holds on to 1.20 EUR until 2026-03-25 12:00"
    )
    account.clock.sleep(4 * 86_400)
    account.pull()
    (later,) = account.judge(rule).fresh
    assert str(later.change.after) == "1.26 EUR"


def test_a_pin_holds_also_where_the_rule_no_longer_matches(account: Account) -> None:
    ours_then_theirs(account, Drift())
    elsewhere = account.rule("up", text="z", drift=Drift(OnDrift.PIN, 7 * DAY))
    (proposal,) = account.judge(elsewhere).fresh
    assert str(proposal.change.after) == "1.20 EUR"
    account.bids.pop("a")
    account.clock.sleep(3600)
    account.pull()
    assert account.judge(elsewhere).fresh == []


# Breakers


def breakers(account: Account) -> list[str]:
    (alert,) = account.alerts("belts/breaker")
    return [each.strip() for each in alert.reason.partition("through.")[2].split(";")]


def test_when_half_of_the_writes_fail_raises_stop_and_cuts_go_on(account: Account) -> None:
    pulled(account, limits=replace(account.limits, error_least=2))
    rules = [account.rule(f"up{text}", text=text) for text in "ab"]
    first = ready(account.judge(*rules))
    account.send(first[0])
    account.send(first[1], fate=Fate.REFUSED)
    raises, cuts = account.rule("more", text="c"), account.rule("less", text="d", by=0.9)
    states = {each.rule: each.state for each in account.judge(raises, cuts).fresh}
    assert states == {"ads/more": State.HELD, "ads/less": State.PROPOSED}
    assert breakers(account) == ["writes fail: 1 of 2 in 24 h, the limit is 50%"]
    account.clock.sleep(86_401)
    account.pull()
    account.judge(raises)
    assert account.alerts("belts/breaker") == []


def test_few_writes_trip_nothing(account: Account) -> None:
    pulled(account, limits=replace(account.limits, error_least=2))
    account.send(*ready(account.judge(account.rule("up"))), fate=Fate.REFUSED)
    assert ready(account.judge(account.rule("more", text="c")))


def spending(yesterday: int | None, usual: int = 100, days: int = 28) -> dict[date, int]:
    found = {NOON.date() - (2 + back) * DAY: usual * EUR for back in range(days)}
    return found if yesterday is None else {**found, NOON.date() - DAY: yesterday * EUR}


@pytest.mark.parametrize(("yesterday", "trips"), [(301, True), (300, False), (None, False)])
def test_three_times_the_usual_spend_stops_raises(account: Account, yesterday: int | None, trips: bool) -> None:
    pulled(account, spent=spending(yesterday))
    (proposal,) = account.judge(account.rule("up")).fresh
    assert (proposal.state is State.HELD) is trips
    if trips:
        assert breakers(account) == ["spend jumped: 301.00 EUR yesterday, the limit is 300.00 EUR"]


def test_many_undos_within_a_week_stop_raises(account: Account) -> None:
    pulled(account, limits=replace(account.limits, most_undos=1))
    (first,) = ready(account.judge(account.rule("up")))
    account.send(first)
    back = replace(first, id="p_undo", undoes=first.id, state=State.PROPOSED, created_at=account.clock.now(),
                   change=replace(first.change, before=first.change.after, after=first.change.before))  # fmt: skip
    account.ledger.add([back])
    account.send(back)
    (held,) = account.judge(account.rule("more", text="c")).fresh
    assert held.state is State.HELD
    assert breakers(account) == ["changes are undone: 1 in 7 d, the limit is 1"]
    assert account.alerts("belts/oscillation") == []


# To and fro


def test_a_lever_that_our_rules_moved_away_and_back_is_frozen_and_reported(account: Account) -> None:
    pulled(account)
    for name, by in (("up", 1.25), ("down", 0.8)):
        (proposal,) = ready(account.judge(account.rule(name, by=by)))
        account.send(proposal)
        for _ in range(2):
            account.clock.sleep(86_400)
            account.pull()
    (held,) = account.judge(account.rule("again", by=1.1)).fresh
    assert [answer.belt for answer in held.belts if answer.answer is Answer.BLOCK] == ["oscillation"]
    (alert,) = account.alerts("belts/oscillation")
    assert alert.reason == (
        "belt oscillation: bid went 1.00 EUR → 1.25 EUR → 1.00 EUR; it rests for 30 days"
    )  # fmt: skip
    account.clock.sleep(27 * 86_400)
    account.pull()
    assert not ready(account.judge(account.rule("again", by=1.1))), "31 days after it went away, 29 after it came back"
    assert [each.id for each in account.alerts("belts/oscillation")] == [alert.id]
    account.clock.sleep(86_400)
    account.pull()
    assert ready(account.judge(account.rule("again", by=1.1)))
    assert account.alerts("belts/oscillation") == []
