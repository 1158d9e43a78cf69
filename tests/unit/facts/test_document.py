import gzip
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from agent.errors import ContractError
from agent.facts.document import read_document
from agent.model.fact import Absence, Document, Field, Grain, Stream
from agent.model.kinds import STREAMS
from agent.model.metric import Column, Unit
from tests.unit.facts.conftest import FIELDS

TRAFFIC = STREAMS["keyword_traffic"]
Write = Callable[..., Document]
Row = Callable[..., dict[str, Any]]


def refusal(document: Document, stream: Stream = TRAFFIC) -> str:
    with pytest.raises(ContractError) as caught:
        read_document(document, stream)
    fault = caught.value
    assert (fault.connector, fault.request_id, fault.operation) == ("amazon_ads", "req-1", stream.name)
    assert fault.hint
    assert str(document.path.parent) not in fault.message
    return fault.message


def test_a_report_becomes_typed_columns(document: Write, row: Row) -> None:
    rows = read_document(document([row()]), TRAFFIC)
    assert rows.row(0, named=True) == {
        "entity": "281474976710657", "day": date(2026, 3, 18), "impressions": 120, "clicks": 3, "cost": 4_200_000,
        "purchases": 1, "units": 1, "sales": 6_000_000, "top_of_search_share": 0.25,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("written", "micros"),
    [
        ("0.07", 70_000), ("0.1", 100_000), ("0.29", 290_000), ("1.005", 1_005_000), ("4.35", 4_350_000),
        ("1234567.89", 1_234_567_890_000), ("999999999.999999", 999_999_999_999_999), ("0", 0), ("1e2", 100_000_000),
        ("1e-6", 1), ("-3.20", -3_200_000), ("null", None), ('"4.20"', 4_200_000), ('"1234567.89"', 1_234_567_890_000),
        ("3.4299999999999997", 3_430_000), ("0.0000004", 0), ("123456789012", 123_456_789_012_000_000),
    ],
)  # fmt: skip
def test_money_is_exact_to_the_micro(document: Write, row: Row, written: str, micros: int | None) -> None:
    text = json.dumps([row(cost="HERE")]).replace('"HERE"', written)
    rows = read_document(document(gzip.compress(text.encode())), TRAFFIC)
    assert rows["cost"].to_list() == [micros]


@pytest.mark.parametrize(
    ("written", "id"),
    [
        ("123456789012345678", "123456789012345678"), ("12345678901234567890123", "12345678901234567890123"),
        ('"0060256654"', "0060256654"), ('"B0 \\"x\\" 键"', 'B0 "x" 键'), ("0", "0"),
    ],
)  # fmt: skip
def test_an_id_keeps_every_digit(document: Write, row: Row, written: str, id: str) -> None:
    text = json.dumps([row(keywordId="HERE")]).replace('"HERE"', written)
    assert read_document(document(gzip.compress(text.encode())), TRAFFIC)["entity"].to_list() == [id]


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"clicks": "many"}, 'has clicks "many", which is not a number (1 rows)'),
        ({"clicks": 2.5}, 'has clicks "2.5", which is a fraction where things are counted'),
        ({"clicks": -1}, 'has clicks "-1", which is negative where things are counted'),
        ({"clicks": 3_000_000_000}, "which is larger than any count can be"),
        ({"clicks": [1]}, "which is not a number"),
        ({"cost": "1,234.50"}, 'has cost "1,234.50", which is not an amount of money'),
        ({"cost": "NaN"}, "which is not an amount of money"),
        ({"cost": 10**13}, "which is not an amount of money"),
        ({"topOfSearchImpressionShare": "<10%"}, 'has topOfSearchImpressionShare "<10%", which is not a number'),
        ({"topOfSearchImpressionShare": "inf"}, "which is not a number"),
        ({"date": "yesterday"}, 'has date "yesterday", which is not a day'),
        ({"date": None}, "has date null, which is not a day"),
        ({"date": "2026-03-20"}, "which is not one of the days asked for (2026-03-18 to 2026-03-19)"),
        ({"keywordId": None}, "has keywordId null, which names no entity"),
        ({"keywordId": ""}, "which names no entity"),
        ({"keywordId": 1.5}, "which is neither text nor a whole number"),
        ({"keywordId": True}, "which is neither text nor a whole number"),
        ({"campaignId": 78}, 'has campaignId "78", which is not the 77 asked for: this is another\'s document'),
        ({"campaignId": None}, "which is not the 77 asked for"),
    ],
)
def test_a_value_that_cannot_be_is_named_with_its_field(document: Write, row: Row, other: Any, says: str) -> None:
    assert says in refusal(document([row(), row(keywordId=5), row(**other)]))


@pytest.mark.parametrize("field", ["keywordId", "date", "clicks", "cost", "campaignId"])
def test_a_required_field_that_is_missing_is_named(document: Write, row: Row, field: str) -> None:
    without = {name: value for name, value in row().items() if name != field}
    assert f"has rows without the field {field}" in refusal(document([without]))
    assert field in refusal(document([row(), without]))


def test_an_empty_figure_is_a_value_where_a_missing_row_is_zero(document: Write, row: Row) -> None:
    assert read_document(document([row(sales7d=None)]), TRAFFIC)["sales"].to_list() == [None]


def test_an_empty_figure_is_refused_where_a_missing_row_is_unknown(document: Write, row: Row) -> None:
    stream = Stream("ranks", "keyword", Grain.DAY, (Column("clicks", Unit.COUNT, ""),), Absence.UNKNOWN, "")
    assert "no figure for clicks in 1 rows" in refusal(document([row(clicks=None), row()]), stream)


def test_an_optional_field_may_be_missing_and_then_says_nothing(document: Write, row: Row) -> None:
    without = {name: value for name, value in row().items() if name != "topOfSearchImpressionShare"}
    assert "top_of_search_share" not in read_document(document([without]), TRAFFIC).columns
    empty = read_document(document([row(topOfSearchImpressionShare=None)]), TRAFFIC)
    assert empty["top_of_search_share"].to_list() == [None]


def test_other_fields_are_ignored(document: Write, row: Row) -> None:
    assert read_document(document([row(newField={"deep": [1, 2]}, cost7d="?")]), TRAFFIC).height == 1


def test_an_empty_array_is_a_report_without_rows(document: Write) -> None:
    assert read_document(document([]), TRAFFIC).height == 0


GOOD = json.dumps([{"keywordId": number, "filler": "x" * 200} for number in range(500)]).encode()


@pytest.mark.parametrize(
    ("file", "says"),
    [
        (gzip.compress(GOOD)[:700], "is torn or damaged"),
        (gzip.compress(GOOD)[:-3], "is torn or damaged"),
        (gzip.compress(GOOD)[:-8] + b"\0\0\0\0" + gzip.compress(GOOD)[-4:], "is torn or damaged"),
        (b"", "is empty"),
        (gzip.compress(b""), "is not a JSON array; it begins ''"),
        (b"<html><body>503 Service Unavailable</body></html>", "is not gzipped; it begins '<html>"),
        (gzip.compress(b" <html>\n<body>sorry"), "is not a JSON array; it begins '<html>"),
        (gzip.compress(b'{"code": "425"}'), 'is not a JSON array; it begins \'{"code"'),
        (gzip.compress(GOOD[:-1]), "is not an array of rows"),
        (gzip.compress(GOOD[: len(GOOD) // 2]), "is not an array of rows"),
        (gzip.compress(GOOD + b"]"), "is not an array of rows"),
        (gzip.compress(b"[1, 2, 3]"), "is not an array of rows"),
        (gzip.compress(b'["text"]'), "is not an array of rows"),
        (gzip.compress(b"[[{}]]"), "is not an array of rows"),
    ],
    ids=[
        "cut in the middle",
        "cut in the checksum",
        "wrong checksum",
        "empty file",
        "empty content",
        "plain page",
        "zipped page",
        "one object",
        "array not closed",
        "cut inside a row",
        "something behind",
        "numbers",
        "texts",
        "arrays",
    ],
)
def test_what_is_not_a_whole_report_is_refused_with_its_fault(document: Write, file: bytes, says: str) -> None:
    fields = {"entity": Field("keywordId"), "day": Field("date")}
    assert says in refusal(document(file, fields=fields))


def test_a_report_in_several_gzip_members_is_one_report(document: Write, row: Row) -> None:
    text = json.dumps([row(), row(keywordId=2)]).encode()
    file = gzip.compress(text[:40]) + gzip.compress(text[40:])
    assert read_document(document(file), TRAFFIC).height == 2


def test_a_field_with_quotes_in_its_name_is_only_a_name(document: Write, row: Row) -> None:
    name = """o'd"d); DROP TABLE x;--"""
    rows = [row(**{name: 4})]
    fields = {"entity": Field("keywordId"), "day": Field("date"), "clicks": Field(name, expect="4")}
    assert read_document(document(rows, fields=fields), TRAFFIC)["clicks"].to_list() == [4]
    assert name in refusal(document([row()], fields=fields))


def test_every_unit_has_its_own_reading(document: Write) -> None:
    units = {Unit.DAYS: 3.5, Unit.INSTANT: "2026-03-18T10:00:00Z", Unit.FLAG: True, Unit.TEXT: "b", Unit.NUMBER: 2}
    stream = Stream("all", "x", Grain.SNAPSHOT, tuple(Column(str(unit), unit, "") for unit in units), Absence.GONE, "")
    fields = {"entity": Field("id")} | {str(unit): Field(str(unit)) for unit in units}
    good = {"id": 1} | {str(unit): value for unit, value in units.items()}
    read = read_document(document([good], fields=fields), stream).row(0, named=True)
    assert (read["days"], read["flag"], read["text"], read["number"]) == (3.5, True, "b", 2.0)
    assert read["instant"].isoformat() == "2026-03-18T10:00:00+00:00"
    for unit in (Unit.DAYS, Unit.INSTANT, Unit.FLAG, Unit.NUMBER):
        assert f'has {unit} "odd"' in refusal(document([good | {str(unit): "odd"}], fields=fields), stream)


def test_an_entity_may_be_named_by_several_fields(document: Write, row: Row) -> None:
    fields = {**FIELDS, "entity": Field("keywordId", then=("adGroupId", "searchTerm"))}
    rows = read_document(document([row(adGroupId=7, searchTerm='usb/c "hub"')], fields=fields), TRAFFIC)
    assert rows["entity"].to_list() == ['281474976710657/7/usb/c "hub"']


@pytest.mark.parametrize("spoilt", [{"searchTerm": None}, {"searchTerm": ""}, {"adGroupId": None}, {"adGroupId": [1]}])
def test_an_entity_of_which_a_part_is_missing_is_none(document: Write, row: Row, spoilt: dict[str, Any]) -> None:
    fields = {**FIELDS, "entity": Field("keywordId", then=("adGroupId", "searchTerm"))}
    whole = {"adGroupId": 7, "searchTerm": "hub"}
    with pytest.raises(ContractError, match=next(iter(spoilt))):
        read_document(document([row(**{**whole, **spoilt})], fields=fields), TRAFFIC)
