"""Charts of one thing: what it costs and brings, as known now and as known then, and how a day was told later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from agent.derive.projection import HIGH, Arrival, Projection
from agent.facts.looking import as_it_was_told, values_by_day
from agent.facts.series import daily
from agent.facts.view import View
from agent.language import _, day, ngettext, number, percent
from agent.model.entity import Entity
from agent.model.fact import Stream
from agent.model.kinds import stream_of_figure, stream_of_state
from agent.model.window import Span
from agent.shown.columns import column_word
from agent.web.charts import marks_of
from agent.web.desk import Desk
from agent.web.things import Happened

DAYS = 60
_PRICED = ("bid", "budget", "default_bid")
"""What a thing is steered by, where it has one."""
_TOLD = (("cost", "sales", "purchases"), ("ordered_sales", "units_ordered"))
"""The figures whose restatements are drawn: those of ads, those of sales; money only with money."""
_KIND = {"listing": "sku"}
Values = Sequence[float | None]


def charts_of(desk: Desk, entity: Entity, then: datetime | None, others: Sequence[Happened]) -> list[dict[str, Any]]:
    """The last days of it, our own changes and other people's marked; ``then``: also as it was known at that moment."""
    now = desk.clock.now()
    span = Span(now.date() - timedelta(days=DAYS - 1), now.date())
    kind = _KIND.get(entity.kind, entity.kind)
    views = [(desk.book.known_at(entity.account, now), "")]
    if then is not None:
        views.append((desk.book.known_at(entity.account, then), _("as known then")))
    drawn = _ads(views, kind, entity, span) if stream_of_figure(kind, "clicks") else _sales(views, kind, entity, span)
    marks = sorted([*marks_of(desk, entity, span), *_outside(others, span)], key=lambda each: each["day"])
    common = {"days": [each.isoformat() for each in span], "marks": marks, "currency": desk.currency(entity.account)}
    return [{**common, "title": title, "lines": lines} for title, lines in drawn if lines]


_Drawn = list[tuple[str, list[dict[str, Any]]]]
_Views = Sequence[tuple[View, str]]


def _ads(views: _Views, kind: str, entity: Entity, span: Span) -> _Drawn:
    """What a click costs beside what was bid; how often it was shown beside ACoS; cost beside sales."""
    spent: list[dict[str, Any]] = []
    reached: list[dict[str, Any]] = []
    brought: list[dict[str, Any]] = []
    for view, said in views:
        figures = {name: _daily(view, kind, name, entity, span)
                   for name in ("impressions", "clicks", "cost", "sales")}  # fmt: skip
        if not said:
            spent += _steered(view, kind, entity, span)
            spent += _line(_("cost per click"), "money", _ratio(figures["cost"], figures["clicks"]))
            reached += _line(column_word("impressions"), "number", figures["impressions"])
        reached += _line(_("ACoS"), "percent", _ratio(figures["cost"], figures["sales"]), said)
        brought += _line(column_word("cost"), "money", figures["cost"], said)
        brought += _line(column_word("sales"), "money", figures["sales"], said)
    return [(_("What was bid and what a click cost"), spent), (_("How often it was shown, and ACoS"), reached),
            (_("What the ads cost and brought"), brought)]  # fmt: skip


def _sales(views: _Views, kind: str, entity: Entity, span: Span) -> _Drawn:
    sold: list[dict[str, Any]] = []
    visited: list[dict[str, Any]] = []
    for view, said in views:
        units, sessions = (_daily(view, kind, name, entity, span) for name in ("units_ordered", "sessions"))
        sold += _line(column_word("units_ordered"), "number", units, said)
        sold += _line(column_word("ordered_sales"), "money", _daily(view, kind, "ordered_sales", entity, span), said)
        visited += _line(_("units per visit"), "percent", _ratio(units, sessions), said)
        visited += _line(column_word("sessions"), "number", sessions, said) if not said else []
    return [(_("What was sold"), sold), (_("Visits and conversion"), visited)]


def told_of(desk: Desk, entity: Entity, on: date) -> dict[str, Any] | None:
    """How the figures of one day grew from pull to pull, up to today; None where fewer than two days have passed since
    it was first told."""
    kind, view = _KIND.get(entity.kind, entity.kind), desk.book.known_at(entity.account, desk.clock.now())
    names = next((some for some in _TOLD if stream_of_figure(kind, some[0])), ())
    lines: list[dict[str, Any]] = []
    days: list[str] = []
    for name in names:
        stream = stream_of_figure(kind, name)
        told = as_it_was_told(view, stream, name, entity.id, on) if stream is not None else []
        days = days or [looked.isoformat() for looked, _value in told]
        lines += _line(column_word(name), _unit(stream, name), [value for _looked, value in told])
    if len(days) < 2 or not lines:
        return None
    title = _("What was known of {day}, by the day on which one looked").format(day=day(on))
    return {"title": title, "days": days, "lines": lines, "marks": [], "currency": desk.currency(entity.account)}


def projected(projection: Projection) -> dict[str, Any]:
    """Units in stock from today on, with what arrives marked."""
    chance = percent(1 - HIGH)
    lines = [
        *_line(_("expected"), "number", projection.expected),
        *_line(_("if demand is high ({share} chance)").format(share=chance), "number", projection.low, dash=True),
        *_line(_("if demand is low ({share} chance)").format(share=chance), "number", projection.high, dash=True),
    ]
    marks = [{"day": each.day.isoformat(), "label": _arrives(each)} for each in projection.arrivals
             if each.day in projection.span]  # fmt: skip
    days = [each.isoformat() for each in projection.span]
    return {"title": _("Units in stock, as they will run down"), "days": days, "lines": lines, "marks": marks,
            "currency": ""}  # fmt: skip


def _arrives(arrival: Arrival) -> str:
    text = ngettext("{count} unit arrives ({what})", "{count} units arrive ({what})", arrival.units)
    return text.format(count=number(arrival.units), what=arrival.what)


def _steered(view: View, kind: str, entity: Entity, span: Span) -> list[dict[str, Any]]:
    for name in _PRICED:
        stream = stream_of_state(kind, name)
        if stream is not None and view.observed_at(stream) is not None:
            held = values_by_day(view, stream, name, entity.id, span)
            return [{**line, "step": True} for line in _line(column_word(name), "money", held)]
    return []


def _daily(view: View, kind: str, name: str, entity: Entity, span: Span) -> Values:
    stream = stream_of_figure(kind, name)
    return () if stream is None else daily(view, stream, name, [entity.id], span).get(entity.id, ())


def _ratio(above: Values, below: Values) -> Values:
    """Day by day; None where one side is not known or nothing was below the line."""
    pairs = zip(above, below, strict=False)
    return [over / under if over is not None and under else None for over, under in pairs]


def _line(label: str, unit: str, values: Values, said: str = "", *, dash: bool = False) -> list[dict[str, Any]]:
    """No line where nothing is known."""
    if not any(value is not None for value in values):
        return []
    name = f"{label}, {said}" if said else label
    return [{"label": name, "unit": unit, "values": list(values), "dash": dash or bool(said)}]


def _unit(stream: Stream | None, name: str) -> str:
    column = stream.column(name) if stream is not None else None
    return "money" if column is not None and column.unit == "money" else "number"


def _outside(others: Sequence[Happened], span: Span) -> list[Mapping[str, str]]:
    return [{"day": each.at.date().isoformat(), "label": f"{each.text} ({each.by})"}
            for each in others if each.at.date() in span]  # fmt: skip
