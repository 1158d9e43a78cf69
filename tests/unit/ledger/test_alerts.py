"""What rules told: once, until it no longer holds."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from agent.ledger import SqlLedger
from agent.model.alert import Alert
from agent.model.entity import Entity
from agent.model.rule import Severity

NOW = datetime(2026, 3, 20, 9, tzinfo=UTC)


def alert(id: str, sku: str = "S1", rule: str = "inventory/gap", at: datetime = NOW, **other: object) -> Alert:
    entity = Entity("shop", "sku", sku)
    made = Alert(id, rule, "d", entity, sku, Severity.S2, "4 days without stock", {"gap_days": 4}, "r1", at, at)
    return replace(made, **other)


def test_an_alert_is_opened_once_however_often_it_is_told(ledger: SqlLedger) -> None:
    assert [each.id for each in ledger.alert([alert("a1")], [], NOW, "r1")] == ["a1"]
    later = NOW + timedelta(hours=4)
    assert ledger.alert([alert("a2", at=later)], [], later, "r2") == []
    (standing,) = ledger.open_alerts("shop")
    assert (standing.id, standing.opened_at, standing.seen_at) == ("a1", NOW, later)
    assert [event.kind for event in ledger.events()] == ["alert_opened"]


def test_what_no_longer_holds_is_closed_with_its_reason_and_may_open_again(ledger: SqlLedger) -> None:
    (first,) = ledger.alert([alert("a1")], [], NOW, "r1")
    ledger.alert([], [(first, "it no longer holds")], NOW + timedelta(days=1), "r2")
    assert ledger.open_alerts("shop") == []
    (closed,) = ledger.alerts("shop")
    assert (closed.closed_at, closed.closed_because) == (NOW + timedelta(days=1), "it no longer holds")
    assert [each.id for each in ledger.alert([alert("a2")], [], NOW + timedelta(days=2), "r3")] == ["a2"]
    assert [event.kind for event in ledger.events()] == ["alert_opened", "alert_closed", "alert_opened"]
    assert ledger.verify().ok


def test_closing_twice_is_told_once(ledger: SqlLedger) -> None:
    (first,) = ledger.alert([alert("a1")], [], NOW, "r1")
    for run in ("r2", "r3"):
        ledger.alert([], [(first, "it no longer holds")], NOW + timedelta(days=1), run)
    assert [event.kind for event in ledger.events()] == ["alert_opened", "alert_closed"]


def test_rules_and_entities_and_accounts_are_told_apart(ledger: SqlLedger) -> None:
    elsewhere = alert("a4", entity=Entity("other", "sku", "S1"))
    told = [alert("a1"), alert("a2", sku="S2"), alert("a3", rule="inventory/reorder"), elsewhere]
    assert len(ledger.alert(told, [], NOW, "r1")) == 4
    assert {each.id for each in ledger.open_alerts("shop")} == {"a1", "a2", "a3"}
    assert len(ledger.open_alerts()) == 4


def test_the_gravest_stand_first(ledger: SqlLedger) -> None:
    told = [alert("a1", sku="S1", severity=Severity.S3), alert("a2", sku="S2", severity=Severity.S1)]
    ledger.alert(told, [], NOW, "r1")
    assert [each.severity for each in ledger.open_alerts("shop")] == [Severity.S1, Severity.S3]
