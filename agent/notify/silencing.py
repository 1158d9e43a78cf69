"""What somebody asks to be silent: what fits, for how long and why. Raises ``ConfigError`` for what cannot be."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from agent.errors import ConfigError
from agent.language import _
from agent.model.notice import MATCHED

_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_LONGEST = timedelta(days=90)


def matchers_of(given: Sequence[str]) -> dict[str, str]:
    """From ``NAME=PATTERN`` each; all of them must fit a notice."""
    found: dict[str, str] = {}
    for text in given:
        name, equals, pattern = text.partition("=")
        if name not in MATCHED or not equals or not pattern or name in found:
            raise ConfigError(_("'{text}' says nothing that a notice could fit.").format(text=text),
                              setting="silence", hint=_("Write NAME=PATTERN with one of {names}.").format(
                                  names=", ".join(MATCHED)))  # fmt: skip
        found[name] = pattern
    return found


def end_of(span: str | None, until: str | None, time_zone: str, now: datetime) -> datetime:
    """When it ends; exactly one of both says so."""
    if (span is None) == (until is None):
        raise ConfigError(_("A silence needs one end."), setting="--for",
                          hint=_("Write --for 8h or --until 2026-03-18T09:30."))  # fmt: skip
    if until is None:
        return now + span_of(span or "")
    ends = _moment(until, time_zone)
    if not now < ends <= now + _LONGEST:
        raise ConfigError(_("'{text}' is not when a silence can end.").format(text=until), setting="--until",
                          hint=_("Some time within the next 90 days."))  # fmt: skip
    return ends


def _moment(text: str, time_zone: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as fault:
        raise ConfigError(_("'{text}' is no time.").format(text=text), setting="--until",
                          hint=_("Write 2026-03-18 or 2026-03-18T09:30.")) from fault  # fmt: skip
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=ZoneInfo(time_zone))
    return moment.astimezone(UTC)


def span_of(text: str) -> timedelta:
    found = re.fullmatch(r"(\d{1,5})([mhd])", text.strip())
    span = int(found[1]) * _UNITS[found[2]] if found is not None else timedelta()
    if not timedelta() < span <= _LONGEST:
        raise ConfigError(_("'{text}' is not how long a silence can last.").format(text=text), setting="--for",
                          hint=_("Such as 30m, 8h or 2d; at most 90 days."))  # fmt: skip
    return span


def reason_of(reason: str) -> str:
    if not reason.strip():
        raise ConfigError(_("A silence needs a reason."), setting="--reason", hint=_("Say why."))
    return reason.strip()
