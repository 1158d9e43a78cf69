"""The outbox on both databases: what is stored together stays together, and nothing is stored twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from agent.errors import ForbiddenError
from agent.ledger import SqlLedger
from agent.ledger.notices import Group
from agent.ledger.outbox import Answerable, Flush, Post, Posted, Verb
from agent.model.message import Delivery, Line, Message, Told, Urgency
from agent.model.notice import Notice, Silence
from agent.model.rule import Severity
from tests.wishes import wish, wishes

NOW = datetime(2026, 3, 17, 9, tzinfo=UTC)
_HOUR = timedelta(hours=1)


def _notice(key: str, **more: object) -> Notice:
    made = {"data": {"kind": "sku"}, "event": 1, **more}
    return Notice(key, Urgency.URGENT, Severity.S1, "north", "a/b", "DM-1", "so it is", NOW, **made)  # type: ignore[arg-type]


def _posted(id: str, urgency: Urgency = Urgency.DECIDE, at: datetime = NOW) -> Posted:
    message = Message(id, urgency, "标题", at, (Line("one", "S1"),))
    return Posted(message, "team", "g", Post.WAITING, at, at)


def test_notices_and_the_place_in_the_log_are_stored_together_and_once(ledger: SqlLedger) -> None:
    outbox = ledger.outbox
    assert outbox.take_in(0, 7, [_notice("a_1"), _notice("a_2", closed_at=NOW, closed_because="gone")])
    assert not outbox.take_in(0, 7, [_notice("a_3")])
    assert (outbox.cursor(), outbox.known(["a_1", "a_9"])) == (7, {"a_1": _notice("a_1")})
    assert [each.key for each in outbox.unsettled()] == ["a_1", "a_2"]


def test_a_flush_is_all_or_nothing(ledger: SqlLedger) -> None:
    outbox = ledger.outbox
    outbox.take_in(0, 1, [_notice("a_1")])
    group = Group("team", "g", NOW, frozenset({"a_1"}))
    outbox.flush(Flush([_posted("n_1")], (), [group], (), ["a_1"]))
    with pytest.raises(Exception):  # noqa: B017 - whatever the database says of a second row of one id
        outbox.flush(Flush([_posted("n_1")], (), [Group("team", "h", NOW, frozenset())], (), ()))
    assert outbox.groups() == [group]
    assert outbox.unsettled() == []
    outbox.flush(Flush(gone=[("team", "g")]))
    assert outbox.groups() == []


def test_the_urgent_go_first_and_a_channel_can_rest(ledger: SqlLedger) -> None:
    outbox = ledger.outbox
    for each in (_posted("n_1"), _posted("n_2", Urgency.URGENT, NOW + _HOUR), _posted("n_3")):
        assert outbox.post(each)
    assert not outbox.post(_posted("n_1"))
    later = NOW + 2 * _HOUR
    first, *others = outbox.due("team", later, 10)
    assert [first.message.id, *(each.message.id for each in others)] == ["n_2", "n_1", "n_3"]
    outbox.told(first, Delivery(Told.RETRY, "too fast", "11232"), later, later + _HOUR, later + _HOUR)
    assert outbox.due("team", later, 10) == []
    again = outbox.due("team", later + _HOUR, 1)[0]
    assert (again.tries, again.code, again.detail) == (1, "11232", "too fast")
    outbox.told(again, Delivery(Told.OK), later + _HOUR, None)
    assert outbox.counts("team", NOW) == {"waiting": 2, "made": 1, "sent": 1}
    assert [each.state for each in outbox.log("team") if each.message.id == "n_2"] == [Post.SENT]


def test_what_ended_long_ago_is_let_go_and_what_waits_stays(ledger: SqlLedger) -> None:
    outbox = ledger.outbox
    outbox.take_in(0, 1, [_notice("a_1", closed_at=NOW, closed_because="gone"), _notice("a_2")])
    outbox.flush(Flush([_posted("n_1"), _posted("n_2")], settled=["a_1"]))
    outbox.told(_posted("n_1"), Delivery(Told.OK), NOW, None)
    assert outbox.forget(NOW + _HOUR) == 2
    assert [each.message.id for each in outbox.log()] == ["n_2"]
    assert set(outbox.known(["a_1", "a_2"])) == {"a_2"}


def test_an_answer_decides_once_within_its_time(ledger: SqlLedger) -> None:
    ledger.add(wishes(2))
    at = wish(1).created_at
    seen = (("p_1", 1), ("p_2", 9))
    answers = [Answerable(id, Verb.APPROVE, "r_1", seen, "team", at, at + _HOUR) for id in ("c_1", "c_2")]
    ledger.outbox.flush(Flush(answers=answers))
    assert ledger.outbox.answerable("c_1") == answers[0]
    assert ledger.outbox.redeem("c_1", "ada", "slack", at) == ["p_2"]
    for id, when in (("c_1", at), ("c_2", at + _HOUR), ("c_3", at)):
        with pytest.raises(ForbiddenError):
            ledger.outbox.redeem(id, "ada", "slack", when)
    assert [event.kind for event in ledger.events()][-2:] == ["answered", "approved"]
    assert ledger.verify().ok


def test_silences_are_part_of_the_history_that_nobody_can_change_unseen(ledger: SqlLedger) -> None:
    new = Silence("si_1", {"rule": "a/*"}, NOW, NOW + _HOUR, "ann", "moving")
    ledger.outbox.silence(new)
    assert ledger.outbox.silences(after=NOW) == [new]
    assert ledger.outbox.end_silence("si_1", "bob", NOW + _HOUR / 2).ends_at == NOW + _HOUR / 2
    assert ledger.verify().ok
    with ledger._database.writer.begin() as connection:
        connection.exec_driver_sql("UPDATE silences SET reason = 'something else'")
    found = ledger.verify()
    assert (found.ok, found.message) == (False, "silence si_1 is not as event 2 left it")
