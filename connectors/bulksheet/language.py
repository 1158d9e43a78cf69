"""The workbook's other language: German names and words become those the reader knows."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

INFORMATIONAL = " (Informational only)"
_INFORMATIONAL_DE = " (Nur zu Informationszwecken)"
_DASHES = str.maketrans({"\u00a0": " ", "–": "-", "—": "-"})


@cache
def _german() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(files("connectors.bulksheet").joinpath("german.toml").read_text(encoding="utf-8"))


def column_of(header: str) -> str:
    """A column's English name; one that has none stays as it is."""
    name = header.strip()
    bare = name.removesuffix(_INFORMATIONAL_DE)
    tail = INFORMATIONAL if bare != name else ""
    return _german()["columns"].get(bare, bare) + tail


def word_of(text: str) -> str:
    """A word of a cell in English, as far as it is known there."""
    return _german()["words"].get(" ".join(text.translate(_DASHES).casefold().split()), text)
