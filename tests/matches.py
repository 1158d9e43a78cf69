"""Rules that match, with what they ask for, and scenes to weigh them in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from agent.engine.scene import Scene
from agent.model.belt import BeltLimits
from agent.model.entity import Entity
from agent.model.expression import Literal
from agent.model.kinds import STREAMS
from agent.model.marketplace import MARKETPLACES
from agent.model.metric import Unit
from agent.model.money import MICROS
from agent.model.rule import Limits, Mode, Place, Propose, Rule, Severity
from agent.model.verdict import Outcome, Step, Verdict

NOW = datetime(2026, 3, 20, 9, 30, tzinfo=UTC)
TODAY = date(2026, 3, 20)
DE = MARKETPLACES["DE"]
_UNITS = {"state": Unit.TEXT, "review_request": Unit.TEXT}


def rule(name: str = "ads/any", *, field: str | None = "bid", judges: str = "keyword", limits: Limits = Limits(),  # noqa: B008
         **parts: Any) -> Rule:  # fmt: skip
    """A rule that sets ``field``; None only tells."""
    to = Literal(None, _UNITS.get(field or "", Unit.MONEY))
    whole = Rule(
        name=name, path=f"{name}.yaml", digest="d" * 64, text="", about="", judges=judges, when=(), mode=Mode.ASK,
        severity=Severity.S4, limits=limits, propose=Propose("set", field, to, Place(1, 1)) if field else None,
    )  # fmt: skip
    return replace(whole, **parts)


def match(of: Rule, before: Any = 1.00, wanted: Any = 0.90, entity: str = "k1", **seen: Any) -> tuple[Rule, Verdict]:
    """The rule matches the entity. Amounts are given in units of the currency; ``seen`` are figures of its trace."""
    step = Step("some line", Outcome.MATCH, {name.replace("_", "."): value for name, value in seen.items()})
    verdict = Verdict(
        of.name, of.digest, Entity("demo", of.judges, entity), TODAY, NOW, Outcome.MATCH, (step,), reason="because",
        wanted=micros(wanted), before=micros(before),
    )  # fmt: skip
    return of, verdict


def micros(value: Any) -> Any:
    return round(value * MICROS) if isinstance(value, int | float) else value


def scene(limits: BeltLimits = BeltLimits(), **parts: Any) -> Scene:  # noqa: B008
    """An account where everything was pulled just now and nothing was changed lately."""
    whole = Scene(
        account="demo", marketplace=DE, run="r_1", now=NOW, today=TODAY, known_at=NOW, limits=limits,
        population={"keyword": 1_000, "campaign": 1_000, "ad_group": 1_000}, last_change={},
        observed=_pulled(), titles=lambda entity: f"the {entity.kind} {entity.id}",
    )  # fmt: skip
    return replace(whole, **parts)


def _pulled() -> Mapping[str, datetime | None]:
    return dict.fromkeys(STREAMS, NOW)


def counting() -> Callable[[str], str]:
    """A mint that counts."""
    numbers = count(1)
    return lambda prefix: f"{prefix}_{next(numbers)}"
