"""Something that is to be made: known by what makes it unique, for it has no id before it exists."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from agent.model.money import Money

MATCH_TYPES: dict[str, tuple[str, ...]] = {
    "keyword": ("exact", "phrase", "broad"),
    "negative_keyword": ("negative_exact", "negative_phrase"),
    "product_target": ("asin",),
}
"""What can be made, and how it may match."""


@dataclass(frozen=True, slots=True)
class Creation:
    """A keyword, negative keyword or product target of an ad group.

    Two are equal when Amazon takes them for the same: same ad group, match type and text. ``bid`` is what a new one
    begins with; ``id`` is Amazon's, once it is there.
    """

    kind: str
    ad_group_id: str
    match_type: str
    text: str
    bid: Money | None = field(default=None, compare=False)
    id: str = field(default="", compare=False)

    @classmethod
    def of(cls, kind: str, ad_group_id: str, match_type: str, text: str, bid: Money | None = None) -> Creation:
        """With the text as Amazon compares it: lower case and single spaces; an ASIN in capitals."""
        plain = " ".join(text.split())
        return cls(kind, ad_group_id, match_type, plain.upper() if match_type == "asin" else plain.lower(), bid)

    @property
    def key(self) -> str:
        """By what it is known, as the id of an entity."""
        return f"{self.ad_group_id}/{self.match_type}/{self.text}"

    @classmethod
    def of_key(cls, kind: str, key: str) -> Creation:
        """The inverse of ``key``; anything else is a ``ValueError``."""
        ad_group_id, match_type, text = key.split("/", 2)
        return cls(kind, ad_group_id, match_type, text)

    def to_json(self) -> dict[str, Any]:
        bid = None if self.bid is None else {"amount": str(self.bid.amount), "currency": self.bid.currency}
        return {"create": self.kind, "ad_group": self.ad_group_id, "match": self.match_type, "text": self.text,
                "bid": bid}  # fmt: skip

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Creation:
        bid = data["bid"]
        money = Money.of(bid["amount"], bid["currency"]) if bid is not None else None
        return cls(data["create"], data["ad_group"], data["match"], data["text"], money)

    def __str__(self) -> str:
        at = f" {self.bid}" if self.bid is not None else ""
        return f"{self.match_type.replace('_', ' ')} “{self.text}”{at}"
