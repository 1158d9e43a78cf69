"""What the program says about itself: one event per line on standard error, without secrets.

``setup`` is called once per process. Events have a name and fields (``proposal_executed run=… proposal=…``); headers,
bodies and full addresses are never logged, and whatever looks like a secret is masked last of all, also in the words of
libraries and in tracebacks.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Literal, TextIO

import structlog

from agent.redaction import redacted, redacted_fields

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor, WrappedLogger

Format = Literal["auto", "json", "text"]

# Amazon: report links are signed and httpx logs them whole at INFO; Apprise logs an address it does not know, with its
# secret; the others would drown our own events.
_TAMED: Mapping[str, int] = {
    "httpx": logging.WARNING,
    "httpcore": logging.WARNING,
    "uvicorn": logging.WARNING,
    "uvicorn.access": logging.CRITICAL,
    "apprise": logging.CRITICAL,
    "apscheduler": logging.WARNING,
    "alembic": logging.WARNING,
    "sqlalchemy": logging.WARNING,
    "asyncio": logging.WARNING,
}


def setup(format: Format = "auto", level: str = "info", stream: TextIO | None = None) -> None:
    """Send every event to ``stream`` (standard error): ``text`` for people, ``json`` for programs, or by terminal."""
    stream = sys.stderr if stream is None else stream
    for_people = format == "text" or (format == "auto" and stream.isatty())
    shared = _described()
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    formatter = _ForPeople if for_people else structlog.stdlib.ProcessorFormatter
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter(processors=_written(for_people), foreign_pre_chain=shared))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    logging.captureWarnings(True)
    for name, least in _TAMED.items():
        logging.getLogger(name).setLevel(max(least, root.level))


class _ForPeople(structlog.stdlib.ProcessorFormatter):
    """The finished text passes once more through the mask: nothing the renderer adds gets around it."""

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))


def _described() -> list[Processor]:
    """What each event tells besides its fields."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.UnicodeDecoder(),
    ]


def _written(for_people: bool) -> list[Processor]:
    """From event to line. Fields are masked last, when exceptions have become text; tracebacks never show locals."""
    plain = structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False))
    last: Processor = (
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
        if for_people
        else structlog.processors.JSONRenderer(default=repr, ensure_ascii=False)
    )
    return [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        *([structlog.processors.format_exc_info] if for_people else [plain]),
        _masked,
        *([] if for_people else [_event_first]),
        last,
    ]


def _masked(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    return redacted_fields(event)


def _event_first(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Time, level and event lead, so that a person can read the lines as well."""
    lead = {name: event.pop(name) for name in ("timestamp", "level", "event") if name in event}
    return {**lead, **event}


quiet = partial(setup, "text", "error")
"""For commands that talk to a person: only errors are logged."""
