"""What a report is written from: the request, the shop, and the moment it becomes ready."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from agent.model.marketplace import Marketplace
from agent.model.money import MICROS
from connectors.sandbox.selling.report_jobs import Ask

if TYPE_CHECKING:
    from connectors.sandbox.sandbox import Sandbox
    from connectors.sandbox.shop import Shop


@dataclass(frozen=True, slots=True)
class Telling:
    sandbox: Sandbox
    ask: Ask
    now: datetime

    @property
    def shop(self) -> Shop:
        return self.sandbox.shop

    @property
    def marketplace(self) -> Marketplace:
        return self.sandbox.scenario.account.marketplace

    @property
    def first(self) -> date:
        """The first day that was asked for. Amazon: of the moments only the date is read, as it is written in UTC."""
        return self.ask.start.date() if self.ask.start else self._day(self.now)

    @property
    def last(self) -> date:
        return self.ask.end.date() if self.ask.end else self._day(self.now)

    def days(self) -> Iterator[date]:
        """The days asked for that the account has lived through."""
        day = max(self.first, self.sandbox.market.first)
        while day <= min(self.last, self._day(self.now)):
            yield day
            day += timedelta(days=1)

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(ZoneInfo(self.marketplace.time_zone)).date()


def units(micros: int) -> float:
    """Micros as a JSON number with two decimals."""
    return round(micros / MICROS, 2)


def decimals(micros: int | None) -> str:
    """Micros as flat files write money; empty where it is not known."""
    return "" if micros is None else f"{micros / MICROS:.2f}"
