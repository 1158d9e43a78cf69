"""What a bid buys, when rivals ask for about ``rival`` per click.

Both curves are chosen for their shape: clicks answer a bid with an elasticity of 2 far below the rivals' price, which
falls below 1 above it; the price paid stays below the bid and grows more slowly once the bid is above the rivals'.
"""

from __future__ import annotations

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
