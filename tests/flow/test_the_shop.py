"""Stock, listings and prices of the simulated account over real HTTP, in a time that moves when somebody sleeps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.cli.sandbox import configuration
from agent.clock import SetClock
from agent.config import load
from agent.daemon import AccountJobs, account_jobs
from agent.model.proposal import Answer, Proposal, State
from agent.rulebook.load import load as load_rules
from agent.wiring import ledger_of
from connectors.sandbox.exports.folder import write_lists
from connectors.sandbox.scenario_file import load_scenario
from connectors.sandbox.server import SandboxServer

_DAY = 86_400.0
_CHEAPER = """rule: pricing/cheaper
about: Cuts every price a little.
judges: listing
params: {share: 0.98, nothing: 0}
when:
  - price > nothing
propose: {set: price, to: price * share}
limits: {step: 5%, cooldown: 1d}
severity: S4
say: "a little cheaper"
tests:
  - name: without knowing whether it should be left alone nothing is touched
    given: {price: 20.00}
    expect: blocked by freeze
"""


@dataclass
class Store:
    amazon: SandboxServer
    jobs: AccountJobs
    rules: Path
    clock: SetClock

    def morning(self) -> None:
        """A day later: pull, work out."""
        self.clock.sleep(_DAY)
        assert [each.fault for each in self.jobs.pull(wait_seconds=_DAY / 3).streams if each.fault] == []
        assert self.jobs.derive().faults == []

    def prices(self) -> dict[str, Proposal]:
        proposed = self.jobs.judge(rules=load_rules([self.rules]).rules).proposed.proposals
        return {each.change.entity.id: each for each in proposed}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Three products of the demo account with nothing planned for them, pulled once."""
    demo = load_scenario("demo")
    assert demo.shop is not None
    few = replace(demo, products=demo.products[1:4], incidents=(), shop=replace(demo.shop, quiet=()))
    clock = SetClock(datetime.now(UTC))
    rules = tmp_path / "mine"
    (rules / "pricing").mkdir(parents=True)
    (rules / "pricing" / "cheaper.yaml").write_text(_CHEAPER, encoding="utf-8")
    with SandboxServer(few, seed=3, clock=clock) as amazon:
        path = tmp_path / "steward.toml"
        path.touch(mode=0o600)
        path.write_text(configuration(amazon).replace("freeze_days = 7", "freeze_days = 3"), encoding="utf-8")
        config = load(path, variables={})
        write_lists(amazon.sandbox, config.path_of("drop"), 60)
        with ledger_of(config) as ledger, account_jobs(config, ["demo"], ledger, clock) as jobs:
            jobs["demo"].take_in(place=config.path_of("drop"))
            opened = Store(amazon, jobs["demo"], rules, clock)
            opened.morning()
            yield opened


def blocking(proposal: Proposal) -> dict[str, str]:
    return {each.belt: each.note for each in proposal.belts if each.answer is Answer.BLOCK}


def test_an_edit_by_somebody_else_blocks_our_prices_of_that_family_until_it_was_watched(store: Store) -> None:
    first, *others = store.amazon.sandbox.shop.skus
    store.amazon.edit("listing", first, "title", "Quite another title")
    store.morning()
    proposed = store.prices()
    assert proposed[first].state is State.HELD
    assert blocking(proposed[first])["observation"] == (
        f"title of {first} was changed by somebody else and is being watched"
    )
    assert all("observation" not in blocking(proposed[sku]) for sku in others if sku in proposed)
    for _ in range(3):
        store.morning()
    later = store.prices().get(first)
    assert later is not None
    assert "observation" not in blocking(later)


def test_a_price_is_never_cut_below_cost_and_margin(store: Store) -> None:
    proposed = store.prices()
    assert proposed
    for sku, proposal in proposed.items():
        margin = next(each for each in proposal.belts if each.belt == "margin")
        assert margin.answer in (Answer.PASS, Answer.CLAMP), sku
        assert margin.limit, sku


def test_every_part_of_the_shop_is_judged_after_one_pull(store: Store) -> None:
    report = store.jobs.judge()
    judged = {tally.rule: tally.judged for tally in report.tallies}
    for kind in ("sku", "listing", "asin", "account", "order", "return", "feedback", "competitor", "event", "feed"):
        rules = [rule.name for rule in store.jobs.rules() if rule.judges == kind]
        assert not rules or any(judged[name] for name in rules), kind
