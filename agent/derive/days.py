"""Rows of entity and day as a matrix."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from agent.model.kinds import STREAMS
from agent.model.window import Span
from agent.ports import FactView

_CANCELLED = ("cancelled", "canceled")


def matrix_of(
    rows: pl.DataFrame, column: str, row: Mapping[str, int], span: Span, delivered: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Entity × day; 0 where nothing is said of a delivered day, nan where the day was not delivered."""
    out = np.zeros((len(row), len(span)))
    kept = rows.filter(pl.col("entity").is_in(list(row)), pl.col("day").is_between(span.first, span.last))
    if kept.height:
        at = kept["entity"].replace_strict(row, return_dtype=pl.Int64).to_numpy()
        day = (kept["day"] - span.first).dt.total_days().to_numpy()
        np.add.at(out, (at, day), kept[column].fill_null(0).to_numpy())
    out[:, ~delivered] = np.nan
    return out


def days_of_lines(view: FactView, zone: str) -> pl.LazyFrame:
    """Units of order lines by SKU (``entity``) and the marketplace's calendar day; cancelled ones are left out."""
    lines = view.state(STREAMS["order_lines"])
    cancelled = pl.col("status").str.to_lowercase().is_in(_CANCELLED).fill_null(False)
    day = pl.col("purchased_at").dt.convert_time_zone(zone).dt.date().alias("day")
    kept = lines.filter(~cancelled, pl.col("purchased_at").is_not_null(), pl.col("sku").is_not_null())
    return kept.select(pl.col("sku").alias("entity"), day, "units").group_by("entity", "day").agg(
        pl.col("units").cast(pl.Int64).sum()
    )  # fmt: skip
