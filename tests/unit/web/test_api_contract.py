"""Whatever is asked, the answer is what the OpenAPI document promises: looked for by schemathesis."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from agent.access.keys import Keys
from agent.web.api.call import Operation
from agent.web.api.table import OPERATIONS, PREFIX
from agent.web.desk import Desk
from agent.web.serving import PageServer
from tests.browser.conftest import free_port
from tests.page_shop import furnish

CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
          negative_data_rejection, unsupported_method)  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    shop = furnish(tmp_path_factory.mktemp("shop"), free_port(), count=8, rules=("ads/bid-*",))
    with shop.desk() as desk, PageServer(desk):
        yield desk


@pytest.fixture(scope="module")
def document(desk: Desk) -> schemathesis.BaseSchema:
    found = schemathesis.openapi.from_url(f"http://127.0.0.1:{desk.config.page.port}{PREFIX}/openapi.json")
    found.config.generation.update(with_security_parameters=False)
    return found


@pytest.fixture(scope="module")
def key(desk: Desk) -> str:
    found = desk.ledger.people.user("root")
    assert found is not None
    return Keys(desk.ledger.people, desk.clock).give(found, "a test", ("read", "decide"), 9, "root")[1]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_whatever_is_asked_the_answer_is_one_that_was_promised(
    operation: Operation, document: schemathesis.BaseSchema, key: str
) -> None:
    told = document[PREFIX + operation.path][operation.method]
    strategy = st.one_of(told.as_strategy(generation_mode=mode) for mode in GenerationMode)

    @settings(max_examples=6, deadline=None, derandomize=True, database=None, phases=[Phase.generate])
    @given(strategy)
    def each(case: schemathesis.Case) -> None:
        answer = case.call_and_validate(headers={"Authorization": f"Bearer {key}"}, checks=list(CHECKS))
        assert answer.status_code not in (401, 429), "else nothing was looked at"

    each()


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("/proposals/{id}", {"id": "p_00001"}),
        ("/proposals/{id}", {"id": "p_00905"}),
        ("/plans/{run}", {"run": "r_7F3KQ2M9XA"}),
    ],
)
def test_what_is_there_is_told_in_the_promised_shape(
    path: str, parts: dict[str, str], document: schemathesis.BaseSchema, key: str
) -> None:
    case = document[PREFIX + path]["GET"].Case(path_parameters=parts)
    answer = case.call_and_validate(headers={"Authorization": f"Bearer {key}"}, checks=list(CHECKS))
    assert answer.status_code == 200
