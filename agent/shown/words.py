"""Fields and kinds by the words that people use for them."""

from __future__ import annotations

from collections.abc import Mapping

from agent.language import _, noted

_FIELDS: Mapping[str, str] = {
    "bid": noted("bid"),
    "default_bid": noted("default bid"),
    "budget": noted("daily budget"),
    "state": noted("state"),
    "bidding_strategy": noted("bidding strategy"),
    "placement_top": noted("top of search"),
    "placement_product_page": noted("product pages"),
    "placement_rest": noted("rest of search"),
    "price": noted("price"),
    "create": noted("new"),
    "review_request": noted("review request"),
}
_KINDS: Mapping[str, str] = {
    "account": noted("account"),
    "campaign": noted("campaign"),
    "ad_group": noted("ad group"),
    "keyword": noted("keyword"),
    "product_target": noted("product target"),
    "product_ad": noted("product ad"),
    "negative_keyword": noted("negative keyword"),
    "search_term": noted("search term"),
    "listing": noted("listing"),
    "sku": noted("SKU"),
    "asin": noted("ASIN"),
    "order": noted("order"),
    "order_line": noted("order line"),
    "offer": noted("offer"),
    "return": noted("return"),
    "feedback": noted("seller feedback"),
    "review": noted("review"),
    "message": noted("message"),
    "transaction": noted("transaction"),
    "competitor": noted("competitor"),
    "shipment": noted("shipment"),
    "purchase_order": noted("purchase order"),
    "supplier": noted("supplier"),
    "event": noted("event"),
    "search_query": noted("search query"),
    "feed": noted("data feed"),
    "top_search_term": noted("top search term"),
}

_TOPICS: Mapping[str, str] = {
    "quality": noted("quality"),
    "size": noted("size"),
    "damaged": noted("damaged"),
    "not_as_described": noted("not as described"),
    "missing_parts": noted("parts missing"),
    "other": noted("something else"),
}


def topic_word(topic: str) -> str:
    """What a customer's text is about."""
    return _(_TOPICS.get(topic, topic.replace("_", " ")))


def field_word(field: str) -> str:
    """What people call a field; one that nobody has named yet is written as it is."""
    return _(_FIELDS.get(field, field.replace("_", " ")))


def kind_word(kind: str) -> str:
    return _(_KINDS.get(kind, kind.replace("_", " ")))
