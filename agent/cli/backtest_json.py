"""A backtest as one JSON object."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent.jobs.backtest import Backtest, DayDone
    from agent.model.marketplace import Marketplace


def as_json(found: Backtest, place: Marketplace, notes: Sequence[str]) -> dict[str, Any]:
    """``steward.backtest/1``. Money in micros of the currency; nothing depends on when it was run."""
    from agent.jobs.regret import advised

    best = {id(advised([each for each in found.buffers if each.rule == rule.rule])) for rule in found.rules}
    span = found.reach.span
    return {
        "account": found.account, "currency": place.currency, "first": span.first, "last": span.last,
        "asked_days": found.reach.asked, "facts_from": found.reach.facts_from,
        "observed_from": found.reach.observed_from, "notes": list(notes),
        "rules": [
            {"rule": each.rule, "digest": each.digest, "decisions": each.decisions, "told": each.told,
             "held": each.held, "suppressed": each.suppressed, "to_and_fro": each.to_and_fro, "storms": each.storms,
             "judged": each.judged, "unknown": each.unknown, "on_a_backfill": each.rests,
             "unknown_because": dict(sorted(each.unknown_because.items()))}
            for each in found.rules
        ],
        "days": [_day(each) for each in found.days],
        "regret": {
            "days": found.compared, "mature_after_days": found.mature_after,
            "buffers": [
                {"rule": each.rule, "settle_days": each.settle_days, "as_written": each.own, "decisions": each.made,
                 "regretted": each.regretted, "otherwise": each.otherwise, "missed": each.missed,
                 "changed": each.changed, "share": each.share, "enough": id(each) in best}
                for each in found.buffers
            ],
        },
    }  # fmt: skip


def _day(done: DayDone) -> dict[str, Any]:
    return {
        "day": done.day.day, "judged_at": done.day.moment, "pulled": done.day.pulled, "decisions": done.decisions,
        "told": done.told, "to_and_fro": done.to_and_fro, "judged": done.judged, "unknown": done.unknown,
        "on_a_backfill": done.rests, "spend_micros": done.spend, "at_risk_micros": done.at_risk,
        "belts": [{"belt": belt, "answer": str(answer), "times": times}
                  for (belt, answer), times in sorted(done.belts.items())],
    }  # fmt: skip
