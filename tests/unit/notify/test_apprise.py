"""Any other service through Apprise: as well as Apprise itself knows what became of a message."""

from __future__ import annotations

import subprocess
import sys
from io import StringIO

import pytest

from agent.logs import setup
from agent.model.message import Told
from agent.notify.channels.apprise import Apprise, composed
from tests.office import as_before
from tests.receiver import SECRETS, Receiver
from tests.unit.notify.conftest import message

__all__ = ["as_before"]

_WITHOUT = """
import sys
sys.modules["apprise"] = None  # importing it fails, as where it was never installed
from agent.notify.channels.apprise import Apprise
from tests.unit.notify.conftest import message
delivery = Apprise("json://127.0.0.1/x").send(message())
print(delivery.told, delivery.code, delivery.detail, sep="|")
"""
# Apprise loads all its services, some of which use parts of Python that are going away.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def _address(receiver: Receiver) -> str:
    """Apprise's own form of a service that takes JSON; what it answers is planned by each test."""
    return receiver.base.replace("http://", "json://") + "/anything"


def test_where_it_is_not_installed_the_channel_says_how_to_and_is_not_tried_in_vain() -> None:
    ran = subprocess.run([sys.executable, "-c", _WITHOUT], capture_output=True, text=True, check=True)
    told, code, detail = ran.stdout.strip().split("|")
    assert (told, code) == (str(Told.FATAL), "not installed")
    assert "steward[apprise]" in detail


def test_what_the_service_took_is_told(receiver: Receiver) -> None:
    receiver.planned.append((200, "ok", {}))
    assert Apprise(_address(receiver)).send(message()).told is Told.OK
    assert receiver.asked == 1


@pytest.mark.parametrize("status", [401, 404, 429, 500])
def test_what_it_did_not_take_is_tried_again_since_apprise_knows_no_reason(status: int, receiver: Receiver) -> None:
    receiver.planned.append((status, "no", {}))
    assert Apprise(_address(receiver)).send(message()).told is Told.RETRY


def test_nobody_at_the_other_end_is_tried_again() -> None:
    assert Apprise("json://127.0.0.1:1/x").send(message()).told is Told.RETRY


def test_an_address_that_apprise_does_not_know_needs_a_person() -> None:
    for address in ("nonsense", "nosuchservice://x", ""):
        assert Apprise(address).send(message()).told is Told.FATAL


def test_a_long_message_is_cut_to_what_most_services_take() -> None:
    title, text = composed(message(*["差" * 400] * 20))
    assert title == "Stock runs out: 2 alerts"
    assert len(text.encode()) <= 1_500


def test_no_secret_of_an_address_is_logged(receiver: Receiver, as_before: None) -> None:
    receiver.planned.append((500, "no", {}))
    stream = StringIO()
    setup("json", "info", stream)
    Apprise(_address(receiver) + f"?key={SECRETS['slack']}").send(message())
    Apprise(f"nosuchservice://{SECRETS['slack']}").send(message())
    assert SECRETS["slack"] not in stream.getvalue()
