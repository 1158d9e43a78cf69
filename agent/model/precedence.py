"""What rules protect, the strongest first: who speaks for a lever where several rules match."""

from __future__ import annotations

from collections.abc import Mapping

PRECEDENCE = ("compliance", "stock", "account", "listing", "profit", "price", "budget", "bid")
"""The strongest first."""

_BY_FOLDER: Mapping[str, str] = {
    "compliance": "compliance", "safety": "stock", "stock": "stock", "inventory": "stock", "account": "account",
    "health": "account", "listing": "listing", "profit": "profit", "margin": "profit", "pricing": "price",
    "price": "price",
}  # fmt: skip
_BY_FIELD: Mapping[str, str] = {"price": "price", "budget": "budget"}


def protects(rule: str, field: str) -> str:
    """What a rule speaks for: by the folder it stands in, else by the field it moves."""
    return _BY_FOLDER.get(rule.partition("/")[0]) or _BY_FIELD.get(field, "bid")
