"""What the scenario's incidents do to a product on a day. Days count from the day the clock starts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from connectors.sandbox.chance import Counts, Floats
from connectors.sandbox.scenario import Incident

HOUR = 10
"""Incidents that have a moment have it at this hour of the marketplace's day."""
_HIJACKED_CONVERSION = 0.6
_RIVAL_ELASTICITY = 2.0
"""How conversion answers the closest rival's price."""


@dataclass(frozen=True, slots=True)
class Happenings:
    """The incidents of the products on sale; ``products`` are their SKUs in order."""

    incidents: tuple[Incident, ...]
    products: tuple[str, ...]
    begins: date
    zone: ZoneInfo

    def day(self, number: int) -> date:
        return self.begins + timedelta(days=number)

    def moment(self, number: int) -> datetime:
        """The moment of an incident that begins on a day; an end is the same hour of its last day."""
        at = datetime.combine(self.day(number), time(HOUR), tzinfo=self.zone)
        return at.astimezone(ZoneInfo("UTC"))

    def of(self, *kinds: str) -> Iterator[tuple[int, Incident]]:
        """The incidents of these kinds, each with its product's place."""
        for incident in self.incidents:
            if incident.kind in kinds and incident.sku in self.products:
                yield self.products.index(incident.sku), incident

    def running(self, now: datetime, *kinds: str) -> Iterator[tuple[int, Incident]]:
        """Those whose moment has come and whose end has not."""
        for place, incident in self.of(*kinds):
            if self.moment(incident.day) <= now < self.moment(incident.until):
                yield place, incident

    def seasonal(self, day: date) -> Floats:
        """By product: the lasting turns of demand, which no calendar tells."""
        factors = np.ones(len(self.products))
        for place, incident in self.of("season"):
            length = max(1, incident.until - incident.day)
            done = min(1.0, max(0.0, ((day - self.begins).days - incident.day) / length))
            factors[place] *= incident.factor**done
        return factors

    def market(self, day: date, kind: str) -> Floats:
        """By product: the factor that market incidents have on organic sales."""
        factors, number = np.ones(len(self.products)), (day - self.begins).days
        for place, incident in self.of(kind):
            if incident.day <= number <= incident.until:
                factors[place] *= 1 + (incident.factor - 1) * incident.share
        return factors

    def visible(self, day: date) -> Floats:
        """By product: the part of the day on which its listing could be bought."""
        return 1.0 - self._part(day, "suppressed")

    def conversion(self, day: date) -> Floats:
        """By product: what hijackers and a cheaper rival leave of conversion."""
        factors = 1.0 - (1 - _HIJACKED_CONVERSION) * self._part(day, "hijack")
        for place, incident in self.of("rival_price"):
            part = self._part(day, "rival_price")[place]
            factors[place] *= 1 + (incident.factor**_RIVAL_ELASTICITY - 1) * part
        return factors

    def featured(self, day: date) -> Floats:
        """By product: the part of views on which a hijacker is not featured."""
        return 1.0 - 0.45 * self._part(day, "hijack")

    def bulk(self, day: date) -> Counts:
        """By product: units that one buyer orders at once."""
        units = np.zeros(len(self.products), dtype=np.int64)
        for place, incident in self.of("bulk_order"):
            if self.day(incident.day) == day:
                units[place] += incident.amount
        return units

    def _part(self, day: date, kind: str) -> Floats:
        """By product: the part of the day in which such an incident was running."""
        parts, number = np.zeros(len(self.products)), (day - self.begins).days
        for place, incident in self.of(kind):
            if incident.day <= number <= incident.until:
                first, last = number == incident.day, number == incident.until
                parts[place] = (HOUR if last else 24) / 24 - (HOUR if first else 0) / 24
        return np.maximum(parts, 0.0)


def expected_of(incidents: Sequence[Incident]) -> Iterator[tuple[int, Incident]]:
    """Those with a ground truth, numbered in the order of the scenario."""
    return ((number, one) for number, one in enumerate((i for i in incidents if i.expect or i.forbid), start=1))
