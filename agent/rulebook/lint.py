"""What is legal in a rule but likely not meant. Warnings only."""

from __future__ import annotations

from collections.abc import Iterator

from agent.errors import Diagnostic
from agent.model.rule import Rule


def lint(rule: Rule) -> Iterator[Diagnostic]:
    yield from ()
