"""The pages about files name every list with all of its columns, and their examples are read."""

import re
from pathlib import Path

import pytest

from agent.model.marketplace import MARKETPLACES
from connectors.file_drop import COLUMNS, FileDrop

_DOCS = Path(__file__).parents[2] / "docs"
_PAGES = ("files.md", "files.zh.md")


def _sections(page: str) -> dict[str, str]:
    parts = re.split(r"^### (\w+).*$", (_DOCS / page).read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("page", _PAGES)
@pytest.mark.parametrize("kind", COLUMNS)
def test_every_column_of_a_list_is_told_in_both_languages(page: str, kind: str) -> None:
    assert re.findall(r"^\| `(\w+)`", _sections(page)[kind], re.MULTILINE) == list(COLUMNS[kind])


@pytest.mark.parametrize("kind", COLUMNS)
def test_the_example_of_a_list_is_read_as_that_list(kind: str, tmp_path: Path) -> None:
    found = re.search(r"```csv\n(.*?)```", _sections("files.md")[kind], re.DOTALL)
    assert found is not None
    path = tmp_path / "list.csv"
    path.write_text(found[1], encoding="utf-8")
    parcel = FileDrop("main", MARKETPLACES["US"]).read(path)
    assert (parcel.kind, parcel.receipt.rows, parcel.receipt.ignored) == (kind, 1, [])
