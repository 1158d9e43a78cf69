"""What happened within a span of time: counted once, of one account, on both databases."""

from datetime import timedelta

from agent.ledger import SqlLedger
from agent.model.proposal import State
from tests.report_shop import NOW, worked
from tests.wishes import wish


def test_only_what_happened_in_the_account_within_the_span_is_counted(ledger: SqlLedger) -> None:
    worked(ledger)
    ledger.add([wish(90, account="south", created_at=NOW - timedelta(hours=1))])
    day = ledger.recap("north", NOW - timedelta(days=1), NOW)
    counts = {state: day.count(state) for state in State if day.count(state)}
    assert counts == {State.PROPOSED: 6, State.APPROVED: 3, State.REJECTED: 1, State.INTENT: 3, State.ACCEPTED: 1,
                      State.FAILED: 1, State.IN_DOUBT: 1, State.DONE: 1}  # fmt: skip
    assert (day.count(State.PROPOSED, "ads/bid-up"), day.refused, day.finished) == (1, ["p_2"], 0)
    assert day.alerts == {"reviews/negative": 2}
    before = ledger.recap("north", NOW - timedelta(days=4), NOW - timedelta(days=1))
    assert (before.count(State.PROPOSED), before.alerts) == (1, {})
    assert ledger.last_event(NOW - timedelta(days=2)) == 3
    assert ledger.last_event(NOW - timedelta(days=30)) == 0
