"""How values are spelled in a rule file: a text plain where YAML lets it be, in quotes where not."""

from __future__ import annotations

import json
from collections.abc import Sequence

import yaml

from agent.rulebook.spans import Data, Quoted

_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def scalar(text: str, *, flow: bool = False, style: str = "") -> str:
    """One text on one line. ``style``: the quotes it had, which it keeps; ``flow``: it stands within ``{}`` or ``[]``.

    A ``Quoted`` one stands in quotes, as does what YAML would read as something else, or not at all.
    """
    if not style and not isinstance(text, Quoted) and _is_plain(text, flow=flow):
        return text
    escaped = '"' in text or "\\" in text
    if text.isprintable() and (style == "'" or (escaped and style != '"')):
        return "'" + text.replace("'", "''") + "'"
    return json.dumps(text, ensure_ascii=False)


def _is_plain(text: str, *, flow: bool) -> bool:
    """Whether YAML reads it back letter by letter where it would stand."""
    if not text or not text.isprintable():
        return False
    try:
        root = yaml.compose(f"{{k: {text}}}" if flow else f"k: {text}", Loader=_LOADER)
    except yaml.YAMLError:
        return False
    if not isinstance(root, yaml.MappingNode):
        return False
    ((_key, value), *more) = root.value
    return not more and isinstance(value, yaml.ScalarNode) and not value.style and bool(value.value == text)


def flowing(value: Data) -> str:
    """A value on one line: a map as ``{a: 1, b: 2}``, a list as ``[a, b]``."""
    if isinstance(value, str):
        return scalar(value)
    return _flowing(value)


def _flowing(value: Data) -> str:
    if isinstance(value, str):
        return scalar(value, flow=True)
    if isinstance(value, list):
        return f"[{', '.join(map(_flowing, value))}]"
    return f"{{{', '.join(f'{scalar(name, flow=True)}: {_flowing(each)}' for name, each in value.items())}}}"


def block(value: Data, indent: int) -> Sequence[str]:
    """The lines of a value that stands below its key, each entry on its own; what is deeper flows, but for tests."""
    margin = " " * indent
    if isinstance(value, str):
        return [margin + scalar(value)]
    if isinstance(value, list):
        return [line for item in value for line in _item(item, margin)]
    return [f"{margin}{scalar(name)}: {flowing(each)}" for name, each in value.items()]


def _item(item: Data, margin: str) -> Sequence[str]:
    if not isinstance(item, dict):
        return [f"{margin}- {flowing(item)}"]
    return [f"{margin}{'  ' if number else '- '}{scalar(name)}: {flowing(each)}"
            for number, (name, each) in enumerate(item.items())]  # fmt: skip
