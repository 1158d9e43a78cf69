"""What customers wrote that is not good: reviews and seller feedback, with what they warn of and the ticket for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from agent.errors import FactsError
from agent.facts.looking import side_by_side
from agent.model.entity import Entity
from agent.model.kinds import STREAMS
from agent.model.ticket import Ticket
from agent.web.asking import Ask
from agent.web.desk import Desk
from agent.web.paging import paged

_NEGATIVE = 3
"""So many stars and fewer, of five."""
_TICKETS = 2_000
_SOURCES = (
    ("reviews", "review_triage", "review", "reviewed_at"),
    ("feedback", "feedback_triage", "feedback", "left_at"),
)


@dataclass(frozen=True, slots=True)
class Written:
    """Something a customer wrote. ``danger``: it speaks of injury, fire or lawyers; None where nobody has looked."""

    entity: Entity
    product: str
    stars: int
    title: str
    text: str
    at: datetime | None
    answered: bool | None
    danger: bool | None
    topic: str
    words: str


def show(ask: Ask) -> Response:
    """The newest first; ``danger=1``: only what warns of a danger."""
    found, broken = _found(ask.desk)
    account, stars, topic = ask.query("account"), ask.query("stars"), ask.query("topic")
    kind, danger = ask.query("kind"), ask.query("danger") == "1"
    chosen = [
        each for each in found
        if (not account or each.entity.account == account) and (not stars or str(each.stars) == stars)
        and (not topic or each.topic == topic) and (not kind or each.entity.kind == kind)
        and (not danger or each.danger)
    ]  # fmt: skip
    return ask.page(
        "reviews.html", page=paged(ask, chosen), account=account, stars=stars, topic=topic, kind=kind, danger=danger,
        filtered=bool(account or stars or topic or kind or danger), total=len(found), broken=broken,
        accounts=_counted(each.entity.account for each in found),
        many_stars=_counted(str(each.stars) for each in found),
        topics=_counted(each.topic for each in found if each.topic),
        kinds=_counted(each.entity.kind for each in found), tickets=_tickets(ask.desk),
    )  # fmt: skip


def _found(desk: Desk) -> tuple[list[Written], list[str]]:
    """All that is negative, the newest first, and the faults of what cannot be read."""
    found: list[Written] = []
    broken = []
    for account in desk.config.accounts:
        for source in _SOURCES:
            try:
                found += _read(desk, account, *source)
            except FactsError as fault:
                broken.append(fault.message)
    return sorted(found, key=lambda each: (each.at is None, each.at and -each.at.timestamp(), each.entity.id)), broken


def _read(desk: Desk, account: str, stream: str, triage: str, kind: str, at: str) -> Iterator[Written]:
    view = desk.book.known_at(account, desk.clock.now())
    names = ("asin", "stars", "title", "text", at, "answered", "safety", "legal", "topic", "words")
    streams = [STREAMS[stream], STREAMS[triage]]
    for id, row in side_by_side(view, streams, names, at_most={"stars": _NEGATIVE}).items():
        looked = [flag for flag in (row["safety"], row["legal"]) if flag is not None]
        yield Written(
            Entity(account, kind, id), row["asin"] or "", row["stars"], row["title"] or "", row["text"] or "", row[at],
            row["answered"], any(looked) if looked else None, row["topic"] or "", row["words"] or "",
        )  # fmt: skip


def _tickets(desk: Desk) -> dict[Entity, Ticket]:
    """What is to be done about reviews and feedback, by what it is about."""
    return {each.alert.entity: each for each in desk.ledger.tickets.chosen(limit=_TICKETS)
            if each.alert.entity.kind in ("review", "feedback")}  # fmt: skip


def _counted(values: Iterable[str]) -> list[tuple[str, int]]:
    return sorted(Counter(values).items())
