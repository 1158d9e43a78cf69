"""Any other service through Apprise: as well as Apprise itself knows what became of a message."""

from __future__ import annotations

from importlib.util import find_spec
from io import StringIO

import pytest

from agent.logs import setup
from agent.model.message import Told
from agent.notify.channels.apprise import Apprise, composed
from tests.office import as_before
from tests.receiver import SECRETS, Receiver
from tests.unit.notify.conftest import message

__all__ = ["as_before"]

_INSTALLED = find_spec("apprise") is not None
needed = pytest.mark.skipif(not _INSTALLED, reason="pip install 'steward[apprise]'")
# Apprise loads all its services, some of which use parts of Python that are going away.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def _address(receiver: Receiver) -> str:
    """Apprise's own form of a service that takes JSON; what it answers is planned by each test."""
    return receiver.base.replace("http://", "json://") + "/anything"


@pytest.mark.skipif(_INSTALLED, reason="Apprise is installed")
def test_where_it_is_not_installed_the_channel_says_how_to_and_is_not_tried_in_vain() -> None:
    delivery = Apprise("json://127.0.0.1/x").send(message())
    assert (delivery.told, delivery.code) == (Told.FATAL, "not installed")
    assert "steward[apprise]" in delivery.detail


@needed
def test_what_the_service_took_is_told(receiver: Receiver) -> None:
    receiver.planned.append((200, "ok", {}))
    assert Apprise(_address(receiver)).send(message()).told is Told.OK
    assert receiver.asked == 1


@needed
@pytest.mark.parametrize("status", [401, 404, 429, 500])
def test_what_it_did_not_take_is_tried_again_since_apprise_knows_no_reason(status: int, receiver: Receiver) -> None:
    receiver.planned.append((status, "no", {}))
    assert Apprise(_address(receiver)).send(message()).told is Told.RETRY


@needed
def test_nobody_at_the_other_end_is_tried_again() -> None:
    assert Apprise("json://127.0.0.1:1/x").send(message()).told is Told.RETRY


@needed
def test_an_address_that_apprise_does_not_know_needs_a_person() -> None:
    for address in ("nonsense", "nosuchservice://x", ""):
        assert Apprise(address).send(message()).told is Told.FATAL


def test_a_long_message_is_cut_to_what_most_services_take() -> None:
    title, text = composed(message(*["差" * 400] * 20))
    assert title == "Stock runs out: 2 alerts"
    assert len(text.encode()) <= 1_500


@needed
def test_no_secret_of_an_address_is_logged(receiver: Receiver, as_before: None) -> None:
    receiver.planned.append((500, "no", {}))
    stream = StringIO()
    setup("json", "info", stream)
    Apprise(_address(receiver) + f"?key={SECRETS['slack']}").send(message())
    Apprise(f"nosuchservice://{SECRETS['slack']}").send(message())
    assert SECRETS["slack"] not in stream.getvalue()
