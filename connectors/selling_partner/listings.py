"""Every listing of the seller in the marketplace, and what Amazon has against it (Listings Items 2021-08-01)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import cast

from agent.errors import ConfigError, SourceError
from agent.model.fact import Delivered, Pending, Stream
from agent.model.window import Span
from connectors.selling_partner.client import Ask
from connectors.selling_partner.faults import NAME
from connectors.selling_partner.listing_facts import COLUMNS, INCLUDED, ISSUE_COLUMNS, Listed, Shelf, listed
from connectors.selling_partner.reading import count, each, need, next_token, promised, root, rows_of
from connectors.selling_partner.streams import Source

SEARCH = "searchListingsItems"
PAGE = 20
MOST_RESULTS = 1000
"""Amazon: a search can be paged through up to here, and no further, whatever number it says it found."""
_FIRST_LISTING = datetime(1995, 1, 1, tzinfo=UTC)
_SHORTEST = timedelta(seconds=2)
_KEPT = timedelta(minutes=15)
"""So long a walk for the listings serves their issues too."""


def read_listings(source: Source, stream: Stream, span: Span, cursor: str | None) -> Delivered | Pending:
    """Content, price and status of every listing."""
    return Delivered((rows_of([listing.row for listing in _walked(source)], COLUMNS),))


def read_issues(source: Source, stream: Stream, span: Span, cursor: str | None) -> Delivered | Pending:
    """One row for every listing, also where Amazon has nothing against it."""
    walked = source.memory.get(SEARCH, source.clock.now() - _KEPT)
    found = _walked(source) if walked is None else cast(Sequence[Listed], walked)
    return Delivered((rows_of([listing.issues for listing in found], ISSUE_COLUMNS),))


def shelf_of(source: Source) -> Shelf:
    return Shelf(source.marketplace.id, source.marketplace.currency, source.clock.now())


def all_listings(source: Source) -> Sequence[Listed]:
    """Every listing once, or a ``SourceError``: never a part of them."""
    found = {listing.sku: listing for listing in _searched(source, None)}
    asins = {listing.sku: listing.row["asin"] for listing in found.values()}
    for listing in found.values():
        listing.row["parent_asin"] = asins.get(listing.parent_sku or "")
    return list(found.values())


def _walked(source: Source) -> Sequence[Listed]:
    now, found = source.clock.now(), all_listings(source)
    source.memory.put(SEARCH, now, found)
    return found


Between = tuple[datetime, datetime]


def _searched(source: Source, created: Between | None) -> Iterator[Listed]:
    """What a search finds. One that finds too much is made again, over halves of the time listings were created in."""
    pages = source.client.pages(_ask(source, created), next_token("pagination.nextToken"), "pageToken")
    shelf, seen, skus = shelf_of(source), 0, set[str]()
    for reply in pages:
        with promised(reply):
            answer = root(reply)
            seen, items = need(answer, "numberOfResults", count), each(answer, "items")
            if seen > MOST_RESULTS:
                break
            found = [listed(item, shelf) for item in items]
            skus |= {str(item.get("sku")) for item in items}
        yield from (listing for listing in found if listing is not None)
    if seen > MOST_RESULTS:
        for half in _halves(created or (_FIRST_LISTING, source.clock.now() + timedelta(days=1)), seen):
            yield from _searched(source, half)
    elif len(skus) < seen:
        raise _cut(f"showed {len(skus)} of {seen} listings")


def _ask(source: Source, created: Between | None) -> Ask:
    if not source.seller_id:
        raise ConfigError(
            f"the account '{source.account}' names no seller",
            setting=f"accounts.{source.account}.selling_partner.seller_id",
            hint="it is the merchant token in Seller Central's account info",
        )  # fmt: skip
    window = {"createdAfter": _written(created[0]), "createdBefore": _written(created[1])} if created else {}
    return Ask(SEARCH, {"sellerId": source.seller_id}, {
        "marketplaceIds": source.marketplace.id, "includedData": INCLUDED, "pageSize": PAGE,
        # Amazon: by default the newest edit comes first, so an edit between two pages would move listings around.
        "sortBy": "createdDate", "sortOrder": "ASC", **window,
    })  # fmt: skip


def _halves(created: Between, found: int) -> Sequence[Between]:
    first, last = created
    if last - first < _SHORTEST:
        raise _cut(f"finds {found} listings created within seconds, and shows only {MOST_RESULTS}")
    middle = (first + (last - first) / 2).replace(microsecond=0)
    return (first, middle), (middle, last)


def _cut(says: str) -> SourceError:
    return SourceError(
        f"{SEARCH} {says}.", connector=NAME, operation=SEARCH,
        hint="Nothing was booked, so that no listing counts as gone; the next pull asks again.",
    )  # fmt: skip


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
