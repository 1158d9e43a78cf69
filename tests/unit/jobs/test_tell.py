"""Which open alerts end with a judging."""

from datetime import UTC, datetime

from agent.engine.columns import judge
from agent.jobs.tell import alerts_of, ended
from agent.model.alert import Alert
from agent.model.marketplace import MARKETPLACES
from agent.model.metric import Unit
from agent.model.rule import Severity
from tests.unit.engine.memory_facts import QUESTION, above, facts, keyword, rule, state

NOW = datetime(2026, 3, 20, 9, tzinfo=UTC)
DEAR = rule(above(state("bid", Unit.MONEY), 2_000_000), name="ads/dear")


def judged(**bids: int | None):
    view = facts([keyword(id, bid=bid) for id, bid in bids.items()])
    return judge([DEAR], view, QUESTION)


def told(judgements) -> list[Alert]:
    matches = [(DEAR, match.spelled()) for match in judgements["keyword"].matches("ads/dear")]
    ids = iter("abcdef")
    return list(alerts_of(matches, judgements, MARKETPLACES["DE"], "r1", NOW, lambda prefix: prefix + next(ids)))


def test_a_match_becomes_an_alert_with_its_figures_in_money() -> None:
    (alert,) = told(judged(k1=3_000_000, k2=1_000_000))
    assert (alert.entity.id, alert.severity, alert.opened_at) == ("k1", Severity.S3, NOW)
    assert alert.evidence["bid"] == {"amount": "3.00", "currency": "EUR"}


def test_an_alert_ends_when_its_rule_says_no_or_its_entity_is_gone_and_stays_while_nobody_knows() -> None:
    standing = told(judged(k1=3_000_000, k2=3_000_000, k3=3_000_000, k4=3_000_000))
    now = judged(k1=3_000_000, k2=1_000_000, k3=None)
    over = {alert.entity.id: because for alert, because in ended(standing, [DEAR], now)}
    assert over == {"k2": "it no longer holds", "k4": "it no longer holds"}


def test_an_alert_of_a_rule_that_was_removed_ends() -> None:
    standing = told(judged(k1=3_000_000))
    assert [because for _, because in ended(standing, [], {})] == ["the rule is gone"]
