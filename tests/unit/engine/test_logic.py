"""What operators mean for single values."""

import math
from itertools import product

import pytest

from agent.engine.logic import (
    all_of,
    any_of,
    arithmetic,
    compare,
    contains,
    figure,
    greatest,
    is_in,
    least,
    opposite,
    round_to,
)

TRUTHS = (True, False, None)
PAIRS = list(product(TRUTHS, repeat=2))


@pytest.mark.parametrize(("left", "right"), PAIRS)
def test_and_or_and_not_obey_de_morgan(left, right):
    assert opposite(all_of([left, right])) is any_of([opposite(left), opposite(right)])
    assert opposite(any_of([left, right])) is all_of([opposite(left), opposite(right)])


@pytest.mark.parametrize(("left", "right"), PAIRS)
def test_the_order_of_terms_does_not_matter(left, right):
    assert all_of([left, right]) is all_of([right, left])
    assert any_of([left, right]) is any_of([right, left])


@pytest.mark.parametrize(("left", "right"), PAIRS)
def test_knowing_more_never_turns_an_answer_around(left, right):
    """Kleene's law: where an unknown still gives an answer, every value in its place gives that answer."""
    for combine in (all_of, any_of):
        answer = combine([left, right])
        if answer is not None:
            known = [(True, False) if term is None else (term,) for term in (left, right)]
            assert {combine(terms) for terms in product(*known)} == {answer}


def test_an_unknown_beside_nothing_decisive_stays_unknown():
    assert all_of([True, None]) is None
    assert any_of([False, None]) is None
    assert opposite(None) is None


def test_nothing_asked_is_true_of_all_and_false_of_any():
    assert (all_of([]), any_of([])) == (True, False)


@pytest.mark.parametrize("operator", ["<", "<=", ">", ">=", "==", "!="])
def test_comparing_with_an_unknown_is_unknown(operator):
    assert compare(operator, None, 1.0) is None
    assert compare(operator, 1.0, None) is None


def test_a_division_by_zero_and_an_overflow_are_unknown():
    assert arithmetic("/", 1.0, 0.0) is None
    assert arithmetic("/", 0.0, -0.0) is None
    assert arithmetic("*", 1e200, 1e200) is None
    assert arithmetic("/", 1.0, 5e-324) is None
    assert figure(math.nan) is figure(math.inf) is None


def test_whole_numbers_divide_into_fractions():
    assert arithmetic("/", figure(1), figure(2)) == 0.5


def test_the_smallest_of_something_unknown_is_unknown():
    assert least([1.0, None, 3.0]) is None
    assert greatest([None, 1.0]) is None
    assert (least([2.0, 1.0, 3.0]), greatest([2.0, 1.0, 3.0])) == (1.0, 3.0)


@pytest.mark.parametrize(
    ("value", "step", "rounded"),
    [(2.5, 1.0, 2.0), (3.5, 1.0, 4.0), (0.26, 0.25, 0.25), (1.0, 0.0, None), (None, 1.0, None), (1e300, 1e-300, None)],
)
def test_rounding_goes_to_a_multiple_of_the_step_and_halves_to_the_even_one(value, step, rounded):
    assert round_to(value, step) == rounded


def test_rounding_never_gives_minus_zero():
    assert math.copysign(1, round_to(-0.2, 1.0)) == 1


def test_membership_is_unknown_where_an_unknown_could_decide_it():
    assert is_in(1.0, (1, None)) is True
    assert is_in(2.0, (1, None)) is None
    assert is_in(2.0, (1,)) is False
    assert is_in(None, (1,)) is None
    assert is_in(None, ()) is None


def test_a_text_contains_letter_by_letter():
    assert contains("usb c hub", "c h") is True
    assert contains("usb c hub", "C") is False
    assert contains(None, "c") is None
