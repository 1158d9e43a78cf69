"""Past moments, as people write them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from agent.errors import ConfigError
from agent.language import _
from agent.model.marketplace import Marketplace


def moment_of(text: str | None, place: Marketplace, now: datetime, flag: str = "--at") -> datetime | None:
    """``2026-03-18T09:30`` in the marketplace's own time, or with an offset; a day alone is its end. None for now.

    A moment that has not come yet is a ``ConfigError`` that names the ``flag`` it was given with.
    """
    if text is None:
        return None
    zone = ZoneInfo(place.time_zone)
    try:
        moment = datetime.fromisoformat(text)
        if len(text) <= len("2026-03-18"):
            moment = datetime.combine(date.fromisoformat(text) + timedelta(days=1), time()) - timedelta(microseconds=1)
    except (ValueError, OverflowError) as fault:
        raise ConfigError(_("'{text}' is no time.").format(text=text), setting=flag,
                          hint=_("Write 2026-03-18 or 2026-03-18T09:30.")) from fault  # fmt: skip
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
    if moment <= now:
        return moment
    if len(text) <= len("2026-03-18") and moment - now < timedelta(days=1):
        return now
    raise ConfigError(_("{text} has not come yet.").format(text=text), setting=flag,
                      hint=_("Leave it out for now."))  # fmt: skip
