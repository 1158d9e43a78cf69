"""Amazon's marketplaces: currency, calendar, and the limits of Sponsored Products bids and budgets.

Amazon: bid and budget limits are those of the Ads guide of September 2025. The guide's maximum bid for Egypt
(5.50 EGP) is likely a misprint; it is kept, since a belt that is too tight harms nobody.
"""

from __future__ import annotations

from dataclasses import dataclass

from agent.model.money import MICROS, Money


@dataclass(frozen=True, slots=True)
class Marketplace:
    """One marketplace. Limits and steps are micros of its currency."""

    code: str
    id: str
    currency: str
    time_zone: str
    bid_floor: int
    bid_ceiling: int
    budget_floor: int
    budget_ceiling: int
    step: int

    def money(self, micros: int) -> Money:
        return Money(micros, self.currency)


def _row(
    code: str, id: str, currency: str, time_zone: str, bid: tuple[float, float], budget: tuple[float, float]
) -> Marketplace:
    step = MICROS if currency == "JPY" else MICROS // 100
    low, high, least, most = (round(value * MICROS) for value in (*bid, *budget))
    return Marketplace(code, id, currency, time_zone, low, high, least, most, step)


MARKETPLACES: dict[str, Marketplace] = {
    row.code: row
    for row in (
        _row("US", "ATVPDKIKX0DER", "USD", "America/Los_Angeles", (0.02, 1000), (1, 1_000_000)),
        _row("CA", "A2EUQ1WTGCTBG2", "CAD", "America/Los_Angeles", (0.02, 1000), (1, 1_000_000)),
        _row("MX", "A1AM78C64UM0Y8", "MXN", "America/Los_Angeles", (0.1, 20_000), (1, 21_000_000)),
        _row("BR", "A2Q3Y263D00KWC", "BRL", "America/Sao_Paulo", (0.07, 3700), (1.32, 5_300_000)),
        _row("UK", "A1F83G8C2ARO7P", "GBP", "Europe/London", (0.02, 1000), (1, 1_000_000)),
        _row("DE", "A1PA6795UKMFR9", "EUR", "Europe/Berlin", (0.02, 1000), (1, 1_000_000)),
        _row("FR", "A13V1IB3VIYZZH", "EUR", "Europe/Paris", (0.02, 1000), (1, 1_000_000)),
        _row("IT", "APJ6JRA9NG5V4", "EUR", "Europe/Rome", (0.02, 1000), (1, 1_000_000)),
        _row("ES", "A1RKKUPIHCS9HS", "EUR", "Europe/Madrid", (0.02, 1000), (1, 1_000_000)),
        _row("NL", "A1805IZSGTT6HS", "EUR", "Europe/Amsterdam", (0.02, 1000), (1, 1_000_000)),
        _row("BE", "AMEN7PMS3EDWL", "EUR", "Europe/Brussels", (0.02, 1000), (1, 1_000_000)),
        _row("IE", "A28R8C7NBKEWEA", "EUR", "Europe/Dublin", (0.02, 1000), (1, 1_000_000)),
        _row("SE", "A2NODRKZP88ZB9", "SEK", "Europe/Stockholm", (0.18, 9300), (9, 9_300_000)),
        _row("PL", "A1C3SOZRARQ6R3", "PLN", "Europe/Warsaw", (0.04, 2000), (2, 2_000_000)),
        _row("TR", "A33AVAJ2PDY3EV", "TRY", "Europe/Istanbul", (0.05, 2500), (2, 2_500_000)),
        _row("AE", "A2VIGQ35RCS4UG", "AED", "Asia/Dubai", (0.24, 184), (4, 3_700_000)),
        _row("SA", "A17E79C6D8DWNP", "SAR", "Asia/Riyadh", (0.10, 3670), (4, 3_700_000)),
        _row("EG", "ARBP9OOSHTCHU", "EGP", "Africa/Cairo", (0.15, 5.50), (7, 7_400_000)),
        _row("IN", "A21TJRUUN4KGV", "INR", "Asia/Kolkata", (1, 5000), (50, 21_000_000)),
        _row("ZA", "AE08WJ6YKNBMC", "ZAR", "Africa/Johannesburg", (1, 7000), (20, 7_000_000)),
        _row("JP", "A1VC38T7YXB528", "JPY", "Asia/Tokyo", (2, 100_000), (100, 21_000_000)),
        _row("AU", "A39IBJ37TRP1C6", "AUD", "Australia/Sydney", (0.02, 1410), (1.4, 1_500_000)),
        _row("SG", "A19VAU5U5O7RUS", "SGD", "Asia/Singapore", (0.02, 1100), (1.39, 1_300_000)),
    )
}
