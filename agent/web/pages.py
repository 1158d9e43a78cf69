"""The templates, and the words they may use: texts, figures, moments, marks."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from agent import __version__, language
from agent.language import _, ngettext
from agent.model.change import Value
from agent.model.kinds import KINDS
from agent.model.money import Money
from agent.model.percent import Percent
from agent.redaction import redacted
from agent.shown.columns import column_word, days_text
from agent.shown.words import field_word, kind_word, stream_word, topic_word
from agent.web import assets, marks
from agent.web.spark import sparkline


@cache
def pages() -> Environment:
    """Everything is escaped; a name that nobody set is a fault, never an empty place."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.do"],
    )  # fmt: skip
    environment.globals.update(
        _=_, ngettext=ngettext, asset=assets.path_of, version=__version__, badge=marks.badge, sparkline=sparkline,
        kind_word=kind_word, topic_word=topic_word, stream_word=stream_word, kinds=KINDS, days=days_text,
    )  # fmt: skip
    environment.filters.update(
        number=language.number, percent=language.percent, money=language.money, day=language.day, value=value,
        moment=moment, span=language.span, field=field_word, kind=kind_word, column=column_word,
        instant=datetime.fromisoformat, redacted=redacted, filled=filled,
    )  # fmt: skip
    return environment


def value(what: Value | Any) -> str:
    """A value of a change: money in the language's way, a state by its word, nothing as a dash."""
    if what is None:
        return "–"
    if isinstance(what, Money):
        return language.money(what)
    if isinstance(what, Percent):
        return language.percent(what.ratio)
    return _(str(what).replace("_", " ")) if isinstance(what, str) else str(what)


def filled(text: str, **values: Any) -> Markup:
    """A text with its fields filled in, for values that are marked up themselves; all others are escaped."""
    return escape(text).format(**values)


def moment(at: datetime | None) -> Markup:
    """An instant that a script turns into the reader's own time; without one it is in UTC and says so."""
    if at is None:
        return Markup("–")
    exact = at.astimezone(UTC).isoformat(timespec="seconds")
    return Markup('<time datetime="{}">{}</time>').format(exact, language.moment(at))
