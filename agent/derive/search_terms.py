"""Search terms as things: what was searched, where it was found, and whether it is already bid on or held off.

Terms are those of the last 65 days, and those of the newest exported totals. Without fresh keywords and negatives
nobody knows what is bid on or held off, and both are unknown.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import polars as pl

from agent.derive.asked import Cell, Deriver, rows_of
from agent.derive.desk import Desk
from agent.model.fact import Rows
from agent.model.kinds import STREAMS
from agent.model.window import Span

_DAYS = 65
_ASIN = re.compile(r"b0[a-z0-9]{8}")
GIVES = STREAMS["search_terms"]


def derive(desk: Desk) -> Rows:
    """A row per term of the daily reports and of the exported totals."""
    account = _Account.of(desk)
    found: list[dict[str, Cell]] = []
    for entity in sorted(_entities(desk)):
        parts = entity.split("/", 3)
        if len(parts) == 4:
            found.append({"entity": entity, **account.row(*parts)})
    return rows_of(GIVES, found)


def _entities(desk: Desk) -> set[str]:
    today = desk.asked.today
    stream = STREAMS["search_term_traffic"]
    daily = desk.view.increments(stream, Span(today - timedelta(days=_DAYS), today)).select(pl.col("entity").unique())
    return {*desk.collected(stream.name, daily)["entity"].to_list(), *desk.state("search_term_totals")}


@dataclass(frozen=True, slots=True)
class _Account:
    """``exact``: by ad group, the texts of its exact keywords; None where keywords are not fresh. ``negative``: by ad
    group, the texts that are held off exactly and those held off as phrases. ``asins``: by ad group, targeted products.
    ``home``: by ad group, the manual ad group with exact keywords that advertises the same product.
    """

    exact: Mapping[str, set[str]] | None
    negative: Mapping[str, tuple[set[str], list[str]]] | None
    asins: Mapping[str, set[str]] | None
    home: Mapping[str, str]

    @classmethod
    def of(cls, desk: Desk) -> _Account:
        exact: defaultdict[str, set[str]] = defaultdict(set)
        for row in desk.state("keywords").values():
            if row["match_type"] == "exact":
                exact[row["ad_group_id"]].add(str(row["text"]).lower())
        negative: defaultdict[str, tuple[set[str], list[str]]] = defaultdict(lambda: (set(), []))
        for row in desk.state("negative_keywords").values():
            texts, phrases = negative[row["ad_group_id"]]
            (texts.add if row["match_type"] == "negative_exact" else phrases.append)(str(row["text"]).lower())
        asins: defaultdict[str, set[str]] = defaultdict(set)
        for row in desk.state("product_targets").values():
            asins[row["ad_group_id"]].add(str(row["text"]).removeprefix("asin=").lower())
        return cls(
            exact if desk.fresh("keywords") else None, negative if desk.fresh("negative_keywords") else None,
            asins if desk.fresh("product_targets") else None, _homes(desk, exact),
        )  # fmt: skip

    def row(self, campaign: str, ad_group: str, target: str, term: str) -> dict[str, Cell]:
        said = term.lower()
        is_asin = _ASIN.fullmatch(said) is not None
        home = self.home.get(ad_group)
        return {
            "term": term, "campaign_id": campaign, "ad_group_id": ad_group, "target_id": target, "is_asin": is_asin,
            "exact_ad_group_id": home, "targeted": self._targeted(is_asin, said, {ad_group, home or ad_group}),
            "negated": self._negated(ad_group, said),
        }  # fmt: skip

    def _targeted(self, is_asin: bool, said: str, ad_groups: set[str]) -> bool | None:
        texts = self.asins if is_asin else self.exact
        return None if texts is None else any(said in texts.get(each, ()) for each in ad_groups)

    def _negated(self, ad_group: str, said: str) -> bool | None:
        if self.negative is None:
            return None
        texts, phrases = self.negative.get(ad_group, (set(), []))
        return said in texts or any(f" {phrase} " in f" {said} " for phrase in phrases)


def _homes(desk: Desk, exact: Mapping[str, set[str]]) -> Mapping[str, str]:
    """Of several, the ad group with most exact keywords, then the one with the smaller id."""
    by_sku: defaultdict[str, set[str]] = defaultdict(set)
    skus: defaultdict[str, set[str]] = defaultdict(set)
    for ad_group, sku in _advertised(desk):
        skus[ad_group].add(sku)
        if exact.get(ad_group) and _is_open(desk, ad_group):
            by_sku[sku].add(ad_group)
    homes = {}
    for ad_group, advertised in skus.items():
        # An ad group for several products has no one place to send a term to.
        if len(advertised) == 1:
            (sku,) = advertised
            fitting = sorted(by_sku[sku], key=lambda each: (-len(exact[each]), each))
            if fitting:
                homes[ad_group] = fitting[0]
    return homes


def _advertised(desk: Desk) -> Iterator[tuple[str, str]]:
    for row in desk.state("product_ads").values():
        if row["state"] == "enabled" and row["ad_group_id"] and row["sku"]:
            yield row["ad_group_id"], row["sku"]


def _is_open(desk: Desk, ad_group: str) -> bool:
    """Whether keywords can be put there and are shown."""
    group: Mapping[str, Any] = desk.state("ad_groups").get(ad_group, {})
    campaign: Mapping[str, Any] = desk.state("campaigns").get(group.get("campaign_id", ""), {})
    is_manual = campaign.get("targeting_type") == "manual"
    return is_manual and group.get("state") == campaign.get("state") == "enabled"


_READS = ("search_term_traffic", "search_term_totals", "keywords", "negative_keywords", "product_targets",
          "product_ads", "ad_groups", "campaigns")  # fmt: skip
DERIVER = Deriver(GIVES, (STREAMS["search_term_traffic"], STREAMS["search_term_totals"]),
                  tuple(STREAMS[name] for name in _READS), derive)  # fmt: skip
