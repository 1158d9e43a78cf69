"""Deciding: the sheet that says what is about to be decided, the decision, and taking it back.

Everything goes through ``ledger.decide``, bound to the versions that were seen. What a sheet asks for is asked for
again when it is sent: nobody gets around it by leaving it out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.responses import Response

from agent.language import _, ngettext, number
from agent.model.money import Money
from agent.model.proposal import PAGE, Decision, State
from agent.model.risk import Risk
from agent.shown.proposals import action
from agent.web.asking import Ask
from agent.web.desk import LastDecision
from agent.web.rows import Row
from agent.web.screens.entrance import wait_text
from agent.web.screens.inbox import wanted_of
from agent.web.weighing import APPROVE, REJECT, costs_more, excluded, sums

MOST = 20_000
"""So many are decided at once at most."""
_PICK = re.compile(r"([\w.-]{1,80}):(\d{1,9})")


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is about to be decided. ``excluded``: what was chosen and cannot be decided, with the reason."""

    approve: bool
    rows: Sequence[Row]
    excluded: Sequence[tuple[str, str]]
    must_type: bool
    must_sign: bool

    @classmethod
    def of(cls, ask: Ask, approve: bool, picks: Mapping[str, int]) -> Sheet:
        now = ask.desk.clock.now()
        found = {each.id: each for each in ask.desk.ledger.proposals(ids=picks)}
        wanted = (APPROVE, now) if approve else (REJECT, None)
        why = {id: excluded(found.get(id), version, *wanted) for id, version in picks.items()}
        rows = [Row.of(found[id], ask.desk, now) for id in picks if not why[id]]
        limits = ask.desk.config.page
        over = costs_more(rows, limits.type_count_above_cost)
        many = len(rows) > max(1, limits.type_count_above)
        risky = len(rows) > 1 and any(row.risk == Risk.HIGH for row in rows)
        return cls(
            approve, rows, [(id, reason) for id, reason in why.items() if reason],
            many or (approve and (risky or (over and len(rows) > 1))),
            approve and over and not ask.desk.doorman.is_fresh(ask.person),
        )  # fmt: skip

    @property
    def by_action(self) -> list[tuple[str, str, int]]:
        """Kind, field and how many, the most first."""
        counted = Counter((row.proposal.change.entity.kind, row.proposal.change.field) for row in self.rows)
        return [(kind, field, count) for (kind, field), count in counted.most_common()]

    @property
    def risks(self) -> list[tuple[str, int]]:
        counted = Counter(row.risk for row in self.rows)
        return [(str(risk), counted[risk]) for risk in (Risk.HIGH, Risk.MEDIUM, Risk.LOW) if counted[risk]]

    @property
    def worst(self) -> Row | None:
        """The change that may cost most: one nobody can put in money first, then by its share."""
        order = {Risk.HIGH: 2, Risk.MEDIUM: 1}

        def size(row: Row) -> tuple[int, bool, int]:
            return order.get(Risk(row.risk), 0), row.cost is None, row.cost.micros if row.cost else 0

        return max(self.rows, key=size, default=None)

    @property
    def sums(self) -> list[Money]:
        return sums(self.rows)

    @property
    def unpriced(self) -> int:
        return sum(row.cost is None for row in self.rows)

    @property
    def picks(self) -> str:
        return " ".join(row.pick for row in self.rows)


def sheet(ask: Ask) -> Response:
    """Before many are decided, or one is rejected: what it is, all in all."""
    approve, picks = _approves(ask), _picks(ask)
    if picks is None:
        text = _("More than {most} are chosen.").format(most=MOST)
        return ask.refuse(413, _("This is too much at once"), text, _("Narrow the filter and try again."))
    if not picks:
        return ask.refuse(422, _("Nothing is chosen"), hint=_("Tick some rows first."))
    return _sheet_page(ask, Sheet.of(ask, approve, picks))


def decide(ask: Ask) -> Response:
    """The decision. Rows that were decided or changed meanwhile are left alone and counted."""
    approve, note = _approves(ask), ask.field("note")[:2000]
    picks = _picks(ask)
    if not picks:
        return ask.refuse(422, _("Nothing is chosen"), hint=_("Tick some rows first."))
    wanted = Sheet.of(ask, approve, picks)
    fault = _missing(ask, wanted, note)
    if fault:
        return _sheet_page(ask, wanted, fault, note)
    now, by = ask.desk.clock.now(), ask.person.name
    decisions = [Decision(id, version, approve, by, PAGE, note) for id, version in picks.items()]
    stale = ask.desk.ledger.decide(decisions, now)
    ids = [id for id in picks if id not in set(stale)]
    waiting = _waiting(ask, ids) if approve else []
    done = tuple(id for id in ids if id not in set(waiting))
    ask.desk.remember(ask.person, LastDecision(approve, done, tuple(stale), tuple(waiting), now))
    return ask.go(_back(ask))


def undo(ask: Ask) -> Response:
    """Take back the last approval of this session, as far as nothing of it was sent."""
    last = ask.desk.last_decision(ask.person)
    if last is None or not last.approve or last.taken_back is not None:
        return ask.refuse(409, _("There is nothing to take back"), hint=_("Propose an undo: steward undo"))
    now = ask.desk.clock.now()
    back = ask.desk.ledger.recall(last.ids, ask.person.name, now)
    ask.desk.remember(ask.person, LastDecision(True, last.ids, (), (), now, len(back)))
    return ask.go(_back(ask))


def told(last: LastDecision) -> str:
    """What became of a decision, in one line."""
    if last.taken_back is not None:
        sent = len(last.ids) - last.taken_back
        parts = [_said(ngettext("{count} is open again.", "{count} are open again.", last.taken_back), last.taken_back)]
        more = ngettext("{count} was sent already.", "{count} were sent already.", sent)
        return " ".join([*parts, *([_said(more, sent)] if sent else [])])
    count, waiting, stale = len(last.ids), len(last.waiting), len(last.stale)
    text = (ngettext("{count} approved.", "{count} approved.", count) if last.approve
            else ngettext("{count} rejected.", "{count} rejected.", count))  # fmt: skip
    parts = [_said(text, count)] if count or not waiting else []
    if waiting:
        text = ngettext("{count} waits for a second person.", "{count} wait for a second person.", waiting)
        parts.append(_said(text, waiting))
    if stale:
        text = ngettext("{count} had changed, look again.", "{count} had changed, look again.", stale)
        parts.append(_said(text, stale))
    return " ".join(parts)


def _said(text: str, count: int) -> str:
    return text.format(count=number(count))


def _sheet_page(ask: Ask, wanted: Sheet, fault: str = "", note: str = "") -> Response:
    return ask.page("sheet.html", 422 if fault else 200, sheet=wanted, fault=fault, note=note, back=_back(ask),
                    action=action)  # fmt: skip


def _missing(ask: Ask, wanted: Sheet, note: str) -> str:
    """What the sheet asks for and was not given."""
    if not wanted.approve and not note:
        return _("A rejection needs a reason.")
    if wanted.must_type and ask.field("count") != str(len(wanted.rows)):
        return _("Type {count} to go on.").format(count=len(wanted.rows))
    if wanted.must_sign:
        tried = ask.desk.doorman.again(ask.person, next(iter(ask.form.get("password", ())), ""))
        if tried.wait_seconds:
            return wait_text(tried.wait_seconds)
        return "" if tried.secret else _("This is not your password.")
    return ""


def _picks(ask: Ask) -> dict[str, int] | None:
    """The version that was seen of each proposal that is named; None for too many.

    ``only``: the button of one row, whatever else is ticked; ``all``: everything that fits a filter now; ``pick``:
    ticked rows; ``picks``: those a sheet has listed.
    """
    if "all" in ask.form:
        found = ask.desk.ledger.inbox.all(wanted_of(dict(parse_qsl(ask.field("all")))), MOST + 1)
        return {each.id: each.version for each in found} if len(found) <= MOST else None
    if only := ask.field("only"):
        match = _PICK.fullmatch(only.partition(" ")[2])
        return {match[1]: int(match[2])} if match else {}
    words = [*ask.form.get("pick", ()), *(word for text in ask.form.get("picks", ()) for word in text.split())]
    if len(words) > MOST:
        return None
    return {match[1]: int(match[2]) for match in map(_PICK.fullmatch, words) if match}


def _approves(ask: Ask) -> bool:
    """A row's own button says what it does; elsewhere the verdict does."""
    only = ask.field("only")
    return (only.partition(" ")[0] if only else ask.field("verdict")) != "reject"


def _waiting(ask: Ask, ids: Sequence[str]) -> list[str]:
    """What a second person has to approve as well."""
    return [each.id for each in ask.desk.ledger.proposals(ids=ids, states=[State.PROPOSED])]


def _back(ask: Ask) -> str:
    """Where one came from: the list with its filter, or a page of ours."""
    to = ask.field("back")
    return to if to.startswith("/") and not to.startswith(("//", "/\\")) and to.isprintable() else "/inbox"
