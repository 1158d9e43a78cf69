"""The store's door: faults of its libraries leave as ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import polars as pl
from deltalake.exceptions import DeltaError

from agent.errors import FactsError

HINT = (
    "Other tables are unharmed. Restore this folder from the backup, or move it away and pull again "
    "(Amazon keeps 60 to 95 days)."
)


@contextmanager
def door(account: str, stream: str) -> Iterator[None]:
    """Turn what the table's libraries raise into a ``FactsError`` that names account and stream."""
    try:
        yield
    except FactsError:
        raise
    except (DeltaError, pl.exceptions.PolarsError, _fault_of_duckdb(), OSError) as fault:
        raise FactsError(
            f"The facts of {stream} of {account} cannot be read or written: {first_line(fault)}.",
            account=account,
            stream=stream,
            hint=HINT,
        ) from fault


def _fault_of_duckdb() -> type[Exception]:
    """Asked for only once something has gone wrong: most commands never import duckdb."""
    from duckdb import Error

    return Error


def first_line(fault: BaseException) -> str:
    return str(fault).strip().split("\n", 1)[0].rstrip(".")[:300] or type(fault).__name__
