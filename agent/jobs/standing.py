"""Standing approvals: proposals of rules in auto mode that go on without being asked, each by a recorded decision.

A rule has to earn it by its own record, and the operator has to list it. Whatever is missing, its proposals wait for a
person. That it is honoured from now on, or no longer, is an event with the figures that decided it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any, Protocol

from agent.jobs.check import run_tests
from agent.jobs.judge import JudgeReport
from agent.language import _
from agent.ledger.rule_history import RuleHistory
from agent.model.belt import BeltLimits
from agent.model.marketplace import MARKETPLACES
from agent.model.proposal import Answer, Decision, Proposal, ProposalId, State
from agent.model.record import RuleRecord, Standing
from agent.model.rule import Mode, Rule
from agent.model.verdict import Tally

THROUGH = "standing approval"
_BY = "steward"


@dataclass(frozen=True, slots=True)
class Policy:
    """``[approval]``: the rules listed, how long a text must have stood, the largest part that may be unknown; how many
    of its proposals people must have decided; and of the record of the time ``over``, what part must have been
    accepted, and may have been taken back or regretted."""

    listed: Sequence[str] = ()
    after: timedelta = timedelta(days=3)
    most_unknown: float = 0.5
    over: timedelta = timedelta(days=90)
    least_decided: int = 20
    least_accepted: float = 0.9
    most_undone: float = 0.05
    most_regretted: float = 0.2

    def lists(self, rule: str) -> bool:
        return any(fnmatchcase(rule, pattern) for pattern in self.listed)


class Standings(Protocol):
    """Where it is kept whether a rule's ``auto`` is honoured."""

    def standings(self, account: str) -> Mapping[str, Standing]: ...
    def stand(
        self, account: str, rule: str, because: Sequence[str], figures: Mapping[str, Any], at: datetime
    ) -> bool: ...


class StandingLedger(Protocol):
    """The part of the ledger that standing approvals need."""

    @property
    def records(self) -> Standings: ...
    @property
    def rules(self) -> RuleHistory: ...
    def decide(self, decisions: Iterable[Decision], at: datetime) -> Sequence[ProposalId]: ...
    def proposals(
        self, *, states: Iterable[State] | None = None, rule: str | None = None, account: str | None = None
    ) -> Sequence[Proposal]: ...
    def recall(self, ids: Iterable[ProposalId], by: str, at: datetime) -> Sequence[ProposalId]: ...


def obstacles(rule: Rule, policy: Policy, since: datetime | None, tally: Tally | None, now: datetime,
              record: RuleRecord) -> list[str]:  # fmt: skip
    """Why the rule's proposals wait for a person although its mode is auto; nothing if they need not.

    ``since``: when the account was first judged by the rule's present text. ``tally``: how it judged last. ``record``:
    what became of what it asked for.
    """
    if not policy.lists(rule.name):
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
    return [*found, *_unearned(record, policy)]


def _unearned(record: RuleRecord, policy: Policy) -> Iterator[str]:
    """What of the record is not good enough. What cannot be measured yet is not held against the rule, but for too few
    decisions of people."""
    if record.ever_decided < policy.least_decided:
        yield _("people have decided {count} of its proposals, fewer than {least}").format(
            count=record.ever_decided, least=policy.least_decided)  # fmt: skip
    if record.acceptance is not None and record.acceptance < policy.least_accepted:
        yield _("people accepted {share} of what they decided, less than {least}").format(
            share=f"{record.acceptance:.0%}", least=f"{policy.least_accepted:.0%}")  # fmt: skip
    if record.rollback is not None and record.rollback > policy.most_undone:
        yield _("{share} of its changes were taken back, more than {most}").format(
            share=f"{record.rollback:.0%}", most=f"{policy.most_undone:.0%}")  # fmt: skip
    if record.regret is not None and record.regret > policy.most_regretted:
        yield _("mature figures would not have asked for {share} of its changes, more than {most}").format(
            share=f"{record.regret:.0%}", most=f"{policy.most_regretted:.0%}")  # fmt: skip


def stand(
    report: JudgeReport, rules: Sequence[Rule], policy: Policy, ledger: StandingLedger, now: datetime,
    needs_two: Callable[[Proposal], bool], record: Callable[[Rule], RuleRecord],
) -> list[ProposalId]:  # fmt: skip
    """Approve what this judging has just proposed, where rule and proposal allow it; returns what was approved.

    Left to a person: what storms, what a belt had to make smaller, and what needs two people. What a rule that is
    honoured no longer had been approved for, and was not sent, is open again.
    """
    storming = {storm.rule for storm in report.proposed.storms}
    free = _honoured(report, rules, policy, ledger, now, record) - storming
    wanted = [each for each in report.fresh if each.rule in free and _untouched(each) and not needs_two(each)]
    listed = ", ".join(policy.listed)
    decisions = [Decision(each.id, each.version, True, _BY, THROUGH, f"approval.auto: {listed}") for each in wanted]
    stale = set(ledger.decide(decisions, now)) if decisions else set()
    return [each.id for each in wanted if each.id not in stale]


def _honoured(report: JudgeReport, rules: Sequence[Rule], policy: Policy, ledger: StandingLedger, now: datetime,
              record: Callable[[Rule], RuleRecord]) -> set[str]:  # fmt: skip
    """The rules whose ``auto`` counts; who gains it by this judging, or loses it, is noted with the figures."""
    account, tallies = report.account, {tally.rule: tally for tally in report.tallies}
    before = {name for name, standing in ledger.records.standings(account).items() if standing.honoured}
    in_auto = {rule.name: rule for rule in rules if rule.mode is Mode.AUTO}
    for name in before - set(in_auto):
        _lose(ledger, account, name, [_("it is not in auto mode any more")], {}, now)
    honoured = set[str]()
    for name, rule in in_auto.items():
        mine = record(rule) if policy.lists(name) else RuleRecord()
        since, tally = ledger.rules.text_since(name, rule.digest, account), tallies.get(name)
        because, figures = obstacles(rule, policy, since, tally, now, mine), _figures(mine, tally, since, policy)
        if not because:
            ledger.records.stand(account, name, (), figures, now)
            honoured.add(name)
        elif name in before:
            _lose(ledger, account, name, because, figures, now)
    return honoured


def _lose(ledger: StandingLedger, account: str, rule: str, because: Sequence[str], figures: Mapping[str, Any],
          now: datetime) -> None:  # fmt: skip
    """Demote; before that is noted, what was approved for the rule alone and not sent yet is left to people again."""
    waiting = [each.id for each in ledger.proposals(states=[State.APPROVED], rule=rule, account=account)]
    ledger.recall(waiting, _BY, now)
    ledger.records.stand(account, rule, because, figures, now)


def _figures(record: RuleRecord, tally: Tally | None, since: datetime | None, policy: Policy) -> Mapping[str, Any]:
    """What was known of a rule when it was decided whether it is honoured, and what was asked of it."""
    return {
        "record": asdict(record), "judged": tally.judged if tally else 0, "unknown": tally.unknown if tally else 0,
        "text_since": since and since.isoformat(),
        "limits": {"after_days": policy.after.days, "over_days": policy.over.days, "most_unknown": policy.most_unknown,
                   "least_decided": policy.least_decided, "least_accepted": policy.least_accepted,
                   "most_undone": policy.most_undone, "most_regretted": policy.most_regretted},
    }  # fmt: skip


def _untouched(proposal: Proposal) -> bool:
    """In auto mode when it was sealed, and every belt has let it pass as it was."""
    return (
        proposal.state is State.PROPOSED
        and proposal.mode is Mode.AUTO
        and all(each.answer is Answer.PASS for each in proposal.belts)
    )
