"""Every kind and every field that can change has a word that people use."""

from agent.model.actions import ACTIONS
from agent.model.kinds import KINDS
from agent.shown.words import _FIELDS, _KINDS, field_word


def test_every_kind_and_field_has_a_word_and_no_other() -> None:
    assert set(_KINDS) == set(KINDS)
    assert set(_FIELDS) == {action.field for action in ACTIONS.values()}


def test_a_field_that_nobody_named_is_written_as_it_is() -> None:
    assert field_word("some_new_field") == "some new field"
