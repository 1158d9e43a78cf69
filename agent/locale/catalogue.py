"""Which texts still need a translation, and which translations no text needs: ``python -m agent.locale.catalogue``.

Exits 0 when the Chinese catalogue is complete, else 1 and prints what is missing as a piece of ``zh.po`` to fill in.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment, nodes

PACKAGE = Path(__file__).parents[1]
CHINESE = PACKAGE / "locale" / "zh.po"
SAYING = (PACKAGE, PACKAGE.parent / "connectors")
"""Whose texts people read."""
_WORDS_OF: Mapping[str, int] = {"_": 1, "ngettext": 2, "noted": 1}
"""The functions that say something, with the number of texts they take."""
_ABOUT = re.compile(r"^(?:about|  ticket): (.+)$", re.MULTILINE)
_SAY = re.compile(r'^say: "(.+)"$', re.MULTILINE)
_DECLARED: Mapping[str, int] = {"Kind": 1, "Key": 2, "Column": 2, "Metric": 3}
"""What the dictionary and the tables of keys declare, with the number of the argument that says what it is."""
_DECLARING = ("model/kinds.py", "model/kinds_shop.py", "rulebook/keys.py")
_FIELD = re.compile(r"\{[^{}]*\}")


@dataclass(frozen=True, slots=True)
class Fault:
    """One entry that is missing, obsolete, or names other fields than its text."""

    what: str
    text: str
    place: str = ""

    def __str__(self) -> str:
        return f"{self.what}: {self.text!r}" + (f" ({self.place})" if self.place else "")


def extracted(*folders: Path) -> Catalog:
    """Every text the program and its pages say through ``_``, ``ngettext`` and ``noted``, with its places; and what the
    shipped rules are for and ask people to do; and what the dictionary's kinds and figures are.

    Read from the syntax tree and not by babel's extractor, which does not see calls inside f-strings.
    """
    catalogue = Catalog(locale="zh", fuzzy=False)
    for folder in folders or SAYING:
        for path in sorted(folder.rglob("*.py")):
            for text, line in _said(ast.parse(path.read_text(encoding="utf-8"))):
                catalogue.add(text, locations=[(str(path.relative_to(folder)), line)])
        for name in _DECLARING if not folders and folder == PACKAGE else ():
            for text, line in _declared(ast.parse((folder / name).read_text(encoding="utf-8"))):
                catalogue.add(text, locations=[(name, line)])
        for path in sorted(folder.rglob("*.html")):
            for text, line in _said_on_a_page(path.read_text(encoding="utf-8")):
                catalogue.add(text, locations=[(str(path.relative_to(folder)), line)])
    if not folders:
        for rules in (PACKAGE.parent / "rules", PACKAGE / "rulebook" / "skeletons"):
            for about, place in _abouts(rules):
                catalogue.add(about, locations=[(place, 2)])
    return catalogue


def _abouts(rules: Path) -> Iterator[tuple[str, str]]:
    """What the shipped rules, and the skeletons of new ones, are for, as lists of rules show it, what they ask people
    to do, and what they say."""
    for path in sorted(rules.rglob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        for found in (*_ABOUT.finditer(text), *_SAY.finditer(text)):
            yield found[1], str(path.relative_to(rules.parent))


def _said(tree: ast.AST) -> Iterator[tuple[str | tuple[str, ...], int]]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in _WORDS_OF:
            continue
        words = [each.value for each in node.args[: _WORDS_OF[node.func.id]] if isinstance(each, ast.Constant)]
        texts = tuple(word for word in words if isinstance(word, str))
        if len(texts) == _WORDS_OF[node.func.id]:
            yield texts if len(texts) > 1 else texts[0], node.lineno


def _declared(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """What kinds, figures, settings and keys are: editors show it."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in _DECLARED:
            continue
        about = node.args[_DECLARED[node.func.id]] if len(node.args) > _DECLARED[node.func.id] else None
        if isinstance(about, ast.Constant) and isinstance(about.value, str):
            yield about.value, node.lineno


def _said_on_a_page(source: str) -> Iterator[tuple[str | tuple[str, ...], int]]:
    """The same of a template of Jinja."""
    tree = Environment(extensions=["jinja2.ext.do"], autoescape=True).parse(source)
    for node in tree.find_all(nodes.Call):
        name = node.node.name if isinstance(node.node, nodes.Name) else ""
        if name not in _WORDS_OF:
            continue
        words = [each.value for each in node.args[: _WORDS_OF[name]] if isinstance(each, nodes.Const)]
        texts = tuple(word for word in words if isinstance(word, str))
        if len(texts) == _WORDS_OF[name]:
            yield texts if len(texts) > 1 else texts[0], node.lineno


def chinese(path: Path = CHINESE) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale="zh")


def faults(wanted: Catalog, translated: Catalog) -> Iterator[Fault]:
    """What keeps the catalogue from being complete."""
    for message in _entries(wanted):
        place = ":".join(map(str, message.locations[0]))
        found = translated.get(_name(message))
        if found is None or not _text(found) or found.fuzzy:
            yield Fault("not translated", _name(message), place)
        elif not _fields(_text(found)) <= _known_fields(message):
            yield Fault("names a field its text has not", _name(message), place)
    for message in _entries(translated):
        if wanted.get(_name(message)) is None:
            yield Fault("not said any more", _name(message))


def missing(wanted: Catalog, translated: Catalog) -> Catalog:
    """The entries to add, ready to be filled in."""
    rest = Catalog(locale="zh", fuzzy=False)
    for message in _entries(wanted):
        found = translated.get(_name(message))
        if found is None or not _text(found):
            rest.add(message.id, locations=message.locations)
    return rest


def _entries(catalogue: Catalog) -> Iterator[Message]:
    return (message for message in catalogue if message.id)


def _name(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _text(message: Message) -> str:
    return message.string if isinstance(message.string, str) else next(iter(message.string or ()), "")


def _fields(text: str) -> set[str]:
    return set(_FIELD.findall(text))


def _known_fields(message: Message) -> set[str]:
    texts = [message.id] if isinstance(message.id, str) else message.id
    return {field for text in texts for field in _fields(text)}


def main() -> int:
    wanted, translated = extracted(), chinese()
    found = list(faults(wanted, translated))
    for fault in found:
        sys.stderr.write(f"{fault}\n")
    rest = missing(wanted, translated)
    if len(rest):
        write_po(sys.stdout.buffer, rest, omit_header=True, width=0)
    sys.stderr.write(f"{len(found)} to do, {len(wanted)} texts\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
