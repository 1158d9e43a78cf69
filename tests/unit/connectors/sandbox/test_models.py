"""Answers conform to Amazon's published models. The models are a private reference and stay outside the project."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_schema_validator import OAS30Validator

from connectors.sandbox.report_columns import REPORT_TYPES

pytestmark = pytest.mark.shared
PLURAL = {
    "campaigns": "Campaigns", "adGroups": "AdGroups", "keywords": "Keywords", "targets": "TargetingClauses",
    "productAds": "ProductAds", "negativeKeywords": "NegativeKeywords",
}  # fmt: skip


class Model:
    """One published document, asked for the schema of one answer."""

    def __init__(self, document: Mapping[Any, Any]) -> None:
        self._document = document
        self._components = {"components": document["components"]}

    def faults(self, reply: Any, method: str, path: str) -> list[str]:
        """What the model says against this answer: its status, its media type, or its body."""
        responses = {
            str(key): value for key, value in self._document["paths"][path][method.lower()]["responses"].items()
        }
        if str(reply.status) not in responses:
            return [f"{method} {path}: status {reply.status} is not in the model"]
        content = responses[str(reply.status)].get("content", {})
        media = reply.headers["content-type"].split(";")[0]
        if media not in content:
            return [f"{method} {path}: media type {media} is not one of {list(content)}"]
        schema = content[media]["schema"]
        validator = OAS30Validator({**self._components, "allOf": [schema]})
        errors = [f"{list(error.absolute_path)}: {error.message}" for error in validator.iter_errors(reply.json)]
        return errors + [f"not in the model: {name}" for name in self._unknown(reply.json, schema, "$")]

    def _unknown(self, value: Any, schema: Any, where: str) -> list[str]:
        while "$ref" in schema:
            schema = self._components["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
        if isinstance(value, list) and "items" in schema:
            return [name for one in value[:50] for name in self._unknown(one, schema["items"], f"{where}[]")]
        known = schema.get("properties")
        if not isinstance(value, dict) or not known:
            return []
        found = [f"{where}.{name}" for name in value if name not in known]
        for name in set(value) & set(known):
            found += self._unknown(value[name], known[name], f"{where}.{name}")
        return found


@pytest.fixture(scope="module")
def products(shared: Path) -> Model:
    return Model(json.loads((shared / "amazon/models/ads/sponsored-products-v3.json").read_text()))


@pytest.fixture(scope="module")
def reporting(shared: Path) -> Model:
    return Model(json.loads((shared / "amazon/models/ads/reporting-v3.json").read_text()))


@pytest.fixture(scope="module")
def profiles(shared: Path) -> Model:
    return Model(yaml.safe_load((shared / "amazon/models/ads/profiles-v2.yaml").read_text()))


@pytest.mark.parametrize("what", PLURAL)
def test_lists_conform(amazon: Any, products: Model, what: str) -> None:
    reply = amazon.sp("POST", f"{what}/list", {"maxResults": 50})
    assert reply.status == 200
    assert products.faults(reply, "POST", f"/sp/{what}/list") == []


@pytest.mark.parametrize("what", PLURAL)
def test_writes_conform_with_successes_and_refusals(amazon: Any, products: Model, what: str) -> None:
    thing = amazon.list(what)[0]
    id = next(name for name in ("keywordId", "targetId", "adId", "adGroupId", "campaignId") if name in thing)
    key = {"targets": "targetingClauses"}.get(what, what)
    items = [{id: thing[id], "state": "PAUSED"}, {id: "1"}, {id: thing[id], "state": "ASLEEP"}, {},
             {id: thing[id], "bid": 0.001}, {id: thing[id], "bid": "x"}, {id: thing[id], "name": " "},
             {id: thing[id], "budget": {"budget": 0.1, "budgetType": "DAILY"}}]  # fmt: skip
    for headers in ({}, {"Prefer": "return=representation"}):
        reply = amazon.sp("PUT", what, {key: items}, **headers)
        assert reply.status == 207
        assert reply.json[key]["success"]
        assert reply.json[key]["error"]
        assert products.faults(reply, "PUT", f"/sp/{what}") == []


@pytest.mark.parametrize("what", ["keywords", "negativeKeywords"])
def test_creates_conform(amazon: Any, products: Model, what: str) -> None:
    thing = amazon.list(what)[0]
    new = {name: thing[name] for name in ("campaignId", "adGroupId", "matchType", "state")}
    items = [new | {"keywordText": "something new"}, new | {"keywordText": "something new"}, new]
    reply = amazon.sp("POST", what, {what: items})
    assert len(reply.json[what]["error"]) == 2
    assert products.faults(reply, "POST", f"/sp/{what}") == []


@pytest.mark.parametrize("what", ["keywords", "negativeKeywords"])
def test_archiving_conforms(amazon: Any, products: Model, what: str) -> None:
    thing = amazon.list(what)[0]
    filter = "keywordIdFilter" if what == "keywords" else "negativeKeywordIdFilter"
    reply = amazon.sp("POST", f"{what}/delete", {filter: {"include": [thing["keywordId"], "1", thing["keywordId"]]}})
    assert [each["index"] for each in reply.json[what]["success"]] == [0, 2]
    assert [each["index"] for each in reply.json[what]["error"]] == [1]
    assert products.faults(reply, "POST", f"/sp/{what}/delete") == []
    again = amazon.sp("POST", f"{what}/delete", {filter: {"include": [thing["keywordId"]]}})
    assert again.json[what]["error"]


@pytest.mark.parametrize("code", ["throttledError", "internalServerError"])
def test_spoiled_items_conform(amazon: Any, products: Model, code: str) -> None:
    amazon.server.plant("item", "keywords.update", every=1, code=code)
    reply = amazon.sp("PUT", "keywords", {"keywords": [{"keywordId": amazon.list("keywords")[0]["keywordId"]}]})
    assert products.faults(reply, "PUT", "/sp/keywords") == []


def test_refusals_of_whole_calls_conform(amazon: Any, products: Model) -> None:
    replies = {
        400: amazon.sp("POST", "keywords/list", {"maxResults": 0}),
        415: amazon.sp("POST", "keywords/list", {}, Content_Type="text/plain"),
    }
    amazon.server.plant("throttle", "keywords.list")
    replies[429] = amazon.sp("POST", "keywords/list", {})
    amazon.server.plant("error", "keywords.list")
    replies[500] = amazon.sp("POST", "keywords/list", {})
    amazon.headers = {}
    replies[401] = amazon.sp("POST", "keywords/list", {})
    for status, reply in replies.items():
        assert reply.status == status
        assert products.faults(reply, "POST", "/sp/keywords/list") == []


def test_reports_conform_on_their_whole_way(amazon: Any, reporting: Model) -> None:
    created = amazon.ask()
    again = amazon.ask()
    bad = amazon.ask(columns=["weather"])
    for reply, status in ((created, 200), (again, 425), (bad, 400)):
        assert reply.status == status
        assert reporting.faults(reply, "POST", "/reporting/reports") == []
    path = f"/reporting/reports/{created.json['reportId']}"
    for _ in range(3):
        assert reporting.faults(amazon.call("GET", path), "GET", "/reporting/reports/{reportId}") == []
        amazon.clock.sleep(1)
    assert amazon.call("GET", path).json["status"] == "COMPLETED"
    waiting = amazon.ask().json["reportId"]
    reply = amazon.call("DELETE", f"/reporting/reports/{waiting}")
    assert reporting.faults(reply, "DELETE", "/reporting/reports/{reportId}") == []
    reply = amazon.call("GET", f"/reporting/reports/{waiting}")
    assert reporting.faults(reply, "GET", "/reporting/reports/{reportId}") == []


def test_the_profile_conforms(amazon: Any, profiles: Model) -> None:
    assert profiles.faults(amazon.call("GET", "/v2/profiles"), "GET", "/v2/profiles") == []


def test_the_columns_of_the_offered_reports_are_the_published_ones(shared: Path) -> None:
    published = json.loads((shared / "amazon/models/ads/reporting-v3-report-types.derived.json").read_text())
    for name, type in REPORT_TYPES.items():
        assert type.columns == set(published[name]["baseColumns"])
        for group, columns in type.groups.items():
            assert columns - type.columns == set(published[name]["groupBys"][group]["additionalColumns"]) - type.columns
