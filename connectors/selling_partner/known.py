"""What a reader may ask of the account's own book, without knowing the book: wiring passes these in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

Known = Callable[[str], Sequence[Mapping[str, object]] | None]
"""The newest rows of a stream, each with ``entity`` and the stream's columns; None where it was never pulled."""

Pulled = Callable[[str], bool]
"""Whether a stream was ever pulled; cheap, where its rows may be many."""

Asked = Callable[[], Mapping[str, str] | None]
"""By order: what became of the review requests we sent, ``requested`` or ``refused``. None where nobody can tell."""


def nothing_known(_: str) -> None:
    return None


def never_pulled(_: str) -> bool:
    return False


def nobody_tells() -> None:
    return None
