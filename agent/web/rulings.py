"""What the page says of rules: where each stands, how it judged last, what its mode comes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from agent.errors import Diagnostic, FactsError
from agent.jobs.check import TestResult, run_tests
from agent.jobs.record import MOST_MOMENTS
from agent.jobs.rule_shelf import Shelved, elsewhere, shelf
from agent.jobs.standing import THROUGH, obstacles
from agent.language import _
from agent.model.belt import BeltLimits
from agent.model.marketplace import MARKETPLACES
from agent.model.record import RuleRecord
from agent.model.rule import Mode, Rule
from agent.model.verdict import Tally
from agent.shipped import shipped
from agent.web.desk import Desk, InForce
from agent.wiring import may_write, policy_of, record_by, rule_folders

_MOST_MEASURED = 200_000
"""So many judgements are worked out again while somebody waits for a page."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """All rules of the installation, as one account is judged by them. ``elsewhere``: faults of no rule's file."""

    account: str
    force: InForce
    rules: Sequence[Shelved]
    elsewhere: Sequence[Diagnostic]

    @classmethod
    def of(cls, desk: Desk, account: str = "") -> Shelf:
        """``account``: one that is configured, else the first."""
        known = desk.config.accounts
        here = account if account in known else next(iter(known), "")
        force = desk.in_force(here)
        faults = force.fault.diagnostics if force.fault is not None else ()
        found = shelf(rule_folders(desk.config), force.rules, faults)
        return cls(here, force, found, elsewhere(faults, found))

    def find(self, name: str) -> Shelved | None:
        return next((each for each in self.rules if each.name == name), None)


def place_of(desk: Desk, shelved: Shelved) -> str:
    """Where a rule's file is, as people name it: seen from the configuration, or as one of those that are shipped."""
    if shelved.path.is_relative_to(shipped("rules")):
        return _("comes with Steward: {file}").format(file=shelved.path.relative_to(shipped("rules")))
    here = desk.config.path_of(".")
    return str(shelved.path.relative_to(here) if shelved.path.is_relative_to(here) else shelved.path)


def judged_last(desk: Desk, account: str) -> tuple[str, Mapping[str, Tally], Mapping[str, int]]:
    """The account's newest judging of rules: its run, its tallies, and what it proposed, by rule."""
    run = desk.ledger.newest_run("judge", account)
    if run is None:
        return "", {}, {}
    return run.id, {each.rule: each for each in desk.ledger.tallies(run.id)}, desk.ledger.rules.proposed_in(run.id)


def asks_because(desk: Desk, account: str, rule: Rule, tally: Tally | None, record: RuleRecord | None = None
                 ) -> list[str] | None:  # fmt: skip
    """Why a rule in auto mode asks all the same; nothing if it does not, None for a rule in another mode."""
    if rule.mode is not Mode.AUTO:
        return None
    since, policy = desk.ledger.rules.text_since(rule.name, rule.digest, account or None), policy_of(desk.config)
    if record is None:
        record = record_in(desk, account, rule, tally)[0] if policy.lists(rule.name) else RuleRecord()
    found = obstacles(rule, policy, since, tally, desk.clock.now(), record)
    stopped = may_write(desk.config, desk.ledger)()
    return [*found, *([_("nothing is sent: {reason}").format(reason=stopped)] if stopped else [])]


def record_in(desk: Desk, account: str, rule: Rule, tally: Tally | None) -> tuple[RuleRecord, bool]:
    """What became of what the rule's text asked for in the account, and whether regret was measured: that takes judging
    again, which for very many things is left to ``steward rules record``."""
    if account not in desk.config.accounts:
        return RuleRecord(), False
    many = (tally.judged if tally is not None else 0) * MOST_MOMENTS > _MOST_MEASURED
    if not many or (account, rule.digest) in desk.measured:
        try:
            return record_by(desk.config, account, desk.ledger, desk.book, desk.clock, desk.measured)(rule), True
        except FactsError:
            pass  # What was decided and done is known without figures.
    since = desk.clock.now() - policy_of(desk.config).over
    return desk.ledger.records.of(account, rule.name, rule.digest, since, THROUGH), False


@lru_cache(256)
def results_of(rule: Rule) -> tuple[TestResult, ...]:
    """The rule's own tests. Remembered, since a loaded rule never changes."""
    return tuple(run_tests([rule], MARKETPLACES["US"], BeltLimits()))
