"""The shop side of the dictionary: stock, listings, prices, sales, orders, returns, reviews, rivals, suppliers.

An entity of the kinds ``sku`` and ``listing`` is called by the seller's SKU, of ``asin`` by the ASIN. Where a stream
can come from an API as well as from a file, both fill the same columns; a source leaves out what it does not know.
"""

from __future__ import annotations

from agent.model.fact import Absence, Grain, Stream
from agent.model.kind import SELF, Kind, Relation
from agent.model.metric import Column, Metric, Rollup, Unit

_COUNT, _MONEY, _RATIO, _TEXT = Unit.COUNT, Unit.MONEY, Unit.RATIO, Unit.TEXT
_DAYS, _NUMBER, _FLAG, _INSTANT = Unit.DAYS, Unit.NUMBER, Unit.FLAG, Unit.INSTANT


def _snapshot(name: str, kind: str, about: str, *columns: Column, fresh_hours: int = 36) -> Stream:
    return Stream(name, kind, Grain.SNAPSHOT, columns, Absence.GONE, about, fresh_hours=fresh_hours)


def _kept(name: str, kind: str, about: str, *columns: Column, restate_days: int = 0, fresh_hours: int = 72) -> Stream:
    """Things that happened once: what a later pull does not mention stays."""
    return Stream(
        name, kind, Grain.SNAPSHOT, columns, Absence.KEPT, about, restate_days=restate_days, fresh_hours=fresh_hours
    )


def _derived(name: str, kind: str, about: str, *columns: Column) -> Stream:
    """What the program works out from other streams. Older than its inputs may be, it is unknown."""
    return Stream(name, kind, Grain.SNAPSHOT, columns, Absence.GONE, about, fresh_hours=36, unknown_when_stale=True)


def _daily(
    name: str, kind: str, about: str, *columns: Column, settle: int, restate: int, absent: Absence = Absence.ZERO,
    fresh_hours: int = 60,
) -> Stream:  # fmt: skip
    return Stream(
        name, kind, Grain.DAY, columns, absent, about,
        settle_days=settle, restate_days=restate, fresh_hours=fresh_hours,
    )  # fmt: skip


# Amazon: Sales & Traffic is complete about two days later and restated for some days after.
_SALES = (
    Column("sessions", _COUNT, "Visits within 24 hours, counted once.", within="page_views"),
    Column("page_views", _COUNT, "Views of the detail page."),
    Column("units_ordered", _COUNT, "Units ordered, ads and organic alike."),
    Column("order_items", _COUNT, "Order lines.", within="units_ordered"),
    Column("ordered_sales", _MONEY, "Ordered product sales."),
)
_FEATURED = Column(
    "featured_offer_share", _RATIO, "Share of page views with our offer featured.", additive=False, most=1.0
)
_SALES_METRICS = (
    Metric("unit_session_rate", "units_ordered / sessions", _RATIO, "Units per session, the usual conversion rate."),
    Metric("average_price", "ordered_sales / units_ordered", _MONEY, "Average selling price per unit."),
    Metric("views_per_session", "page_views / sessions", _NUMBER, "Page views per session."),
)
_BODY = (
    Column("safety", _FLAG, "The text speaks of injury, fire, illness or another danger."),
    Column("legal", _FLAG, "The text speaks of lawyers, authorities, lawsuits or recalls."),
    Column("topic", _TEXT, "What it is about: quality, size, damaged, not_as_described, missing_parts, other."),
    Column("language", _TEXT, "The language the danger words were found in; empty where none was."),
    Column("words", _TEXT, "The words that were found, separated by commas."),
)

STREAM_ROWS: tuple[Stream, ...] = (
    # Stock
    _snapshot(
        "inventory", "sku", "FBA stock as it is.",
        Column("asin", _TEXT, "Its ASIN."), Column("fnsku", _TEXT, "Amazon's own number."),
        Column("name", _TEXT, "The product's name."),
        Column("fulfillable", _COUNT, "Units that can be sold now."),
        Column("reserved", _COUNT, "Units that are reserved in all."),
        Column("reserved_transfer", _COUNT, "Reserved units on the way between warehouses: they come back."),
        Column("reserved_processing", _COUNT, "Reserved units that are being examined."),
        Column("reserved_orders", _COUNT, "Reserved units that customers have ordered."),
        Column("inbound_working", _COUNT, "Units of shipments that are being prepared."),
        Column("inbound_shipped", _COUNT, "Units on their way to Amazon."),
        Column("inbound_receiving", _COUNT, "Units being received."),
        Column("unfulfillable", _COUNT, "Units that cannot be sold."),
        Column("researching", _COUNT, "Units Amazon is looking for."),
        fresh_hours=48,
    ),
    _snapshot(
        "inventory_health", "sku", "FBA stock by age, and what Amazon says of it.",
        Column("age_0_90", _COUNT, "Units up to 90 days old."),
        Column("age_91_180", _COUNT, "Units 91 to 180 days old."),
        Column("age_181_270", _COUNT, "Units 181 to 270 days old."),
        Column("age_271_365", _COUNT, "Units 271 to 365 days old."),
        Column("age_over_365", _COUNT, "Units older than 365 days."),
        Column("aged_fee_units", _COUNT, "Units that the next aged inventory surcharge will be charged for."),
        Column("aged_fee", _MONEY, "The next aged inventory surcharge, as Amazon estimates it."),
        Column("amazon_days_of_supply", _DAYS, "Days of supply as Amazon counts them."),
        Column("historical_days_short", _DAYS, "Historical days of supply, last 30 days."),
        Column("historical_days_long", _DAYS, "Historical days of supply, last 90 days."),
        Column("minimum_level", _COUNT, "FBA minimum inventory level."),
        Column("health", _TEXT, "healthy, low_stock, excess or out_of_stock."),
        Column("excess_units", _COUNT, "Units above what Amazon thinks useful."),
        Column("sell_through", _NUMBER, "Units sold in 90 days over average units in stock."),
        Column("shipped_7d", _COUNT, "Units shipped in 7 days."), Column("shipped_30d", _COUNT, "In 30 days."),
        Column("shipped_60d", _COUNT, "In 60 days."), Column("shipped_90d", _COUNT, "In 90 days."),
        Column("storage_cost", _MONEY, "Next month's storage cost, as Amazon estimates it."),
        Column("low_inventory_fee", _FLAG, "Whether the low-inventory-level fee applies this week."),
        Column("low_inventory_exempt", _FLAG, "Whether it is exempt from that fee."),
        fresh_hours=72,
    ),
    _daily(
        "stock_ledger", "sku", "What moved in and out of FBA by day (ledger summary).",
        Column("receipts", _COUNT, "Units received from shipments.", least=None),
        Column("customer_shipments", _COUNT, "Units shipped to customers.", least=None),
        Column("customer_returns", _COUNT, "Units returned by customers.", least=None),
        Column("found", _COUNT, "Units found.", least=None), Column("lost", _COUNT, "Units lost.", least=None),
        Column("damaged", _COUNT, "Units damaged.", least=None),
        Column("disposed", _COUNT, "Units disposed of.", least=None),
        Column("ending_balance", _COUNT, "Sellable units at the end of the day.", additive=False, least=None),
        settle=1, restate=14, fresh_hours=72,
    ),
    # What the operator knows
    _snapshot(
        "costs", "sku", "What a unit costs, from the operator's list.",
        Column("landed_cost", _MONEY, "Cost of a unit delivered to the warehouse."),
        Column("min_price", _MONEY, "Never below this price."), Column("max_price", _MONEY, "Never above this price."),
        Column("cost_since", _INSTANT, "When this cost was last known to hold."),
        fresh_hours=24 * 400,
    ),
    _snapshot(
        "lead_times", "sku", "How long supply takes, from the operator's list.",
        Column("supplier_id", _TEXT, "Who supplies it."),
        Column("lead_time", _DAYS, "From order to sellable, mean."),
        Column("lead_time_sd", _DAYS, "Its standard deviation."),
        Column("review_days", _DAYS, "How often orders are placed."),
        Column("order_minimum", _COUNT, "Smallest order, units."), Column("carton", _COUNT, "Units in a carton."),
        Column("cover_wanted", _DAYS, "Days of demand an order should cover beyond the lead time."),
        Column("service_level", _RATIO, "Wanted probability of not running out.", most=1.0),
        fresh_hours=24 * 400,
    ),
    _snapshot(
        "sales_targets", "sku", "What the operator wants to sell this month.",
        Column("target_month", _TEXT, "The month, such as 2026-11."),
        Column("target_units", _COUNT, "Units."), Column("target_sales", _MONEY, "Sales."),
        fresh_hours=24 * 400,
    ),
    _snapshot(
        "suppliers", "supplier", "Suppliers, from the operator's list.",
        Column("name", _TEXT, "Its name."), Column("country", _TEXT, "Where it is."),
        Column("closed_from", _INSTANT, "First day of its next closure."),
        Column("closed_until", _INSTANT, "Last day of its next closure."),
        fresh_hours=24 * 400,
    ),
    _snapshot(
        "purchase_orders", "purchase_order", "Orders placed with suppliers, a row per order and SKU (ORDER/SKU).",
        Column("sku", _TEXT, "What was ordered."), Column("supplier_id", _TEXT, "From whom."),
        Column("units_ordered", _COUNT, "Units ordered."), Column("units_received", _COUNT, "Units received so far."),
        Column("ordered_at", _INSTANT, "When it was placed."), Column("due_at", _INSTANT, "When it was promised."),
        fresh_hours=24 * 400,
    ),
    _snapshot(
        "events", "event", "The calendar: deals, holidays, closures.",
        Column("name", _TEXT, "Its name."),
        Column("category", _TEXT, "deal, holiday, season or closure.",
               choices=("deal", "holiday", "season", "closure")),
        Column("starts_at", _INSTANT, "Its first moment."), Column("ends_at", _INSTANT, "Its last moment."),
        Column("sku", _TEXT, "The SKU it is about; empty for all."),
        fresh_hours=24 * 400,
    ),
    # Shipments
    _snapshot(
        "shipments", "shipment", "Shipments to Amazon, a row per shipment and SKU (SHIPMENT/SKU).",
        Column("sku", _TEXT, "What is shipped."), Column("name", _TEXT, "The shipment's name."),
        Column("status", _TEXT, "working, ready, shipped, in_transit, receiving, closed, cancelled."),
        Column("units_shipped", _COUNT, "Units sent."), Column("units_received", _COUNT, "Units received so far."),
        Column("shipped_at", _INSTANT, "When it left."), Column("expected_at", _INSTANT, "When it should arrive."),
        fresh_hours=48,
    ),
    # Sales
    _daily("sku_sales", "sku", "Daily sales and traffic by SKU.", *_SALES, _FEATURED, settle=1, restate=10),
    _daily("asin_sales", "asin", "Daily sales and traffic by child ASIN.", *_SALES, _FEATURED, settle=1, restate=10),
    _daily(
        "account_sales", "account", "Daily sales and traffic of the whole account.", *_SALES,
        Column("units_refunded", _COUNT, "Units refunded."),
        Column("feedback_received", _COUNT, "Seller feedback received."),
        Column("negative_feedback", _COUNT, "Negative seller feedback received.", within="feedback_received"),
        Column("claims_granted", _COUNT, "A-to-z claims granted."), settle=1, restate=10,
    ),
    _daily(
        "economics", "sku", "What sales left over by SKU (Data Kiosk economics).",
        Column("units_sold", _COUNT, "Units sold."), Column("units_refunded", _COUNT, "Units refunded."),
        Column("net_sales", _MONEY, "Sales less refunds.", least=None),
        Column("amazon_fees", _MONEY, "All of Amazon's fees.", least=None),
        Column("ad_spend", _MONEY, "Ad spend charged to the SKU."),
        Column("net_proceeds", _MONEY, "What is left before the cost of goods.", least=None),
        settle=7, restate=35, fresh_hours=192,
    ),
    # Listings
    _snapshot(
        "listings", "listing", "Listings as they are: content, price, status.",
        Column("asin", _TEXT, "Its ASIN."), Column("parent_asin", _TEXT, "Its variation family."),
        Column("title", _TEXT, "The title."), Column("bullets", _TEXT, "The bullet points, one per line."),
        Column("description", _TEXT, "The description."),
        Column("main_image", _TEXT, "Address of the main image."),
        Column("other_images", _TEXT, "Addresses of the others, one per line."),
        Column("images", _COUNT, "How many images."),
        Column("aplus", _TEXT, "What is known of its A+ content: a version, or empty."),
        Column("product_type", _TEXT, "Amazon's product type."),
        Column("price", _MONEY, "Our price, tax as the marketplace shows it."),
        Column("sale_price", _MONEY, "The reduced price while one runs."),
        Column("quantity", _COUNT, "Stock of our own warehouse (MFN)."),
        Column("channel", _TEXT, "fba or mfn.", choices=("fba", "mfn")),
        Column("state", _TEXT, "enabled (active), paused (inactive) or archived.",
               choices=("enabled", "paused", "archived")),
        Column("buyable", _FLAG, "Whether it can be bought."),
        Column("discoverable", _FLAG, "Whether it can be found."),
        Column("opened_at", _INSTANT, "When it was created."),
        fresh_hours=36,
    ),
    _snapshot(
        "listing_issues", "listing", "What Amazon has against listings.",
        Column("errors", _COUNT, "Issues of severity error."),
        Column("warnings", _COUNT, "Issues of severity warning."),
        Column("enforcement", _TEXT, "The gravest: catalog_item_removed, listing_suppressed, search_suppressed, "
               "attribute_suppressed; empty for none."),
        Column("issue_code", _TEXT, "The gravest issue's code."),
        Column("issue", _TEXT, "The gravest issue in Amazon's words."),
        fresh_hours=36,
    ),
    _snapshot(
        "offer_prices", "listing", "What competes for the featured offer.",
        Column("featured_price", _MONEY, "Price of the featured offer, whoever has it."),
        Column("featured_own", _FLAG, "Whether it is ours."),
        Column("expected_price", _MONEY, "Featured offer expected price: at or below, ours is likely featured."),
        Column("competitive_price", _MONEY, "Competitive price threshold (from outside Amazon)."),
        Column("lowest_price", _MONEY, "Lowest new offer."), Column("offer_count", _COUNT, "New offers known."),
        fresh_hours=36,
    ),
    _snapshot(
        "offers", "offer", "Offers of anybody on our ASINs (ASIN/SELLER).",
        Column("asin", _TEXT, "The ASIN."), Column("seller_id", _TEXT, "Whose offer."),
        Column("own", _FLAG, "Whether it is ours."), Column("featured", _FLAG, "Whether it is featured."),
        Column("price", _MONEY, "Its price."), Column("channel", _TEXT, "fba or mfn."),
        fresh_hours=36,
    ),
    _snapshot(
        "fees", "sku", "Amazon's fees for one unit at the present price.",
        Column("referral_fee", _MONEY, "Referral fee."), Column("fulfillment_fee", _MONEY, "FBA fulfilment fee."),
        Column("other_fees", _MONEY, "All other fees of the estimate."),
        fresh_hours=24 * 9,
    ),
    _snapshot(
        "catalog", "asin", "What the catalogue says.",
        Column("title", _TEXT, "The title as shown."), Column("brand", _TEXT, "The brand."),
        Column("parent_asin", _TEXT, "Its variation family."), Column("product_type", _TEXT, "Its product type."),
        Column("sales_rank", _COUNT, "Rank in its main category."),
        Column("rank_category", _TEXT, "That category."),
        fresh_hours=72,
    ),
    _snapshot(
        "ratings", "asin", "Stars, where an export or an optional source tells them.",
        Column("rating", _NUMBER, "Average stars.", most=5.0), Column("rating_count", _COUNT, "Number of ratings."),
        fresh_hours=24 * 9,
    ),
    _snapshot(
        "review_topics", "asin", "What reviews speak of (Customer Feedback).",
        Column("worst_topic", _TEXT, "The topic that costs most stars."),
        Column("worst_share", _RATIO, "Share of reviews that mention it.", most=1.0),
        Column("worst_impact", _NUMBER, "Its impact on the stars.", least=None),
        Column("worst_share_before", _RATIO, "The same share, mean of the three months before.", most=1.0),
        fresh_hours=24 * 9,
    ),
    # People
    _kept(
        "orders", "order", "Orders, without anything about the buyer.",
        Column("purchased_at", _INSTANT, "When it was placed."), Column("status", _TEXT, "pending, shipped, …"),
        Column("channel", _TEXT, "fba or mfn."), Column("units", _COUNT, "Units."),
        Column("delivery_earliest", _INSTANT, "Earliest promised delivery."),
        Column("delivery_latest", _INSTANT, "Latest promised delivery."),
        Column("review_request", _TEXT, "open, requested or refused.", choices=("open", "requested", "refused")),
        restate_days=7,
    ),
    _kept(
        "order_lines", "order_line", "Order lines by last update (ORDER/SKU).",
        Column("sku", _TEXT, "The SKU."), Column("asin", _TEXT, "Its ASIN."), Column("order_id", _TEXT, "The order."),
        Column("purchased_at", _INSTANT, "When it was placed."), Column("status", _TEXT, "As Amazon says it."),
        Column("units", _COUNT, "Units."), Column("amount", _MONEY, "Item price of the line; empty while pending."),
        Column("channel", _TEXT, "fba or mfn."),
        restate_days=7,
    ),
    _kept(
        "returns", "return", "Customer returns.",
        Column("sku", _TEXT, "The SKU."), Column("asin", _TEXT, "Its ASIN."),
        Column("returned_at", _INSTANT, "When."), Column("units", _COUNT, "Units."),
        Column("reason", _TEXT, "Amazon's reason, lower case."),
        Column("disposition", _TEXT, "sellable, customer_damaged, …"),
        Column("text", _TEXT, "What the customer wrote."), restate_days=45,
    ),
    _kept(
        "feedback", "feedback", "Seller feedback.",
        Column("stars", _COUNT, "1 to 5.", least=1.0, most=5.0), Column("text", _TEXT, "What was written."),
        Column("left_at", _INSTANT, "When."), Column("answered", _FLAG, "Whether we responded."),
        restate_days=45,
    ),
    _kept(
        "reviews", "review", "Product reviews, from an export.",
        Column("asin", _TEXT, "The ASIN."), Column("stars", _COUNT, "1 to 5.", least=1.0, most=5.0),
        Column("title", _TEXT, "Its title."), Column("text", _TEXT, "What was written."),
        Column("reviewed_at", _INSTANT, "When."), Column("answered", _FLAG, "Whether somebody dealt with it."),
        fresh_hours=24 * 9,
    ),
    _kept(
        "messages", "message", "Buyer messages and claims, from an export; no names.",
        Column("category", _TEXT, "question, claim, chargeback or policy.",
               choices=("question", "claim", "chargeback", "policy")),
        Column("received_at", _INSTANT, "When it came."), Column("answered_at", _INSTANT, "When it was answered."),
        Column("due_at", _INSTANT, "By when it has to be."), Column("text", _TEXT, "What it says."),
        fresh_hours=24 * 9,
    ),
    _kept(
        "transactions", "transaction", "Money that moved, from Finances or a settlement.",
        Column("posted_at", _INSTANT, "When."), Column("type", _TEXT, "order, refund, service_fee, …"),
        Column("about", _TEXT, "What for, in Amazon's words."), Column("sku", _TEXT, "For which SKU."),
        Column("amount", _MONEY, "To us positive, from us negative.", least=None), restate_days=10,
    ),
    _snapshot(
        "account_health", "account", "What Amazon measures us by.",
        Column("order_defect_rate", _RATIO, "Orders with a defect over orders.", most=1.0),
        Column("late_shipment_rate", _RATIO, "Late shipments over own shipments.", most=1.0),
        Column("cancellation_rate", _RATIO, "Orders cancelled by us over own orders.", most=1.0),
        Column("valid_tracking_rate", _RATIO, "Own shipments with valid tracking.", most=1.0),
        Column("on_time_delivery_rate", _RATIO, "Own shipments delivered on time.", most=1.0),
        Column("health_rating", _NUMBER, "Account health rating."),
        Column("status", _TEXT, "normal, warning, at_risk, deactivated."),
        Column("violations", _COUNT, "Open policy violations."),
        fresh_hours=48,
    ),
    # Rivals
    _snapshot(
        "competitors", "competitor", "Whom we watch (SKU/ASIN), from the operator's list.",
        Column("sku", _TEXT, "Our SKU."), Column("rival_asin", _TEXT, "Their ASIN."),
        Column("name", _TEXT, "What it is called."),
        Column("close", _FLAG, "Same pack and quality: a real substitute."),
        fresh_hours=24 * 400,
    ),
    _snapshot(
        "rival_offers", "competitor", "What they ask and how they stand.",
        Column("rival_price", _MONEY, "Their featured price; empty where nothing is offered."),
        Column("rival_rank", _COUNT, "Their sales rank."),
        Column("rival_rating", _NUMBER, "Their stars.", most=5.0),
        Column("rival_rating_count", _COUNT, "Their number of ratings."),
        Column("rival_offers", _COUNT, "How many offers there are."),
        fresh_hours=48,
    ),
    # Search
    _kept(
        "search_performance", "search_query", "Search query performance (ASIN/QUERY/LAST DAY; ASIN empty: the brand).",
        Column("asin", _TEXT, "Our ASIN; empty for the whole brand."), Column("query", _TEXT, "The query."),
        Column("period_first", _INSTANT, "First day."), Column("period_last", _INSTANT, "Last day."),
        Column("volume", _COUNT, "How often it was searched."),
        Column("total_impressions", _COUNT, "Impressions of all."),
        Column("own_impressions", _COUNT, "Of ours.", within="total_impressions"),
        Column("total_clicks", _COUNT, "Clicks of all.", within="total_impressions"),
        Column("own_clicks", _COUNT, "Of ours.", within="total_clicks"),
        Column("total_carts", _COUNT, "Cart adds of all."),
        Column("own_carts", _COUNT, "Of ours.", within="total_carts"),
        Column("total_purchases", _COUNT, "Purchases of all."),
        Column("own_purchases", _COUNT, "Of ours.", within="total_purchases"),
        fresh_hours=24 * 16,
    ),
    _kept(
        "top_search_terms", "top_search_term", "Brand analytics' top search terms (TERM/LAST DAY).",
        Column("term", _TEXT, "The term."), Column("rank", _COUNT, "Search frequency rank."),
        Column("period_first", _INSTANT, "First day."), Column("period_last", _INSTANT, "Last day."),
        Column("first_asin", _TEXT, "The ASIN clicked most."),
        Column("first_click_share", _RATIO, "Its share of clicks.", most=1.0),
        Column("first_conversion_share", _RATIO, "Its share of conversions.", most=1.0),
        fresh_hours=24 * 16,
    ),
    # What the program works out
    _derived(
        "outlook", "sku", "Demand to come and how long the stock lasts.",
        Column("units_per_day", _NUMBER, "Expected units per day over the next 28 days."),
        Column("units_per_day_recent", _NUMBER, "Mean of the last 30 days, days out of stock left out."),
        Column("demand_28d", _NUMBER, "Expected units of the next 28 days."),
        Column("demand_28d_high", _NUMBER, "Units that are exceeded with 10 % probability."),
        Column("days_of_cover", _DAYS, "Days until the sellable stock is used up, by forecast.", rollup=Rollup.MIN),
        Column("days_of_cover_low", _DAYS, "The same where demand is high (20 % quantile).", rollup=Rollup.MIN),
        Column("days_of_cover_naive", _DAYS, "Sellable stock over the last 30 days' mean.", rollup=Rollup.MIN),
        Column("position", _COUNT, "Sellable + returning + inbound + open orders.", rollup=Rollup.SUM),
        Column("cover_with_inbound", _DAYS, "Days the whole position lasts.", rollup=Rollup.MIN),
        Column("next_arrival_days", _DAYS, "Days until the next arrival, late case (80 % quantile).",
               rollup=Rollup.MIN, least=None),
        Column("gap_days", _DAYS, "Days without stock before the next arrival; 0 where it arrives in time.",
               rollup=Rollup.MAX),
        Column("gap_units", _NUMBER, "Units lost in those days.", rollup=Rollup.SUM),
        Column("reorder_point", _COUNT, "Position at which an order is due."),
        Column("order_units", _COUNT, "Units to order now; 0 while the position is above the reorder point.",
               rollup=Rollup.SUM),
        Column("stockout_risk", _RATIO, "Probability of running out before the next arrival or order.",
               rollup=Rollup.MAX, most=1.0),
        Column("out_days", _COUNT, "Days out of stock among the last 30.", rollup=Rollup.MAX, most=30.0),
        Column("back_days", _DAYS, "Days since it came back after 3 or more days out of stock.", rollup=Rollup.MIN),
        Column("aged_next", _COUNT, "Units that will pass 181 days by the next 15th.", rollup=Rollup.SUM),
    ),
    _derived(
        "diagnosis", "sku", "Why sales moved: the last 7 known days against the 7 before, and the usual.",
        Column("sales_change", _MONEY, "Change of sales, week over week.", least=None),
        Column("from_sessions", _MONEY, "The part that comes from sessions (LMDI).", least=None),
        Column("from_conversion", _MONEY, "From conversion.", least=None),
        Column("from_price", _MONEY, "From price.", least=None),
        Column("anomaly", _TEXT, "drop, rise or none; empty: too little to tell.", choices=("drop", "rise", "none")),
        Column("anomaly_chance", _RATIO, "How probable such a week is by chance.", most=1.0),
        Column("cause", _TEXT, "The first cause that holds: out_of_stock, suppressed, featured_offer_lost, price, "
               "ads, competitor, season, traffic, conversion, unexplained."),
        Column("evidence", _TEXT, "What speaks for it."),
    ),
    _derived(
        "return_rates", "sku", "How much comes back, by month of sale.",
        Column("return_rate", _RATIO, "Shrunk towards the account's (empirical Bayes).", most=1.0),
        Column("return_rate_before", _RATIO, "The same, six months before.", most=1.0),
        Column("return_rise_chance", _RATIO, "Probability that it is above 1.3 times what it was.", most=1.0),
        Column("returned_units", _COUNT, "Units returned of the cohort.", within="cohort_units"),
        Column("cohort_units", _COUNT, "Units sold in the cohort."),
        Column("return_reason", _TEXT, "The commonest reason."),
    ),
    _derived(
        "rivalry", "sku", "Where our price stands among those we watch.",
        Column("rivals", _COUNT, "Rivals with a known price."),
        Column("rival_median", _MONEY, "Their median price."),
        Column("closest_price", _MONEY, "Price of the closest rival."),
        Column("closest_change", _RATIO, "How it changed against its 14-day median; −0.15 is 15 % down.", least=None),
        Column("closest_hours", _NUMBER, "For how many hours it has been so."),
        Column("price_position", _RATIO, "Share of rivals that are cheaper than we are.", most=1.0),
    ),
    _derived(
        "listing_control", "listing", "Whether a listing should be left alone.",
        Column("trend", _TEXT, "rising, on_target_stable, declining, dormant or unknown.",
               choices=("rising", "on_target_stable", "declining", "dormant", "unknown")),
        Column("slope", _RATIO, "Trend of de-seasonalised units, per day, relative.", least=None),
        Column("frozen", _FLAG, "rising or stable at target: nothing should be changed."),
        Column("family", _TEXT, "The variation family: parent ASIN, else ASIN."),
        Column("observing", _FLAG, "Inside an observation window after a change in the family."),
        Column("observed_until", _INSTANT, "When the window ends."),
        Column("edited_at", _INSTANT, "The newest change in the family, by anybody."),
        Column("edited_field", _TEXT, "What was changed."), Column("edited_sku", _TEXT, "On which SKU."),
        Column("edited_by", _TEXT, "us or somebody_else.", choices=("us", "somebody_else")),
        Column("verdict", _TEXT, "Of the change watched last: keep, revert or inconclusive.",
               choices=("keep", "revert", "inconclusive")),
        Column("effect", _RATIO, "Its effect on units per session, relative.", least=None),
        Column("suggested_lever", _TEXT, "Which one lever to try: image, title, bullets, price, delivery."),
        Column("price_edits_24h", _COUNT, "Changes of the price in 24 hours, by anybody."),
        Column("price_edits_7d", _COUNT, "In 7 days."),
        Column("price_median_30d", _MONEY, "Median own price of 30 days."),
    ),
    _derived(
        "feeds", "feed", "How old what was pulled is, a row per stream that is in use.",
        Column("age_hours", _NUMBER, "Hours since it was last delivered in full."),
        Column("limit_hours", _NUMBER, "Hours after which it counts as stale."),
        Column("missing_days", _COUNT, "Days of the last 14 that should have come and did not; 0 for a snapshot."),
    ),
    _derived("review_triage", "review", "What a review warns of.", *_BODY),
    _derived("feedback_triage", "feedback", "What a feedback warns of.", *_BODY),
    _derived("return_triage", "return", "What a return's comment warns of.", *_BODY),
    _derived("message_triage", "message", "What a message warns of.", *_BODY),
)  # fmt: skip

_SKU, _LISTING = Relation("sku", SELF), Relation("listing", SELF)
_PRODUCT = Relation("asin", "asin")

KIND_ROWS: tuple[Kind, ...] = (
    Kind("sku", "What is kept in stock and sold under one SKU.",
         ("inventory", "inventory_health", "costs", "lead_times", "sales_targets", "fees", "outlook", "diagnosis",
          "return_rates", "rivalry"),
         ("sku_sales", "stock_ledger", "economics"),
         {"listing": _LISTING, "product": _PRODUCT, "supplier": Relation("supplier", "supplier_id")}, _SALES_METRICS),
    Kind("listing", "A SKU's page at Amazon: content, price, status.",
         ("listings", "listing_issues", "offer_prices", "listing_control"), (),
         {"sku": _SKU, "product": _PRODUCT}),
    Kind("asin", "A product in Amazon's catalogue.", ("catalog", "ratings", "review_topics"), ("asin_sales",), {},
         _SALES_METRICS),
    Kind("offer", "Somebody's offer on one of our ASINs.", ("offers",), (), {"product": _PRODUCT}),
    Kind("account", "The account as a whole.", ("account_health",), ("account_sales",), {}, _SALES_METRICS),
    Kind("order", "An order, without its buyer.", ("orders",), (), {}),
    Kind("order_line", "A line of an order.", ("order_lines",), (), {"item": Relation("sku", "sku")}),
    Kind("return", "Something a customer sent back.", ("returns", "return_triage"), (),
         {"item": Relation("sku", "sku")}),
    Kind("feedback", "Feedback about us as a seller.", ("feedback", "feedback_triage"), (), {}),
    Kind("review", "A product review.", ("reviews", "review_triage"), (), {"product": _PRODUCT}),
    Kind("message", "A buyer's message or claim.", ("messages", "message_triage"), (), {}),
    Kind("transaction", "Money that moved.", ("transactions",), (), {}),
    Kind("competitor", "A rival product that is watched for one of our SKUs.", ("competitors", "rival_offers"), (),
         {"item": Relation("sku", "sku")}),
    Kind("shipment", "A SKU in a shipment to Amazon.", ("shipments",), (), {"item": Relation("sku", "sku")}),
    Kind("purchase_order", "A SKU in an order to a supplier.", ("purchase_orders",), (),
         {"item": Relation("sku", "sku"), "supplier": Relation("supplier", "supplier_id")}),
    Kind("supplier", "Who supplies.", ("suppliers",), (), {}),
    Kind("event", "A date in the calendar.", ("events",), (), {}),
    Kind("search_query", "What was searched, and our part of it.", ("search_performance",), (), {}),
    Kind("feed", "A stream of data that comes in, called by the stream's name.", ("feeds",), (), {}),
    Kind("top_search_term", "A search term of the whole marketplace.", ("top_search_terms",), (), {}),
)  # fmt: skip
