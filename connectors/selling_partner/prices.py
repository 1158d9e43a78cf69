"""Sets the price of a listing (Listings Items 2021-08-01): look, try it as a preview, then write once.

Amazon: a patch replaces the whole of ``purchasable_offer``, so every part of it that we do not change (prices for
businesses, sales, lowest and highest allowed price) is read first and sent back as it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from agent.errors import AgentError
from agent.model.change import Change, Edit, Value
from agent.model.entity import Entity
from agent.model.money import Money
from agent.model.proposal import Fate, ProposalId, Receipt
from agent.outbound import Encodable, Reply
from connectors.selling_partner.client import Ask
from connectors.selling_partner.listing_facts import OFFER, Shelf, offer_entry, prices, set_price
from connectors.selling_partner.listings import shelf_of
from connectors.selling_partner.reading import Item, Unpromised, any_of, at, each, may, need, promised, root, text
from connectors.selling_partner.receipts import kept_back, not_sent, receipt
from connectors.selling_partner.streams import Source

EDIT = Edit("listing", "price")
_PREVIEW = "VALIDATION_PREVIEW"
_READ_BY_US = frozenset({400, 404, 413, 415, 422})
_LONGEST = timedelta(seconds=4)
"""From the intent to the write. What took longer to prepare is prepared anew, on a fresh look."""
_LONGEST_ISSUE = 300


class Unfit(Exception):  # noqa: N818 - never leaves this module
    """Why this listing's price must not be written."""


@dataclass(frozen=True, slots=True)
class Prices:
    """Reads and writes one listing at a time."""

    source: Source

    def live(self, entities: Sequence[Entity]) -> Mapping[Entity, Value]:
        """The price the shop shows. A SKU that is not offered in the marketplace is left out."""
        found: dict[Entity, Value] = {}
        for entity in entities:
            reply = self._listing(entity.id, "offers")
            if reply.succeeded:
                with promised(reply):
                    listing, shelf = root(reply), shelf_of(self.source)
                    if _summary(listing, shelf) is not None:
                        price = prices(listing, shelf)["price"]
                        found[entity] = Money(price, shelf.currency) if isinstance(price, int) else None
        return found

    def apply(self, proposal: ProposalId, change: Change) -> Receipt:
        """Write one price, at most once."""
        begun = self.source.clock.now()
        why_not = self._unsendable(change)
        if why_not:
            return kept_back(proposal, why_not)
        try:
            patch = self._patch(change)
            no = self._refused_in_preview(proposal, change, patch)
        except Unfit as fault:
            return kept_back(proposal, str(fault))
        except AgentError as fault:
            return not_sent(proposal, fault)
        if no is not None:
            return no
        if not timedelta() <= self.source.clock.now() - begun <= _LONGEST:
            return Receipt(proposal, Fate.NOT_APPLIED, message="Looking and trying took too long; nothing was sent.",
                           retry_after_seconds=1.0)  # fmt: skip
        answer = self.source.client.write(self._ask(change, patch, None))
        now = self.source.clock.now()
        return receipt(proposal, answer, now, lambda reply: _answered(proposal, change, reply, "ACCEPTED"))

    def _unsendable(self, change: Change) -> str:
        after, marketplace = change.after, self.source.marketplace
        if not isinstance(after, Money):
            return f"{after!r} is no amount of money."
        if after.currency != marketplace.currency:
            return f"{after} is not in the marketplace's currency, {marketplace.currency}."
        if after.micros <= 0 or after.micros % marketplace.step:
            return f"{after} is no price: prices are whole steps of {marketplace.money(marketplace.step)}."
        return ""

    def _patch(self, change: Change) -> Mapping[str, Encodable]:
        """The listing's whole offer with our price in it. ``Unfit`` where it is not what was approved to be changed."""
        reply = self._listing(change.entity.id, "productTypes")
        if not reply.succeeded:
            raise Unfit("Amazon knows no such listing.")
        with promised(reply):
            listing, shelf = root(reply), shelf_of(self.source)
            offers = any_of(listing, f"attributes.{OFFER}")
            entry = _entry(offers, shelf)
            _check_is_unmoved(entry, change)
            changed = [_with_price(each_one, change) if each_one is entry else each_one for each_one in offers]
            kind = _product_type(listing, shelf)
        patch = {"op": "replace", "path": f"/attributes/{OFFER}", "value": cast(Encodable, changed)}
        return {"productType": kind, "patches": [patch]}

    def _refused_in_preview(
        self, proposal: ProposalId, change: Change, patch: Mapping[str, Encodable]
    ) -> Receipt | None:
        """Ask Amazon whether it would take the patch. None: it would."""
        reply = self.source.client.read(self._ask(change, patch, _PREVIEW))
        found = receipt(proposal, reply, self.source.clock.now(),
                        lambda answer: _answered(proposal, change, answer, "VALID"))  # fmt: skip
        return None if found.fate is Fate.ACCEPTED else found

    def _listing(self, sku: str, also: str) -> Reply:
        return self.source.client.read(Ask("getListingsItem", self._parts(sku), {
            "marketplaceIds": self.source.marketplace.id, "includedData": ("summaries", "attributes", also),
        }, expects=frozenset({404})))  # fmt: skip

    def _ask(self, change: Change, patch: Mapping[str, Encodable], mode: str | None) -> Ask:
        query = {"marketplaceIds": self.source.marketplace.id, "includedData": "issues", "mode": mode}
        return Ask("patchListingsItem", self._parts(change.entity.id), query, patch, _READ_BY_US)

    def _parts(self, sku: str) -> Mapping[str, str]:
        return {"sellerId": self.source.seller_id, "sku": sku}


def _summary(listing: Item, shelf: Shelf) -> Item | None:
    here = (one for one in any_of(listing, "summaries") if may(one, "marketplaceId", text) == shelf.marketplace_id)
    return next(here, None)


def _product_type(listing: Item, shelf: Shelf) -> str:
    kinds = [
        kind for kind in any_of(listing, "productTypes") if may(kind, "marketplaceId", text) == shelf.marketplace_id
    ]
    summary = _summary(listing, shelf)
    if not kinds and summary is None:
        raise Unfit("It is not offered in this marketplace.")
    return need(kinds[0] if kinds else summary or {}, "productType", text)


def _entry(offers: Sequence[Item], shelf: Shelf) -> Item:
    try:
        entry = offer_entry(offers, shelf)
    except Unpromised as fault:
        raise Unfit(f"The listing {fault}; which one to change is not clear.") from None
    if entry is None:
        raise Unfit("The listing has no offer for everybody in this marketplace.")
    return entry


def _check_is_unmoved(entry: Item, change: Change) -> None:
    """Amazon: what was set and what the shop shows may differ for minutes, or for good where a pricing rule of
    Amazon's own steers the price. Then somebody else's price would be overwritten."""
    now, after = set_price(entry), change.after
    if now is None:
        raise Unfit("The listing's price has a timetable, or none was ever set.")
    before = change.before.micros if isinstance(change.before, Money) else None
    if isinstance(after, Money) and now not in (before, after.micros):
        raise Unfit(f"The price that is set, {Money(now, after.currency)}, is not the one that was approved to change.")


def _with_price(entry: Item, change: Change) -> Item:
    (price,) = each(entry, "our_price")
    (schedule,) = each(price, "schedule")
    if at(schedule, "start_at") is not None or at(schedule, "end_at") is not None:
        raise Unfit("The listing's price has a timetable.")
    amount = change.after.amount if isinstance(change.after, Money) else None
    return {**entry, "our_price": [{**price, "schedule": [{**schedule, "value_with_tax": amount}]}]}


def _answered(proposal: ProposalId, change: Change, reply: Reply, wanted: str) -> Receipt:
    """Amazon: a patch it does not take is answered with 200 as well, and the status INVALID."""
    try:
        with promised(reply):
            answer = root(reply)
            sku, status = need(answer, "sku", text), need(answer, "status", text)
            code, message = _gravest(answer)
    except AgentError:
        return Receipt(proposal, Fate.UNKNOWN, "", "The answer cannot be read.", reply.request_id)
    if sku != change.entity.id:
        return Receipt(proposal, Fate.UNKNOWN, "", "The answer is about another listing.", reply.request_id)
    if status == "INVALID":
        return Receipt(proposal, Fate.REFUSED, code or status, message, reply.request_id)
    if status != wanted:
        return Receipt(proposal, Fate.UNKNOWN, status, f"The answer is {status!r}, not {wanted!r}.", reply.request_id)
    return Receipt(proposal, Fate.ACCEPTED, code, message, reply.request_id)


def _gravest(answer: Item) -> tuple[str, str]:
    issues = sorted(any_of(answer, "issues"), key=lambda issue: may(issue, "severity", text) != "ERROR")
    if not issues:
        return "", ""
    return need(issues[0], "code", text), (may(issues[0], "message", text) or "")[:_LONGEST_ISSUE]
