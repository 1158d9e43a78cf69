"""What is known of one thing: its columns as people read them, what it is called, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from agent.facts.looking import Change, changes_of, side_by_side
from agent.language import _
from agent.model.alert import Alert
from agent.model.change import Value
from agent.model.entity import Entity
from agent.model.kind import SELF
from agent.model.kinds import KINDS, STREAMS
from agent.model.money import Money
from agent.model.percent import Percent
from agent.model.proposal import Execution, Proposal, State
from agent.shown.columns import column_text, column_word
from agent.shown.proposals import arrow
from agent.shown.words import field_word
from agent.web.desk import Desk

_MOST = 100
_LONG = frozenset({"bullets", "description", "other_images", "main_image", "aplus"})
"""Columns whose values are too long to be shown side by side."""
_SET_BY_PEOPLE = frozenset({
    "campaigns", "ad_groups", "keywords", "product_targets", "product_ads", "negative_keywords", "listings", "costs",
    "lead_times", "sales_targets", "suppliers",
})  # fmt: skip
"""Snapshots of what somebody decides; all others (stock, offers, totals) move by themselves."""
_MOVES_BY_ITSELF = frozenset({"quantity", "buyable", "discoverable"})
_SEEN_WITHIN = timedelta(days=3)
"""After we sent a change, a pull should have seen it within these."""
_LANDED = (State.ACCEPTED, State.DONE, State.IN_DOUBT, State.CONFLICT)


@dataclass(frozen=True, slots=True)
class Known:
    """One snapshot's part of what is known. ``fresh`` is false where it is too old to act on."""

    stream: str
    observed_at: datetime
    fresh: bool
    values: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that happened to a thing. ``mark`` names a badge; ``id``: the action it belongs to, if any."""

    at: datetime
    mark: str
    text: str
    by: str
    id: str = ""


def known_of(desk: Desk, entity: Entity, moment: datetime) -> list[Known]:
    """Every snapshot that tells of it, as known at the moment; what no snapshot tells of is left out."""
    view, currency, found = desk.book.known_at(entity.account, moment), desk.currency(entity.account), []
    for name in KINDS[entity.kind].states:
        stream = STREAMS[name]
        seen = view.observed_at(stream)
        row = side_by_side(view, [stream], [each.name for each in stream.columns], [entity.id]).get(entity.id)
        if row is None or seen is None:
            continue
        values = [(column_word(each.name), column_text(row[each.name], each, currency)) for each in stream.columns]
        found.append(Known(name, seen, moment - seen <= timedelta(hours=stream.fresh_hours), values))
    return found


def title_of(desk: Desk, entity: Entity, moment: datetime) -> str:
    """What people call it; its id where it has no other name."""
    names = ("match_type", "text", "name", "title", "term")
    streams = [STREAMS[name] for name in KINDS[entity.kind].states]
    wanted = [name for name in names if any(stream.column(name) for stream in streams[:1])]
    if not wanted:
        return entity.id
    view = desk.book.known_at(entity.account, moment)
    row = side_by_side(view, streams[:1], wanted, [entity.id]).get(entity.id, {})
    if row.get("match_type") and row.get("text"):
        return f"{_(row['match_type'].replace('_', ' '))} “{row['text']}”"
    return next((row[name] for name in ("text", "name", "title", "term") if row.get(name)), entity.id)


def seen_changes(desk: Desk, entity: Entity) -> list[Change]:
    """What pulls found changed of it by anybody, oldest first; what moves by itself, as stock does, is no change."""
    view, found = desk.book.known_at(entity.account, desk.clock.now()), []
    for name in KINDS[entity.kind].states:
        if name in _SET_BY_PEOPLE and view.observed_at(STREAMS[name]) is not None:
            found += changes_of(view, STREAMS[name], entity.id)
    return sorted((each for each in found if each.column not in _MOVES_BY_ITSELF), key=lambda each: each.at)


def history_of(desk: Desk, entity: Entity) -> tuple[list[Happened], list[Happened]]:
    """What happened to it, the newest first: everything, and of it what somebody else changed."""
    ledger = desk.ledger
    mine = ledger.proposals(entity=entity, limit=_MOST)
    sent = ledger.executions(each.id for each in mine)
    decided = ledger.decisions(each.id for each in mine)
    others = [_by_somebody(desk, entity, each) for each in _not_ours(seen_changes(desk, entity), mine, sent)]
    ours = [
        Happened(sent[each.id][-1].sent_at if each.id in sent else each.created_at, str(each.state),
                 f"{field_word(each.change.field)} {arrow(each.change)}",
                 " · ".join([each.rule, *(one.decision.by for one in decided.get(each.id, ()))]), each.id)
        for each in mine
    ]  # fmt: skip
    told = [part for each in ledger.alerts(limit=_MOST, entity=entity) for part in _told(desk, each)]
    return sorted([*ours, *told, *others], key=lambda each: each.at, reverse=True)[:_MOST], others


def _told(desk: Desk, alert: Alert) -> list[Happened]:
    opened = Happened(alert.opened_at, str(alert.severity), desk.reason(alert), alert.rule)
    if alert.closed_at is None:
        return [opened]
    return [opened, Happened(alert.closed_at, "ended", _(alert.closed_because), alert.rule)]


def _by_somebody(desk: Desk, entity: Entity, change: Change) -> Happened:
    word = column_word(change.column)
    if change.column in _LONG:
        return Happened(change.at, "outside", _("{what} changed").format(what=word), _("somebody else"))
    column = next(filter(None, (STREAMS[name].column(change.column) for name in KINDS[entity.kind].states)))
    currency = desk.currency(entity.account)
    before, after = (column_text(value, column, currency) for value in (change.before, change.after))
    return Happened(change.at, "outside", f"{word} {before} → {after}", _("somebody else"))


def _not_ours(changes: Sequence[Change], mine: Sequence[Proposal],
              sent: Mapping[str, Sequence[Execution]]) -> list[Change]:  # fmt: skip
    """Without those that a pull saw shortly after we had sent this very value."""
    own = [(each.change.field, _raw(each.change.after), attempt.sent_at)
           for each in mine if each.state in _LANDED for attempt in sent.get(each.id, ())]  # fmt: skip
    return [
        change for change in changes
        if not any(field == change.column and value == change.after and at <= change.at <= at + _SEEN_WITHIN
                   for field, value, at in own)
    ]  # fmt: skip


def _raw(value: Value) -> Any:
    """As a stream holds it: money in micros, a percentage as a fraction."""
    if isinstance(value, Money):
        return value.micros
    return float(value.ratio) if isinstance(value, Percent) else value


def related_of(desk: Desk, entity: Entity, moment: datetime) -> list[tuple[Entity, str]]:
    """What it belongs to, with the names: the campaign of a keyword, the listing of a SKU."""
    relations = [each for each in KINDS[entity.kind].relations.values() if each.through is None]
    columns = {each.column for each in relations} - {SELF}
    streams = [STREAMS[name] for name in KINDS[entity.kind].states]
    view = desk.book.known_at(entity.account, moment)
    row = side_by_side(view, streams, sorted(columns), [entity.id]).get(entity.id, {}) if columns else {}
    found = []
    for each in relations:
        id = entity.id if each.column == SELF else row.get(each.column)
        if id:
            other = Entity(entity.account, each.kind, str(id))
            found.append((other, title_of(desk, other, moment)))
    return found
