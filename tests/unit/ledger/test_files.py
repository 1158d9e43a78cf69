"""What became of files, by content and account, on both databases."""

from dataclasses import replace
from datetime import timedelta

from agent.ledger import SqlLedger
from agent.model.dropped import FileRecord, FileState
from tests.wishes import NOW

_BULK = FileRecord(
    "north", "ab" * 32, "bulk.xlsx", 70_707, NOW - timedelta(hours=1), FileState.BOOKED, NOW, "r_1", "bulk workbook",
    {"rows": 217, "totals": {"Spend": 94_100_000}, "ignored": [{"what": "Bidding Adjustment", "count": 20}]},
)  # fmt: skip
_ODD = FileRecord("north", "cd" * 32, "notes.csv", 12, NOW, FileState.UNKNOWN, NOW + timedelta(seconds=1), "r_1")


def test_a_record_reads_back_as_it_was_kept(ledger: SqlLedger) -> None:
    ledger.file_put(_BULK)
    assert ledger.files() == [_BULK]


def test_the_newest_comes_first_and_a_hash_may_be_shortened(ledger: SqlLedger) -> None:
    for each in (_BULK, _ODD):
        ledger.file_put(each)
    assert ledger.files("north") == [_ODD, _BULK]
    assert ledger.files("north", limit=1) == [_ODD]
    assert ledger.files(sha256="abab") == [_BULK]
    assert ledger.files(sha256="%") == []
    assert ledger.files("south") == []


def test_one_content_has_one_row_per_account(ledger: SqlLedger) -> None:
    ledger.file_put(replace(_BULK, state=FileState.REFUSED, fault="bulk.xlsx: row 7: no number", hint="again"))
    ledger.file_put(_BULK)
    ledger.file_put(replace(_BULK, account="south"))
    assert ledger.files("north") == [_BULK]
    assert len(ledger.files()) == 2


def test_every_change_is_an_event_of_the_chain(ledger: SqlLedger) -> None:
    ledger.file_put(replace(_BULK, state=FileState.REFUSED, fault="bulk.xlsx: row 7: no number"))
    ledger.file_put(_BULK)
    events = ledger.events()
    assert [(event.kind, event.payload["state"]) for event in events] == [("file", "refused"), ("file", "booked")]
    assert events[1].payload["rows"] == 217
    assert events[1].payload["sha256"] == _BULK.sha256
    assert ledger.verify().ok
