"""What a bid buys, when rivals ask for about ``rival`` per click.

Both curves are chosen for their shape: clicks answer a bid with an elasticity of 2 far below the rivals' price, which
falls below 1 above it; the price paid stays below the bid and grows more slowly once the bid is above the rivals'.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from connectors.sandbox.chance import Floats


def share_won(bid: Floats, rival: Floats) -> Floats:
    """The share of all clicks to be had: bid² / (bid² + rival²)."""
    squared = bid * bid
    return squared / (squared + rival * rival)


def cost_per_click(bid: Floats, rival: Floats) -> Floats:
    """0.55 · bid + 0.25 · min(bid, rival), in the unit of the bid; at a bid like the rivals' four fifths of it."""
    return 0.55 * bid + 0.25 * np.minimum(bid, rival)


def top_of_search_share(bid: Floats, rival: Floats) -> Floats:
    """The share of impressions at the top of the search that this bid wins; a fraction."""
    cubed = bid**3
    return 0.6 * cubed / (cubed + (1.5 * rival) ** 3)


# How a target's clicks are spread when nothing is added anywhere, and what each strategy makes of a bid. Down only is
# the measure of everything else here, so it counts as 1.
_SPREAD = {"PLACEMENT_TOP": 0.35, "PLACEMENT_PRODUCT_PAGE": 0.30, "PLACEMENT_REST_OF_SEARCH": 0.33,
           "SITE_AMAZON_BUSINESS": 0.02}  # fmt: skip
_STRATEGIES = {"LEGACY_FOR_SALES": 1.0, "MANUAL": 1.08, "AUTO_FOR_SALES": 1.15, "RULE_BASED": 1.0}


def effective(strategy: str, placements: Iterable[tuple[str, int]]) -> float:
    """The factor on every bid of a campaign: the strategy's, times what the placements add, weighted by their share.

    Fixed bids are not lowered where a sale is unlikely, so they buy more than down only; up and down buys more again.
    """
    added = sum(_SPREAD[placement] * percentage / 100 for placement, percentage in placements)
    return _STRATEGIES[strategy] * (1 + added)
