"""Standing approvals: proposals of rules in auto mode that go on without being asked, each by a recorded decision.

A rule has to earn it, and the operator has to list it. Whatever is missing, its proposals wait for a person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Protocol

from agent.jobs.check import run_tests
from agent.jobs.judge import JudgeReport
from agent.language import _
from agent.model.belt import BeltLimits
from agent.model.marketplace import MARKETPLACES
from agent.model.proposal import Answer, Decision, Proposal, ProposalId, State
from agent.model.rule import Mode, Rule
from agent.model.verdict import Tally

THROUGH = "standing approval"
_BY = "steward"


@dataclass(frozen=True, slots=True)
class Policy:
    """``[approval]``: the rules listed, how long a text must have stood, the largest part that may be unknown."""

    listed: Sequence[str] = ()
    after: timedelta = timedelta(days=3)
    most_unknown: float = 0.5


class StandingLedger(Protocol):
    """The part of the ledger that standing approvals need."""

    def text_since(self, rule: str, digest: str, account: str | None = None) -> datetime | None: ...
    def decide(self, decisions: Iterable[Decision], at: datetime) -> Sequence[ProposalId]: ...


def obstacles(rule: Rule, policy: Policy, since: datetime | None, tally: Tally | None, now: datetime) -> list[str]:
    """Why the rule's proposals wait for a person although its mode is auto; nothing if they need not.

    ``since``: when the account was first judged by the rule's present text. ``tally``: how it judged last.
    """
    if not any(fnmatchcase(rule.name, pattern) for pattern in policy.listed):
        return [_("it is not listed in approval.auto")]
    found = []
    results = run_tests([rule], MARKETPLACES["US"], BeltLimits())
    failed = sum(not each.passed for each in results)
    if not results:
        found.append(_("it has no tests"))
    if failed:
        found.append(_("{count} of its tests fail").format(count=failed))
    if since is None:
        found.append(_("its present text has judged nothing yet"))
    elif now - since < policy.after:
        until = (since + policy.after).isoformat(timespec="minutes")
        found.append(_("its text was changed lately: it asks until {until}").format(until=until))
    unknown = tally.unknown / tally.judged if tally is not None and tally.judged else 0.0
    if unknown > policy.most_unknown:
        found.append(_("{share} of its things are unknown to it, more than {most}").format(
            share=f"{unknown:.0%}", most=f"{policy.most_unknown:.0%}"))  # fmt: skip
    return found


def stand(
    report: JudgeReport, rules: Sequence[Rule], policy: Policy, ledger: StandingLedger, now: datetime,
    needs_two: Callable[[Proposal], bool],
) -> list[ProposalId]:  # fmt: skip
    """Approve what this judging has just proposed, where rule and proposal allow it; returns what was approved.

    Left to a person: what storms, what a belt had to make smaller, and what needs two people.
    """
    storming = {storm.rule for storm in report.proposed.storms}
    tallies = {tally.rule: tally for tally in report.tallies}
    free = {
        rule.name
        for rule in rules
        if rule.mode is Mode.AUTO and rule.name not in storming
        and not obstacles(rule, policy, ledger.text_since(rule.name, rule.digest, report.account),
                          tallies.get(rule.name), now)
    }  # fmt: skip
    wanted = [each for each in report.fresh if each.rule in free and _untouched(each) and not needs_two(each)]
    listed = ", ".join(policy.listed)
    decisions = [Decision(each.id, each.version, True, _BY, THROUGH, f"approval.auto: {listed}") for each in wanted]
    stale = set(ledger.decide(decisions, now)) if decisions else set()
    return [each.id for each in wanted if each.id not in stale]


def _untouched(proposal: Proposal) -> bool:
    """In auto mode when it was sealed, and every belt has let it pass as it was."""
    return (
        proposal.state is State.PROPOSED
        and proposal.mode is Mode.AUTO
        and all(each.answer is Answer.PASS for each in proposal.belts)
    )
