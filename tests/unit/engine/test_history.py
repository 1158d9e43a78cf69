from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

import pytest

from agent.engine.belts import fastened
from agent.engine.history import swung
from agent.engine.propose import propose
from agent.engine.scene import Scene
from agent.engine.wish import Wish
from agent.model.change import Value
from agent.model.entity import Entity
from agent.model.money import Money
from agent.model.past import Breaker, Outside, OwnMove
from agent.model.percent import Percent
from agent.model.proposal import Answer, BeltAnswer, State
from agent.model.rule import Drift, Mode, OnDrift, Rule
from tests.matches import DE, NOW, counting, match, rule, scene

DAY = timedelta(days=1)
K1 = Entity("demo", "keyword", "k1")
TRIPPED = (
    Breaker("spend jumped", "300.00 EUR yesterday", "90.00 EUR"),
    Breaker("changes are undone", "30 in 7 d", "20"),
)


def eur(value: object) -> Value:
    return Money.of(str(value), "EUR") if isinstance(value, int | float) else str(value)


def moves(*values: object, ended: float = 5, apart: float = 1) -> list[OwnMove]:
    """Our own changes through these values, the last one ``ended`` days ago."""
    pairs = list(pairwise(values))
    return [OwnMove(NOW - (ended + (len(pairs) - 1 - index) * apart) * DAY, eur(before), eur(after), "ads/any")
            for index, (before, after) in enumerate(pairs)]  # fmt: skip


def own(history: Sequence[OwnMove], field: str = "bid") -> Scene:
    return scene(own={(K1, field): history})


def said(belt: str, at: Scene, before: object = 1.00, wanted: object = 1.10, field: str = "bid",
         of: Rule | None = None) -> BeltAnswer:  # fmt: skip
    wish = fastened(Wish.of(*match(of or rule(field=field), before, wanted), DE), at)
    return next(answer for answer in wish.answers if answer.belt == belt)


# Breakers


def test_while_a_breaker_has_tripped_raises_are_blocked_with_its_figures() -> None:
    answer = said("breaker", scene(breakers=TRIPPED))
    assert (answer.answer, answer.figure, answer.limit) == (Answer.BLOCK, "300.00 EUR yesterday", "90.00 EUR")
    assert answer.note == "spend jumped; changes are undone"
    assert said("breaker", scene()).answer is Answer.PASS


@pytest.mark.parametrize(
    ("field", "before", "wanted", "kind", "passes"),
    [("bid", 1.00, 0.90, "keyword", True), ("default_bid", 1.00, 0.90, "ad_group", True),
     ("budget", 10, 9, "campaign", True), ("state", "enabled", "paused", "keyword", True),
     ("state", "paused", "enabled", "keyword", False), ("bid", 1.00, 1.01, "keyword", False),
     ("budget", 10, 11, "campaign", False), ("price", 10, 9.9, "listing", False)],
)  # fmt: skip
def test_only_what_surely_spends_less_goes_through_a_breaker(
    field: str, before: object, wanted: object, kind: str, passes: bool
) -> None:
    answer = said("breaker", scene(breakers=TRIPPED), before, wanted, of=rule(field=field, judges=kind))
    assert (answer.answer is Answer.PASS) is passes


# Other people's changes


def drifted(days: float = 1) -> Scene:
    (last,) = moves(0.90, 1.10, ended=9)
    return scene(outside={(K1, "bid"): Outside(NOW - days * DAY, eur(1.00), last)})


def drifting(on: OnDrift, mode: Mode = Mode.AUTO) -> Rule:
    return rule(mode=mode, drift=Drift(on))


def test_a_rule_that_respects_others_rests_for_two_weeks() -> None:
    answer = said("drift", drifted(13.9), of=drifting(OnDrift.RESPECT))
    assert (answer.answer, answer.figure, answer.limit) == (Answer.BLOCK, "13.9 d", "14 d")
    assert answer.note == "somebody else set 1.00 EUR where we had set 1.10 EUR; the rule respects it"
    assert said("drift", drifted(14), of=drifting(OnDrift.RESPECT)).answer is Answer.PASS


@pytest.mark.parametrize("on", [OnDrift.ASK, OnDrift.OVERWRITE, OnDrift.PIN])
def test_all_other_rules_go_on_and_say_what_they_saw(on: OnDrift) -> None:
    answer = said("drift", drifted(), of=drifting(on))
    assert answer.answer is Answer.PASS
    assert answer.note.startswith("somebody else set 1.00 EUR where we had set 1.10 EUR")
    assert ("a person decides" in answer.note) is (on is OnDrift.ASK)


@pytest.mark.parametrize(
    ("on", "mode"), [(OnDrift.ASK, Mode.ASK), (OnDrift.OVERWRITE, Mode.AUTO), (OnDrift.PIN, Mode.AUTO)]
)
def test_after_somebody_elses_change_a_person_decides_unless_the_rule_says_otherwise(on: OnDrift, mode: Mode) -> None:
    (proposal,) = propose([match(drifting(on), 1.00, 1.10)], drifted(), counting()).proposals
    assert (proposal.mode, proposal.state) == (mode, State.PROPOSED)


def test_without_a_strange_hand_a_rule_keeps_its_mode() -> None:
    (proposal,) = propose([match(drifting(OnDrift.ASK), 1.00, 1.10)], scene(), counting()).proposals
    assert proposal.mode is Mode.AUTO


def test_a_pinned_lever_need_not_rest_after_the_change_it_answers() -> None:
    lever = (K1, "bid")
    at = scene(last_change={lever: NOW}, pinned=frozenset({lever}))
    assert said("cooldown", at).answer is Answer.PASS
    assert said("cooldown", scene(last_change={lever: NOW})).answer is Answer.BLOCK


# To and fro


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ((1.00, 1.20, 1.00), (1.00, 1.20, 1.00)),
        ((1.00, 1.10, 0.99), (1.00, 1.10, 0.99)),
        ((1.00, 1.20, 1.02), (1.00, 1.20, 1.02)),
        ((1.00, 1.20, 1.03), None),
        ((1.00, 1.20, 1.10), None),
        ((1.00, 1.10, 1.20), None),
        ((1.00, 0.75, 0.57, 0.75, 1.00), (1.00, 0.57, 1.00)),
        ((2.00, 1.00, 1.20, 1.00), (1.00, 1.20, 1.00)),
        ((1.00, 1.20), None),
        (("enabled", "paused", "enabled"), ("enabled", "paused", "enabled")),
        (("enabled", "paused"), None),
        ((1.00, 1.00, 1.00), None),
    ],
)
def test_away_and_back_is_found_in_the_values(values: tuple[object, ...], found: tuple[object, ...] | None) -> None:
    assert swung(moves(*values), NOW) == (found and tuple(map(eur, found)))


def test_nothing_is_no_swing() -> None:
    assert swung([], NOW) is None


def test_a_lever_that_went_to_and_fro_rests_until_a_month_has_passed() -> None:
    answer = said("oscillation", own(moves(1.00, 1.20, 1.00, ended=29.9, apart=29.9)))
    assert (answer.answer, answer.figure, answer.limit) == (Answer.BLOCK, "1.00 EUR → 1.20 EUR → 1.00 EUR", "30 d")
    assert said("oscillation", own(moves(1.00, 1.20, 1.00, ended=30))).answer is Answer.PASS
    assert said("oscillation", own(moves(1.00, 1.20, 1.00, ended=5, apart=30))).answer is Answer.PASS
    assert said("oscillation", own(moves(1.00, 1.20, 1.10))).answer is Answer.PASS


def test_cuts_rest_too_unless_they_brake_for_stock_account_or_compliance() -> None:
    swinging = own(moves(1.00, 1.20, 1.00))
    assert said("oscillation", swinging, wanted=0.90).answer is Answer.BLOCK
    for folder in ("inventory", "account", "compliance"):
        assert said("oscillation", swinging, wanted=0.90, of=rule(f"{folder}/brake")).answer is Answer.PASS
        assert said("oscillation", swinging, wanted=1.10, of=rule(f"{folder}/raise")).answer is Answer.BLOCK
    assert said("oscillation", swinging, wanted=0.90, of=rule("listing/brake")).answer is Answer.BLOCK


def test_adjustments_swing_in_points_and_amounts_never_with_other_values() -> None:
    def to_and_fro(*points: int) -> object:
        values = [Percent(each) for each in points]
        return swung([OwnMove(NOW, *pair, "ads/any") for pair in pairwise(values)], NOW)

    assert to_and_fro(50, 80, 53) == (Percent(50), Percent(80), Percent(53))
    assert to_and_fro(50, 80, 54) is None
    assert swung([OwnMove(NOW, eur(1.0), Percent(5), "a"), OwnMove(NOW, Percent(5), eur(1.0), "a")], NOW) is not None
