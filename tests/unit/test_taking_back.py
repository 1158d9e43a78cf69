"""Walking back on one lever: only what is still ours, and never over what somebody else set."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.model.change import Change
from agent.model.entity import Entity
from agent.model.money import Money
from agent.model.proposal import State
from agent.model.unwind import Landed, Unwound, Why, unwound
from tests.wishes import NOW, wish

KEYWORD = Entity("north", "keyword", "k1")


def euros(amount: str) -> Money:
    return Money.of(amount, "EUR")


def wrote(*steps: tuple[str, str], chosen: tuple[int, ...] = (0,), state: State = State.DONE) -> list[Landed]:
    """Our writes to one bid, oldest first: from, to."""
    return [
        Landed(
            replace(wish(number), change=Change(KEYWORD, "bid", euros(before), euros(after)), state=state),
            NOW + timedelta(hours=number),
            number in chosen,
        )
        for number, (before, after) in enumerate(steps)
    ]


def back(found: Unwound) -> str | None:
    return None if found.change is None else f"{found.change.before} > {found.change.after}"


def kept(found: Unwound) -> dict[str, Why]:
    return {each.proposal.id: each.why for each in found.kept}


def test_what_is_still_ours_goes_back_to_before() -> None:
    found = unwound(wrote(("1.00", "0.75")), euros("0.75"))
    assert back(found) == "0.75 EUR > 1.00 EUR"
    assert kept(found) == {}


def test_what_somebody_changed_since_stays() -> None:
    found = unwound(wrote(("1.00", "0.75")), euros("0.90"))
    assert back(found) is None
    assert kept(found) == {"p_0": Why.CHANGED_SINCE}


def test_what_somebody_set_back_is_as_it_shall_be() -> None:
    assert kept(unwound(wrote(("1.00", "0.75")), euros("1.00"))) == {"p_0": Why.ALREADY}


def test_newer_changes_of_ours_are_undone_in_order() -> None:
    found = unwound(wrote(("1.00", "0.75"), ("0.75", "0.60")), euros("0.60"))
    assert back(found) == "0.60 EUR > 1.00 EUR"
    assert [each.id for each in found.undone] == ["p_1", "p_0"]


def test_older_changes_that_nobody_chose_stay() -> None:
    assert back(unwound(wrote(("1.00", "0.75"), ("0.75", "0.60"), chosen=(1,)), euros("0.60"))) == "0.60 EUR > 0.75 EUR"


def test_the_way_back_ends_where_somebody_stepped_in_between() -> None:
    """We wrote 0.75, somebody 0.90, we 0.80: only the last is ours to take back."""
    both = unwound(wrote(("1.00", "0.75"), ("0.90", "0.80"), chosen=(0, 1)), euros("0.80"))
    assert back(both) == "0.80 EUR > 0.90 EUR"
    assert kept(both) == {"p_0": Why.CHANGED_SINCE}
    first = unwound(wrote(("1.00", "0.75"), ("0.90", "0.80"), chosen=(0,)), euros("0.80"))
    assert back(first) is None
    assert kept(first) == {"p_0": Why.CHANGED_SINCE}


def test_what_was_undone_is_not_undone_again_and_an_undo_can_be_undone() -> None:
    writes = wrote(("1.00", "0.75"), ("0.75", "1.00"))
    assert kept(unwound(writes, euros("1.00"))) == {"p_0": Why.ALREADY}
    assert back(unwound(wrote(("1.00", "0.75"), ("0.75", "1.00"), chosen=(1,)), euros("1.00"))) == "1.00 EUR > 0.75 EUR"


def test_nothing_is_undone_while_a_change_of_the_lever_is_in_flight() -> None:
    writes = [*wrote(("1.00", "0.75")), *wrote(("0.75", "0.60"), chosen=(), state=State.ACCEPTED)]
    assert kept(unwound(writes, euros("0.75"))) == {"p_0": Why.IN_FLIGHT}


@pytest.mark.parametrize(("live", "expected"), [("0.75", "0.75 EUR > 1.00 EUR"), ("0.60", "0.60 EUR > 1.00 EUR")])
def test_a_conflict_that_never_landed_is_stepped_over(live: str, expected: str) -> None:
    writes = [*wrote(("1.00", "0.75")), *wrote(("0.75", "0.60"), chosen=(), state=State.CONFLICT)]
    assert back(unwound(writes, euros(live))) == expected


def test_what_had_no_value_of_its_own_cannot_be_given_none() -> None:
    first = wrote(("1.00", "0.75"))[0]
    bare = replace(first, proposal=replace(first.proposal, change=Change(KEYWORD, "bid", None, euros("0.75"))))
    assert kept(unwound([bare], euros("0.75"))) == {"p_0": Why.NO_VALUE}


@settings(max_examples=1_000, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["us", "them"]), st.integers(1, 5), st.booleans()), min_size=1, max_size=8))
def test_whatever_happened_a_value_of_somebody_else_is_never_overwritten(
    story: list[tuple[str, int, bool]],
) -> None:
    """The value is taken back only through our own writes: to one that stood right before some of them."""
    value, ours = 3, []
    for who, wanted, chosen in story:
        if who == "us":
            change = Change(KEYWORD, "bid", value, wanted)
            ours.append(Landed(replace(wish(len(ours)), change=change, state=State.DONE), NOW, chosen))
        value = wanted
    found = unwound(ours, value) if ours else Unwound()
    if found.change is None:
        return
    assert value == ours[-1].proposal.change.after
    assert found.change.before == value
    touched = [each.change for each in reversed(found.undone)]
    assert all(one.after == two.before for one, two in pairwise(touched))
    assert touched[-1].after == value
    assert found.change.after == touched[0].before
