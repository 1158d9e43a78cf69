"""What a judging run seals, on the demo account's own facts."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.config import load
from agent.errors import RuleError
from agent.jobs.standing import obstacles
from agent.model.kinds import STREAMS
from agent.model.money import Money
from agent.model.proposal import Answer, Decision, Proposal, State
from agent.rulebook.load import load as load_rules
from agent.wiring import book_of, ledger_of, policy_of, record_by
from tests.flow_shop import Shop

STORM = """rule: too-much
about: Cuts every bid, whatever it is.
judges: keyword
params: {least: 0.01, factor: 0.9}
when:
  - bid > least
propose: {set: bid, to: bid * factor}
limits: {step: 25%, cooldown: 3d}
mode: auto
severity: S4
say: "every bid"
"""


def test_a_rule_that_matches_everything_changes_nothing_and_says_so(still_shop: Shop, tmp_path: Path) -> None:
    folder = tmp_path / "storm"
    folder.mkdir()
    (folder / "too-much.yaml").write_text(STORM, encoding="utf-8")
    rules = load_rules([folder]).rules
    with still_shop.jobs() as jobs, ledger_of(load(still_shop.config)) as ledger:
        report = jobs.judge(rules=rules)
        assert report.tallies[0].matched > 1_000
        assert [storm.rule for storm in report.proposed.storms] == ["too-much"]
        assert {each.state for each in report.proposed.proposals} == {State.HELD}
        assert len(report.proposed.proposals) <= 20
        assert not [each for each in ledger.proposals(rule="too-much") if each.state is State.PROPOSED]


ALWAYS = (
    STORM
    + """tests:
  - name: whatever it sees it cuts
    given: {bid: 1.00, since_change(bid): 30d}
    expect: {bid: 0.90}
  - name: only where there is no bid at all it is still
    given: {bid: 0.01, since_change(bid): 30d}
    expect: no match
"""
)
STANDING = """

[approval]
auto = ["too-much"]
auto_after_days = 0
auto_least_decided = 0
"""


def test_a_rule_that_cannot_but_be_true_never_runs(tmp_path: Path) -> None:
    folder = tmp_path / "always"
    folder.mkdir()
    (folder / "too-much.yaml").write_text(STORM.replace("  - bid > least", "  - 1 == 1"), encoding="utf-8")
    with pytest.raises(RuleError) as refused:
        load_rules([folder])
    assert "R102" in [each.code for each in refused.value.diagnostics]


def test_a_rule_that_was_edited_into_always_true_writes_nothing_and_is_an_alert_with_its_place(
    still_shop: Shop,
) -> None:
    """While the daemon runs: what it was before goes on, in auto mode too, until the file is in order again."""
    folder = still_shop.folder / "edited"
    folder.mkdir()
    path = folder / "too-much.yaml"
    path.write_text(STORM.replace("bid > least", "bid > 1000"), encoding="utf-8")
    text = still_shop.config.read_text().replace('rules = ["shipped"]', 'rules = ["edited"]')
    still_shop.config.write_text(text, encoding="utf-8")
    with still_shop.jobs() as jobs, ledger_of(load(still_shop.config)) as ledger:
        path.write_text(STORM.replace("bid > least", "1 == 1"), encoding="utf-8")
        report = jobs.judge_and_stand()
        jobs.watch()
        assert (report.tallies[0].matched, list(report.fresh)) == (0, [])
        (alert,) = [each for each in ledger.open_alerts("demo") if each.rule == "ops/rules-held-back"]
        assert "too-much.yaml:6:5: R102" in alert.reason
        path.write_text(STORM.replace("bid > least", "bid > 1000"), encoding="utf-8")
        jobs.watch()
        assert "ops/rules-held-back" not in [each.rule for each in ledger.open_alerts("demo")]


def test_a_rule_that_is_always_true_writes_nothing_and_is_one_alert_that_names_the_belt(still_shop: Shop) -> None:
    """True of every bid there is, though no reader of the rule could know: in auto mode, with a standing approval that
    it has earned, and a person who approves whatever waits, over two days."""
    folder = still_shop.folder / "always"
    folder.mkdir()
    (folder / "too-much.yaml").write_text(ALWAYS, encoding="utf-8")
    text = still_shop.config.read_text().replace('rules = ["shipped"]', 'rules = ["always"]')
    still_shop.config.write_text(text + STANDING, encoding="utf-8")
    amazon, config = still_shop.amazon, load(still_shop.config)
    for _ in range(2):
        amazon.clock.sleep(86_400)
        with still_shop.jobs() as jobs, ledger_of(config) as ledger:
            jobs.pull(wait_seconds=600)
            report = jobs.judge_and_stand()
            (rule,), (tally,) = jobs.rules(), report.tallies
            since = ledger.rules.text_since(rule.name, rule.digest, "demo")
            record = record_by(config, "demo", ledger, book_of(config), amazon.clock)(rule)
            waiting = ledger.proposals(rule="too-much", states=[State.PROPOSED])
            ledger.decide([Decision(each.id, each.version, True, "ann", "cli") for each in waiting], amazon.clock.now())
            jobs.act()
    assert obstacles(rule, policy_of(config), since, tally, amazon.clock.now(), record) == [], "the approval stands"
    assert tally.matched + tally.unknown == tally.judged and tally.matched > 1_000
    assert [effect for effect in amazon.log.effects if effect.through != "person"] == []
    with ledger_of(config) as ledger:
        assert {each.state for each in ledger.proposals(rule="too-much")} <= {State.HELD, State.SUPERSEDED}
        (alert,) = ledger.alerts("demo")
        assert (alert.rule, alert.entity.id, alert.closed_at) == ("belts/storm", "too-much", None)
        assert alert.reason.startswith("belt storm: too-much matches ")
        assert ledger.executions([each.id for each in ledger.proposals(rule="too-much")]) == {}


def test_a_bid_that_somebody_tripled_yesterday_is_told_at_once_and_nothing_is_proposed_on_it(still_shop: Shop) -> None:
    """A rule that only tells: clicks that grow dear overnight are an alert, and our bid rules rest after the edit."""
    clock, amazon = still_shop.amazon.clock, still_shop.amazon
    busy = [each for each in amazon.sandbox.account.all("keyword") if each.text in ("camping lantern", "usb-c hub")]
    for keyword in busy:
        amazon.edit("keyword", keyword.id, "bid", "9.99")
    for _ in range(2):
        clock.sleep(86_400)
        with still_shop.jobs() as jobs:
            jobs.pull(wait_seconds=600)
            report = jobs.judge()
    told = {verdict.entity.id for rule, verdict in report.proposed.told if rule.name == "ads/runaway-cpc"}
    edited = {keyword.id for keyword in busy}
    assert told & edited
    assert all(verdict.reason for _, verdict in report.proposed.told)
    with ledger_of(load(still_shop.config)) as ledger:
        alerts = [alert for alert in ledger.open_alerts("demo") if alert.rule == "ads/runaway-cpc"]
    assert {alert.entity.id for alert in alerts} == told
    proposed = [each for each in report.proposed.proposals if each.change.entity.id in edited]
    assert all(each.state is State.HELD for each in proposed)


def test_facts_that_have_grown_old_raise_nothing_and_the_belt_is_named(still_shop: Shop) -> None:
    """Two days without a pull: the settled windows are still whole, so rules match, and freshness holds every raise;
    what cuts passes it and says on how old figures it rests."""
    still_shop.amazon.clock.sleep(2 * 86_400)
    with still_shop.jobs() as jobs:
        report = jobs.judge()
    assert len(report.fresh) > 50
    raised = [each for each in report.fresh if _raises(each)]
    assert raised
    for proposal in raised:
        assert "freshness" in {each.belt for each in proposal.belts if each.answer is Answer.BLOCK}
    for proposal in report.fresh:
        said = next(each for each in proposal.belts if each.belt == "freshness")
        assert _raises(proposal) or (said.answer is Answer.PASS and said.note.endswith("but this spends less"))


def _raises(proposal: Proposal) -> bool:
    before, after = proposal.change.before, proposal.change.after
    return after != "paused" and not (isinstance(before, Money) and isinstance(after, Money) and after < before)


def test_days_that_were_never_pulled_are_unknown_and_unknown_never_acts(still_shop: Shop) -> None:
    still_shop.amazon.clock.sleep(9 * 86_400)
    with still_shop.jobs() as jobs:
        report = jobs.judge()
    assert not report.fresh
    because = {reason for tally in report.tallies for reason in tally.unknown_because}
    assert any("have not been delivered" in reason for reason in because)


def test_a_rule_file_that_breaks_while_the_daemon_runs_leaves_the_last_good_rules_at_work(still_shop: Shop) -> None:
    folder = still_shop.folder / "rules"
    folder.mkdir()
    rule = folder / "too-much.yaml"
    rule.write_text(STORM, encoding="utf-8")
    text = still_shop.config.read_text().replace('rules = ["shipped"]', 'rules = ["rules"]')
    still_shop.config.write_text(text, encoding="utf-8")
    with still_shop.jobs() as jobs:
        assert [each.name for each in jobs.rules()] == ["too-much"]
        rule.write_text("rule: [[[", encoding="utf-8")
        assert [each.name for each in jobs.rules()] == ["too-much"]
        rule.write_text(STORM.replace("0.9", "0.8"), encoding="utf-8")
        assert "0.8" in jobs.rules()[0].text


def test_figures_past_their_keeping_are_let_go_and_are_unknown_then(still_shop: Shop) -> None:
    text = still_shop.config.read_text().replace("dry_run = false", "dry_run = false\n\n[schedule]\nkeep_days = 30\n")
    still_shop.config.write_text(text, encoding="utf-8")
    stream = STREAMS["keyword_traffic"]
    with still_shop.jobs() as jobs:
        before = jobs.judge()
        jobs.compact()
        covered = book_of(load(still_shop.config)).known_at("demo", still_shop.amazon.clock.now()).covered(stream)
        assert 28 <= len(covered) <= 31
        after = jobs.judge()
    unknown = [sum(tally.unknown for tally in report.tallies) for report in (before, after)]
    assert unknown[1] > unknown[0]
