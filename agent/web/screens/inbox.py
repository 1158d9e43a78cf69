"""The inbox: what waits for a decision, grouped, filtered, page by page."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from urllib.parse import urlencode

from starlette.responses import Response

from agent.language import _
from agent.ledger.inbox import GROUPS, Cell, Wanted
from agent.model.money import Money
from agent.model.proposal import State
from agent.model.risk import Risk
from agent.web.asking import Ask
from agent.web.desk import Desk
from agent.web.rows import Row
from agent.web.sparks import sparks_of

PAGE_ROWS = 50
_STATES = (State.PROPOSED, State.HELD, State.APPROVED)
_PARTS = ("account", "rule", "kind", "field", "risk", "entity", "run", "text")


@dataclass(slots=True)
class Group:
    """What is alike. ``costs``: what they may cost more together, one sum for each currency."""

    key: str
    count: int = 0
    low: int = 0
    unpriced: int = 0
    least: float | None = None
    middle: float | None = None
    most: float | None = None
    costs: dict[str, int] = field(default_factory=dict)

    def take(self, cell: Cell, currency: str) -> None:
        self.count += cell.count
        self.low += cell.count if cell.risk == Risk.LOW else 0
        self.unpriced += cell.unpriced
        if cell.cost:
            self.costs[currency] = self.costs.get(currency, 0) + cell.cost
        least = [each for each in (self.least, cell.least) if each is not None]
        most = [each for each in (self.most, cell.most) if each is not None]
        self.least, self.most = min(least, default=None), max(most, default=None)

    @property
    def sums(self) -> list[Money]:
        return [Money(micros, currency) for currency, micros in sorted(self.costs.items()) if currency]


def home(ask: Ask) -> Response:
    return ask.go("/inbox")


def show(ask: Ask) -> Response:
    wanted = wanted_of(ask.request.query_params)
    by = ask.query("by") if ask.query("by") in GROUPS else "rule"
    inbox = ask.desk.ledger.inbox
    everything = ask.desk.kept(f"cells {wanted.state}", lambda: inbox.cells(Wanted(wanted.state)))
    cells = everything if wanted == Wanted(wanted.state) else inbox.cells(wanted)
    total = sum(cell.count for cell in cells)
    pages = max(1, -(-total // PAGE_ROWS))
    number = min(max(1, ask.number("page", 1)), pages)
    rows = rows_of(ask, wanted, by, (number - 1) * PAGE_ROWS)
    sections = [(key, list(some)) for key, some in groupby(rows, key=lambda row: _key(row, by))]
    groups = _groups(ask.desk, cells, by, [key for key, _ in sections])
    if by == "entity":
        groups = {key: _of_rows(key, some, ask.desk) for key, some in sections}
    elif by != "risk":
        for key, middle in inbox.middle(wanted, by, list(groups)).items():
            groups[key].middle = middle
    return ask.page(
        "inbox.html", wanted=wanted, by=by, total=total, number=number, pages=pages, groups=GROUPS, states=_STATES,
        sections=[(groups[key], some, _narrowed(wanted, by, key)) for key, some in sections],
        choices=_choices(everything), low=sum(cell.count for cell in cells if cell.risk == Risk.LOW),
        filtered=wanted != Wanted(wanted.state), group_word=group_word, group_title=group_title,
        spelled=lambda parts, **more: urlencode({**parts, **more}), spelled_of=lambda each: urlencode(spelled(each)),
        last=ask.desk.last_decision(ask.person),
    )  # fmt: skip


def wanted_of(given: Mapping[str, str]) -> Wanted:
    """The filter that an address or a form spells; what it does not know is left out."""
    parts = {name: given.get(name, "")[:200] for name in _PARTS}
    state = given.get("state", "")
    return Wanted(State(state) if state in {str(each) for each in _STATES} else State.PROPOSED, **parts)


def spelled(wanted: Wanted) -> dict[str, str]:
    """The inverse of ``wanted_of``, without what is empty."""
    found = {name: getattr(wanted, name) for name in _PARTS if getattr(wanted, name)}
    return found | ({} if wanted.state is State.PROPOSED else {"state": str(wanted.state)})


def rows_of(ask: Ask, wanted: Wanted, by: str, offset: int) -> list[Row]:
    desk, now = ask.desk, ask.desk.clock.now()
    found = desk.ledger.inbox.page(wanted, by, PAGE_ROWS, offset)
    decided = desk.ledger.decisions(each.id for each in found)
    sparks = sparks_of(desk, [each.change.entity for each in found])
    return [Row.of(each, desk, now, decided.get(each.id, ()), sparks.get(each.change.entity, ())) for each in found]


def _key(row: Row, by: str) -> str:
    entity = row.proposal.change.entity
    return {"rule": row.proposal.rule, "account": entity.account, "risk": row.risk, "entity": entity.id}[by]


def _groups(desk: Desk, cells: Iterable[Cell], by: str, keys: Sequence[str]) -> dict[str, Group]:
    if by == "entity":
        return {}
    found: dict[str, Group] = {key: Group(key) for key in keys}
    for cell in cells:
        key = getattr(cell, by)
        if key in found:
            found[key].take(cell, desk.currency(cell.account))
    return found


def _of_rows(key: str, rows: Sequence[Row], desk: Desk) -> Group:
    """A group that is no larger than what is seen of it."""
    group = Group(key)
    for row in rows:
        entity, cost = row.proposal.change.entity, row.cost
        cell = Cell(row.proposal.rule, entity.account, entity.kind, row.proposal.change.field, row.risk, 1,
                    cost.micros if cost else 0, int(cost is None), row.share, row.share)  # fmt: skip
        group.take(cell, desk.currency(entity.account))
    return group


def group_word(by: str) -> str:
    """What one groups by, in words."""
    return {"rule": _("rule"), "account": _("account"), "risk": _("risk"), "entity": _("thing")}[by]


def group_title(by: str, key: str, rows: Sequence[Row]) -> str:
    """What stands above a group."""
    if by == "risk":
        return _("Risk: {risk}").format(risk=_(key))
    return rows[0].proposal.title or key if by == "entity" else key


def _narrowed(wanted: Wanted, by: str, key: str) -> dict[str, str]:
    """The filter for one group alone."""
    return {**spelled(wanted), by: key}


def _choices(cells: Iterable[Cell]) -> dict[str, list[tuple[str, int]]]:
    """What can be chosen in each filter, with how many there are."""
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for cell in cells:
        for name in ("account", "rule", "kind", "field", "risk"):
            counted[name][getattr(cell, name)] += cell.count
    return {name: sorted(counted[name].items()) for name in ("account", "rule", "kind", "field", "risk")}
