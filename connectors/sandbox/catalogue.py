"""What every product of the shop is called: ASIN, FNSKU, brand, page. The same scenario gives the same words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.sandbox.scenario import Goods, Product
from connectors.sandbox.words import asins

BRAND = "Northleaf"
_FAMILIES = ("Apparel",)
"""Categories whose products come in sizes, under a parent."""


@dataclass(frozen=True, slots=True)
class Article:
    """A product with its goods; ``place`` is its position in all arrays."""

    place: int
    product: Product
    goods: Goods
    asin: str
    fnsku: str
    parent_asin: str
    quiet: bool

    @property
    def sku(self) -> str:
        return self.product.sku

    @property
    def name(self) -> str:
        words = self.product.title
        return f"{BRAND} {words[:1].upper()}{words[1:]}"

    @property
    def product_type(self) -> str:
        return "_".join("".join(c if c.isalnum() else " " for c in self.product.title).upper().split())

    @property
    def bullets(self) -> tuple[str, ...]:
        what = self.product.title
        return (
            f"MADE TO LAST – our {what} is tested for years of daily use",
            f"EASY TO USE – unpack your {what} and start at once",
            f"A GIFT THAT PLEASES – comes in a sturdy {self.product.category.lower()} box",
            "SIMPLE CARE – wipe clean with a soft cloth",
            "HERE FOR YOU – write to us whenever something is not right",
        )

    @property
    def description(self) -> str:
        return f"The {BRAND} {self.product.title}: thought through, well made and ready for every day."

    def image(self, number: int) -> str:
        """The address of one of its pictures; 0 is the main one."""
        return f"https://m.media.example/images/I/{self.asin}-{number}.jpg"


def articles(products: Sequence[Product], goods: Sequence[Goods], quiet: Sequence[str]) -> tuple[Article, ...]:
    return tuple(
        Article(
            place, product, good, asins(product.sku, 1)[0], "X00" + asins(f"{product.sku} fnsku", 1)[0][3:],
            asins(f"{product.sku} family", 1)[0] if product.category in _FAMILIES else "", product.sku in quiet,
        )
        for place, (product, good) in enumerate(zip(products, goods, strict=True))
    )  # fmt: skip
