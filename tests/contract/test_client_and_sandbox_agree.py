"""The client against the simulated Amazon over real HTTP: one contract on both sides, and receipts that are true."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from agent.errors import AgentError, ContractError, CredentialError, SourceError
from agent.facts.book import Book
from agent.model.actions import CREATE
from agent.model.change import Change, Value
from agent.model.creation import MATCH_TYPES, Creation
from agent.model.entity import Entity
from agent.model.fact import Delivered, Document, Pending, Rows, Stream
from agent.model.kinds import KINDS, STREAMS
from agent.model.money import Money
from agent.model.percent import Percent
from agent.model.proposal import Fate, Receipt
from connectors.amazon_ads.actions import MONEY_FIELDS
from tests.contract.conftest import Met
from tests.contract.published import Published

NOTES = Path(__file__).with_name("extract.yaml")


def pulled(met: Met, stream: Stream) -> Delivered:
    """Pull until it is delivered, at most a hundred looks."""
    cursor = None
    for _ in range(100):
        answer = met.ads.pull(stream, met.span, cursor)
        if isinstance(answer, Delivered):
            return answer
        assert isinstance(answer, Pending)
        cursor = answer.cursor
        met.clock.sleep(answer.look_again_seconds)
    raise AssertionError(f"{stream.name} was never delivered")


def rows_of(met: Met, stream: str) -> Rows:
    (rows,) = pulled(met, STREAMS[stream]).batches
    assert isinstance(rows, Rows)
    return rows


def entities(met: Met, kind: str) -> list[Entity]:
    stream = KINDS[kind].states[0]
    return [Entity("demo", kind, id) for id in rows_of(met, stream).columns["entity"]]


def other(field: str, value: Value, kind: str) -> Value:
    """Another value than the present one, which the marketplace allows."""
    if kind == "negative_keyword":
        return "archived"
    if isinstance(value, Percent):
        return Percent(value.points + 15)
    if field == "bidding_strategy":
        return "manual" if value == "legacy_for_sales" else "legacy_for_sales"
    if field not in MONEY_FIELDS:
        return "paused" if value == "enabled" else "enabled"
    return Money(value.micros + 110_000, value.currency) if isinstance(value, Money) else Money.of("0.55", "USD")


def changes_of(met: Met, kind: str = "keyword", field: str = "bid", most: int = 6) -> dict[str, Change]:
    live = met.ads.live(entities(met, kind)[:most], field)
    return {entity.id: Change(entity, field, now, other(field, now, kind)) for entity, now in live.items()}


def applied(met: Met, changes: Mapping[str, Change]) -> dict[str, Receipt]:
    receipts = {receipt.proposal: receipt for receipt in met.ads.apply(changes)}
    assert receipts.keys() == changes.keys()
    return receipts


def test_everything_is_read_and_booked_and_every_request_conforms(met: Met, tmp_path: Path) -> None:
    book, notes = Book(tmp_path / "facts"), Published.load(NOTES)
    assert met.ads.check_credentials().startswith("profile ")
    for stream in met.ads.streams:
        booked = book.book("demo", stream, pulled(met, stream), met.clock.now(), "r1")
        assert booked.rows > 0, stream.name
    faults = {fault for each in met.wire.requests if each.url.path[:10] not in ("/auth/o2/t", "/download/")
              for fault in notes.faults(each)}  # fmt: skip
    assert faults == set()


def test_the_next_pull_of_the_same_days_brings_nothing_new(met: Met, tmp_path: Path) -> None:
    book = Book(tmp_path / "facts")
    for run in ("r1", "r2"):
        booked = book.book("demo", STREAMS["keyword_traffic"], pulled(met, STREAMS["keyword_traffic"]),
                           met.clock.now(), run)  # fmt: skip
    assert (booked.rows > 0, booked.increments) == (True, 0)


def test_every_edit_is_accepted_and_reads_back(met: Met) -> None:
    for edit in sorted((each for each in met.ads.edits if each.field != CREATE), key=str):
        changes = changes_of(met, edit.kind, edit.field)
        assert {receipt.fate for receipt in applied(met, changes).values()} == {Fate.ACCEPTED}, edit
        met.clock.sleep(600)
        live = met.ads.live([each.entity for each in changes.values()], edit.field)
        assert live == {each.entity: each.after for each in changes.values()}, edit


def test_a_placement_is_changed_without_touching_the_others(met: Met) -> None:
    """The simulated Amazon forgets every placement that an update leaves out."""
    for field, after in (("placement_top", 40), ("placement_rest", 25), ("placement_top", 55)):
        changes = changes_of(met, "campaign", field, most=1)
        (change,) = changes.values()
        applied(met, {"p": Change(change.entity, field, change.before, Percent(after))})
    applied(met, {"p": Change(change.entity, "bidding_strategy", "legacy_for_sales", "manual")})
    row = rows_of(met, "campaigns").columns
    at = row["entity"].index(change.entity.id)
    named = ("placement_top", "placement_product_page", "placement_rest", "bidding_strategy")
    assert [row[name][at] for name in named] == [0.55, 0.0, 0.25, "manual"]


def new_things(met: Met, kind: str, count: int) -> dict[str, Change]:
    """New things for the first ad group of a manual campaign."""
    campaigns, groups = (rows_of(met, stream).columns for stream in ("campaigns", "ad_groups"))
    manual = {id for id, type in zip(campaigns["entity"], campaigns["targeting_type"], strict=True) if type == "manual"}
    group = next(id for id, campaign in zip(groups["entity"], groups["campaign_id"], strict=True) if campaign in manual)
    bid = None if kind == "negative_keyword" else Money.of("0.61", "USD")
    made = [Creation.of(kind, group, MATCH_TYPES[kind][0], f"b0new{number:05d}", bid) for number in range(count)]
    return {each.key: Change(Entity("demo", kind, each.key), CREATE, None, each) for each in made}


@pytest.mark.parametrize("kind", MATCH_TYPES)
def test_something_new_is_made_once_and_reads_back_by_its_words(met: Met, kind: str) -> None:
    changes = new_things(met, kind, 5)
    asked = [each.entity for each in changes.values()]
    assert met.ads.live(asked, CREATE) == dict.fromkeys(asked)
    assert {receipt.fate for receipt in applied(met, changes).values()} == {Fate.ACCEPTED}
    met.clock.sleep(600)
    assert met.ads.live(asked, CREATE) == {each.entity: each.after for each in changes.values()}
    again = applied(met, changes).values()
    assert {(receipt.fate, receipt.code) for receipt in again} == {(Fate.ACCEPTED, "DUPLICATE_VALUE")}
    made = [effect for effect in met.amazon.sandbox.log.effects if effect.field == "created"]
    assert len(made) == 5


@pytest.mark.parametrize(
    ("kind", "values"),
    [("drop", {"when": "after"}), ("truncate", {"keep": 0.3}), ("drop", {"when": "before"})],
    ids=str,
)
def test_a_lost_answer_about_something_new_is_settled_by_looking(
    met: Met, kind: str, values: dict[str, float | str]
) -> None:
    changes = new_things(met, "keyword", 3)
    met.amazon.plant(kind, "keywords.create", count=1, **values)
    assert {receipt.fate for receipt in applied(met, changes).values()} == {Fate.UNKNOWN}
    live = met.ads.live([each.entity for each in changes.values()], CREATE)
    assert set(live.values()) in ({None}, {each.after for each in changes.values()})


def test_a_batch_of_a_thousand_is_one_call(met: Met) -> None:
    known = entities(met, "keyword")
    strangers = [Entity("demo", "keyword", f"99{number}") for number in range(1000 - len(known))]
    bid = Money.of("0.61", "USD")
    receipts = applied(met, {each.id: Change(each, "bid", None, bid) for each in (*known, *strangers)})
    assert {receipts[each.id].fate for each in known} == {Fate.ACCEPTED}
    assert {(receipts[each.id].fate, receipts[each.id].code) for each in strangers} == {
        (Fate.REFUSED, "ENTITY_NOT_FOUND")
    }
    assert sum(each.method == "PUT" for each in met.wire.requests) == 1


def test_a_bid_outside_the_marketplace_is_refused_with_its_limits(met: Met) -> None:
    (change, *_) = changes_of(met).values()
    found = applied(met, {"p": Change(change.entity, "bid", change.before, Money.of("0.001", "USD"))})["p"]
    assert (found.fate, found.code) == (Fate.REFUSED, "BID_OUT_OF_MARKET_PLACE_RANGE")
    assert "0.02" in found.message


TROUBLE: list[tuple[str, dict[str, float | str], set[Fate]]] = [
    ("throttle", {"retry_after": 7}, {Fate.NOT_APPLIED}),
    ("error", {"status": 500, "when": "before"}, {Fate.UNKNOWN}),
    ("error", {"status": 500, "when": "after"}, {Fate.UNKNOWN}),
    ("error", {"status": 400, "when": "before"}, {Fate.REFUSED}),
    ("html", {"status": 503, "when": "before"}, {Fate.UNKNOWN}),
    ("html", {"status": 200, "when": "after"}, {Fate.UNKNOWN}),
    ("drop", {"when": "before"}, {Fate.UNKNOWN}),
    ("drop", {"when": "after"}, {Fate.UNKNOWN}),
    ("truncate", {"keep": 0.5}, {Fate.UNKNOWN}),
    ("late", {"seconds": 5, "answer": "accepted"}, {Fate.ACCEPTED}),
    ("late", {"seconds": 5, "answer": "drop"}, {Fate.UNKNOWN}),
    ("late", {"seconds": 5, "answer": "error"}, {Fate.UNKNOWN}),
    ("item", {"code": "throttledError"}, {Fate.ACCEPTED, Fate.NOT_APPLIED}),
    ("item", {"code": "internalServerError"}, {Fate.ACCEPTED, Fate.UNKNOWN}),
    ("expired", {}, {Fate.NOT_APPLIED}),
]


def _spelled(part: object) -> str:
    """A name that every worker gives alike: the order of a set differs from process to process."""
    return "+".join(sorted(map(str, part))) if isinstance(part, set) else str(part)


@pytest.mark.parametrize(("kind", "values", "fates"), TROUBLE, ids=_spelled)
def test_a_receipt_tells_the_truth(met: Met, kind: str, values: dict[str, float | str], fates: set[Fate]) -> None:
    """Accepted: it is there once it has settled. Refused or not applied: nothing ever changes. And one call, always."""
    changes = changes_of(met)
    met.amazon.plant(kind, "keywords.update", count=1, **values)
    receipts = applied(met, changes)
    assert {receipt.fate for receipt in receipts.values()} == fates
    assert sum(each.method == "PUT" for each in met.wire.requests) == 1
    met.clock.sleep(600)
    live = met.ads.live([each.entity for each in changes.values()], "bid")
    for id, receipt in receipts.items():
        if receipt.fate is Fate.ACCEPTED:
            assert live[changes[id].entity] == changes[id].after
        elif receipt.fate is not Fate.UNKNOWN:
            assert live[changes[id].entity] == changes[id].before


@pytest.mark.parametrize("operation", ["keywords.list", "reports.create", "reports.get", "reports.download", "token"])
@pytest.mark.parametrize(
    ("kind", "values"),
    [("throttle", {"retry_after": 3}), ("error", {"status": 503}), ("html", {"status": 502}), ("drop", {}),
     ("truncate", {})],
    ids=str,
)  # fmt: skip
def test_trouble_that_passes_only_delays_a_read(
    met: Met, operation: str, kind: str, values: dict[str, float | str]
) -> None:
    met.amazon.plant(kind, operation, count=2, **values)
    stream = STREAMS["keywords" if operation in ("keywords.list", "token") else "keyword_traffic"]
    assert pulled(met, stream).batches


def test_an_expired_token_only_delays_a_read(met: Met) -> None:
    assert len(rows_of(met, "keywords")) > 0
    met.amazon.plant("expired", "keywords.list", count=1)
    assert len(rows_of(met, "keywords")) > 0


def test_a_token_that_is_always_rejected_stops_after_one_renewal(met: Met) -> None:
    met.amazon.plant("expired", "keywords.list", count=None)
    with pytest.raises(CredentialError):
        pulled(met, STREAMS["keywords"])
    assert sum(each.url.path.startswith("/sp/") for each in met.wire.requests) == 2


def test_a_revoked_grant_stops_and_is_not_hammered(met: Met) -> None:
    met.amazon.plant("revoked", "token", count=None)
    for stream in met.ads.streams:
        with pytest.raises(CredentialError, match="invalid_grant"):
            pulled(met, stream)
    assert len(met.wire.requests) == 1


def test_a_source_with_a_wrong_clock_is_no_trouble(met: Met) -> None:
    met.amazon.plant("skew", count=None, seconds=-86_400)
    assert pulled(met, STREAMS["keywords"]).batches
    assert pulled(met, STREAMS["keyword_traffic"]).batches


def test_a_slow_report_is_waited_for_without_hurry(met: Met) -> None:
    met.amazon.plant("slow_report", "reports.create", count=None, seconds=3600)
    assert pulled(met, STREAMS["campaign_traffic"]).batches
    assert sum(each.method == "GET" for each in met.wire.requests) < 60


def test_a_report_that_is_asked_for_twice_is_adopted(met: Met) -> None:
    stream = STREAMS["campaign_traffic"]
    first, again = (met.ads.pull(stream, met.span, None) for _ in range(2))
    assert isinstance(first, Pending)
    assert isinstance(again, Pending)
    assert first.cursor == again.cursor


def test_a_failed_report_is_named_and_the_next_pull_asks_anew(met: Met) -> None:
    met.amazon.plant("failed_report", "reports.create", count=1)
    with pytest.raises(SourceError) as caught:
        pulled(met, STREAMS["campaign_traffic"])
    assert not caught.value.retryable
    assert pulled(met, STREAMS["campaign_traffic"]).batches


def test_a_report_finished_long_ago_is_fetched_by_a_fresh_link(met: Met) -> None:
    first = met.ads.pull(STREAMS["campaign_traffic"], met.span, None)
    assert isinstance(first, Pending)
    met.clock.sleep(timedelta(hours=3).total_seconds())
    answer = met.ads.pull(STREAMS["campaign_traffic"], met.span, first.cursor)
    assert isinstance(answer, Delivered)


@pytest.mark.parametrize("kind", ["torn_report", "other_day", "missing_column"])
def test_a_report_that_is_not_what_was_promised_is_not_booked(met: Met, tmp_path: Path, kind: str) -> None:
    book, stream = Book(tmp_path / "facts"), STREAMS["campaign_traffic"]
    met.amazon.plant(kind, "reports.download", count=1)
    with pytest.raises(AgentError) as caught:
        book.book("demo", stream, pulled(met, stream), met.clock.now(), "r1")
    assert isinstance(caught.value, ContractError)
    assert book.book("demo", stream, pulled(met, stream), met.clock.now(), "r2").rows > 0


def test_keywords_and_targets_share_a_report_type_and_no_row(met: Met, tmp_path: Path) -> None:
    seen = []
    for kind in ("keyword", "product_target"):
        book, stream = Book(tmp_path / kind), STREAMS[f"{kind}_traffic"]
        delivered = pulled(met, stream)
        assert all(isinstance(each, Document) for each in delivered.batches)
        book.book("demo", stream, delivered, met.clock.now(), "r1")
        frame = book.known_at("demo", met.clock.now()).increments(stream, met.span).collect()
        seen.append(set(frame["entity"].to_list()))
        assert seen[-1] <= {each.id for each in entities(met, kind)}
    assert not seen[0] & seen[1]
