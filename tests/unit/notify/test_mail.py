"""Mail through a server that asks for TLS and a password."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent.model.message import Attachment, Told
from tests.mail_receiver import PASSWORD, USER, MailReceiver, mail_receiver
from tests.unit.notify.conftest import mail_channel, message

# aiosmtpd warns where AUTH is offered without STARTTLS, also where the whole connection is encrypted.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")


@pytest.fixture(scope="module", params=["starttls", "tls"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
           ) -> Iterator[tuple[str, MailReceiver]]:  # fmt: skip
    with mail_receiver(tmp_path_factory.mktemp("mail"), request.param) as receiver:
        yield request.param, receiver


def test_a_letter_arrives_encrypted_with_text_html_and_files(server: tuple[str, MailReceiver]) -> None:
    security, receiver = server
    told = replace(message("差评：这个集线器用了三天就坏了 <b>！", title="库存将断货：2 条提醒", language="zh"),
                   attachments=(Attachment("周报.csv", "text/csv", "行,数\n".encode()),))  # fmt: skip
    assert mail_channel(receiver.port, receiver.ca_file, security, USER, PASSWORD).send(told).told is Told.OK
    letter = receiver.letters[-1]
    assert letter["Subject"] == "库存将断货：2 条提醒"
    assert letter["Message-ID"] == "<n_7F3KQ2M9XA@shop.example>"
    plain, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert plain is not None
    assert "这个集线器用了三天就坏了 <b>！" in plain.get_content()
    assert html is not None
    assert "这个集线器用了三天就坏了 &lt;b&gt;！" in html.get_content()
    assert [each.get_filename() for each in letter.iter_attachments()] == ["周报.csv"]


def test_a_wrong_password_is_refused_and_said(server: tuple[str, MailReceiver]) -> None:
    security, receiver = server
    before = len(receiver.letters)
    delivery = mail_channel(receiver.port, receiver.ca_file, security, USER, "wrong-pass-1").send(message())
    assert (delivery.told, delivery.code) == (Told.FATAL, "535")
    assert "wrong-pass-1" not in repr(delivery)
    assert len(receiver.letters) == before


@pytest.mark.parametrize(("answer", "told"), [("451 try later", Told.RETRY), ("552 too large", Told.FATAL)])
def test_what_may_pass_is_tried_again_and_what_does_not_is_not(server: tuple[str, MailReceiver], answer: str, told: Told
                                                               ) -> None:  # fmt: skip
    security, receiver = server
    receiver.planned.append(answer)
    delivery = mail_channel(receiver.port, receiver.ca_file, security, USER, PASSWORD).send(message())
    assert (delivery.told, delivery.code) == (told, answer[:3])


def test_a_server_nobody_vouches_for_gets_no_password(server: tuple[str, MailReceiver]) -> None:
    security, receiver = server
    delivery = mail_channel(receiver.port, "", security, USER, PASSWORD).send(message())
    assert (delivery.told, delivery.code) == (Told.FATAL, "tls")


def test_a_title_cannot_add_a_header(server: tuple[str, MailReceiver]) -> None:
    security, receiver = server
    told = message(title="Stock\r\nBcc: eve@evil.example\r\n\r\nhello")
    assert mail_channel(receiver.port, receiver.ca_file, security, USER, PASSWORD).send(told).told is Told.OK
    assert receiver.letters[-1]["Bcc"] is None
    assert receiver.letters[-1]["Subject"] == "Stock Bcc: eve@evil.example hello"


def test_a_server_that_is_not_there_is_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert mail_channel(port, "", "starttls").send(message()).told is Told.RETRY


def test_a_password_never_travels_in_the_open() -> None:
    assert mail_channel(1, "", "none", USER, PASSWORD).send(message()).code == "mail.security"


def test_without_encryption_a_letter_goes_to_a_server_that_asks_for_none(tmp_path: Path) -> None:
    with mail_receiver(tmp_path, "none") as receiver:
        assert mail_channel(receiver.port, "", "none").send(message()).told is Told.OK
    assert len(receiver.letters) == 1
