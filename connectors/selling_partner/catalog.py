"""What the catalogue says of products (Catalog Items 2022-04-01): names, families, sales ranks. No stars."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from agent.model.fact import Delivered, Pending, Stream
from agent.model.window import Span
from agent.outbound import Reply
from connectors.selling_partner.client import Ask
from connectors.selling_partner.errand import Errand, Place, Step, batches
from connectors.selling_partner.own import own_asins
from connectors.selling_partner.reading import (
    Item,
    Row,
    any_of,
    at,
    count,
    each,
    may,
    need,
    promised,
    root,
    rows_of,
    text,
)
from connectors.selling_partner.streams import Source

COLUMNS = ("title", "brand", "parent_asin", "product_type", "sales_rank", "rank_category")
CATALOG = "catalog"
BATCH = 20
_INCLUDED = ("summaries", "salesRanks", "relationships", "productTypes")
_KEPT = timedelta(hours=3)


def read_catalog(source: Source, stream: Stream, span: Span, cursor: str | None) -> Delivered | Pending:
    """Our own products. One that Amazon does not know is left out."""
    errand = Errand(
        source, stream.name, lambda: batches(CATALOG, own_asins(source, stream.name), BATCH),
        lambda place: go(source, place), _KEPT,
    )  # fmt: skip
    found = errand.run(cursor)
    return found if isinstance(found, Pending) else Delivered((rows_of(found, COLUMNS),))


def go(source: Source, place: Place) -> Step:
    """Look up a batch of ASINs."""
    here = source.marketplace.id
    ask = Ask("searchCatalogItems", query={
        "marketplaceIds": here, "identifiers": place[1:], "identifiersType": "ASIN", "includedData": _INCLUDED,
        "pageSize": BATCH,
    })  # fmt: skip
    return Step(products(source.client.read(ask), here))


def products(reply: Reply, marketplace_id: str) -> Sequence[Row]:
    with promised(reply):
        return [_row(item, marketplace_id) for item in each(root(reply), "items")]


def _row(item: Item, here: str) -> Row:
    summary = next(_here(item, "summaries", here), {})
    types = [kind for kind in any_of(item, "productTypes") if may(kind, "marketplaceId", text) in (None, here)]
    rank, category = _rank(item, here)
    return {
        "entity": need(item, "asin", text),
        "title": may(summary, "itemName", text), "brand": may(summary, "brand", text),
        "parent_asin": _parent(item, here), "product_type": may(types[0], "productType", text) if types else None,
        "sales_rank": rank, "rank_category": category,
    }  # fmt: skip


def _rank(item: Item, here: str) -> tuple[int | None, str | None]:
    """In the main category; where Amazon tells none, in the category where the product stands best."""
    for ranks in _here(item, "salesRanks", here):
        for path in ("displayGroupRanks", "classificationRanks"):
            known = [(need(rank, "rank", count), need(rank, "title", text)) for rank in any_of(ranks, path)]
            if known:
                return min(known)
    return None, None


def _parent(item: Item, here: str) -> str | None:
    for relations in _here(item, "relationships", here):
        for relation in any_of(relations, "relationships"):
            parents = at(relation, "parentAsins")
            if may(relation, "type", text) == "VARIATION" and isinstance(parents, list) and parents:
                return str(parents[0])
    return None


def _here(item: Item, path: str, here: str) -> Iterator[Item]:
    return (one for one in any_of(item, path) if may(one, "marketplaceId", text) == here)
