"""The operator who keeps the shop in stock: orders when what he has and has ordered will not last.

He knows the seasons of the calendar and watches the last weeks. He orders early, and no more than he has to.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from connectors.sandbox.chance import Counts, Floats, stream
from connectors.sandbox.consignment import RECEIVING_DAYS, TRANSFER_DAYS, Consignment
from connectors.sandbox.demand import SEASONS
from connectors.sandbox.happenings import Happenings
from connectors.sandbox.scenario import Goods, Incident, Product

_LEAD = 20
COVER_DAYS = 30
"""What an order should cover beyond the reorder point."""
REVIEW_DAYS = 7
_SAFETY_DAYS = {"launch": 26, "growth": 26, "mature": 21, "clearance": 21}
"""What he wants in stock, in days of demand, when an order arrives on its day."""
_MOST_COVER = {"launch": 112, "growth": 112, "mature": 82, "clearance": 60}
"""Days that everything in stock and on the way should last at most, by stage; less only where the lead time is long."""
_AIR_DAYS = 8
_RUN_DOWN_DAYS = 125
"""Before a planted stock-out the operator lives from hand to mouth for so long, so that its day is sure."""
SELLABLE_RETURNS = 0.6
"""The part of what comes back that can be sold again."""
_HORIZON = 2600
_OF_A_SEASON = 90_000
"""Numbers of planted orders for a season begin here, so that they change no other order's number, and so its luck."""
_LEARNED = 0.03


class Operator:
    """``first`` is the first day of history; ``usual`` are units per day by product without season."""

    def __init__(self, seed: int, first: date, products: Sequence[Product], goods: Sequence[Goods], usual: Floats,
                 happenings: Happenings) -> None:  # fmt: skip
        self._seed, self._first, self._goods, self._happenings = seed, first, goods, happenings
        seasons = [SEASONS[product.season] for product in products]
        days = [first + timedelta(days=n) for n in range(_HORIZON)]
        columns = {season: np.array([season.factor(day) for day in days]) for season in set(seasons)}
        table = np.column_stack([columns[season] for season in seasons])
        self._sums = np.vstack([np.zeros(len(products)), np.cumsum(table * usual, axis=0)])
        self._most_cover = [_MOST_COVER[product.stage] for product in products]
        self._safety = [_SAFETY_DAYS[product.stage] for product in products]
        self._cover = np.array([goods[n].lead_time + REVIEW_DAYS + safety + goods[n].lead_time_sd // 2
                                for n, safety in enumerate(self._safety)])  # fmt: skip
        self.level = np.ones(len(products))
        self.consignments: list[Consignment] = []
        self._nothing = np.zeros(len(products), dtype=np.int64)
        self._open, self._ordered = self._nothing, dict[date, Counts]()
        self._receipts, self._travelling = dict[date, Counts](), dict[date, Counts]()
        self._delays = dict(happenings.of("shipment_delay"))
        self._seasonal = 0
        self._plant()

    def expected(self, product: int, since: date, days: int) -> float:
        """The units he expects to sell in so many days from ``since`` on."""
        return self.planned(product, since, days) * float(self.level[product])

    def planned(self, product: int, since: date, days: int) -> float:
        """The same as he planned it before anything was sold: the usual and the seasons."""
        start = min(max(0, (since - self._first).days), _HORIZON)
        end = min(start + max(0, days), _HORIZON)
        return float(self._sums[end, product] - self._sums[start, product])

    def opening(self, product: int) -> int:
        """Stock on the first day: enough for the first orders to arrive."""
        days = self._goods[product].lead_time + self._safety[product] + REVIEW_DAYS + COVER_DAYS
        return max(4, round(self.expected(product, self._first, days)))

    def learn(self, day: date, units: Counts, in_stock: NDArray[np.bool_]) -> None:
        """One more day's sales of what was in stock; a day out of all measure counts as two and a half usual ones."""
        index = (day - self._first).days
        usual = self._sums[index + 1] - self._sums[index]
        seen = in_stock & (usual > 0)
        pace = np.minimum(np.divide(units, usual, out=self.level.copy(), where=seen), 2.5)
        self.level = np.clip(self.level + _LEARNED * (pace - self.level), 0.5, 2.0)

    def receipts(self, day: date) -> Counts:
        """Units counted in on a day."""
        return self._receipts.get(day, self._nothing)

    def travelling(self, day: date) -> Counts:
        """Units on their way between warehouses at the end of a day."""
        return self._travelling.get(day, self._nothing)

    def review(self, day: date, on_hand: Counts) -> None:
        """Place what has to be ordered at the end of a day; days are reviewed in order."""
        self._open = self._open + self._ordered.get(day, self._nothing) - self.receipts(day)
        number = (day - self._happenings.begins).days
        by_air = {product: incident for product, incident in self._delays.items()
                  if incident.until - _RUN_DOWN_DAYS <= number <= incident.day - 12}  # fmt: skip
        for product, incident in by_air.items():
            self._by_air(product, day, int(on_hand[product]), incident)
        position, start = on_hand + self._open, min((day - self._first).days + 1, _HORIZON)
        ends, every = np.minimum(start + self._cover, _HORIZON), np.arange(len(self._goods))
        needed = (self._sums[ends, every] - self._sums[start]) * self.level
        for product in np.flatnonzero(position < needed + 1.5 * np.sqrt(needed) + 2).tolist():
            if product not in by_air and not self._comes_too_early(int(product), number):
                self._by_sea(int(product), day, int(position[product]))

    def _comes_too_early(self, product: int, number: int) -> bool:
        """Whether an order placed on a day would come before a planted stock-out is over."""
        incident = self._delays.get(product)
        arrival = number + self._goods[product].lead_time
        return bool(incident and incident.until - _RUN_DOWN_DAYS <= arrival <= incident.until + incident.amount + 4)

    def _by_sea(self, product: int, day: date, position: int) -> None:
        cover = int(self._cover[product])
        further = min(max(self._most_cover[product] - cover, 18), COVER_DAYS)
        wanted = self.expected(product, day + timedelta(days=1), cover + further) - position
        self._place(product, day, self._rounded(product, wanted), self._goods[product].lead_time, calm=False)

    def _by_air(self, product: int, day: date, on_hand: int, incident: Incident) -> None:
        out = self._happenings.day(incident.until)
        # The planted consignment itself is no help: it comes after the day the stock ends.
        coming = sum(c.units - c.received(day) for c in self.consignments
                     if c.product == product and c.ordered <= day and c.arrives < out)  # fmt: skip
        have, tomorrow = on_hand + coming, day + timedelta(days=1)
        if have < self.expected(product, tomorrow, 33):
            cover = min((out - tomorrow).days, 46)
            # What customers send back can be sold again, and would put the day off.
            kept = 1 - SELLABLE_RETURNS * self._goods[product].return_rate
            wanted = round(self.expected(product, tomorrow, cover) * kept) - have
            if wanted > 0:
                self._place(product, day, wanted, _AIR_DAYS, calm=True)

    def _place(self, product: int, day: date, units: int, lead: int, calm: bool) -> None:
        number = len(self.consignments) + 1 - self._seasonal
        spread = 0.3 * self._goods[product].lead_time_sd
        luck = float(stream(self._seed, _LEAD, number).standard_normal())
        late = 0 if calm else round(min(max(luck, -1.5), 2.0) * spread)
        promised = day + timedelta(days=max(3, lead - RECEIVING_DAYS))
        made = day + timedelta(days=max(1, round(lead * 0.45)))
        arrives = max(promised + timedelta(days=late), made + timedelta(days=3))
        known = min(promised, arrives) - timedelta(days=5)
        self._open = self._open.copy()
        self._open[product] += units
        self._add(Consignment(number, product, units, day, made, made + timedelta(days=1), promised, arrives, known))

    def _add(self, consignment: Consignment) -> None:
        self.consignments.append(consignment)
        arrives, product = consignment.arrives, consignment.product
        for day in (arrives + timedelta(days=n) for n in range(RECEIVING_DAYS + TRANSFER_DAYS)):
            for table, units in ((self._receipts, consignment.received_on(day)),
                                 (self._travelling, consignment.travelling(day))):  # fmt: skip
                table.setdefault(day, self._nothing.copy())[product] += units

    def _rounded(self, product: int, units: float) -> int:
        carton = self.carton(product)
        return max(self.order_minimum(product), int(-(-units // carton) * carton))

    def carton(self, product: int) -> int:
        return 20 if self._sums[365, product] > 1500 else 5

    def order_minimum(self, product: int) -> int:
        return 2 * self.carton(product)

    def _plant(self) -> None:
        """The consignments that the scenario itself sends."""
        for product, incident in self._happenings.of("shipment_delay"):
            out, lead = self._happenings.day(incident.until), self._goods[product].lead_time
            promised = out - timedelta(days=3)
            units = self._rounded(product, self.expected(product, out, lead + COVER_DAYS))
            self._send(product, units, promised - timedelta(days=lead), promised - timedelta(days=18), promised,
                       promised + timedelta(days=incident.amount), self._happenings.day(incident.day))  # fmt: skip
        for product, incident in self._happenings.of("aged_stock"):
            arrives = _next_fifteenth(self._happenings.day(incident.day)) - timedelta(days=184)
            ordered = arrives - timedelta(days=self._goods[product].lead_time)
            self._send(product, incident.amount, ordered, arrives - timedelta(days=18), arrives, arrives, arrives)
        for product, incident in self._happenings.of("season"):
            if incident.amount:
                arrives = self._happenings.day(incident.day)
                ordered = arrives - timedelta(days=self._goods[product].lead_time)
                self._send(product, incident.amount, ordered, arrives - timedelta(days=18), arrives, arrives, arrives,
                           _OF_A_SEASON + product)  # fmt: skip
                self._seasonal += 1

    def _send(self, product: int, units: int, ordered: date, shipped: date, promised: date, arrives: date,
              known: date, number: int = 0) -> None:  # fmt: skip
        """A consignment that would have come before the history is part of its opening stock."""
        if arrives <= self._first:
            return
        ordered = max(ordered, self._first)
        self._ordered.setdefault(ordered, self._nothing.copy())[product] += units
        number, created = number or len(self.consignments) + 1, shipped - timedelta(days=2)
        self._add(Consignment(number, product, units, ordered, created, shipped, promised, arrives, known))


def _next_fifteenth(day: date) -> date:
    """The next 15th after a day: the day on which Amazon counts aged stock."""
    month = day.replace(day=1) if day.day < 15 else (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return month.replace(day=15)
