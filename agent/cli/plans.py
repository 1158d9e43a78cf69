"""How proposals are shown: one row each, counts below."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from agent.cli.screen import Screen
from agent.language import _, ngettext
from agent.model.proposal import Answer, Proposal, State
from agent.model.risk import Risk, risk_of
from agent.shown.proposals import action, arrow, belt_text, percent, proposal_json, sign, state_counts

if TYPE_CHECKING:
    from agent.engine.caps import Storm

__all__ = [
    "action", "arrow", "belt_text", "counts_line", "percent", "proposal_json", "show_proposals", "show_rules", "sign",
    "state_counts", "storm_text",
]  # fmt: skip

_RISK_COLOUR = {Risk.LOW: "green", Risk.MEDIUM: "yellow", Risk.HIGH: "red"}


def show_proposals(screen: Screen, proposals: Sequence[Proposal], limit: int | None = None) -> None:
    """A table of proposals, at most ``limit`` rows (None: all); how many were left out is noted."""
    shown = proposals[:limit]
    screen.table(
        ["", _("id"), _("action"), _("account"), _("what"), _("change"), "", _("risk"), _("rule"), _("why")],
        [_row(screen, proposal) for proposal in shown],
        right=frozenset({6}),
    )
    if len(shown) < len(proposals):
        rest = len(proposals) - len(shown)
        screen.note(_("… and {count} more: steward actions list").format(count=rest))


def show_rules(screen: Screen, proposals: Sequence[Proposal]) -> None:
    """On a terminal, before the rows: what each rule asks for, and what belts keep back and why."""
    if not screen.terminal:
        return
    ready = Counter(each.rule for each in proposals if each.state is State.PROPOSED)
    held = [each for each in proposals if each.state is State.HELD]
    belts = Counter((each.rule, _blocking(each)) for each in held)
    rows = [[rule, ready[rule], sum(count for (name, _belt), count in belts.items() if name == rule),
             ", ".join(f"{_(belt)} {count}" for (name, belt), count in belts.most_common() if name == rule)]
            for rule in sorted({each.rule for each in proposals})]  # fmt: skip
    screen.table([_("rule"), _("proposed"), _("held"), _("by")], rows, right=frozenset({1, 2}))
    screen.line()


def _blocking(proposal: Proposal) -> str:
    return next((each.belt for each in proposal.belts if each.answer is Answer.BLOCK), "")


def _row(screen: Screen, proposal: Proposal) -> list[str]:
    change, risk = proposal.change, risk_of(proposal.change)
    held = proposal.state is State.HELD
    return [
        "!" if held else sign(change),
        proposal.id,
        _("held") if held else action(change),
        change.entity.account,
        proposal.title or str(change.entity),
        arrow(change),
        percent(change),
        screen.paint(_(str(risk)), _RISK_COLOUR[risk]),
        proposal.rule,
        f"{belt_text(proposal)} · {proposal.reason}" if held else proposal.reason,
    ]


def counts_line(proposals: Iterable[Proposal]) -> str:
    """``Plan: 41 bid, 3 state; 5 held by belts.``"""
    ready = Counter(each.change.field for each in proposals if each.state is State.PROPOSED)
    held = sum(each.state is State.HELD for each in proposals)
    parts = ", ".join(f"{count} {field}" for field, count in sorted(ready.items())) or _("nothing to change")
    tail = "; " + ngettext("{count} held by a belt", "{count} held by belts", held).format(count=held) if held else ""
    return f"{_('Plan')}: {parts}{tail}."


def storm_text(storm: Storm) -> str:
    """A rule that suddenly wants too much, in words."""
    text = _("{rule} matches {matched} of {population} ({kind}), more than {share}: it changes nothing in this run")
    return text.format(rule=storm.rule, matched=storm.matched, population=storm.population, kind=storm.kind,
                       share=f"{storm.share:.0%}")  # fmt: skip
