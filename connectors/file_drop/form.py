"""What a kind of file looks like, declared; and how the plain ones, a stream with one row each, are built."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from agent.errors import FileError
from agent.language import _
from agent.model.fact import Delivered, Grain, Rows, Stream
from agent.model.kinds import STREAMS
from agent.model.marketplace import Marketplace
from agent.model.metric import Column, Unit
from agent.model.parcel import FileReceipt, Ignored, KnownAds, Parcel, PeriodFrom
from agent.model.window import Span
from connectors.file_drop.names import Heading, Names, family, folded
from connectors.file_drop.table import NUMERIC, Table

TOTAL = frozenset({
    "total", "totals", "grand total", "gesamt", "summe", "insgesamt", "totale", "total général", "totaal", "suma",
    "合計", "总计", "总和", "合计", "total:",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known beside the file. ``known`` is asked once a file names campaigns instead of their ids."""

    account: str
    marketplace: Marketplace
    known: Callable[[], KnownAds]
    name: str
    """The file's name."""
    span: Span | None
    """The days its name tells."""


Build = Callable[["Form", Table, Surroundings], Parcel]


@dataclass(frozen=True)
class Form:
    """``sign``: the fields that tell this kind from others; ``one_of``: at least one of these too; ``without``: none
    of these. ``entity``: the fields whose values, joined by ``/``, name a row. ``units``: of fields that are no
    columns of the stream. ``private``: columns of people, dropped at the door."""

    kind: str
    names: Names
    sign: frozenset[str]
    stream: str = ""
    entity: tuple[str, ...] = ()
    build: Build | None = None
    one_of: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()
    units: Mapping[str, Unit] = field(default_factory=dict)
    percent: frozenset[str] = frozenset()
    absolute: frozenset[str] = frozenset()
    partial: bool = False
    sections: bool = False
    decimal: str | None = None
    order: str | None = None

    def fits(self, heading: Heading) -> bool:
        there = heading.columns.keys()
        return (
            self.sign <= there and not self.without & there and (not self.one_of or bool(self.one_of & there))
        )  # fmt: skip

    def typed(self) -> Mapping[str, Unit]:
        """Every field with a unit."""
        if not self.stream:
            return self.units
        stream = STREAMS[self.stream]
        day = {"day": Unit.INSTANT} if stream.grain is Grain.DAY else {}
        return {column.name: column.unit for column in stream.columns} | day | dict(self.units)

    def parcel(self, table: Table, around: Surroundings) -> Parcel:
        return (self.build or plain)(self, table, around)


def form(kind: str, family_name: str, sign: str, stream: str = "", entity: str = "", **more: Any) -> Form:
    """A form with fields named in one string each."""
    sets: dict[str, Any] = {
        key: frozenset(more.pop(key, "").split()) for key in ("one_of", "without", "percent", "absolute")
    }
    return Form(kind, family(family_name), frozenset(sign.split()), stream, tuple(entity.split()), **sets, **more)


def plain(form: Form, table: Table, around: Surroundings) -> Parcel:
    """One row, one entity; every column the stream and the file have in common."""
    stream = STREAMS[form.stream]
    ignored: list[Ignored] = []
    table = without_totals(form, table, form.entity[0])
    currency = table.currency(*(name for name, unit in form.typed().items() if unit is Unit.MONEY))
    entities = joined(table, form.entity)
    columns = {column.name: column_of(table, column) for column in stream.columns if table.has(column.name)}
    sums, money = totals(form, table)
    refuse_contradictions(table, entities, columns, form.entity[0])
    rows = Rows({"entity": entities, **columns})
    receipt = receipt_of(table, totals=sums, money=money, currency=currency, ignored=ignored)
    return Parcel(form.kind, [(stream.name, Delivered([rows] if entities else [], partial=form.partial))], receipt)


def joined(table: Table, fields: Sequence[str]) -> list[str]:
    """The rows' names."""
    parts = [table.ids(name) for name in fields]
    return parts[0] if len(parts) == 1 else ["/".join(each) for each in zip(*parts, strict=True)]


def column_of(table: Table, column: Column) -> list[Any]:
    """A column in its unit; of one that has choices, the choices only."""
    values = table.values(column.name, column.unit)
    if not column.choices:
        return values
    allowed = {choice.casefold(): choice for choice in column.choices}
    found = [allowed.get(value.casefold()) if value is not None else None for value in values]
    for index, (value, choice) in enumerate(zip(values, found, strict=True)):
        if value is not None and choice is None:
            raise table.fault(
                index, column.name, f"'{value}' is not one of {', '.join(column.choices)}", "write one of these"
            )
    return found


def totals(form: Form, table: Table) -> tuple[Mapping[str, int], frozenset[str]]:
    """Sums of everything that is counted or paid, and which of them are money."""
    summed = {
        name: unit for name, unit in form.typed().items()
        if unit in (Unit.COUNT, Unit.MONEY) and table.has(name) and not _is_a_state(form, name)
    }  # fmt: skip
    sums = {name: sum(value or 0 for value in table.values(name, unit)) for name, unit in summed.items()}
    return sums, frozenset(name for name, unit in summed.items() if unit is Unit.MONEY)


def _is_a_state(form: Form, name: str) -> bool:
    return name in ("stars", "rank", "ending_balance")


def without_totals(form: Form, table: Table, key: str) -> Table:
    """The table without rows of totals, which must say what the rows add up to."""
    said = [
        not isinstance(cell, str) or (cell.strip() != "" and cell.strip().casefold() not in TOTAL)
        for cell in table.cells(key)
    ]
    if all(said):
        return table
    kept, left = table.only(said), table.only([not each for each in said])
    for index, cells in enumerate(left.rows):
        if any(isinstance(cell, str) and cell.strip().casefold() in TOTAL for cell in cells):
            _check_totals(form, kept, left, index)
        elif sum(cell not in ("", None) for cell in cells) > 1:
            raise left.fault(index, key, "the row names nothing", "complete the row or remove it")
    return kept


def _check_totals(form: Form, kept: Table, left: Table, index: int) -> None:
    sums, _money = totals(form, kept)
    one = left.only([each == index for each in range(len(left))])
    for name, total in sums.items():
        said = one.values(name, form.typed()[name])[0]
        if said is not None and said != total:
            raise one.fault(0, name, f"the total is {said}, the rows add up to {total}", "export the file again")


def refuse_contradictions(
    table: Table, entities: Sequence[str], columns: Mapping[str, Sequence[Any]], key: str
) -> None:
    """The same name twice with different values is refused, with both rows."""
    if len(set(entities)) == len(entities):
        return
    first: dict[str, int] = {}
    for index, entity in enumerate(entities):
        before = first.setdefault(entity, index)
        if before != index and any(values[before] != values[index] for values in columns.values()):
            raise table.fault(
                index,
                key,
                f"says something else of '{entity}' than row {table.numbers[before]}",
                "keep one of the rows",
            )


_PRIVATE = frozenset({
    "buyeremail", "buyername", "buyerphonenumber", "recipientname", "shipcity", "shipstate", "shippostalcode",
    "shipaddress1", "shipaddress2", "shipaddress3", "shipphonenumber", "billaddress1", "billcity", "billname",
    "rateremail", "emaildesbewerters", "customername", "customeremail", "buyer", "author", "reviewer", "reviewername",
    "authorname", "profile", "profileurl", "age", "email", "ordercity", "orderstate", "orderpostal", "city", "state",
    "postalcode", "ortderbestellung", "bundesland", "postleitzahl", "市町村", "都道府県", "郵便番号",
})  # fmt: skip


def private(table: Table) -> list[Ignored]:
    """Columns about the buyer: dropped at the door and counted."""
    return [
        Ignored(name, len(table), _("tells of the buyer and is never kept"))
        for name in table.heading.names
        if folded(name) in _PRIVATE
    ]


def numbered(names: Iterable[str]) -> list[str]:
    """Names of things that have no id: what is said twice is two things."""
    seen: Counter[str] = Counter()
    found = []
    for name in names:
        seen[name] += 1
        found.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return found


def day_delivery(
    stream: Stream, entities: Sequence[str], days: Sequence[date], columns: Mapping[str, Sequence[Any]], span: Span
) -> tuple[str, Delivered]:
    """Daily rows of a part of the account: what they do not mention stays as it was."""
    rows = Rows({"entity": entities, "day": days, **columns})
    return stream.name, Delivered([rows] if entities else [], span, partial=True)


def receipt_of(
    table: Table, *, totals: Mapping[str, int], money: frozenset[str] = frozenset(), currency: str | None = None,
    ignored: Sequence[Ignored] = (), period: Span | None = None, period_from: PeriodFrom | None = None,
) -> FileReceipt:  # fmt: skip
    written = {".": "1,234.5", ",": "1.234,5"}[table.decimal]
    paid = currency or (table.place.marketplace.currency if money else None)
    return FileReceipt(
        len(table), period, period_from, totals, money, paid,
        table.place.encoding, table.heading.language, written, ignored,
    )  # fmt: skip


def nothing_to_fill(form: Form, table: Table, around: Surroundings) -> Parcel:
    """A report that is known, and that no stream takes: told with its totals, and left alone."""
    sums, money = totals(form, table)
    currency = table.currency(*money)
    left = Ignored(form.kind, len(table), _("Steward keeps nothing of this report"))
    return Parcel(form.kind, (), receipt_of(table, totals=sums, money=money, currency=currency, ignored=[left]))


def midnight(day: date) -> datetime:
    """How a date is kept where an instant is asked for."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def figures(form: Form) -> frozenset[str]:
    return frozenset(name for name, unit in form.typed().items() if unit in NUMERIC)


def dated(form: Form) -> frozenset[str]:
    return frozenset(name for name, unit in form.typed().items() if unit is Unit.INSTANT)


def must_name_days(around: Surroundings, table: Table, kind: str) -> FileError:
    return FileError(
        "does not tell which days it is about", file=table.place.file,
        hint="put the days into its name, such as report_2026-01-24.csv or report_2026-01-01_2026-01-07.csv",
    )  # fmt: skip
