"""What people read, compared with what was reviewed: one file per page in ``tests/golden``."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "golden"

Reviewed = Callable[[str, str], None]


@pytest.fixture
def reviewed() -> Reviewed:
    """``reviewed("plan.txt", text)`` fails where the text is not that of the file.

    Renew with ``STEWARD_GOLDEN=1`` and review the difference.
    """

    def compare(name: str, text: str) -> None:
        file = FOLDER / name
        if os.environ.get("STEWARD_GOLDEN"):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        assert text == file.read_text(encoding="utf-8"), f"golden/{name} differs; STEWARD_GOLDEN=1 renews it"

    return compare
