"""``[belts]``: the limits that hold for every rule, and their form for the engine."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any, TypeVar

from pydantic import Field

from agent.config.operator import Section
from agent.config.values import MaybeAmount, Share
from agent.model.actions import PLACEMENTS
from agent.model.belt import BeltLimits
from agent.model.money import MICROS

_LIMITS = BeltLimits()
Limit = TypeVar("Limit")


def _step(lever: str, what: str) -> Any:
    return Field(default=_LIMITS.step[lever], description=f"Largest change of {what} at once, as a share of it.")


def _rest(lever: str, what: str) -> Any:
    hours = round(_LIMITS.cooldown[lever] / timedelta(hours=1))
    return Field(default=hours, ge=0, description=f"Hours {what} rests after any change, by anybody.")


class Steps(Section):
    """``belts.step``."""

    bid: Share = _step("bid", "a bid")
    default_bid: Share = _step("default_bid", "an ad group's default bid")
    budget: Share = _step("budget", "a daily budget")
    price: Share = _step("price", "a price")
    placement: Share = Field(
        default=_LIMITS.step[PLACEMENTS[0]], description="Largest change of a placement adjustment at once, in points."
    )


class Cooldowns(Section):
    """``belts.cooldown_hours``."""

    bid: int = _rest("bid", "a bid")
    default_bid: int = _rest("default_bid", "an ad group's default bid")
    budget: int = _rest("budget", "a daily budget")
    state: int = _rest("state", "a state (enabled, paused)")
    price: int = _rest("price", "a price")
    placement: int = _rest(PLACEMENTS[0], "a placement adjustment")
    bidding_strategy: int = _rest("bidding_strategy", "a campaign's bidding strategy")


class Breakers(Section):
    """``belts.breakers``."""

    error_share: Share = Field(
        default=_LIMITS.error_share, description="Share of refusals among the writes of a day that stops all raises."
    )
    error_least: int = Field(
        default=_LIMITS.error_least, ge=1, description="So many writes it takes before that share counts."
    )
    spend_jump: float = Field(
        default=_LIMITS.spend_jump, gt=1,
        description="Yesterday's spend, as a multiple of the median of four weeks, that stops all raises.",
    )  # fmt: skip
    most_undos: int = Field(
        default=_LIMITS.most_undos, ge=1, description="So many changes undone within a week stop all raises."
    )


class Belts(Section):
    """``[belts]``, and under an account only what differs there."""

    step: Steps = Field(default=Steps(), description="Largest change at once, by lever.")
    cooldown_hours: Cooldowns = Field(default=Cooldowns(), description="Rest after a change, by lever.")
    most_changes: int = Field(default=_LIMITS.most_changes, ge=0, description="Most changes one run may propose.")
    most_share: Share = Field(
        default=_LIMITS.most_share, description="Largest part of the enabled entities of a kind one run may change."
    )
    storm_share: Share = Field(
        default=_LIMITS.storm_share, description="A rule that matches more than this changes nothing and is reported."
    )
    storm_least: int = Field(
        default=_LIMITS.storm_least, ge=0, description="A rule that matches fewer entities than this is never a storm."
    )
    bid_floor: MaybeAmount = Field(
        default=None, description="Lowest bid, in the account's currency; empty: the marketplace's own."
    )
    bid_ceiling: MaybeAmount = Field(
        default=None, description="Highest bid, in the account's currency; empty: the marketplace's own."
    )
    budget_ceiling: MaybeAmount = Field(
        default=None, description="Highest daily budget, in the account's currency; empty: the marketplace's own."
    )
    most_cpc: MaybeAmount = Field(
        default=None, description="Most that a click may cost after placement and bidding strategy; empty: no limit."
    )
    most_risk_per_day: MaybeAmount = Field(
        default=None, description="Most that the raises of one day may add to its spend at worst; empty: the share."
    )
    most_risk_share: Share = Field(
        default=_LIMITS.most_risk_share,
        description="The same as a share of the daily budgets of all enabled campaigns.",
    )
    breakers: Breakers = Field(default=Breakers(), description="What stops all raises for the time being.")
    expires_hours: int = Field(
        default=round(_LIMITS.expires_after / timedelta(hours=1)), ge=1,
        description="Hours a proposal waits for a decision and for being carried out.",
    )  # fmt: skip

    def over(self, general: Belts) -> Belts:
        """These limits where they were written, the general ones elsewhere."""
        return Belts.model_validate(_merged(general.written(), self.written()))

    def written(self) -> dict[str, Any]:
        return self.model_dump(exclude_unset=True)

    def limits(self) -> BeltLimits:
        """As the engine takes them: money in micros, spans as ``timedelta``."""
        return BeltLimits(
            step=_by_lever(self.step.model_dump()),
            cooldown=_by_lever({lever: timedelta(hours=hours)
                                for lever, hours in self.cooldown_hours.model_dump().items()}),
            most_changes=self.most_changes, most_share=self.most_share,
            storm_share=self.storm_share, storm_least=self.storm_least,
            bid_floor=_micros(self.bid_floor), bid_ceiling=_micros(self.bid_ceiling),
            budget_ceiling=_micros(self.budget_ceiling), most_cpc=_micros(self.most_cpc),
            most_risk_per_day=_micros(self.most_risk_per_day), most_risk_share=self.most_risk_share,
            expires_after=timedelta(hours=self.expires_hours), **self.breakers.model_dump(),
        )  # fmt: skip


AMOUNTS = ("bid_floor", "bid_ceiling", "budget_ceiling", "most_cpc", "most_risk_per_day")
"""Limits that are amounts of one currency."""


def _by_lever(settings: dict[str, Limit]) -> dict[str, Limit]:
    """What holds for placements holds for each of them."""
    placement = settings.pop("placement")
    return {**settings, **dict.fromkeys(PLACEMENTS, placement)}


def _micros(amount: Decimal | None) -> int | None:
    return None if amount is None else int(amount * MICROS)


def _merged(wide: Mapping[str, Any], narrow: Mapping[str, Any]) -> dict[str, Any]:
    both = {name: _merged(wide[name], value) for name, value in narrow.items()
            if isinstance(value, dict) and isinstance(wide.get(name), dict)}  # fmt: skip
    return {**wide, **narrow, **both}
