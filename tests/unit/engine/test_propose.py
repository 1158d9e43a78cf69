from __future__ import annotations

from datetime import timedelta

from agent.engine.propose import propose
from agent.model.belt import BeltLimits
from agent.model.change import Change
from agent.model.entity import Entity
from agent.model.money import Money
from agent.model.proposal import Answer, Proposal, State
from agent.model.rule import Limits, Mode
from tests.matches import NOW, TODAY, counting, match, rule, scene


def held_by(proposal: Proposal) -> list[str]:
    return [answer.belt for answer in proposal.belts if answer.answer is Answer.BLOCK]


def test_a_match_becomes_a_sealed_wish_with_everything_a_person_asks_for() -> None:
    proposed = propose([match(rule("ads/down"), 1.00, 0.50, recent_clicks=42)], scene(), counting())
    (proposal,) = proposed.proposals
    entity = Entity("demo", "keyword", "k1")
    assert proposal.change == Change(entity, "bid", Money.of("1.00", "EUR"), Money.of("0.75", "EUR"))
    assert (proposal.id, proposal.state, proposal.run) == ("p_1", State.PROPOSED, "r_1")
    assert (proposal.rule, proposal.reason, proposal.title) == ("ads/down", "because", "the keyword k1")
    assert (proposal.as_of, proposal.known_at, proposal.created_at) == (TODAY, NOW, NOW)
    assert proposal.expires_at == NOW + timedelta(days=3)
    assert proposal.evidence == {"recent.clicks": 42}


def test_rules_that_only_tell_propose_nothing() -> None:
    matches = [match(rule("ads/a", field=None)), match(rule("ads/b", mode=Mode.TELL))]
    proposed = propose(matches, scene(), counting())
    assert proposed.proposals == []
    assert proposed.told == matches


def test_what_a_belt_blocks_is_held_and_says_by_what() -> None:
    proposed = propose([match(rule(), None, 0.90)], scene(), counting())
    assert proposed.proposals[0].state is State.HELD
    assert held_by(proposed.proposals[0]) == ["current"]


def test_a_change_that_rounds_to_nothing_is_only_counted() -> None:
    tiny = [match(rule("ads/a"), 1.00, 1.004), match(rule("ads/b"), 0.03, 0.90, "k2")]
    proposed = propose(tiny, scene(), counting())
    assert proposed.proposals == []
    assert proposed.idle == 2


def test_a_rule_that_wants_nothing_silences_nobody() -> None:
    proposed = propose([match(rule("ads/a"), 1.00, 1.00), match(rule("ads/b"), 1.00, 0.90)], scene(), counting())
    assert [proposal.rule for proposal in proposed.proposals] == ["ads/b"]


def test_the_costliest_come_first_and_the_rest_waits_for_a_later_run() -> None:
    at = scene(BeltLimits(most_changes=2, storm_share=1))
    matches = [match(rule(), 1.00, 0.90, f"k{cost}", recent_cost=cost) for cost in (5, 30, 10)]
    proposals = propose(matches, at, counting()).proposals
    assert [(each.change.entity.id, each.state) for each in proposals] == [
        ("k30", State.PROPOSED), ("k10", State.PROPOSED), ("k5", State.HELD),
    ]  # fmt: skip
    assert held_by(proposals[2]) == ["most changes"]
    assert "later run" in proposals[2].belts[-1].note


def test_without_costs_the_largest_change_comes_first() -> None:
    matches = [match(rule(), 1.00, wanted, f"k{wanted}") for wanted in (0.95, 0.80, 0.90)]
    proposals = propose(matches, scene(), counting()).proposals
    assert [each.change.entity.id for each in proposals] == ["k0.8", "k0.9", "k0.95"]


def test_a_run_changes_at_most_a_share_of_each_kind() -> None:
    at = scene(BeltLimits(most_share=0.15, storm_share=1), population={"keyword": 20, "campaign": 10})
    matches = [match(rule(), 1.00, 0.90, f"k{number}") for number in range(6)]
    matches += [match(rule("ads/budget", field="budget", judges="campaign"), 10, 9, f"c{number}") for number in "abc"]
    ready = [each for each in propose(matches, at, counting()).proposals if each.state is State.PROPOSED]
    assert sorted(each.change.entity.kind for each in ready) == ["campaign", "keyword", "keyword", "keyword"]


def test_in_the_smallest_account_one_entity_may_be_changed() -> None:
    matches = [match(rule(), 1.00, 0.90, f"k{number}") for number in range(2)]
    states = [each.state for each in propose(matches, scene(population={"keyword": 2}), counting()).proposals]
    assert states == [State.PROPOSED, State.HELD]


def test_a_rule_may_limit_how_many_it_changes_itself() -> None:
    matches = [match(rule("ads/a", limits=Limits(most=1)), 1.00, 0.90, f"k{number}") for number in range(3)]
    matches += [match(rule("ads/b"), 1.00, 0.90, f"m{number}") for number in range(2)]
    ready = [each.rule for each in propose(matches, scene(), counting()).proposals if each.state is State.PROPOSED]
    assert sorted(ready) == ["ads/a", "ads/b", "ads/b"]


def test_what_a_belt_holds_takes_nobodys_place() -> None:
    at = scene(BeltLimits(most_changes=1))
    matches = [match(rule(), None, 0.90, "k1", recent_cost=99), match(rule(), 1.00, 0.90, "k2", recent_cost=1)]
    proposals = propose(matches, at, counting()).proposals
    assert [(each.change.entity.id, each.state) for each in proposals] == [
        ("k2", State.PROPOSED), ("k1", State.HELD),
    ]  # fmt: skip


def test_a_rule_that_matches_too_much_changes_nothing_and_is_reported_once() -> None:
    at = scene(population={"keyword": 30})
    storm = [match(rule("ads/wild"), 1.00, 0.90, f"k{number}") for number in range(20)]
    calm = [match(rule("ads/calm"), 1.00, 0.95, "k1"), match(rule("ads/calm"), 1.00, 0.95, "other")]
    proposed = propose(storm + calm, at, counting())
    assert [str(each) for each in proposed.storms] == [
        "ads/wild matches 20 of 30 (keyword), more than 50%: it changes nothing in this run"
    ]
    ready = [each for each in proposed.proposals if each.state is State.PROPOSED]
    assert {each.rule for each in ready} == {"ads/calm"}
    assert all(held_by(each) == ["storm"] for each in proposed.proposals if each.rule == "ads/wild")


def test_few_matches_are_no_storm_however_small_the_account() -> None:
    at = scene(population={"keyword": 20})
    matches = [match(rule(), 1.00, 0.90, f"k{number}") for number in range(19)]
    assert propose(matches, at, counting()).storms == []


def test_two_rules_for_one_lever_make_one_proposal() -> None:
    proposed = propose([match(rule("ads/b"), 1.00, 0.80), match(rule("ads/a"), 1.00, 0.90)], scene(), counting())
    assert [each.rule for each in proposed.proposals] == ["ads/a"]
    assert [(each.rule, each.by) for each in proposed.suppressed] == [("ads/b", "ads/a")]


def test_nothing_matched_is_an_empty_plan() -> None:
    assert propose([], scene(), counting()).proposals == []
