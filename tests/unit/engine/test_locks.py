from __future__ import annotations

from agent.engine.locks import locked_entities
from agent.engine.question import Question
from agent.model.setting import Scope
from tests.unit.engine.memory_facts import NOW, TODAY, MemoryFacts, keyword


def locked(*settings: Scope) -> list[str]:
    facts = MemoryFacts(
        rows={
            "keywords": [keyword("k1", campaign_id="c1"), keyword("k2", campaign_id="c2")],
            "campaigns": [{"entity": "c1", "name": "brand"}, {"entity": "c2", "name": "other"}],
        }
    )
    question = Question("demo", TODAY, NOW, "EUR", settings)
    return sorted(str(entity) for entity in locked_entities(["keyword", "campaign"], facts, question))


def test_nothing_is_locked_unless_the_operator_says_so() -> None:
    assert locked() == []
    assert locked(Scope("account", "*", {"locked": False})) == []


def test_a_locked_campaign_locks_all_below_it() -> None:
    assert locked(Scope("campaign", "brand", {"locked": True})) == ["campaign:c1", "keyword:k1"]


def test_a_narrower_scope_may_unlock_again() -> None:
    wide, narrow = Scope("account", "*", {"locked": True}), Scope("keyword", "k2", {"locked": False})
    assert locked(wide, narrow) == ["campaign:c1", "campaign:c2", "keyword:k1"]
