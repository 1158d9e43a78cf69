"""A downloaded report becomes typed columns, wholly or not at all.

One pass of duckdb's JSON reader parses, converts and checks every row. Only when a row fails is the document read
again, to say which field and which value it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import duckdb
import polars as pl

from agent.errors import ContractError
from agent.facts.faults import first_line
from agent.facts.reading import Check, checks_of, quoted, raw_types, value_of
from agent.facts.streams import delivered_schema, keys_of
from agent.facts.unpacked import fault_of_archive
from agent.model.fact import Absence, Document, Grain, Stream

HINT = "Nothing of it was booked; the next pull asks again. If it stays, the source has changed its answer."


def read_document(document: Document, stream: Stream) -> pl.DataFrame:
    """``entity``, ``day`` and the stream's columns; an optional column the document does not have is left out.

    Raises ``ContractError`` for anything but a whole gzipped JSON array of rows that keep what was promised.
    """
    with ThreadPoolExecutor(1) as beside:  # unpacking and parsing one file keep one core busy each
        archive = beside.submit(fault_of_archive, document.path)
        try:
            rows = _rows(document, stream)
        except ContractError as fault:
            raise (broken(document, stream, archive.result()) if archive.result() else fault) from fault.__cause__
        if archive.result():
            raise broken(document, stream, archive.result())
        return rows


def _rows(document: Document, stream: Stream) -> pl.DataFrame:
    with duckdb.connect(config={"threads": 2}) as database:
        try:
            return _Reading(document, stream, database).rows()
        except duckdb.Error as fault:
            said = first_line(fault).replace(str(document.path), "it")
            raise broken(document, stream, f"is not an array of rows: {said}") from fault


def broken(document: Document, stream: Stream, says: str) -> ContractError:
    return ContractError(
        f"The document of {stream.name} {says}.",
        connector=document.connector, operation=stream.name, request_id=document.request_id, hint=HINT,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Reading:
    document: Document
    stream: Stream
    database: duckdb.DuckDBPyConnection

    def rows(self) -> pl.DataFrame:
        checks = list(checks_of(self.document, self.stream))
        names = self._names()
        columns = [f"{value_of(self.document, self.stream, name)} AS {quoted(name)}" for name in names]
        cases = " ".join(f"WHEN {check.fault} THEN {number}" for number, check in enumerate(checks))
        rows: pl.DataFrame = (
            self._raw().project(", ".join([*columns, f"CAST(CASE {cases} END AS SMALLINT) AS fault"])).pl()
        )
        self._refuse_faults(checks, rows["fault"])
        rows = rows.drop("fault", *self._columns_not_there(rows, names))
        return rows.select(_typed(name, kind) for name, kind in delivered_schema(self.stream).items() if name in rows)

    def _names(self) -> Sequence[str]:
        """Our columns that come from the document."""
        for key in keys_of(self.stream):
            if key not in self.document.fields:
                raise ValueError(f"a document of {self.stream.name} must say which field is its {key}")
        return [name for name in delivered_schema(self.stream) if name in self.document.fields]

    def _raw(self) -> duckdb.DuckDBPyRelation:
        return self.database.read_json(
            str(self.document.path), columns=raw_types(self.document, self.stream),
            format="array", compression="gzip",
        )  # fmt: skip

    def _refuse_faults(self, checks: Sequence[Check], faults: pl.Series) -> None:
        number = faults.min()
        if not isinstance(number, int):
            return
        check, rows = checks[number], int((faults == number).sum())
        if self._any_row_has(check.source, there=True):
            value = self._raw().filter(check.fault).project(f"{quoted(check.source)}::VARCHAR").limit(1).fetchall()
            shown = json.dumps(value[0][0], ensure_ascii=False) if value[0][0] is not None else "null"
            raise broken(
                self.document, self.stream, f"has {check.source} {shown[:80]}, which {check.says} ({rows} rows)"
            )
        raise self._without(check.source)

    def _columns_not_there(self, rows: pl.DataFrame, names: Sequence[str]) -> Iterator[str]:
        """Optional columns no row has. Refuses a document that lacks what it must have."""
        for name in names:
            field, empty = self.document.fields[name], rows[name].null_count()
            if empty and field.required and self._any_row_has(field.source, there=False):
                raise self._without(field.source)
            if empty and self._must_be_known(name) and field.required:
                raise broken(self.document, self.stream, f"has no figure for {field.source} in {empty} rows")
            if empty == rows.height and not field.required and not self._any_row_has(field.source, there=True):
                yield name

    def _must_be_known(self, name: str) -> bool:
        """An empty amount counts as nothing only where a missing row does."""
        column = self.stream.column(name)
        return (
            self.stream.grain is Grain.DAY
            and self.stream.absent is not Absence.ZERO
            and bool(column and column.additive)
        )

    def _any_row_has(self, source: str, *, there: bool) -> bool:
        """Whether any row has the field (``there``), or any has it not; an empty value is a value."""
        query = (
            "SELECT 1 FROM read_json_objects($path, format = 'array', compression = 'gzip')"
            " WHERE json_exists(json, $field) = $there LIMIT 1"
        )
        field = '$."' + source.replace('"', '\\"') + '"'
        found = self.database.execute(query, {"path": str(self.document.path), "field": field, "there": there})
        return bool(found.fetchall())

    def _without(self, source: str) -> ContractError:
        return broken(self.document, self.stream, f"has rows without the field {source}")


def _typed(name: str, kind: pl.DataType) -> pl.Expr:
    """Money comes as a decimal of six places; its bare digits are micros."""
    column = pl.col(name).to_physical() if kind == pl.Int64 else pl.col(name)
    return column.cast(kind)
