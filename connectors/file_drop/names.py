"""Header names in the languages Amazon writes them, and what each means: read from the tables in ``headers``."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

_CURRENCY = re.compile(r"\((?:[a-z]{3}|[^\w\s]{1,3}|r\$|kr|zł)\)\s*$")
_INFORMATIONAL = re.compile(r"\((?:informational only|nur zu informationszwecken|仅供参考|情報提供のみ)\)\s*$")


def folded(name: object) -> str:
    """A header name without what varies: case, width, blanks, dashes, marks, the currency written behind it."""
    text = unicodedata.normalize("NFKC", str(name)).casefold().strip()
    text = _CURRENCY.sub("", _INFORMATIONAL.sub("", text))
    return "".join(letter for letter in text if letter.isalnum())


@dataclass(frozen=True, slots=True)
class Heading:
    """A header row, understood: ``columns`` says at which position a field stands, ``language`` in which it was."""

    columns: Mapping[str, int]
    language: str
    names: Sequence[str]


@dataclass(frozen=True, slots=True)
class Names:
    """One family of fields. ``known`` has, for a folded name, each field with its languages and its rank there."""

    family: str
    known: Mapping[str, Sequence[tuple[str, str, int]]]
    languages: frozenset[str] = field(default_factory=frozenset)

    def heading(self, cells: Sequence[object]) -> Heading:
        """The fields of a row. Where two columns could be one field, the name that is listed first wins."""
        best: dict[str, tuple[int, int]] = {}
        votes: Counter[str] = Counter()
        for position, cell in enumerate(cells):
            if not isinstance(cell, str) or not (name := folded(cell)):
                continue
            for language in {language for _, language, _ in self.known.get(name, ())}:
                votes[language] += 1
            for meaning, _language, rank in self.known.get(name, ()):
                if meaning not in best or rank < best[meaning][0]:
                    best[meaning] = (rank, position)
        language = max(votes, key=lambda each: (votes[each], each == "en")) if votes else ""
        columns = {meaning: position for meaning, (_, position) in best.items()}
        said = language if len(self.languages) > 1 else ""
        return Heading(columns, said, [str(cell).strip() for cell in cells])


def names_of(family: str, table: Mapping[str, Mapping[str, Sequence[str]]]) -> Names:
    known: dict[str, list[tuple[str, str, int]]] = {}
    languages: set[str] = set()
    for meaning, by_language in table.items():
        for language, names in by_language.items():
            languages.add(language)
            for rank, name in enumerate(names):
                known.setdefault(folded(name), []).append((meaning, language, rank))
    return Names(family, known, frozenset(languages))


@cache
def family(name: str) -> Names:
    """One of the tables in ``headers``."""
    text = files("connectors.file_drop").joinpath("headers", f"{name}.toml").read_text(encoding="utf-8")
    return names_of(name, tomllib.loads(text))
