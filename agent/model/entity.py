"""What is measured or changed at Amazon."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Entity:
    """A thing at Amazon. ``account`` is the name the operator gave to an Ads profile or a marketplace account."""

    account: str
    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"
