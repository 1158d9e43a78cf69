"""What is asked of one account at one moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from agent.model.maturity import DEFAULT, Maturity
from agent.model.setting import Scope


@dataclass(frozen=True, slots=True)
class Question:
    """``today`` is the marketplace's calendar day; facts are those known at ``known_at``."""

    account: str
    today: date
    known_at: datetime
    currency: str
    settings: Sequence[Scope] = ()
    maturity: Maturity = DEFAULT
    """How complete figures are by age, which decides where settled windows end."""
