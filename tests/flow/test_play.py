"""The daemon through a few days of a small shop: what strikes is told in time, by its rule, and nothing else is; and
people hear of it in their own language through channels that take it as the vendors do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flow_shop import steward
from tests.ran import Ran
from tests.receiver import SECRETS, Receiver

SKUS = ("DM-05", "DM-10", "DM-12", "DM-14", "DM-18", "DM-28")
SCENARIO = """\
scenario: small
about: Six products, one campaign each.
start: 2026-06-10T16:00:00Z
account:
  {name: Small Store, marketplace: US, profile: 4815162342109, seller: A2SMALLSTORE01,
   credentials: {client_id: amzn1.application-oa2-client.small, client_secret: small-secret, refresh_token: Atzr|small}}
products: skus.csv
target_acos: {launch: 1.0, growth: 0.85, mature: 0.70, clearance: 0.45}
market: {scale: 0.35, history_days: 90}
campaigns:
  exact: {kind: keywords, match_types: [exact], targets: 4, weight: 1.0}
wire: {report_seconds: 1.5, selling_pace: 600}
shop:
  goods: goods.csv
  quiet: [DM-05, DM-10]
incidents:
  - {day: 0, until: 9, kind: suppressed, sku: DM-18, expect: [listing/suppressed, listing/not-buyable], deadline: 1}
  - {day: 1, kind: reviews, sku: DM-14, count: 2, expect: [reviews/safety-in-reviews], deadline: 2}
  - {day: 1, kind: title_edit, sku: DM-28, expect: [listing/foreign-edit], deadline: 2}
  - {day: 1, until: 9, kind: hijack, sku: DM-12, factor: 0.9, expect: [listing/hijack], deadline: 2}
  - {day: 1, kind: bids_by_hand, sku: DM-28, factor: 1.2, expect: [listing/hijack], deadline: 2}
"""


NOTIFY = """\
[notify]
page = "https://steward.example.com"
time_zone = "America/Los_Angeles"
"""
CHANNELS = {"team": ("slack", "en"), "qun": ("feishu", "zh"), "hook": ("webhook", "zh")}


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def played(receiver: Receiver, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    folder = tmp_path_factory.mktemp("small")
    (folder / "small.yaml").write_text(SCENARIO, encoding="utf-8")
    for name, source in (("skus.csv", "demo-skus.csv"), ("goods.csv", "demo-shop.csv")):
        _few(SCENARIOS / source, folder / name)
    channels = "".join(
        f'[notify.channels.{name}]\nkind = "{kind}"\nlanguage = "{language}"\nurl = "{receiver.url(kind)}"\n'
        f'secret = "{SECRETS[kind]}"\nallow_private = true\n'
        for name, (kind, language) in CHANNELS.items()
    )
    config = folder / "steward.toml"
    config.write_text(NOTIFY + channels, encoding="utf-8")
    config.chmod(0o600)
    return steward("--config", str(config), "sandbox", "play", "--scenario", str(folder / "small.yaml"), "--days", "2",
                   "--notify", "--json")  # fmt: skip


SCENARIOS = Path(__file__).parents[2] / "connectors" / "sandbox" / "scenarios"


def _few(whole: Path, part: Path) -> None:
    head, *rows = whole.read_text(encoding="utf-8").splitlines()
    part.write_text("\n".join([head, *(row for row in rows if row.startswith(SKUS))]) + "\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--approve", "al"), "--approve is all or none, not al."),
        (("--against", "none", "--folder", "kept"), "--against keeps no folder and tells nobody."),
        (("--rules", "nowhere"), "nowhere is no folder of rules."),
    ],
)
def test_what_cannot_be_meant_is_refused_before_any_day_is_lived(given: tuple[str, ...], said: str) -> None:
    ran = steward("sandbox", "play", *given)
    assert ran.code == 2
    assert said in ran.err


def test_what_strikes_is_told_by_its_rule_before_its_deadline(played: Ran) -> None:
    assert played.code == 0, played.err
    struck = {(each["incident"], each["sku"]): each for each in played.json["incidents"]}
    for incident, sku in (("suppressed", "DM-18"), ("reviews", "DM-14"), ("title_edit", "DM-28"), ("hijack", "DM-12")):
        told = struck[incident, sku]
        assert told["met"] and told["rule"] in told["rules"] and told["day"] <= told["reported"] <= told["deadline"]


def test_what_no_rule_tells_counts_as_missed(played: Ran) -> None:
    """The last incident expects a rule that has nothing to say of it; else a perfect score would prove nothing."""
    missed = [each for each in played.json["incidents"] if not each["met"]]
    assert [(each["incident"], each["rule"], each["reported"]) for each in missed] == [("bids_by_hand", None, None)]
    assert played.json["met"] == 4 and played.json["recall"] == pytest.approx(0.8)


def test_products_to_which_nothing_happens_stay_quiet(played: Ran) -> None:
    assert played.json["quiet_skus"] == 2 and played.json["false_alerts"] == []
    assert played.json["precision"] == pytest.approx(1.0)


def test_the_days_have_a_worth_by_the_sandboxs_own_truth(played: Ran) -> None:
    worth = played.json["worth"]
    assert worth["sales"] > worth["ad_spend"] > 0
    assert worth["profit"] < worth["sales"] - worth["ad_spend"]
    assert worth["stock_out_days"] >= 0 and worth["acos"] > 0


def test_standard_output_is_the_object_alone_and_the_audit_holds(played: Ran) -> None:
    assert played.json["schema"] == "steward.play/1" and played.json["audit_ok"] is True


def test_people_hear_of_what_strikes_through_every_channel_in_their_language(played: Ran, receiver: Receiver) -> None:
    assert receiver.asked == len(receiver.received), "a vendor refused something"
    for each in played.json["incidents"]:
        told = {message["channel"]: message for message in each["told"]}
        if not each["met"]:
            assert told == {}
            continue
        assert set(told) == set(CHANNELS)
        for channel, message in told.items():
            assert message["language"] == CHANNELS[channel][1]
            assert message["urgency"] == ("decide" if each["incident"] == "title_edit" else "urgent")
            assert 0 <= message["hours"] <= 24


def test_what_is_told_is_of_each_class_grouped_and_once(played: Ran, receiver: Receiver) -> None:
    counts = played.json["messages"]
    assert set(counts) == set(CHANNELS)
    for channel, (kind, language) in CHANNELS.items():
        heard = [each for each in receiver.received if each.kind == kind]
        assert set(counts[channel]) == {"urgent", "decide", "digest"}
        assert sum(counts[channel].values()) == len(heard) < 30
        digest = "每日摘要" if language == "zh" else "Digest"
        assert sum(digest in each.text for each in heard) == counts[channel]["digest"] <= 3
    spoken = [each for each in receiver.received if each.kind == "webhook"]
    assert max(Counter(each.body["id"] for each in spoken).values()) == 1
    orders = [each for each in spoken if each.body["rule"] == "inventory/reorder" and not each.body["resolved"]]
    assert any(len(each.body["lines"]) > 3 for each in orders), "one message for many products"
    reviews = [each for each in receiver.received if "Careful" in each.text and "Allergic reaction" in each.text]
    assert {each.kind for each in reviews} == {kind for kind, _language in CHANNELS.values()}
