"""Money: integer micros and a currency inside, fixed decimals outside. Never a float."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

MICROS = 1_000_000


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of one currency. 1 unit of the currency = 1,000,000 micros."""

    micros: int
    currency: str

    @classmethod
    def of(cls, amount: Decimal | int | str, currency: str) -> Money:
        """Read an amount exactly. More than six decimals, or no number at all, is a ``ValueError``."""
        try:
            micros = Decimal(str(amount)) * MICROS
        except ArithmeticError as fault:  # no number, or one no exponent can hold
            raise ValueError(f"{amount!r} is not an amount of money") from fault
        if not micros.is_finite() or micros != micros.to_integral_value():
            raise ValueError(f"{amount!r} is finer than a millionth of {currency}")
        return cls(int(micros), currency)

    @property
    def amount(self) -> Decimal:
        """The amount with two decimals, or with as many as it needs."""
        cents, rest = divmod(self.micros, MICROS // 100)
        return Decimal(cents).scaleb(-2) if rest == 0 else Decimal(self.micros) / MICROS

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    def __lt__(self, other: Money) -> bool:
        return self.micros < self._same(other).micros

    def __le__(self, other: Money) -> bool:
        return self.micros <= self._same(other).micros

    def __add__(self, other: Money) -> Money:
        return Money(self.micros + self._same(other).micros, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.micros - self._same(other).micros, self.currency)

    def _same(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise ValueError(f"{self} and {other} are different currencies")
        return other


def to_step(micros: float | Decimal, step: int) -> int:
    """Round down to a whole number of steps (all in micros), so that rounding never spends more than was asked.

    A computed bid carries the dust of binary fractions; half a millionth of a step is forgiven before rounding down,
    which is less than the micro by which a whole amount may fall short.
    """
    steps = Decimal(micros) / step + Decimal("0.0000005")
    return int(steps.to_integral_value(rounding=ROUND_FLOOR)) * step
