"""What the operator decided, inherited from wide to narrow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from agent.model.expression import Scalar


@dataclass(frozen=True, slots=True)
class Scope:
    """Values for all entities of ``kind`` whose id or name matches ``pattern`` (``*``, ``?``), and for all below.

    ``kind`` is ``account`` (pattern ignored) or a kind that the judged kind is or is related to. Money is micros.
    Scopes are applied in the order given, so a later and narrower one wins.
    """

    kind: str
    pattern: str
    values: Mapping[str, Scalar]

    def fits(self, *spellings: str | None) -> bool:
        return self.kind == "account" or any(fnmatchcase(text, self.pattern) for text in spellings if text)
