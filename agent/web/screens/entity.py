"""One thing: what is known of it, its figures now and then, all that happened to it, and what every rule says of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from starlette.responses import Response

from agent.derive.projection import Projection
from agent.jobs.asking import Answer, answers
from agent.language import _
from agent.model.entity import Entity
from agent.model.kinds import KINDS, STREAMS
from agent.model.metric import Unit
from agent.model.proposal import Proposal, State
from agent.model.say import stated, units_of
from agent.model.verdict import Outcome
from agent.shown.figures import figure_text
from agent.web.asking import Ask
from agent.web.desk import Desk
from agent.web.paging import paged
from agent.web.thing_charts import DAYS, charts_of, projected, told_of
from agent.web.things import history_of, known_of, related_of, title_of
from agent.wiring import court_of, workshop_of

_TOLD_BACK = 14
"""The restatement that is shown first is that of the day so many days ago: by then most has come in."""
_ROWS = 25
_STOCKED = ("sku", "listing")
_STOCK_STREAMS = ("inventory", "sku_sales", "asin_sales", "order_lines", "shipments", "purchase_orders", "lead_times",
                  "events", "listings")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a rule, its answer, and the values it saw as people read them."""

    text: str
    outcome: str
    because: str
    values: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Said:
    """What one rule says. ``missing``: by what share the lines miss, added up; 0 for a match, 1 for a whole line."""

    rule: str
    outcome: str
    reason: str
    missing: float
    lines: Sequence[Line]

    @property
    def held(self) -> int:
        """How many of its lines hold."""
        return sum(line.outcome == Outcome.MATCH for line in self.lines)


def show(ask: Ask) -> Response:
    """``then``: a day at whose end the figures were known as they are drawn beside; ``day``: whose restatement is
    shown; ``rules=1``: what every rule says of it now (of ``then``, if that is given)."""
    entity = Entity(ask.param("account"), ask.param("kind"), ask.param("id"))
    if entity.account not in ask.desk.config.accounts or entity.kind not in KINDS or len(entity.id) > 500:
        return ask.refuse(404, _("There is nothing here"), hint=_("The address may be old. Start at the inbox."))
    desk, now = ask.desk, ask.desk.clock.now()
    then, on = _day(ask.query("then")), _day(ask.query("day")) or now.date() - timedelta(days=_TOLD_BACK)
    moment = _end(then) if then is not None and _end(then) < now else None
    known, (happened, others) = known_of(desk, entity, now), history_of(desk, entity)
    asked = ask.query("rules") == "1"
    charts = charts_of(desk, entity, moment, others)
    if not known and not happened and not charts:
        text = _("Nothing is known of {kind} {id}.").format(kind=entity.kind, id=entity.id)
        return ask.refuse(404, text, hint=_("It may be of another account, or come with the next pull."))
    projection = projection_of(desk, entity.account, entity.id) if entity.kind in _STOCKED else None
    return ask.page(
        "entity.html", entity=entity, title=title_of(desk, entity, now), known=known, charts=charts,
        related=related_of(desk, entity, now), page=paged(ask, happened, _ROWS), told=told_of(desk, entity, on),
        on=on, drawn=bool(charts),
        then=then if moment else None, today=now.date(), oldest=now.date() - timedelta(days=DAYS - 1),
        projection=projected(projection) if projection is not None else None, asked=asked,
        said=_said(desk, entity, moment) if asked else [], open=_open(ask, entity),
    )  # fmt: skip


def projection_of(desk: Desk, account: str, sku: str) -> Projection | None:
    """How its stock goes on; the demand of an account is worked out once for what was pulled, and each day anew."""
    now = desk.clock.now()
    view = desk.book.known_at(account, now)
    pulled = tuple(view.observed_at(STREAMS[name]) for name in _STOCK_STREAMS)
    if pulled[0] is None:
        return None
    workshop = workshop_of(desk.config, account, desk.book, desk.ledger, desk.clock)
    return desk.worked(f"projection {account}", (now.date(), pulled), workshop.projector).of(sku)


def _open(ask: Ask, entity: Entity) -> list[Proposal]:
    """Proposals that wait for a decision."""
    return ask.desk.ledger.proposals(entity=entity, states=[State.PROPOSED], limit=_ROWS)


def _said(desk: Desk, entity: Entity, moment: datetime | None) -> list[Said]:
    """Every rule that judges such a thing: what matches first, then what comes closest."""
    rules = [rule for rule in desk.rules(entity.account).values() if rule.judges == entity.kind]
    if not rules:
        return []
    court = court_of(desk.config, entity.account, rules, desk.book, desk.clock, whole=False)
    currency = desk.currency(entity.account)
    return [_answer(desk, each, currency) for each in answers(court, entity.id, moment)]


def _answer(desk: Desk, answer: Answer, currency: str) -> Said:
    verdict, units = answer.verdict, units_of(answer.rule)
    lines = [
        Line(step.text, str(step.outcome), step.because, [
            (label, figure_text(value, units.get(label, Unit.NUMBER)))
            for label, value in stated(step.values, units, currency).items()
        ])
        for step in verdict.trace
    ]  # fmt: skip
    return Said(verdict.rule, str(verdict.outcome), desk.reason(verdict), answer.near.missing, lines)


def _day(text: str) -> date | None:
    """A day of the address; whatever is none is None."""
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def _end(day: date) -> datetime:
    """The moment at which a day (UTC) is over."""
    return datetime.combine(min(day, date.max - timedelta(days=1)) + timedelta(days=1), time(), UTC)
