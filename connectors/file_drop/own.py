"""Our own lists: a CSV whose columns are called as the dictionary calls them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from agent.language import _
from agent.model.fact import Absence
from agent.model.kinds import STREAMS
from agent.model.parcel import Ignored, Parcel
from connectors.file_drop.form import Form, Surroundings, plain
from connectors.file_drop.names import folded, names_of
from connectors.file_drop.table import Table


@dataclass(frozen=True, slots=True)
class OwnList:
    """``key``: the columns that name a row; those that are columns of the stream too fill them. ``tells``: one of
    these has to be there, else the file is another list."""

    kind: str
    stream: str
    key: tuple[str, ...]
    tells: tuple[str, ...]


LISTS: Sequence[OwnList] = (
    OwnList("costs", "costs", ("sku",), ("landed_cost", "min_price", "max_price")),
    OwnList("lead_times", "lead_times", ("sku",), ("lead_time", "review_days", "order_minimum", "service_level")),
    OwnList("targets", "sales_targets", ("sku",), ("target_month", "target_units", "target_sales")),
    OwnList("suppliers", "suppliers", ("supplier_id",), ("country", "closed_from", "closed_until")),
    OwnList("purchase_orders", "purchase_orders", ("order_id", "sku"), ("units_ordered", "due_at", "ordered_at")),
    OwnList("events", "events", ("event_id",), ("starts_at", "ends_at")),
    OwnList("competitors", "competitors", ("sku", "rival_asin"), ("close", "name", "rival_asin")),
    OwnList("reviews", "reviews", ("review_id",), ("stars", "reviewed_at")),
    OwnList("messages", "messages", ("message_id",), ("received_at", "due_at", "category")),
)


def own_form(each: OwnList) -> Form:
    stream = STREAMS[each.stream]
    columns = dict.fromkeys([*each.key, *(column.name for column in stream.columns)])
    names = names_of(f"own:{each.kind}", {name: {"en": [name]} for name in columns})
    partial = stream.absent is Absence.KEPT
    return Form(
        each.kind, names, frozenset(each.key), each.stream, each.key, _listed, frozenset(each.tells), partial=partial
    )


def _listed(form: Form, table: Table, around: Surroundings) -> Parcel:
    """The list, and which of its columns mean nothing to us."""
    parcel = plain(form, table, around)
    ours = set(form.typed()) | set(form.entity)
    strange = [
        Ignored(name, len(table), _hint(name, ours))
        for position, name in enumerate(table.heading.names)
        if name and position not in table.heading.columns.values()
    ]
    return replace(parcel, receipt=replace(parcel.receipt, ignored=[*parcel.receipt.ignored, *strange]))


def _hint(name: str, ours: set[str]) -> str:
    near = get_close_matches(folded(name), {folded(each): each for each in ours}, 1, 0.7)
    called = {folded(each): each for each in ours}
    if near:
        return _("no column of this list; did you mean '{name}'?").format(name=called[near[0]])
    return _("no column of this list")


OWN: Sequence[Form] = tuple(own_form(each) for each in LISTS)
COLUMNS: Mapping[str, Sequence[str]] = {
    each.kind: list(dict.fromkeys([*each.key, *(column.name for column in STREAMS[each.stream].columns)]))
    for each in LISTS
}
"""Every list with all of its columns, in the order of the templates."""
