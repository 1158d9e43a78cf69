"""Twenty keyword rules as an operator would write them, and the same decisions written by hand for polars."""

from __future__ import annotations

import re

import polars as pl

TARGET = pl.col("target_acos")
BID = pl.col("bid").cast(pl.Float64)
ENABLED = pl.col("state") == "enabled"
WINDOWS = {"week": (7, 0), "before": (7, 7), "fortnight": (14, 0), "month": (30, 0), "all": (56, 0)}
"""Days, and days back from the settled day."""


def _ratio(above: str, below: str, window: str) -> pl.Expr:
    return pl.col(f"{above} {window}") / pl.col(f"{below} {window}").replace(0, None)


def _sum(name: str, window: str) -> pl.Expr:
    return pl.col(f"{name} {window}")


def _down(window: str, least: float) -> pl.Expr:
    return BID * pl.max_horizontal(pl.lit(least), TARGET / _ratio("cost", "sales", window))


def _up(window: str, most: float) -> pl.Expr:
    return BID * pl.min_horizontal(pl.lit(most), TARGET / _ratio("cost", "sales", window))


RULES: dict[str, tuple[list[str], str]] = {
    "down-month": (
        ["month.clicks >= 15", "month.acos > target_acos * 1.1"], "bid * max(0.7, target_acos / month.acos)",
    ),
    "down-fortnight": (
        ["fortnight.clicks >= 10", "fortnight.acos > target_acos * 1.3"],
        "bid * max(0.75, target_acos / fortnight.acos)",
    ),
    "down-all": (["all.clicks >= 30", "all.acos > target_acos * 1.05"], "bid * max(0.8, target_acos / all.acos)"),
    "up-month": (
        ["month.purchases >= 2", "month.acos < target_acos * 0.7"], "bid * min(1.25, target_acos / month.acos)",
    ),
    "up-all": (["all.purchases >= 4", "all.acos < target_acos * 0.8"], "bid * min(1.1, target_acos / all.acos)"),
    "no-order-month": (["month.clicks >= 20", "month.purchases == 0"], '"paused"'),
    "no-order-all": (["all.cost >= 12.00", "all.purchases == 0"], '"paused"'),
    "fast-loser": (["week.cost >= 6.00", "week.purchases == 0"], "bid * 0.8"),
    "winner": (["fortnight.purchases >= 3", "fortnight.cvr > 0.1"], "bid * 1.1"),
    "unseen": (["fortnight.impressions == 0", "all.impressions > 0"], "bid * 1.1"),
    "low-ctr": (["month.impressions >= 2000", "month.ctr < 0.002"], "bid * 0.9"),
    "runaway": (["week.cost > before.cost * 3", "week.cost > 3.00"], "bid * 0.7"),
    "at-the-bid": (["month.clicks >= 5", "month.cpc > bid * 0.95"], "month.cpc * 0.9"),
    "worth-less": (["month.clicks >= 8", "month.cpc > month.rpc * target_acos"], "month.rpc * target_acos"),
    "falling": (["fortnight.clicks >= 10", "fortnight.cvr < all.cvr * 0.5"], "bid * 0.9"),
    "small-baskets": (["all.purchases >= 2", "all.aov < 9.00"], "bid * 0.95"),
    "gone-quiet": (["all.cost > 0.00", "week.clicks == 0", "before.clicks == 0"], "bid * 1.05"),
    "broad-loser": (['match_type == "broad"', "all.clicks >= 10", "all.acos > 0.6"], "bid * 0.75"),
    "too-low": (["bid < 0.20", "month.impressions < 10"], "bid + 0.05"),
    "promising": (["fortnight.ctr > 0.02", "month.purchases >= 1", "month.roas > 4"], "bid * 1.15"),
}  # fmt: skip

BASELINE: dict[str, tuple[pl.Expr, pl.Expr]] = {
    "down-month": (
        (_sum("clicks", "month") >= 15) & (_ratio("cost", "sales", "month") > TARGET * 1.1), _down("month", 0.7),
    ),
    "down-fortnight": (
        (_sum("clicks", "fortnight") >= 10) & (_ratio("cost", "sales", "fortnight") > TARGET * 1.3),
        _down("fortnight", 0.75),
    ),
    "down-all": ((_sum("clicks", "all") >= 30) & (_ratio("cost", "sales", "all") > TARGET * 1.05), _down("all", 0.8)),
    "up-month": (
        (_sum("purchases", "month") >= 2) & (_ratio("cost", "sales", "month") < TARGET * 0.7), _up("month", 1.25),
    ),
    "up-all": ((_sum("purchases", "all") >= 4) & (_ratio("cost", "sales", "all") < TARGET * 0.8), _up("all", 1.1)),
    "no-order-month": ((_sum("clicks", "month") >= 20) & (_sum("purchases", "month") == 0), pl.lit("paused")),
    "no-order-all": ((_sum("cost", "all") >= 12_000_000) & (_sum("purchases", "all") == 0), pl.lit("paused")),
    "fast-loser": ((_sum("cost", "week") >= 6_000_000) & (_sum("purchases", "week") == 0), BID * 0.8),
    "winner": (
        (_sum("purchases", "fortnight") >= 3) & (_ratio("purchases", "clicks", "fortnight") > 0.1), BID * 1.1,
    ),
    "unseen": ((_sum("impressions", "fortnight") == 0) & (_sum("impressions", "all") > 0), BID * 1.1),
    "low-ctr": (
        (_sum("impressions", "month") >= 2000) & (_ratio("clicks", "impressions", "month") < 0.002), BID * 0.9,
    ),
    "runaway": (
        (_sum("cost", "week") > _sum("cost", "before") * 3) & (_sum("cost", "week") > 3_000_000), BID * 0.7,
    ),
    "at-the-bid": (
        (_sum("clicks", "month") >= 5) & (_ratio("cost", "clicks", "month") > BID * 0.95),
        _ratio("cost", "clicks", "month") * 0.9,
    ),
    "worth-less": (
        (_sum("clicks", "month") >= 8)
        & (_ratio("cost", "clicks", "month") > _ratio("sales", "clicks", "month") * TARGET),
        _ratio("sales", "clicks", "month") * TARGET,
    ),
    "falling": (
        (_sum("clicks", "fortnight") >= 10)
        & (_ratio("purchases", "clicks", "fortnight") < _ratio("purchases", "clicks", "all") * 0.5),
        BID * 0.9,
    ),
    "small-baskets": (
        (_sum("purchases", "all") >= 2) & (_ratio("sales", "purchases", "all") < 9_000_000), BID * 0.95,
    ),
    "gone-quiet": (
        (_sum("cost", "all") > 0) & (_sum("clicks", "week") == 0) & (_sum("clicks", "before") == 0), BID * 1.05,
    ),
    "broad-loser": (
        (pl.col("match_type") == "broad") & (_sum("clicks", "all") >= 10) & (_ratio("cost", "sales", "all") > 0.6),
        BID * 0.75,
    ),
    "too-low": ((BID < 200_000) & (_sum("impressions", "month") < 10), BID + 50_000),
    "promising": (
        (_ratio("clicks", "impressions", "fortnight") > 0.02)
        & (_sum("purchases", "month") >= 1)
        & (_ratio("sales", "cost", "month") > 4),
        BID * 1.15,
    ),
}  # fmt: skip


def rule_text(name: str, variant: int = 0) -> str:
    """The file of one rule. Variants have other thresholds, and so are rules of their own."""
    lines, to = RULES[name]
    lines = [re.sub(r"\b\d+(\.\d+)?\b", lambda found: _moved(found[0], variant), line) for line in lines]
    name = f"{name}-{variant}" if variant else name
    windows = "\n".join(
        f"  {window}: {{last: {days}d, until: {'week' if back else 'settled'}}}"
        for window, (days, back) in WINDOWS.items()
        if any(f"{window}." in text for text in (*lines, to)) or (window == "week" and "before." in " ".join(lines))
    )
    when = "\n".join(f"  - {line}" for line in ('state == "enabled"', *lines))
    field = "state" if to.startswith('"') else "bid"
    return (
        f"rule: bench/{name}\nabout: For the bench.\njudges: keyword\n" + (f"windows:\n{windows}\n" if windows else "")
        + f"when:\n{when}\npropose:\n  set: {field}\n  to: '{to}'\nlimits: {{cooldown: 3d}}\n"
        + "mode: ask\nseverity: S4\nsay: \"{bid}\"\n"
    )  # fmt: skip


def _moved(figure: str, variant: int) -> str:
    """A threshold a little higher; zero stays zero."""
    if float(figure) == 0:
        return figure
    whole, _point, decimals = figure.partition(".")
    return f"{float(figure) * (1 + variant / 50):.{len(decimals)}f}" if decimals else str(int(whole) + variant)
