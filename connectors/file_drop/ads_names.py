"""From the names a report of the console writes to the ids the book has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from agent.language import _
from agent.model.metric import Unit
from agent.model.parcel import Ignored, KnownAds
from connectors.file_drop.form import Surroundings
from connectors.file_drop.table import Table

_AUTOMATIC = {
    "close-match": "close-match", "loose-match": "loose-match", "substitutes": "substitutes",
    "complements": "complements",
}  # fmt: skip
_MATCHES = {
    "exact": "exact", "phrase": "phrase", "broad": "broad", "exakt": "exact", "wortgruppe": "phrase",
    "weitgehend passend": "broad", "exacte": "exact", "expression": "phrase", "large": "broad", "esatta": "exact",
    "frase": "phrase", "generica": "broad", "exacta": "exact", "amplia": "broad", "完全一致": "exact",
    "フレーズ一致": "phrase", "部分一致": "broad", "精准": "exact", "精准匹配": "exact", "词组": "phrase",
    "词组匹配": "phrase", "广泛": "broad", "广泛匹配": "broad",
}  # fmt: skip
Entities = list[str | None]


@dataclass(frozen=True, slots=True)
class Resolved:
    """An entity for each row, None where none was found; ``rows`` are those with one."""

    entities: Sequence[str | None]
    rows: Sequence[int]


@dataclass(slots=True)
class Resolver:
    """What the rows of one report are about. ``unmatched``: the names that the book knows no id of."""

    kind: str
    campaigns: Entities
    ad_groups: Entities
    targets: Entities
    is_keyword: Sequence[bool]
    terms: Sequence[str | None]
    count: int
    unmatched: set[str] = field(default_factory=set)

    def by_stream(self, *, with_days: bool) -> Mapping[str, Resolved]:
        kind = self.kind
        if kind == "ads_campaign":
            return {"campaign_traffic": _found(self.campaigns)} if with_days else {}
        if kind == "ads_advertised_product":
            return {"ad_group_traffic": _found(self.ad_groups)} if with_days else {}
        suffix = "traffic" if with_days else "totals"
        if kind == "ads_search_term":
            return {f"search_term_{suffix}": _found(self._searched())}
        pairs = list(zip(self.targets, self.is_keyword, strict=True))
        split = {
            f"keyword_{suffix}": [each if word else None for each, word in pairs],
            f"product_target_{suffix}": [None if word else each for each, word in pairs],
        }
        return {stream: found for stream, each in split.items() if (found := _found(each)).rows}

    def ignored(self, *, daily: bool) -> list[Ignored]:
        if self.kind in ("ads_campaign", "ads_advertised_product") and not daily:
            return [Ignored(_("rows"), self.count, _("totals of several days; choose 'daily' when you export"))]
        lacking = self._lacking()
        if not lacking:
            return []
        some = ", ".join(sorted(self.unmatched)[:3])
        return [Ignored(_("rows"), lacking, _("no ids are known of these names: {names}; drop a bulk workbook first")
                        .format(names=some))]  # fmt: skip

    @property
    def waits_for(self) -> Sequence[str]:
        return ("campaigns", "ad_groups", "keywords", "product_targets") if self._lacking() else ()

    def _lacking(self) -> int:
        column = {"ads_campaign": self.campaigns, "ads_advertised_product": self.ad_groups,
                  "ads_search_term": self._searched()}.get(self.kind, self.targets)  # fmt: skip
        return sum(each is None for each in column)

    def _searched(self) -> Entities:
        return [
            f"{campaign}/{ad_group}/{target}/{term}" if campaign and ad_group and target and term else None
            for campaign, ad_group, target, term in zip(
                self.campaigns, self.ad_groups, self.targets, self.terms, strict=True
            )
        ]


def resolver_of(kind: str, table: Table, around: Surroundings) -> Resolver:
    """Ids that stand in the report are believed; names are looked up in what the account is known to advertise."""
    count = len(table)
    unmatched: set[str] = set()
    known = _Index(around.known() if count and not table.has("campaign_id", "ad_group_id", "target_id") else KnownAds())
    campaigns = _given(table, "campaign_id") or [known.campaign(name, unmatched) for name in table.texts("campaign")]
    ad_groups: Entities = [None] * count
    if table.has("ad_group") or table.has("ad_group_id"):
        ad_groups = _given(table, "ad_group_id") or [
            known.ad_group(campaign, name, unmatched)
            for campaign, name in zip(campaigns, table.texts("ad_group"), strict=True)
        ]
    words = [_MATCHES.get((text or "").casefold()) for text in table.values("match_type", Unit.TEXT)]
    targets: Entities = [None] * count
    if kind in ("ads_targeting", "ads_search_term"):
        targets = _given(table, "target_id") or [
            known.target(ad_group, text, word, unmatched)
            for ad_group, text, word in zip(ad_groups, table.values("targeting", Unit.TEXT), words, strict=True)
        ]
    terms = table.values("search_term", Unit.TEXT)
    return Resolver(kind, campaigns, ad_groups, targets, [word is not None for word in words], terms, count, unmatched)


def _given(table: Table, name: str) -> Entities | None:
    return list(table.ids(name)) if table.has(name) else None


def _found(entities: Entities) -> Resolved:
    return Resolved(entities, [index for index, entity in enumerate(entities) if entity is not None])


class _Index:
    """What is known, by name. A name that two things share names neither."""

    def __init__(self, known: KnownAds) -> None:
        self._campaigns = _unique((_same(name), id) for id, name in known.campaigns.items())
        self._ad_groups = _unique(((parent, _same(name)), id) for id, (parent, name) in known.ad_groups.items())
        self._keywords = _unique(
            ((group, _same(text), match), id) for id, (group, text, match) in known.keywords.items()
        )
        self._products = _unique(
            ((group, _expression(text)), id) for id, (group, text) in known.product_targets.items()
        )  # fmt: skip

    def campaign(self, name: str | None, unmatched: set[str]) -> str | None:
        return _noted(self._campaigns.get(_same(name or "")), name, unmatched)

    def ad_group(self, campaign: str | None, name: str | None, unmatched: set[str]) -> str | None:
        if campaign is None:
            return None
        return _noted(self._ad_groups.get((campaign, _same(name or ""))), name, unmatched)

    def target(self, ad_group: str | None, text: str | None, match: str | None, unmatched: set[str]) -> str | None:
        if ad_group is None:
            return None
        if match is not None:
            return _noted(self._keywords.get((ad_group, _same(text or ""), match)), text, unmatched)
        return _noted(self._products.get((ad_group, _expression(text or ""))), text, unmatched)


def _noted(found: str | None, name: str | None, unmatched: set[str]) -> str | None:
    if found is None and name:
        unmatched.add(name)
    return found


def _unique(pairs: object) -> dict[object, str]:
    found: dict[object, str | None] = {}
    for key, id in pairs:  # type: ignore[attr-defined]
        found[key] = id if key not in found or found[key] == id else None
    return {key: id for key, id in found.items() if id is not None}


def _same(name: str) -> str:
    return " ".join(name.split()).casefold()


def _expression(text: str) -> str:
    bare = _same(text.replace('"', "").replace("= ", "="))
    return _AUTOMATIC.get(bare, bare)
