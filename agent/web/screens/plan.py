"""Plans: what one judging concluded, rule by rule, and what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from agent.language import _
from agent.model.proposal import Answer, Proposal, State
from agent.model.verdict import Tally
from agent.web.asking import Ask
from agent.web.rows import Row

_RUNS = 60
_ROWS = 200


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule in one run. ``tally`` is None for a rule that only left proposals behind."""

    rule: str
    tally: Tally | None
    proposed: int
    held: int
    belts: Sequence[tuple[str, int]]

    @property
    def asks(self) -> bool:
        """Whether it asked for anything."""
        return bool(self.proposed or self.held)


def list_plans(ask: Ask) -> Response:
    ledger = ask.desk.ledger
    return ask.page("plans.html", runs=ledger.runs(_RUNS, "judge"))


def show(ask: Ask) -> Response:
    """One plan. Older ones of which only the counts are left are shown as well."""
    ledger, id = ask.desk.ledger, ask.param("run")
    run, proposals = ledger.run(id), ledger.proposals(run=id, newest_first=False)
    if run is None and not proposals:
        return ask.refuse(404, _("There is no plan {run}").format(run=id), hint=_("See the list of plans."))
    state, rule = ask.query("state"), ask.query("rule")
    chosen = [each for each in proposals if (not state or each.state == state) and (not rule or each.rule == rule)]
    now, lines = ask.desk.clock.now(), _rules(ledger.tallies(id), proposals)
    return ask.page(
        "plan.html", run=run, id=id, state=state, rule=rule,
        rules=[line for line in lines if line.asks], quiet=[line for line in lines if not line.asks],
        counts=sorted(Counter(str(each.state) for each in proposals).items()), total=len(chosen), most=_ROWS,
        rows=[Row.of(each, ask.desk, now) for each in chosen[:_ROWS]],
        waits=sum(each.state is State.PROPOSED for each in proposals),
    )  # fmt: skip


def _rules(tallies: Sequence[Tally], proposals: Sequence[Proposal]) -> list[RuleLine]:
    known = {tally.rule: tally for tally in tallies}
    lines = []
    for name in sorted(known.keys() | {each.rule for each in proposals}):
        mine = [each for each in proposals if each.rule == name]
        belts = Counter(belt.belt for each in mine for belt in each.belts if belt.answer is Answer.BLOCK)
        held = sum(each.state is State.HELD for each in mine)
        lines.append(RuleLine(name, known.get(name), len(mine) - held, held, belts.most_common()))
    return lines
