"""What was reported, held against what happened: recall over planted incidents, precision over quiet products.

An incident is met when one of its named rules told of it, or proposed something, between the day it struck and its
deadline, or had told earlier and still held then; and when none of the rules that must not speak of it began to. A
false alert is one of a rule that some incident names, about a product to which nothing happened.
precision = incidents met / (incidents met + false alerts).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from agent.cli.play_told import Mailbag
from agent.model.proposal import Answer

if TYPE_CHECKING:
    from agent.config import Config
    from agent.ledger import SqlLedger
    from agent.model.entity import Entity
    from connectors.sandbox.office_rows import Expectation
    from connectors.sandbox.server import SandboxServer

_MOST = 1_000_000
_NOTHING = Mailbag(())


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a rule told or asked for, and the product it is about; empty where it is about none."""

    rule: str
    sku: str
    day: date
    at: datetime
    severity: str
    closed: date | None = None
    """When an alert no longer held, None while it does; the same day for what was asked for."""
    title: str = ""
    wished: bool = False
    """Whether it was asked for, not told."""

    def stands(self, first: date, last: date) -> bool:
        """Whether it was told within these days, or earlier and still held when they began."""
        return self.day <= last and (self.day >= first or self.closed is None or self.closed >= first)


def score(ledger: SqlLedger, config: Config, amazon: SandboxServer, days: int) -> dict[str, Any]:
    """Every incident that had its deadline within ``days``, and every false alert."""
    shop, zone = amazon.sandbox.shop, amazon.sandbox.market.zone
    begins = amazon.sandbox.started.astimezone(zone).date()
    found = list(_findings(ledger, _products(config, amazon), zone))
    bag = Mailbag(ledger.outbox.log(limit=_MOST)[::-1])
    incidents = [judged(each, found, begins, bag) for each in shop.expectations()
                 if (each.deadline - begins).days <= days]  # fmt: skip
    named = {rule for each in shop.expectations() for rule in each.rules}
    false = [{"rule": one.rule, "sku": one.sku, "day": (one.day - begins).days, "severity": one.severity}
             for one in found if one.sku in shop.quiet and one.rule in named]  # fmt: skip
    hits = sum(each["met"] for each in incidents)
    return {
        "incidents": incidents, "met": hits, "recall": hits / len(incidents) if incidents else 1.0,
        "precision": hits / (hits + len(false)) if hits + len(false) else 1.0,
        "quiet_skus": len(shop.quiet), "false_alerts": false, "findings": _counted(found),
        "audit_ok": ledger.verify().ok, "messages": bag.counts(),
    }  # fmt: skip


def judged(expected: Expectation, found: Sequence[Finding], begins: date, bag: Mailbag = _NOTHING) -> dict[str, Any]:
    """One incident: met where one of its rules spoke in time, and none of those that must keep quiet did."""
    within = [
        one for one in found if expected.at <= one.at and one.day <= expected.deadline and one.sku == expected.sku
    ]
    standing = [one for one in found if one.rule in expected.rules and one.sku in ("", expected.sku)
                and one.stands(expected.day, expected.deadline)]  # fmt: skip
    first = min(standing, key=lambda one: one.day, default=None)
    spoke = [one.rule for one in within if any(fnmatchcase(one.rule, each) for each in expected.forbidden)]
    return {
        "number": expected.number, "incident": expected.incident, "sku": expected.sku,
        "day": (expected.day - begins).days, "deadline": (expected.deadline - begins).days,
        "rules": list(expected.rules), "rule": first and first.rule, "reported": first and (first.day - begins).days,
        "told": bag.told(standing, expected.at), "forbidden": sorted(set(spoke)),
        "met": (first is not None or not expected.rules) and not spoke,
    }  # fmt: skip


def _counted(found: Sequence[Finding]) -> Mapping[str, int]:
    counts: dict[str, int] = {}
    for one in found:
        counts[one.rule] = counts.get(one.rule, 0) + 1
    return dict(sorted(counts.items()))


def _findings(ledger: SqlLedger, products: Mapping[tuple[str, str], str], zone: Any) -> Iterator[Finding]:
    for alert in ledger.alerts(None, _MOST):
        yield Finding(alert.rule, _sku(alert.entity, alert.title, products),
                      alert.opened_at.astimezone(zone).date(), alert.opened_at, str(alert.severity),
                      alert.closed_at and alert.closed_at.astimezone(zone).date(), alert.title)  # fmt: skip
    for each in ledger.proposals():
        if any(answer.answer is Answer.BLOCK for answer in each.belts):
            continue  # a belt held it: nobody was asked for anything
        asked = each.created_at.astimezone(zone).date()
        yield Finding(each.rule, _sku(each.change.entity, each.title, products), asked, each.created_at,
                      str(each.severity), asked, each.title, wished=True)  # fmt: skip


def _sku(entity: Entity, title: str, products: Mapping[tuple[str, str], str]) -> str:
    """The product something is about: by its own id, by what the facts say, or by its campaign's name."""
    if entity.kind in ("sku", "listing"):
        return entity.id
    found = products.get((entity.kind, entity.id)) or products.get((entity.kind, entity.id.partition("/")[0]))
    if found:
        return found
    campaign = title.rpartition(" · ")[2] if " · " in title else title
    first = campaign.partition(" ")[0]
    return first if ("sku", first) in products else ""


def _products(config: Config, amazon: SandboxServer) -> Mapping[tuple[str, str], str]:
    """By kind and id: the SKU of what names one, or names its ASIN."""
    from agent.facts.recent import texts_of
    from agent.model.kinds import KINDS, stream_of_state
    from agent.wiring import book_of

    shop = amazon.sandbox.shop
    by_asin = {shop.asin(sku): sku for sku in shop.skus}
    found = {("sku", sku): sku for sku in shop.skus} | {("asin", asin): sku for asin, sku in by_asin.items()}
    view = book_of(config).known_at("demo", amazon.clock.now())
    for kind in KINDS:
        for column, to_sku in (("asin", by_asin), ("sku", {sku: sku for sku in shop.skus})):
            stream = stream_of_state(kind, column)
            if stream is not None and kind not in ("sku", "listing"):
                found |= {(kind, id): to_sku[text] for id, text in texts_of(view, stream, column) if text in to_sku}
    return found
