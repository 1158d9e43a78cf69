"""One proposal in full: the change, why, what the belts said, and what happened to it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from agent.language import _
from agent.ledger.stored import canonical
from agent.model.metric import Unit
from agent.model.proposal import Proposal
from agent.model.say import units_of
from agent.model.verdict import Step
from agent.redaction import redacted_fields
from agent.shown.figures import figure_text
from agent.shown.history import history
from agent.shown.proposals import proposal_json
from agent.web.asking import Ask
from agent.web.charts import chart_of, figure_word
from agent.web.rows import Row
from agent.web.sparks import DAYS, column_of, sparks_of

_TRANSLATED = ("through", "fate")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the rule, its answer, and the values it saw as people read them."""

    step: Step
    values: Sequence[tuple[str, str]]


def show(ask: Ask) -> Response:
    proposal = _found(ask)
    if proposal is None:
        return _missing(ask)
    if ask.query("piece") == "why":
        return ask.page("why.html", lines=lines_of(ask, proposal), proposal=proposal)
    ledger, now = ask.desk.ledger, ask.desk.clock.now()
    decided = ledger.decisions([proposal.id]).get(proposal.id, [])
    row = Row.of(proposal, ask.desk, now, decided, sparks_of(ask.desk, [proposal.change.entity]).get(
        proposal.change.entity, ()))  # fmt: skip
    entity = proposal.change.entity
    return ask.page(
        "action.html", row=row, proposal=proposal, lines=lines_of(ask, proposal), steps=_history(ask, proposal),
        attempts=ledger.executions([proposal.id]).get(proposal.id, []), days=DAYS, drawn=column_of(entity.kind),
        undone=ledger.proposals(undoes=proposal.id), last=ask.desk.last_decision(ask.person), raw=_raw(ask, proposal),
        chart=chart_of(ask.desk, entity), figure_word=figure_word,
    )  # fmt: skip


def as_json(ask: Ask) -> Response:
    """The same for programs: what ``steward actions show --json`` prints."""
    proposal = _found(ask)
    if proposal is None:
        return _missing(ask)
    response = Response(_raw(ask, proposal), media_type="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="{proposal.id}.json"'
    return response


def lines_of(ask: Ask, proposal: Proposal) -> list[Line]:
    """The trace. Figures get their units from the rule, where it is still the text that judged; else they are plain."""
    rule = ask.desk.rules(proposal.change.entity.account).get(proposal.rule)
    units: Mapping[str, Unit] = units_of(rule) if rule is not None and rule.digest == proposal.digest else {}
    return [
        Line(step, [(label, figure_text(each, units.get(label, Unit.NUMBER))) for label, each in step.values.items()])
        for step in proposal.trace
    ]


def _found(ask: Ask) -> Proposal | None:
    return next(iter(ask.desk.ledger.proposals(ids=[ask.param("id")])), None)


def _missing(ask: Ask) -> Response:
    return ask.refuse(404, _("There is no proposal {ids}.").format(ids=ask.param("id")), hint=_("Look in the inbox."))


def _history(ask: Ask, proposal: Proposal) -> list[dict[str, Any]]:
    rows = history(ask.desk.ledger, proposal)
    return [_step(row) for row in map(redacted_fields, rows)]


def _step(row: Mapping[str, Any]) -> dict[str, Any]:
    """When, what, and what is said of it, in the order in which people read it."""
    said = [_(str(row[name])) if name in _TRANSLATED else str(row[name])
            for name in ("by", "through", "fate", "code", "message") if row.get(name)]  # fmt: skip
    note = [f"“{row['note']}”"] if row.get("note") else []
    return {"at": row["at"], "event": row["event"], "said": [*said, *note], "request_id": row.get("request_id", "")}


def _raw(ask: Ask, proposal: Proposal) -> str:
    """All of it as JSON, with whatever looks like a secret masked."""
    body = {**proposal_json(proposal), "history": history(ask.desk.ledger, proposal)}
    return json.dumps(redacted_fields(json.loads(canonical(body))), ensure_ascii=False, indent=2)
