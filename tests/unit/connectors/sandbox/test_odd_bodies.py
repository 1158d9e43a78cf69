"""Whatever a caller sends, the sandbox answers, and what it refuses changes nothing."""

import json
import os
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.clock import SetClock
from connectors.sandbox.answers import Answer
from connectors.sandbox.calls import Call
from connectors.sandbox.entry import answer_call
from connectors.sandbox.operations import OPERATIONS
from connectors.sandbox.resources import RESOURCES
from connectors.sandbox.sandbox import Sandbox
from connectors.sandbox.scenario import Scenario

EXAMPLES = 400 if os.environ.get("STEWARD_FULL") else 20
EXPECTED = {200, 207, 400, 403, 404, 425}
FIELDS = ["keywordId", "campaignId", "adGroupId", "targetId", "adId", "bid", "state", "budget", "budgetType", "name",
          "defaultBid", "dynamicBidding", "strategy", "keywordText", "matchType", "include", "maxResults", "nextToken",
          "stateFilter", "configuration", "columns", "groupBy", "filters", "field", "values", "startDate", "endDate",
          *[resource.key for resource in RESOURCES]]  # fmt: skip
IDS = ["536000000000001", "318000000000001", "427000000000001", "645000000000001", "863000000000001"]
PLAIN = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=12)
    | st.sampled_from([*IDS, "ENABLED", "ARCHIVED", "EXACT", "DAILY", "date", "clicks", "targeting"])
)  # fmt: skip
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
    st.sampled_from(FIELDS) | st.text(max_size=6), inner, max_size=6), max_leaves=15)  # fmt: skip
BODIES = st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=5)


@pytest.fixture(scope="module")
def sandbox(small: Scenario) -> Sandbox:
    return Sandbox(small, 7, SetClock(datetime(2026, 11, 24, 20, tzinfo=UTC)))


def ask(sandbox: Sandbox, operation: Any, body: bytes) -> Answer:
    headers = {
        "authorization": f"Bearer {sandbox.tokens.mint(sandbox.clock.now())}",
        "amazon-advertising-api-clientid": sandbox.scenario.account.credentials.client_id,
        "amazon-advertising-api-scope": str(sandbox.scenario.account.profile),
        "content-type": operation.takes, "accept": operation.gives,
    }  # fmt: skip
    path = operation.path.replace("([^/]+)", "x").replace("\\", "")
    return answer_call(sandbox, Call(operation.method, path, headers, body))


CALLS = [operation for operation in OPERATIONS if not operation.open]


@pytest.mark.parametrize("operation", CALLS, ids=lambda operation: operation.name)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=BODIES)
def test_any_object_is_answered(sandbox: Sandbox, operation: Any, body: Any) -> None:
    answer = ask(sandbox, operation, json.dumps(body).encode())
    assert answer.status in EXPECTED
    json.loads(answer.body)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200), number=st.integers(0, len(CALLS) - 1))
def test_any_bytes_are_answered(sandbox: Sandbox, body: bytes, number: int) -> None:
    assert ask(sandbox, CALLS[number], body).status in EXPECTED


@pytest.mark.parametrize("number", ["1e999999999", "-1e999999999", "1e-999999999", "NaN", "Infinity", "9" * 4_000,
                                    "-0.0", "1e400", "true", '"0.5"', "[]"])  # fmt: skip
def test_a_bid_that_is_no_price_is_refused_and_changes_nothing(sandbox: Sandbox, number: str) -> None:
    operation = next(one for one in OPERATIONS if one.name == "keywords.update")
    effects = len(sandbox.log.effects)
    body = f'{{"keywords": [{{"keywordId": "{IDS[0]}", "bid": {number}}}]}}'
    answer = json.loads(ask(sandbox, operation, body.encode()).body)
    assert answer["keywords"]["success"] == []
    assert len(sandbox.log.effects) == effects
