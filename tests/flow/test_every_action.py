"""Every kind of action through the real executor against the simulated Amazon over HTTP, with every sort of trouble:
each takes effect exactly once, or a person is asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from pydantic import SecretStr

from agent.clock import SetClock
from agent.jobs.act import Patience, act
from agent.jobs.settle import settle
from agent.ledger import SqlLedger
from agent.model.actions import ACTIONS, CREATE
from agent.model.change import Change, Edit, Value
from agent.model.creation import MATCH_TYPES, Creation
from agent.model.entity import Entity
from agent.model.money import Money
from agent.model.percent import Percent
from agent.model.proposal import State
from agent.outbound import Outbound
from agent.ports import Actuator
from connectors.amazon_ads import AmazonAds, Credentials
from connectors.sandbox.scenario_file import load_scenario
from connectors.sandbox.server import SandboxServer
from connectors.selling_partner import SellingPartner
from tests.wishes import approved, wish

NOW = datetime(2026, 11, 24, 20, tzinfo=UTC)
TROUBLE: Sequence[tuple[str, Mapping[str, Any]]] = (
    ("throttle", {"retry_after": 3}), ("error", {"when": "before"}), ("error", {"when": "after"}),
    ("drop", {"when": "after"}), ("truncate", {"keep": 0.4}),
)  # fmt: skip
"""What is answered instead of a yes; before or after the effect, where it is not told apart after it."""
PATIENCE = Patience(settle=timedelta(seconds=20))
_TURN = timedelta(seconds=30)
_THINGS = {"product_target": "target"}
"""Where the sandbox has another word than we."""
_CALLS = {"keyword": "keywords", "product_target": "targets", "campaign": "campaigns", "ad_group": "adGroups",
          "product_ad": "productAds", "negative_keyword": "negativeKeywords"}  # fmt: skip


@dataclass
class Store:
    amazon: SandboxServer
    clock: SetClock
    ledger: SqlLedger
    actuators: Sequence[Actuator]
    ids: count[int] = field(default_factory=lambda: count(1))

    def entities(self, kind: str) -> list[Entity]:
        """The things that are there and can be changed."""
        here = self.amazon.sandbox
        if kind == "order":
            now = self.clock.now()
            since = now - timedelta(days=40)
            asked = [(each.order_id, day) for each in here.shop.orders(since, now) for day in (0, 1)]
            no = {id for id, day in asked if not here.shop.may_request_review(id, now + timedelta(days=day))}
            found = list(dict.fromkeys(id for id, _ in asked if id not in no))
        elif kind == "listing":
            found = [row.sku for row in here.shop.listings(self.clock.now()) if row.buyable]
        else:
            found = [each.id for each in here.account.all(_THINGS.get(kind, kind)) if each.state != "ARCHIVED"]
        return [Entity("demo", kind, id) for id in found]

    def new(self, kind: str, number: int) -> Creation:
        account = self.amazon.sandbox.account
        group = next(each for each in account.all("ad_group")
                     if account.campaign(each.campaign_id).targeting_type == "MANUAL")  # fmt: skip
        bid = None if kind == "negative_keyword" else Money.of("0.61", "USD")
        return Creation.of(kind, group.id, MATCH_TYPES[kind][0], f"b0new{number:05d}", bid)

    def change(self, kind: str, field: str, number: int) -> Change:
        """Another one for each number, as long as there are enough things."""
        if field == CREATE:
            new = self.new(kind, number)
            return Change(Entity("demo", kind, new.key), CREATE, None, new)
        known = self.entities(kind)
        entity = known[number % len(known)]
        actuator = next(each for each in self.actuators if Edit(kind, field) in each.edits)
        live = actuator.live([entity], field)[entity]
        return Change(entity, field, live, _other(kind, field, live))

    def carried_out(self, change: Change) -> State:
        """Approve it and let the jobs work on it until it is settled."""
        proposal = wish(next(self.ids), change=change, account="demo", created_at=self.clock.now(),
                        expires_at=self.clock.now() + timedelta(days=3))  # fmt: skip
        proposal = replace(proposal, id=f"p_{change.entity.kind}_{change.field}_{proposal.id}")
        approved(self.ledger, [proposal])
        for _ in range(8):
            act(self.ledger, self.actuators, self.clock, account="demo", run=f"r_a{next(self.ids)}",
                may_write=lambda: None, patience=PATIENCE)  # fmt: skip
            settle(self.ledger, self.actuators, self.clock, account="demo", run=f"r_s{next(self.ids)}",
                   patience=PATIENCE)  # fmt: skip
            (found,) = self.ledger.proposals(ids=[proposal.id])
            if found.state in (State.DONE, State.CONFLICT, State.FAILED, State.SUPERSEDED):
                return found.state
            self.clock.sleep(_TURN.total_seconds())
        return found.state

    def effects(self, change: Change) -> int:
        """How often the change took effect at Amazon."""
        here, entity = self.amazon.sandbox, change.entity
        if entity.kind == "order":
            return int(here.shop.review_requested(entity.id))
        if entity.kind == "listing":
            return len(here.selling.offers.get(entity.id, ()))
        kind = _THINGS.get(entity.kind, entity.kind)
        if isinstance(change.after, Creation):
            made = [each for each in here.log.effects if each.kind == kind and each.field == "created"]
            return sum(change.after.text.lower() in str(here.account.find(kind, each.id)).lower() for each in made)
        return sum(each.through != "person" for each in here.log.effects_on(kind, entity.id))


def _other(kind: str, field: str, value: Value) -> Value:
    """Another value that Amazon takes."""
    match value:
        case Percent():
            return Percent(value.points + 15)
        case Money():
            return Money(value.micros + 110_000, value.currency)
        case None:
            return Money.of("0.55", "USD")
    if field == "state":
        return "archived" if kind == "negative_keyword" else "paused" if value == "enabled" else "enabled"
    if field == "review_request":
        return "requested"
    return "manual" if value == "legacy_for_sales" else "legacy_for_sales"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Three products whose history reaches back far enough for orders that were delivered."""
    demo, folder = load_scenario("demo"), tmp_path_factory.mktemp("store")
    few = replace(demo, products=demo.products[:3], incidents=(), wire=replace(demo.wire, rate=0, report_rate=0),
                  market=replace(demo.market, history_days=60))  # fmt: skip
    clock = SetClock(NOW)
    ledger = SqlLedger.open(f"sqlite:///{folder / 'steward.db'}")
    with ExitStack() as stack:
        amazon = stack.enter_context(SandboxServer(few, seed=7, clock=clock))
        outbound = stack.enter_context(Outbound(clock, dice=lambda: 1.0))
        keys, account, token = amazon.credentials, amazon.scenario.account, f"{amazon.url}/auth/o2/token"
        secrets = Credentials(*map(SecretStr, (keys.client_id, keys.client_secret, keys.refresh_token)))
        ads = AmazonAds("demo", secrets, str(account.profile), outbound, clock, downloads=folder,
                        currency=account.marketplace.currency, endpoint=amazon.url, token_endpoint=token)  # fmt: skip
        partner = SellingPartner("demo", secrets, account.seller, account.marketplace, outbound, clock, region="NA",
                                 downloads=folder, endpoint=amazon.url, token_endpoint=token)  # fmt: skip
        yield Store(amazon, clock, ledger, (ads, partner))
    ledger.close()


def _call(kind: str, field: str) -> tuple[str, int]:
    """The operation that writes it, and how many calls of it only try."""
    if kind == "listing":
        return "patchListingsItem", 1
    if kind == "order":
        return "createProductReviewAndSellerFeedbackSolicitation", 0
    verb = "create" if field == CREATE else "delete" if kind == "negative_keyword" else "update"
    return f"{_CALLS[kind]}.{verb}", 0


@pytest.mark.parametrize(("kind", "field"), sorted(ACTIONS), ids=lambda part: part)
def test_every_action_takes_effect_exactly_once_whatever_is_answered(store: Store, kind: str, field: str) -> None:
    operation, tries = _call(kind, field)
    for number, (fault, values) in enumerate(TROUBLE):
        change = store.change(kind, field, number)
        before = store.effects(change)
        store.amazon.plant(fault, operation, count=1, skip=tries, **values)
        state = store.carried_out(change)
        store.amazon.sandbox.faults.lift()
        again = ACTIONS[kind, field].resend or values.get("when") != "before"
        expected = (State.DONE, 1) if again else (State.CONFLICT, 0)
        assert (state, store.effects(change) - before) == expected, (fault, values)
    assert store.ledger.verify().ok
