"""What a rule means, without how and where it is written: two texts of one meaning have one digest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from hashlib import sha256

from agent.model.rule import Rule

_FILE = frozenset({"path", "digest", "text"})
"""What of a rule is its file."""
_PLACES = frozenset({"place", "to_place", "at"})
"""What says where in a file something stands."""


def meaning(rule: Rule) -> str:
    """SHA-256 over everything of a rule that can make a difference to what it does, tells and tests."""
    return sha256(_spelled(rule).encode()).hexdigest()


def _spelled(value: object) -> str:
    if is_dataclass(value) and not isinstance(value, type):
        left_out = _FILE | _PLACES if isinstance(value, Rule) else _PLACES
        inner = ",".join(f"{each.name}={_spelled(getattr(value, each.name))}" for each in fields(value)
                         if each.name not in left_out)  # fmt: skip
        return f"{type(value).__name__}({inner})"
    if isinstance(value, Mapping):
        return "{" + ",".join(sorted(f"{name!r}:{_spelled(each)}" for name, each in value.items())) + "}"
    if isinstance(value, tuple | list):
        return f"[{','.join(map(_spelled, value))}]"
    return repr(value)
