"""The owner's own mappings as forms: any other CSV or workbook fills a stream, column by column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from agent.model.fact import Grain
from agent.model.kinds import STREAMS
from agent.model.metric import Unit
from agent.model.parcel import Parcel, PeriodFrom
from agent.model.window import Span
from connectors.file_drop.form import (
    Form,
    Surroundings,
    column_of,
    day_delivery,
    joined,
    plain,
    private,
    receipt_of,
    refuse_contradictions,
    totals,
    without_totals,
)  # fmt: skip
from connectors.file_drop.names import names_of
from connectors.file_drop.table import Table


class MappingSettings(Protocol):
    """What the configuration says of one sort of file; it was checked against the dictionary there."""

    @property
    def name(self) -> str: ...
    @property
    def stream(self) -> str: ...
    @property
    def entity(self) -> Sequence[str]: ...
    @property
    def columns(self) -> Mapping[str, str]: ...
    @property
    def decimal(self) -> str: ...
    @property
    def dates(self) -> str: ...
    @property
    def percent(self) -> Sequence[str]: ...
    @property
    def whole(self) -> bool: ...


def mapped_form(mapping: MappingSettings) -> Form:
    """A form that fits where all of the mapping's headers stand in one row."""
    keys = {f"entity_{number}": header for number, header in enumerate(mapping.entity)}
    headers = {name: {"": [header]} for name, header in {**keys, **mapping.columns}.items()}
    daily = STREAMS[mapping.stream].grain is Grain.DAY
    return Form(
        mapping.name, names_of(f"mapping:{mapping.name}", headers), frozenset(headers), mapping.stream, tuple(keys),
        _daily if daily else plain, percent=frozenset(mapping.percent), partial=not mapping.whole,
        decimal=None if mapping.decimal == "auto" else mapping.decimal,
        order=None if mapping.dates == "auto" else mapping.dates,
    )  # fmt: skip


def _daily(form: Form, table: Table, around: Surroundings) -> Parcel:
    """A row per entity and day."""
    stream = STREAMS[form.stream]
    table = without_totals(form, table, form.entity[0])
    currency = table.currency(*(name for name, unit in form.typed().items() if unit is Unit.MONEY))
    days = table.days("day")
    if None in days:
        raise table.fault(days.index(None), "day", "the row has no date", "complete the row or remove it")
    dated = [day for day in days if day is not None]
    entities = joined(table, form.entity)
    columns = {column.name: column_of(table, column) for column in stream.columns if table.has(column.name)}
    named = [f"{entity} on {day}" for entity, day in zip(entities, dated, strict=True)]
    refuse_contradictions(table, named, columns, "day")
    sums, money = totals(form, table)
    period = Span(min(dated), max(dated)) if dated else None
    receipt = receipt_of(
        table, totals=sums, money=money, currency=currency, period=period, period_from=PeriodFrom.CONTENT,
        ignored=private(table),
    )  # fmt: skip
    deliveries = [day_delivery(stream, entities, dated, columns, period)] if period is not None else []
    return Parcel(form.kind, deliveries, receipt)
