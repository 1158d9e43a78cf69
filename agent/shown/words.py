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

_STREAMS: Mapping[str, str] = {
    "campaigns": noted("campaigns"), "ad_groups": noted("ad groups"), "keywords": noted("keywords"),
    "product_targets": noted("product targets"), "product_ads": noted("advertised products"),
    "negative_keywords": noted("negative keywords"), "keyword_traffic": noted("figures of keywords"),
    "product_target_traffic": noted("figures of product targets"), "ad_group_traffic": noted("figures of ad groups"),
    "campaign_traffic": noted("figures of campaigns"), "search_term_traffic": noted("figures of search terms"),
    "search_terms": noted("search terms"), "keyword_totals": noted("totals of keywords"),
    "product_target_totals": noted("totals of product targets"), "search_term_totals": noted("totals of search terms"),
    "inventory": noted("stock"), "inventory_health": noted("stock by age"), "stock_ledger": noted("stock movements"),
    "costs": noted("costs"), "lead_times": noted("lead times"), "sales_targets": noted("sales targets"),
    "suppliers": noted("suppliers"), "purchase_orders": noted("orders to suppliers"), "events": noted("calendar"),
    "shipments": noted("shipments to Amazon"), "sku_sales": noted("sales by SKU"), "asin_sales": noted("sales by ASIN"),
    "account_sales": noted("sales of the account"), "economics": noted("what sales left over"),
    "listings": noted("listings"), "listing_issues": noted("issues of listings"),
    "offer_prices": noted("featured offer"), "offers": noted("offers of others"), "fees": noted("Amazon's fees"),
    "catalog": noted("catalogue"), "ratings": noted("stars"), "review_topics": noted("topics of reviews"),
    "orders": noted("orders"), "order_lines": noted("order lines"), "returns": noted("returns"),
    "feedback": noted("seller feedback"), "reviews": noted("reviews"), "messages": noted("messages and claims"),
    "transactions": noted("money that moved"), "account_health": noted("account health"),
    "competitors": noted("rivals"), "rival_offers": noted("offers of rivals"),
    "search_performance": noted("search query performance"), "top_search_terms": noted("top search terms"),
    "outlook": noted("forecast of stock"), "diagnosis": noted("why sales moved"),
    "return_rates": noted("return rates"), "rivalry": noted("price among rivals"),
    "listing_control": noted("whether to leave it alone"), "feeds": noted("age of the data"),
    "review_triage": noted("what reviews warn of"), "feedback_triage": noted("what feedback warns of"),
    "return_triage": noted("what returns warn of"), "message_triage": noted("what messages warn of"),
}  # fmt: skip


def stream_word(stream: str) -> str:
    """What people call what comes in."""
    return _(_STREAMS.get(stream, stream.replace("_", " ")))


def topic_word(topic: str) -> str:
    """What a customer's text is about."""
    return _(_TOPICS.get(topic, topic.replace("_", " ")))


def field_word(field: str) -> str:
    """What people call a field; one that nobody has named yet is written as it is."""
    return _(_FIELDS.get(field, field.replace("_", " ")))


def kind_word(kind: str) -> str:
    return _(_KINDS.get(kind, kind.replace("_", " ")))
