"""One incident is one message until it changes; nobody hears of a thing twice, and nothing is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.config.notify import Channel, Notify, Person, Route
from agent.errors import ConfigError, ForbiddenError
from agent.ledger import SqlLedger
from agent.ledger.outbox import Post
from agent.model.alert import Alert
from agent.model.message import Delivery, Message, Told, Urgency
from agent.model.notice import Silence
from agent.model.rule import Severity
from agent.model.ticket import Task, TicketState
from agent.notify.callbacks import AnswerDesk
from tests.news import NOW, STAMP, Newsroom, alert, channels
from tests.wishes import NOW as WISHED
from tests.wishes import wish, wishes, yes

MANY = 5_000
_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ledger") / "template.db"
    SqlLedger.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def ledger(template: Path, tmp_path: Path) -> Iterator[SqlLedger]:
    (tmp_path / "steward.db").write_bytes(template.read_bytes())
    ledger = SqlLedger.open(f"sqlite:///{tmp_path / 'steward.db'}")
    yield ledger
    assert ledger.verify().ok
    ledger.close()


def room(ledger: SqlLedger, **settings: Any) -> Newsroom:
    given = {"channels": channels(team="slack"), **settings}
    return Newsroom(ledger, Notify(**given))


def s2(number: int, **other: Any) -> Alert:
    return alert(number, severity=Severity.S2, **other)


def test_what_is_urgent_is_told_within_seconds_and_once(ledger: SqlLedger) -> None:
    here = room(ledger)
    here.open(alert(1))
    here.run(timedelta(seconds=10))
    assert here.heard() == ["DM-1: 4 days of stock, the next order takes 31"]
    here.run(_HOUR, 5 * _MINUTE)
    assert len(here.heard()) == 1


def test_what_belongs_together_waits_for_company_and_is_one_message(ledger: SqlLedger) -> None:
    here = room(ledger)
    here.open(s2(1))
    here.run(timedelta(seconds=20))
    here.open(s2(2), s2(3, account="south"))
    assert here.heard() == []
    here.run(timedelta(seconds=60))
    assert here.heard() == ["2 alerts: inventory/stock-out-ahead", "DM-3: 4 days of stock, the next order takes 31"]


def test_a_group_that_grows_is_told_again_after_the_interval_with_what_is_new(ledger: SqlLedger) -> None:
    here = room(ledger)
    here.open(s2(1))
    here.run(_MINUTE)
    here.open(s2(2))
    here.run(2 * _MINUTE)
    assert len(here.heard()) == 1
    here.run(4 * _MINUTE)
    second = here.listeners["team"].heard[1]
    assert [line.text.partition(":")[0] for line in second.lines] == ["DM-2", "1 other is still open"]


def test_the_end_of_an_incident_is_told_once(ledger: SqlLedger) -> None:
    here = room(ledger)
    here.open(alert(1))
    here.run(_MINUTE)
    here.close(alert(1))
    here.run(_HOUR, 5 * _MINUTE)
    assert here.heard() == ["DM-1: 4 days of stock, the next order takes 31",
                            "Over: DM-1: 4 days of stock, the next order takes 31"]  # fmt: skip
    assert here.listeners["team"].heard[1].resolved
    assert ledger.outbox.unsettled() == []
    assert ledger.outbox.groups() == []


def test_what_came_and_went_unseen_is_told_only_where_it_was_urgent(ledger: SqlLedger) -> None:
    here = room(ledger)
    here.open(alert(1), s2(2))
    here.close(alert(1), s2(2))
    here.run(_HOUR, 5 * _MINUTE)
    assert here.heard() == ["Over: DM-1: 4 days of stock, the next order takes 31"]
    assert [line.ended for line in here.listeners["team"].heard[0].lines] == [True]


def test_what_nobody_acknowledges_is_told_again_every_four_hours(ledger: SqlLedger) -> None:
    here = room(ledger)
    here.open(alert(1))
    here.run(9 * _HOUR, 10 * _MINUTE)
    assert [title[:8] for title in here.heard()] == ["DM-1: 4 ", "Still so", "Still so"]
    ledger.outbox.acknowledge("a_1", "ann", here.clock.now())
    here.run(9 * _HOUR, 10 * _MINUTE)
    assert len(here.heard()) == 3


def test_reminders_of_many_matters_are_one_message(ledger: SqlLedger) -> None:
    here = room(ledger)
    for number in range(3):
        here.open(alert(number, rule=f"account/rule-{number}", at=here.clock.now()))
        here.run(30 * _MINUTE, 10 * _MINUTE)
    assert len(here.heard()) == 3
    here.run(6 * _HOUR, 10 * _MINUTE)
    assert here.heard()[3:] == ["3 matters still wait for somebody"]


def test_only_what_is_open_can_be_acknowledged(ledger: SqlLedger) -> None:
    here = room(ledger)
    here.open(alert(1))
    here.close(alert(1))
    here.pass_()
    with pytest.raises(ForbiddenError):
        ledger.outbox.acknowledge("a_1", "ann", NOW)
    with pytest.raises(ConfigError):
        ledger.outbox.acknowledge("a_9", "ann", NOW)


def test_the_digest_comes_once_a_day_at_the_readers_own_time(ledger: SqlLedger) -> None:
    digest = Channel(kind="slack", time_zone="Asia/Shanghai", digest_at="08:00", language="zh")
    here = room(ledger, channels=channels(team=digest))
    here.open(*(alert(number, severity=Severity.S3) for number in range(1, 4)))
    here.run(timedelta(hours=14, minutes=50), _HOUR)
    assert here.heard() == []
    here.run(15 * _MINUTE, _MINUTE)
    assert here.heard() == ["每日摘要：3 条新增"]
    told = here.listeners["team"].heard[0].at
    assert timedelta(0) < told - datetime(2026, 3, 18, 0, 0, tzinfo=UTC) < 3 * _MINUTE
    here.run(timedelta(days=2), 4 * _HOUR)
    assert len(here.heard()) == 1


def test_a_rule_that_asks_again_is_in_the_digest_with_what_it_lacks(ledger: SqlLedger) -> None:
    here = room(ledger, channels=channels(team=Channel(kind="slack", time_zone="UTC", digest_at="10:00")))
    for because in ((), ("8% of its changes were taken back, more than 5%",)):
        ledger.records.stand("north", "ads/dear", because, {}, NOW)
    here.run(timedelta(minutes=50), 10 * _MINUTE)
    assert here.heard() == []
    here.run(timedelta(minutes=20), _MINUTE)
    assert here.heard() == ["Digest: 1 new"]
    (line,) = here.listeners["team"].heard[0].lines
    said = "8% of its changes were taken back, more than 5%"
    assert line.text == f"north · a rule in auto mode asks again · ads/dear: {said}"
    here.run(timedelta(days=2), 4 * _HOUR)
    assert len(here.heard()) == 1


def test_quiet_hours_hold_everything_but_what_is_urgent(ledger: SqlLedger) -> None:
    here = room(ledger, quiet_from="08:00", quiet_until="12:00")
    here.open(s2(1), alert(2, rule="account/health"))
    here.run(2 * _HOUR, 10 * _MINUTE)
    assert here.heard() == ["DM-2: 4 days of stock, the next order takes 31"]
    here.run(timedelta(hours=1, minutes=5), 5 * _MINUTE)
    assert len(here.heard()) == 2


def test_a_silence_holds_back_until_it_ends_and_says_who_and_why(ledger: SqlLedger) -> None:
    here = room(ledger)
    ledger.outbox.silence(Silence("si_1", {"rule": "inventory/*", "account": "north"}, NOW, NOW + _HOUR, "ann", "move"))
    here.open(alert(1), alert(2, account="south"))
    here.run(50 * _MINUTE, _MINUTE)
    assert [message.account for message in here.listeners["team"].heard] == ["south"]
    here.run(15 * _MINUTE, _MINUTE)
    assert [message.account for message in here.listeners["team"].heard] == ["south", "north"]
    assert [(each.by, each.reason) for each in ledger.outbox.silences()] == [("ann", "move")]


def test_a_silence_can_be_ended_early_and_only_once(ledger: SqlLedger) -> None:
    here = room(ledger)
    ledger.outbox.silence(Silence("si_1", {"account": "*"}, NOW, NOW + _HOUR, "ann", "move"))
    here.open(alert(1))
    here.run(10 * _MINUTE, _MINUTE)
    ledger.outbox.end_silence("si_1", "bob", here.clock.now())
    here.run(_MINUTE)
    assert len(here.heard()) == 1
    with pytest.raises(ForbiddenError):
        ledger.outbox.end_silence("si_1", "bob", here.clock.now())


def test_lost_access_is_told_and_what_only_follows_from_it_is_not(ledger: SqlLedger) -> None:
    here = room(ledger)
    lost = alert(9, rule="ops/credentials")
    here.open(lost, alert(1), alert(2, account="south"))
    here.run(10 * _MINUTE, _MINUTE)
    assert sorted(message.rule for message in here.listeners["team"].heard) == [
        "inventory/stock-out-ahead", "ops/credentials",
    ]  # fmt: skip
    assert here.listeners["team"].heard[-1].account == "south" or here.listeners["team"].heard[0].account == "south"
    here.close(lost)
    here.run(10 * _MINUTE, _MINUTE)
    assert [(message.rule, message.account) for message in here.listeners["team"].heard][2:] == [
        ("ops/credentials", "north"), ("inventory/stock-out-ahead", "north"),
    ]  # fmt: skip


def test_routes_lead_by_severity_rule_account_and_owner(ledger: SqlLedger) -> None:
    routes = (
        Route(channels=("boss",), urgency=(Urgency.URGENT,), go_on=True),
        Route(channels=("stock",), rules=("inventory/*",)),
        Route(channels=("ada",), owners=("ada",)),
        Route(channels=("south",), accounts=("south",), severity=(Severity.S1, Severity.S2)),
        Route(channels=("rest",)),
    )
    names = channels(boss="slack", stock="slack", ada="slack", south="slack", rest="slack")
    here = room(ledger, channels=names, routes=routes)
    task = Task("answer the buyer", "ada", NOW + _HOUR)
    here.open(alert(1), s2(2, rule="account/health", account="south"), s2(3, rule="reviews/new", task=task),
              s2(4, rule="ads/x"))  # fmt: skip
    here.run(_MINUTE)
    told = {name: sorted(message.rule for message in each.heard) for name, each in here.listeners.items()}
    assert told == {"boss": ["inventory/stock-out-ahead"], "stock": ["inventory/stock-out-ahead"],
                    "ada": ["reviews/new"], "south": ["account/health"], "rest": ["ads/x"]}  # fmt: skip


def test_a_ticket_names_its_owner_and_its_task_and_is_escalated_when_overdue(ledger: SqlLedger) -> None:
    here = room(ledger)
    here.open(s2(1, rule="reviews/negative", task=Task("answer the review", "ada", NOW + _HOUR)))
    here.run(_MINUTE)
    assert here.listeners["team"].heard[0].lines[0].text.endswith("→ to do: answer the review @ada")
    here.clock.sleep(7200)
    late = ledger.tickets.chosen(overdue_at=here.clock.now(), escalated=False)
    ledger.tickets.escalate([ticket.id for ticket in late], here.clock.now())
    here.run(_MINUTE)
    assert here.heard()[1] == "A task is overdue: DM-1"
    assert "answer the review (due 2026-03-17 10:00 UTC) @ada" in here.listeners["team"].heard[1].lines[0].text
    ledger.tickets.move("a_1", TicketState.DONE, "ada", "answered", here.clock.now())
    here.run(9 * _HOUR, 10 * _MINUTE)
    assert here.heard()[2:] == ["Over: A task is overdue: DM-1"]


def test_the_kill_switch_is_told_and_so_is_its_release(ledger: SqlLedger) -> None:
    here = room(ledger)
    ledger.switch(stop=True, by="ann", reason="odd bids", at=NOW)
    here.run(_MINUTE)
    ledger.switch(stop=False, by="ann", reason="all well", at=here.clock.now())
    here.run(10 * _MINUTE, _MINUTE)
    assert here.heard() == ["Everything is stopped: ann", "Over: Everything is stopped: ann"]
    assert "ann: odd bids" in here.listeners["team"].heard[0].lines[0].text


def test_a_plan_is_told_with_counts_the_greatest_change_and_the_money(ledger: SqlLedger) -> None:
    here = room(ledger, page="https://steward.example.com")
    here.clock.moment = WISHED
    ledger.add([wish(1), wish(2, after="1.50"), *wishes(9)[2:]])
    here.run(_MINUTE)
    (told,) = here.listeners["team"].heard
    assert told.title == "9 changes to decide: ads/bid-down"
    assert told.lines[0].text == "bid: 9"
    assert told.lines[1].text == "greatest change: exact “usb c hub”: bid €1.00 → €1.50 (+50.0%)"
    assert told.lines[2].text == "money at risk: €0.50"
    assert (len(told.lines), told.left_out) == (8, 4)
    assert told.links[0].url == "https://steward.example.com/plans/r_1"


def test_what_was_decided_meanwhile_is_not_asked_again(ledger: SqlLedger) -> None:
    here = room(ledger)
    here.clock.moment = WISHED
    ledger.add(wishes(2))
    ledger.decide([yes(each) for each in wishes(2)], WISHED)
    here.run(10 * _MINUTE, _MINUTE)
    assert here.heard() == []
    assert ledger.outbox.unsettled() == []


def _buttons(ledger: SqlLedger) -> tuple[Newsroom, AnswerDesk, str, str]:
    people = {"ada": Person(slack="U1", approves=True), "bob": Person(slack="U2")}
    channel = Channel(kind="slack", buttons=True)
    here = room(ledger, channels=channels(team=channel), people=people)
    here.clock.moment = WISHED
    ledger.add(wishes(3))
    here.run(_MINUTE)
    yes_, no_ = here.listeners["team"].heard[0].buttons
    return here, AnswerDesk(ledger.outbox, STAMP, people), yes_.token, no_.token


def test_a_button_decides_exactly_what_was_shown_once(ledger: SqlLedger) -> None:
    here, desk, token, no_token = _buttons(ledger)
    ledger.decide([yes(wish(1))], here.clock.now())
    given = desk.redeem(token, "slack", "U1", here.clock.now())
    assert (given.by, given.decided, given.stale, given.plan) == ("ada", ("p_2", "p_3"), ("p_1",), "r_1")
    (decided,) = ledger.decisions(["p_2"])["p_2"]
    assert (decided.decision.by, decided.decision.through) == ("ada", "slack")
    with pytest.raises(ForbiddenError, match="used before"):
        desk.redeem(token, "slack", "U1", here.clock.now())
    assert desk.redeem(no_token, "slack", "U1", here.clock.now()).stale == ()


def test_whoever_is_known_may_say_in_the_chat_that_they_are_at_it(ledger: SqlLedger) -> None:
    people = {"bob": Person(telegram="7")}
    channel = Channel(kind="telegram", buttons=True)
    here = room(ledger, channels=channels(team=channel), people=people)
    here.open(s2(1, rule="reviews/negative", task=Task("answer the review", "ada", NOW + _HOUR)))
    here.run(_MINUTE)
    button, _quiet = here.listeners["team"].heard[0].buttons
    desk = AnswerDesk(ledger.outbox, STAMP, people)
    with pytest.raises(ForbiddenError):
        desk.redeem(button.token, "telegram", "8", here.clock.now())
    assert desk.redeem(button.token, "telegram", "7", here.clock.now()).decided == ("a_1",)
    ticket = ledger.tickets.find("a_1")
    assert ticket is not None
    assert (ticket.state, ticket.by) == (TicketState.ACKNOWLEDGED, "bob")
    here.run(9 * _HOUR, 30 * _MINUTE)
    assert len(here.heard()) == 1


def test_whoever_decides_may_quieten_an_incident_for_a_day(ledger: SqlLedger) -> None:
    people = {"ada": Person(slack="U1", approves=True), "bob": Person(slack="U2")}
    here = room(ledger, channels=channels(team=Channel(kind="slack", buttons=True)), people=people)
    here.open(alert(1), alert(2))
    here.run(_MINUTE)
    _mine, quiet = here.listeners["team"].heard[0].buttons
    desk = AnswerDesk(ledger.outbox, STAMP, people)
    with pytest.raises(ForbiddenError):
        desk.redeem(quiet.token, "slack", "U2", here.clock.now())
    here.close(alert(2))
    here.run(timedelta(seconds=10))
    given = desk.redeem(quiet.token, "slack", "U1", here.clock.now())
    here.run(10 * _MINUTE, _MINUTE)
    assert (given.decided, given.stale) == (("a_1",), ("a_2",))
    (silence,) = ledger.outbox.silences(here.clock.now())
    assert (dict(silence.matchers), silence.by) == ({"key": "a_1"}, "ada")
    heard = len(here.heard())
    here.run(22 * _HOUR, _HOUR)
    assert len(here.heard()) == heard, "quiet, where it would have been repeated every four hours"
    here.run(6 * _HOUR, _HOUR)
    assert any(title.startswith("Still so: DM-1") for title in here.heard()[heard:])
    assert ledger.verify().ok


def test_a_button_is_refused_where_it_is_forged_late_or_not_theirs(ledger: SqlLedger) -> None:
    here, desk, token, _no = _buttons(ledger)
    id, _, signature = token.partition(".")
    wrong = f"{id}.{signature[::-1]}"
    for bad, user, at in ((wrong, "U1", 0), (id, "U1", 0), ("", "U1", 0), (token, "U2", 0), (token, "U9", 0),
                          (token, "", 0), (token, "U1", 25)):  # fmt: skip
        with pytest.raises(ForbiddenError):
            desk.redeem(bad, "slack", user, here.clock.now() + timedelta(hours=at))
    assert ledger.decisions(["p_1", "p_2", "p_3"]) == {}
    assert len(token.encode()) <= 64


def test_a_channel_that_is_down_for_a_day_gets_everything_when_it_is_back(ledger: SqlLedger) -> None:
    here = room(ledger, channels=channels(mail="mail", team="slack"))
    here.listeners["mail"].planned = [Delivery(Told.RETRY, "no connection", "network")] * 10_000
    for hour in range(0, 24, 2):
        here.open(alert(hour, rule=f"account/rule-{hour}", at=here.clock.now()))
        here.run(2 * _HOUR, _HOUR)
    assert here.listeners["mail"].heard == []
    assert "A channel fails: mail" in here.heard("team")
    here.listeners["mail"].planned.clear()
    here.run(20 * _MINUTE, _MINUTE)
    rules = {message.rule for message in here.listeners["mail"].heard}
    told = " ".join(line.text for message in here.listeners["mail"].heard for line in message.lines)
    assert all(f"account/rule-{hour}" in rules or f"account/rule-{hour}" in told for hour in range(0, 24, 2))
    assert "Over: A channel fails: mail" in here.heard("team")
    assert all(each.state is Post.SENT for each in ledger.outbox.log("mail", 1000))


def test_a_refusal_is_told_through_the_other_channels_and_tried_again_later(ledger: SqlLedger) -> None:
    here = room(ledger, channels=channels(ding="dingtalk", team="slack"))
    here.listeners["ding"].planned = [Delivery(Told.FATAL, "sign not match", "310000")] * 3
    here.open(alert(1))
    here.run(2 * _MINUTE)
    assert here.heard("ding") == []
    assert here.listeners["team"].heard[-1].lines[0].text == "ding: 310000 sign not match"
    here.run(4 * _HOUR, 5 * _MINUTE)
    assert len([title for title in here.heard("ding") if title.startswith("DM-1")]) == 1


def test_nobody_is_told_of_what_was_over_before_there_was_a_channel(ledger: SqlLedger) -> None:
    here = room(ledger)
    here.open(alert(1), alert(2))
    here.clock.sleep(3600)
    here.close(alert(1))
    here.clock.sleep(timedelta(days=30).total_seconds())
    here.run(_MINUTE)
    (told,) = here.listeners["team"].heard
    assert [line.text.partition(":")[0] for line in told.lines] == ["DM-2"]


def test_thousands_of_events_in_a_minute_are_few_messages_and_nothing_urgent_is_late(ledger: SqlLedger) -> None:
    here = room(ledger, channels=channels(team="slack", ding="dingtalk"))
    severities = (Severity.S1, Severity.S2, Severity.S2, Severity.S3)
    per_step, opened = MANY // 12, {}
    for step in range(12):
        batch = [alert(number, rule=f"group/rule-{number % 150:03}", severity=severities[number % 4],
                       at=here.clock.now()) for number in range(step * per_step, (step + 1) * per_step)]  # fmt: skip
        here.open(*batch)
        for each in batch:
            if each.severity is Severity.S1:
                opened.setdefault(each.rule, each.opened_at)
        here.run(timedelta(seconds=5))
    here.run(timedelta(seconds=45))
    assert len(ledger.alerts(limit=2 * MANY)) == per_step * 12
    for name in ("team", "ding"):
        heard = here.listeners[name].heard
        assert max(sum(each.at - _MINUTE < other.at <= each.at for other in heard) for each in heard) <= 20
        urgent = [message for message in heard if message.urgency is Urgency.URGENT]
        for rule, at in opened.items():
            told = min(message.at for message in urgent if rule == message.rule or _names(message, rule))
            assert told - at <= timedelta(seconds=30)


def _names(message: Message, rule: str) -> bool:
    return any(rule in line.text for line in message.lines)
