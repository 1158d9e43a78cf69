"""From what rules tell to alerts: opened once, closed when they no longer hold; and what people are to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from agent.engine.columns import Judgement
from agent.model.alert import Alert
from agent.model.marketplace import Marketplace
from agent.model.rule import DUE, OWNER, Rule
from agent.model.say import stated, units_of
from agent.model.ticket import Task
from agent.model.verdict import Outcome, Verdict
from agent.ports import Mint


def alerts_of(
    told: Sequence[tuple[Rule, Verdict]], judgements: Mapping[str, Judgement], marketplace: Marketplace, run: str,
    at: datetime, mint: Mint,
) -> Iterator[Alert]:  # fmt: skip
    """One alert for each match of a rule that only tells."""
    for rule, verdict in told:
        entity = verdict.entity
        seen = {label: value for step in verdict.trace for label, value in step.values.items()}
        values = {name: value for name, value in verdict.values.items() if name not in (DUE, OWNER)}
        evidence = stated({**values, **seen}, units_of(rule), marketplace.currency)
        title = judgements[entity.kind].title(entity.id)
        yield Alert(mint("a"), rule.name, rule.digest, entity, title, rule.severity, verdict.reason or rule.about,
                    evidence, run, at, at, task=task_of(rule, verdict, at))  # fmt: skip


def task_of(rule: Rule, verdict: Verdict, at: datetime) -> Task | None:
    """What a match asks a person to do, with its time counted from ``at``; None where the rule opens no tickets."""
    if not rule.ticket:
        return None
    return Task(rule.ticket, str(verdict.values[OWNER]), at + timedelta(days=float(verdict.values[DUE])))


def ended(
    standing: Sequence[Alert], rules: Sequence[Rule], judgements: Mapping[str, Judgement]
) -> Iterator[tuple[Alert, str]]:
    """Open alerts that no longer hold, and why. Where a rule does not know, its alert stays."""
    by_name, telling = {rule.name: rule for rule in rules}, {alert.rule for alert in standing}
    still = {
        name: judgements[rule.judges].concluded(name, Outcome.MATCH)
        | judgements[rule.judges].concluded(name, Outcome.UNKNOWN)
        for name, rule in by_name.items()
        if name in telling
    }
    for alert in standing:
        if alert.rule not in by_name:
            yield alert, "the rule is gone"
        elif alert.entity.id not in still[alert.rule]:
            yield alert, "it no longer holds"
