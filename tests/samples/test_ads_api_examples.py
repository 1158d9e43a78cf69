"""Amazon's own example answers are read by the same code that reads the real ones."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from agent.clock import SetClock
from agent.errors import ContractError
from agent.model.change import Change
from agent.model.entity import Entity
from agent.model.fact import Delivered, Pending, Rows
from agent.model.kinds import STREAMS
from agent.model.money import Money
from agent.model.proposal import Fate
from agent.model.window import Span
from agent.outbound import Outbound
from connectors.amazon_ads import AmazonAds, Credentials
from connectors.amazon_ads.resources import RESOURCES
from tests.scripted_amazon import Amazon

pytestmark = pytest.mark.shared
NOW = datetime(2026, 3, 20, 9, tzinfo=UTC)
DAYS = Span(date(2026, 3, 1), date(2026, 3, 7))
LISTS = {f"{each.path}/list": each for each in RESOURCES}
UPDATES = {each.path: each for each in RESOURCES}


@dataclass(frozen=True, slots=True)
class Example:
    name: str
    method: str
    path: str
    status: int
    body: str


@pytest.fixture(scope="module")
def examples(shared: Path) -> Sequence[Example]:
    text = (shared / "samples" / "ads-api-vendor" / "ads_api_examples.json").read_text(encoding="utf-8")
    return list(_examples(json.loads(text)))


def _examples(collection: Sequence[Mapping[str, Any]]) -> Iterator[Example]:
    for request in collection:
        path = re.sub(r"^\{\{\w+\}\}|\?.*$", "", str(request["url"]))
        for each in request["examples"]:
            yield Example(f"{request['name']}: {each['name']}", request["method"], path, each["status"], each["body"])


def opened(amazon: Amazon, folder: Path) -> AmazonAds:
    clock = SetClock(NOW)
    secrets = Credentials(SecretStr("app"), SecretStr("secret"), SecretStr("Atzr|x"))
    outbound = Outbound(clock, transport=httpx.MockTransport(amazon))
    return AmazonAds("shop", secrets, "1", outbound, clock, currency="USD", downloads=folder)


def test_every_list_example_becomes_rows(examples: Sequence[Example], tmp_path: Path) -> None:
    seen: dict[str, int] = {}
    for example in (each for each in examples if each.path in LISTS):
        resource, amazon = LISTS[example.path], Amazon()
        amazon.on(f"POST {example.path}", httpx.Response(example.status, text=example.body),
                  httpx.Response(200, json={resource.key: []}))  # fmt: skip
        delivered = opened(amazon, tmp_path).pull(STREAMS[resource.stream], DAYS, None)
        assert isinstance(delivered, Delivered)
        (rows,) = delivered.batches
        assert isinstance(rows, Rows)
        listed = json.loads(example.body)[resource.key]
        assert list(rows.columns["entity"]) == list({str(item[resource.id]): 1 for item in listed})
        seen[resource.stream] = seen.get(resource.stream, 0) + len(rows)
    assert set(seen) == {each.stream for each in RESOURCES}
    assert min(seen.values()) > 0


def test_every_207_example_accepts_its_items(examples: Sequence[Example], tmp_path: Path) -> None:
    """The answers to creates and deletes have the same shape as those to updates, so all of them are read."""
    found = 0
    for example in (each for each in examples if each.status == 207):
        resource = UPDATES.get(example.path.removesuffix("/delete"))
        if resource is None or not resource.edits:
            continue
        amazon = Amazon()
        call, after = ("POST", "archived") if resource.archives else ("PUT", "paused")
        amazon.on(f"{call} {resource.path}{'/delete' * resource.archives}", httpx.Response(207, text=example.body))
        changes = {f"p{n}": Change(Entity("shop", resource.kind, id), "state", "enabled", after)
                   for n, id in enumerate(_ids(example, resource.key, resource.answer_id))}  # fmt: skip
        receipts = opened(amazon, tmp_path).apply(changes)
        assert [each.fate for each in receipts] == [Fate.ACCEPTED] * len(changes), example.name
        found += len(changes)
    assert found >= 12


def _ids(example: Example, key: str, id: str) -> list[str]:
    return [item[id] for item in json.loads(example.body)[key]["success"]]


def test_a_change_the_example_does_not_speak_of_is_unknown(examples: Sequence[Example], tmp_path: Path) -> None:
    example = next(each for each in examples if each.name == "Update keywords: Update bid")
    amazon = Amazon()
    amazon.on("PUT /sp/keywords", httpx.Response(207, text=example.body))
    (id,) = _ids(example, "keywords", "keywordId")
    bid = Money.of("0.05", "USD")
    changes = {name: Change(Entity("shop", "keyword", name), "bid", None, bid) for name in (id, "another")}
    fates = {each.proposal: each.fate for each in opened(amazon, tmp_path).apply(changes)}
    assert fates == {id: Fate.ACCEPTED, "another": Fate.UNKNOWN}


def test_every_report_example_is_understood(examples: Sequence[Example], tmp_path: Path) -> None:
    """An order's answer gives its id. What it was, and for which days, is not what we asked for, and that is seen."""
    statuses = set()
    for example in (each for each in examples if each.path.startswith("/reporting/reports")):
        said, amazon = json.loads(example.body), Amazon()
        amazon.on("POST /reporting/reports", httpx.Response(example.status, text=example.body))
        amazon.on(f"GET /reporting/reports/{said['reportId']}", httpx.Response(200, text=example.body))
        ads = opened(amazon, tmp_path)
        first = ads.pull(STREAMS["campaign_traffic"], DAYS, None)
        assert isinstance(first, Pending)
        assert said["reportId"] in first.cursor
        statuses.add(said["status"])
        if said["status"] != "COMPLETED":
            assert isinstance(ads.pull(STREAMS["campaign_traffic"], DAYS, first.cursor), Pending)
            continue
        with pytest.raises(ContractError, match="another day"):
            ads.pull(STREAMS["campaign_traffic"], DAYS, first.cursor)
    assert statuses >= {"PENDING", "COMPLETED"}
