"""Any other file, column by column."""

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from agent.config.file_mapping import FileMapping
from agent.errors import FileError
from agent.model.parcel import Parcel
from connectors.file_drop import mapped_form
from tests.parcels import rows_of

Read = Callable[..., Parcel]
_ERP: dict[str, Any] = {
    "name": "erp-costs", "stream": "costs", "entity": ["Artikel"],
    "columns": {"landed_cost": "EK netto", "cost_since": "Stand"}, "decimal": ",", "dates": "dmy",
}  # fmt: skip


def _mapped(read: Read, content: str, **settings: Any) -> Parcel:
    return read(content, mapped=[mapped_form(FileMapping(**settings))])


def test_a_file_of_an_erp_fills_a_stream(read: Read) -> None:
    parcel = _mapped(read, "Stand;Artikel;EK netto;Lager\n03.04.2026;A-1;1.204,50;7\n", **_ERP)
    rows = rows_of(parcel, "costs")
    assert (parcel.kind, rows.columns["entity"], rows.columns["landed_cost"]) == ("erp-costs", ["A-1"], [1_204_500_000])
    assert f"{rows.columns['cost_since'][0]:%d.%m.%Y}" == "03.04.2026"


def test_a_mapping_goes_before_the_forms_that_are_known(read: Read) -> None:
    mine = {"name": "mine", "stream": "suppliers", "entity": ["sku"], "columns": {"name": "landed_cost"}}
    assert _mapped(read, "sku,landed_cost\nA,1\n", **mine).kind == "mine"


def test_a_daily_stream_takes_a_row_per_day(read: Read) -> None:
    daily = {
        "name": "d",
        "stream": "sku_sales",
        "entity": ["Item"],
        "columns": {"day": "When", "units_ordered": "Sold"},
    }
    parcel = _mapped(read, "Item,When,Sold\nA,2026-03-01,4\nA,2026-03-02,5\n", **daily)
    assert rows_of(parcel, "sku_sales").columns["units_ordered"] == [4, 5]
    with pytest.raises(FileError, match=r"row 3, .* says something else of 'A on 2026-03-01' than row 2"):
        _mapped(read, "Item,When,Sold\nA,2026-03-01,4\nA,2026-03-01,5\n", **daily)


def test_several_headers_name_a_row_together(read: Read) -> None:
    orders = {"name": "po", "stream": "purchase_orders", "entity": ["PO", "Item"], "columns": {"sku": "Item"}}
    assert rows_of(_mapped(read, "PO,Item\n7,A\n", **orders), "purchase_orders").columns["entity"] == ["7/A"]


@pytest.mark.parametrize(
    ("changed", "says", "hint"),
    [
        ({"stream": "cost"}, "is no stream", "costs"),
        ({"columns": {"landed_costs": "EK"}}, "has no column 'landed_costs'", "landed_cost"),
        ({"stream": "sku_sales", "columns": {"units_ordered": "x"}}, "no column says which", "day"),
        ({"columns": {"landed_cost": "EK", "min_price": "ek "}}, "fills two columns", ""),
        ({"percent": ["nothing"]}, "has no column 'nothing'", ""),
    ],
)
def test_a_mapping_is_checked_before_a_file_comes(changed: dict[str, Any], says: str, hint: str) -> None:
    with pytest.raises(ValidationError) as caught:
        FileMapping(**{**_ERP, **changed})
    (fault,) = caught.value.errors()
    assert says in fault["msg"]
    assert hint in fault["ctx"]["hint"]
