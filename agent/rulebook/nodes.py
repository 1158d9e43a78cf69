"""The nodes of a YAML file: texts, lists and maps, each with its place."""

from __future__ import annotations

from dataclasses import dataclass, field

from agent.model.rule import Place


@dataclass(slots=True, eq=False)
class Scalar:
    """A text as written. ``raw`` is its spelling in the file, quotes included, from line and column on.

    Never changed, though not frozen: a file has thousands, and freezing would double what they cost.
    """

    text: str
    line: int
    column: int
    raw: str
    style: str = ""

    @property
    def plain(self) -> bool:
        """Written without quotes, on its own or over several lines."""
        return not self.style

    @property
    def place(self) -> Place:
        return Place(self.line, self.column)

    def place_at(self, offset: int) -> Place:
        """Where a character of the text stands in the file; the scalar's start where escapes hide it."""
        index = _aligned(self, min(offset, len(self.text)))
        before = self.raw[: index or 0]
        lines = before.count("\n")
        if not lines:
            return Place(self.line, self.column + len(before))
        return Place(self.line + lines, len(before) - before.rfind("\n"))


@dataclass(frozen=True, slots=True)
class Sequence:
    place: Place
    items: list[Node] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys in the order written; a key that was written twice is here once, its first time."""

    place: Place
    entries: dict[str, tuple[Scalar, Node]] = field(default_factory=dict)


Node = Scalar | Sequence | Mapping


def _aligned(scalar: Scalar, offset: int) -> int | None:
    """The index in ``raw`` of a character of the text, by walking both; None where they cannot be matched.

    Folding only changes white space, so the other characters come in the same order.
    """
    raw, index = scalar.raw, 1 if scalar.style in ("'", '"') else 0
    if scalar.style in ("|", ">"):
        index = raw.find("\n") + 1
    for character in scalar.text[:offset]:
        index = _skip_to(raw, index, character)
        if scalar.style == "'" and character == "'":
            index += 1
        elif scalar.style == '"' and raw[index : index + 1] == "\\":
            if raw[index + 1 : index + 2] != character:
                return None
            index += 1
        if not character.isspace():
            index += 1
    rest = scalar.text[offset : offset + 1]
    return _skip_to(raw, index, rest) if rest and not rest.isspace() else index


def _skip_to(raw: str, index: int, character: str) -> int:
    """Past the white space before ``character``; a white space character itself stands for any run of it."""
    while index < len(raw) and raw[index].isspace() and (raw[index] != character or character.isspace()):
        index += 1
    return index
