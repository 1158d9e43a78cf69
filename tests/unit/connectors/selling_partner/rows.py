"""What a reader delivered, row by row."""

from __future__ import annotations

from typing import Any

from agent.model.fact import Delivered, Pending, Rows


def as_rows(answer: Delivered | Pending) -> list[dict[str, Any]]:
    assert isinstance(answer, Delivered), answer
    rows: list[dict[str, Any]] = []
    for batch in answer.batches:
        assert isinstance(batch, Rows)
        names = list(batch.columns)
        rows += [dict(zip(names, values, strict=True)) for values in zip(*batch.columns.values(), strict=True)]
    return rows
