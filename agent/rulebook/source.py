"""Safe reading of YAML: a graph of nodes with their places, whose scalars are still text.

PyYAML only delivers events here; the graph is built by hand and without recursion, so that no file can exhaust the
stack, grow by aliases, or construct anything. What YAML 1.1 would do to ``NO``, ``0060256654`` or ``12:30`` does not
happen: a scalar is text until the rule language gives it a type.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

from agent.model.rule import Place
from agent.rulebook.faults import Faults, quoted
from agent.rulebook.nodes import Mapping, Node, Scalar, Sequence

MOST_BYTES = 1_000_000
MOST_NODES = 100_000
MOST_DEPTH = 40

# The C parser's events are safe at any nesting (its recursive loader is not); without libyaml the slow one serves.
_PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# Line breaks that editors and YAML count differently would shift every place; control characters have no use here.
_FORBIDDEN = re.compile(
    r"[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]|\r(?!\n)"
)


def read(data: bytes, faults: Faults) -> Node | None:
    """The one document of a file, or None where anything is wrong; each fault stands on a line that exists."""
    text = _decoded(data, faults)
    if text is None:
        return None
    graph = _Graph(text, faults)
    try:
        for event in _events(text):
            if not graph.take(event):
                return None
    except yaml.YAMLError as fault:
        faults.add(_place_of(fault, text), "R004", f"not well-formed YAML: {_said(fault)}")
        return None
    if graph.root is None:
        faults.add(Place(1, 1), "R004", "the file holds no rule")
    return graph.root if not faults.found else None


def _decoded(data: bytes, faults: Faults) -> str | None:
    if len(data) > MOST_BYTES:
        faults.add(Place(1, 1), "R002", f"the file has {len(data):,} bytes; at most {MOST_BYTES:,} are read")
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        before = data[: fault.start].decode("utf-8", "replace")
        faults.add(_place_after(before), "R003", "this is not UTF-8 text", "save the file as UTF-8")
        return None
    strange = _FORBIDDEN.search(text)
    if strange is not None:
        place = _place_after(text[: strange.start()])
        faults.add(place, "R003", f"the character U+{ord(strange.group()):04X} has no place in a rule", "remove it")
        return None
    return text


def _events(text: str) -> Iterator[yaml.Event]:
    return yaml.parse(text, Loader=_PARSER)


NodeEvent = yaml.ScalarEvent | yaml.CollectionStartEvent | yaml.AliasEvent


class _Graph:
    """Builds the nodes from events. ``take`` answers False when reading on makes no sense."""

    def __init__(self, text: str, faults: Faults) -> None:
        self.text = text
        self.faults = faults
        self.root: Node | None = None
        self.nodes = 0
        self.open: list[Sequence | Mapping] = []
        self.keys: list[Scalar | None] = []
        """For each open collection: the key that waits for its value."""
        self.documents = 0

    def take(self, event: yaml.Event) -> bool:
        match event:
            case yaml.ScalarEvent():
                return self._add(self._scalar(event), event)
            case yaml.SequenceStartEvent():
                return self._add(Sequence(_place(event)), event)
            case yaml.MappingStartEvent():
                return self._add(Mapping(_place(event)), event)
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                self.open.pop()
                self.keys.pop()
            case yaml.AliasEvent():
                self._refuse(event, f"the alias *{event.anchor}", "write the value out")
                return self._add(self._empty(event), event)
            case yaml.DocumentStartEvent():
                return self._document(event)
        return True

    def _document(self, event: yaml.DocumentStartEvent) -> bool:
        self.documents += 1
        if self.documents > 1:
            self._refuse(event, "a second document", "one rule per file")
            return False
        return True

    def _scalar(self, event: yaml.ScalarEvent) -> Scalar:
        start, end = event.start_mark, event.end_mark
        if start is None or end is None:
            return self._empty(event)
        raw = self.text[start.index : end.index]
        return Scalar(event.value, start.line + 1, start.column + 1, raw, event.style or "")

    def _empty(self, event: yaml.Event) -> Scalar:
        place = _place(event)
        return Scalar("", place.line, place.column, "")

    def _refuse(self, event: yaml.Event, what: str, hint: str) -> None:
        self.faults.add(_place(event), "R005", f"{what} is not part of the rule language", hint)

    def _add(self, node: Node, event: NodeEvent) -> bool:
        """Put a node where it belongs and open it, within the bounds."""
        self.nodes += 1
        if self.nodes > MOST_NODES:
            self.faults.add(node.place, "R002", f"the file holds more than {MOST_NODES:,} values")
            return False
        if not isinstance(event, yaml.AliasEvent) and (event.anchor is not None or event.tag is not None):
            self._marked(event)
        self._hang(node)
        if isinstance(node, Scalar):
            return True
        self.open.append(node)
        self.keys.append(None)
        if len(self.open) > MOST_DEPTH:
            self.faults.add(node.place, "R002", f"nested more than {MOST_DEPTH} levels deep")
        return len(self.open) <= MOST_DEPTH

    def _marked(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        if event.anchor is not None:
            self._refuse(event, f"the anchor &{event.anchor}", "write the value where it is needed")
        if event.tag is not None:
            self._refuse(event, f"the tag {quoted(str(event.tag))}", "remove it")

    def _hang(self, node: Node) -> None:
        if not self.open:
            self.root = node
            return
        parent = self.open[-1]
        if isinstance(parent, Sequence):
            parent.items.append(node)
        elif self.keys[-1] is None:
            self.keys[-1] = self._key(node)
        else:
            self._enter(parent, self.keys[-1], node)
            self.keys[-1] = None

    def _key(self, node: Node) -> Scalar:
        if isinstance(node, Scalar):
            return node
        self.faults.add(node.place, "R005", "a key must be a plain name")
        return Scalar("", node.place.line, node.place.column, "")

    def _enter(self, parent: Mapping, key: Scalar, value: Node) -> None:
        first = parent.entries.get(key.text)
        if first is None:
            parent.entries[key.text] = (key, value)
            return
        self.faults.add(
            key.place, "R006", f"the key {quoted(key.text)} is written twice", f"first on line {first[0].place.line}"
        )


def _place(event: yaml.Event) -> Place:
    mark = event.start_mark
    return Place(mark.line + 1, mark.column + 1) if mark is not None else Place(1, 1)


def _place_after(before: str) -> Place:
    return Place(before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


def _place_of(fault: yaml.YAMLError, text: str) -> Place:
    """Where YAML complains; at the end of the last line when it only complains after it."""
    mark = getattr(fault, "problem_mark", None) or getattr(fault, "context_mark", None)
    if mark is None:
        return Place(1, 1)
    lines = text.splitlines() or [""]
    return Place(mark.line + 1, mark.column + 1) if mark.line < len(lines) else Place(len(lines), len(lines[-1]) + 1)


def _said(fault: yaml.YAMLError) -> str:
    said = [getattr(fault, "context", None), getattr(fault, "problem", None)]
    return ", ".join(part for part in said if part) or "it cannot be read"
