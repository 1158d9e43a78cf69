"""The workbook as a whole: rows by stream, totals by entity type, and what Amazon itself could not deliver."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent.errors import ContractError
from agent.model.fact import Rows
from agent.model.kinds import STREAMS
from connectors.bulksheet.facts import FIGURES, READERS, adjustment, search_term_figures
from connectors.bulksheet.language import word_of
from connectors.bulksheet.record import Record
from connectors.bulksheet.sheets import opened, records
from connectors.bulksheet.totals import Totals

_PRODUCT = "Sponsored Products"
_CAMPAIGNS = frozenset({
    "Product", "Entity", "Campaign ID", "Ad Group ID", "Ad ID", "Keyword ID", "Product Targeting ID", "Daily Budget",
    "Targeting Type", "State", "Ad Group Default Bid", "Bid",
})  # fmt: skip
_SEARCH_TERMS = frozenset({"Product", "Campaign ID", "Customer Search Term", "Spend"})
_ERRORS = frozenset({"Product", "Type of rows affected", "Error Message"})
_ADJUSTMENT = "Bidding Adjustment"
SEARCH_TERM = "Search Term"
"""The search term report's name among the totals."""


@dataclass(frozen=True, slots=True)
class DownloadFault:
    """Rows that Amazon says it could not put into the workbook."""

    product: str
    rows: str
    message: str


@dataclass(frozen=True, slots=True)
class Workbook:
    """``streams``: one batch for each stream of state, also where it is empty. ``ignored``: rows by entity type for
    which Steward has no stream yet. ``faults``: a workbook with faults is no whole snapshot. ``operations``: rows that
    ask for a change; such a workbook is made for upload and says what shall be, not what is. ``figures``: by entity,
    of the period that was chosen when it was downloaded; the workbook does not tell which.
    """

    path: Path
    streams: Mapping[str, Rows]
    totals: Mapping[str, Totals]
    ignored: Mapping[str, int] = field(default_factory=dict)
    faults: Sequence[DownloadFault] = ()
    operations: int = 0
    figures: Mapping[str, Rows] = field(default_factory=dict)


def read_workbook(path: Path) -> Workbook:
    """Read Sponsored Products out of a bulk operations workbook.

    ``ContractError`` with sheet, row and column where a cell is not what Amazon writes there; all is read or nothing.
    """
    rows: dict[str, list[Mapping[str, Any]]] = {stream: [] for stream, _ in READERS.values()}
    totals: dict[str, Totals] = defaultdict(Totals)
    figures: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    ignored: Counter[str] = Counter()
    adjusted: dict[str, dict[str, float]] = defaultdict(dict)
    faults: list[DownloadFault] = []
    is_bulk, operations = False, 0
    with opened(path) as book:
        for sheet in book.worksheets:
            if (found := records(path, sheet, _CAMPAIGNS)) is not None:
                is_bulk = True
                for record in _sponsored_products(found):
                    operations += record.text("Operation") is not None
                    _take(record, rows, totals, ignored)
                    _take_adjustment(record, adjusted)
                    _take_figures(record, figures)
            elif (found := records(path, sheet, _SEARCH_TERMS)) is not None:
                for record in _sponsored_products(found):
                    totals[SEARCH_TERM] = totals[SEARCH_TERM].with_row(record)
                    if (row := search_term_figures(record)) is not None:
                        figures["search_term_totals"].append(row)
            elif (found := records(path, sheet, _ERRORS)) is not None:
                faults += [_fault(record) for record in found]
    if not is_bulk:
        raise _no_bulk(path)
    rows["campaigns"] = [{**row, **adjusted.get(str(row["entity"]), {})} for row in rows["campaigns"]]
    streams = {name: _batch(name, each) for name, each in rows.items()}
    return Workbook(path, streams, dict(totals), ignored, faults, operations, _added_up(figures))


def _sponsored_products(found: Iterator[Record]) -> Iterator[Record]:
    return (record for record in found if record.text("Product") == _PRODUCT)


def _take(
    record: Record, rows: dict[str, list[Mapping[str, Any]]], totals: dict[str, Totals], ignored: Counter[str]
) -> None:
    entity = word_of(record.text("Entity") or "")
    totals[entity] = totals[entity].with_row(record)
    if entity in READERS:
        stream, read = READERS[entity]
        rows[stream].append(read(record))
    elif entity != _ADJUSTMENT:
        ignored[entity] += 1


def _take_adjustment(record: Record, adjusted: dict[str, dict[str, float]]) -> None:
    """What a campaign adds at a placement; those it does not tell stay unknown."""
    if word_of(record.text("Entity") or "") == _ADJUSTMENT and (found := adjustment(record)) is not None:
        campaign, column, ratio = found
        adjusted[campaign][column] = ratio


def _take_figures(record: Record, figures: dict[str, list[Mapping[str, Any]]]) -> None:
    entity = word_of(record.text("Entity") or "")
    if entity in FIGURES:
        stream, read = FIGURES[entity]
        figures[stream].append(read(record))


def _added_up(figures: Mapping[str, Sequence[Mapping[str, Any]]]) -> Mapping[str, Rows]:
    """One row per entity: a term that several rows name is added up."""
    found: dict[str, Rows] = {}
    for stream, rows in figures.items():
        sums: dict[str, dict[str, Any]] = {}
        for row in rows:
            entity = str(row["entity"])
            before = sums.get(entity)
            sums[entity] = dict(row) if before is None else _plus(before, row)
        names = list(rows[0]) if rows else ["entity"]
        found[stream] = Rows({name: [row[name] for row in sums.values()] for name in names})
    return found


def _plus(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value if name == "entity" else value + other[name] for name, value in one.items()}


def _batch(stream: str, rows: Sequence[Mapping[str, Any]]) -> Rows:
    names = ["entity", *(column.name for column in STREAMS[stream].columns)]
    return Rows({name: [row[name] for row in rows] for name in names})


def _fault(record: Record) -> DownloadFault:
    columns = ("Product", "Type of rows affected", "Error Message")
    return DownloadFault(*(record.text(column) or "" for column in columns))


def _no_bulk(path: Path) -> ContractError:
    return ContractError(
        f"{path.name} has no sheet of Sponsored Products campaigns",
        connector="bulksheet", operation="read",
        hint="download 'Bulk operations' in the advertising console, with its language set to English",
    )  # fmt: skip
