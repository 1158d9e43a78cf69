"""A mail server in the tests: TLS from an authority of its own, a password, and whatever answers are planned."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "steward@shop.example", "m41l-p4ssw0rd-000008"


@dataclass
class MailReceiver:
    port: int = 0
    ca_file: str = ""
    letters: list[EmailMessage] = field(default_factory=list)
    planned: list[str] = field(default_factory=list)
    """Answers to give to the next letters instead of taking them."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        if self.planned:
            return self.planned.pop(0)
        letter = message_from_bytes(bytes(envelope.content or b""), policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        return "250 OK"


class _Controller(Controller):
    def _trigger_server(self) -> None:
        """aiosmtpd would greet itself with the server's own context, which is none for a client."""
        with socket.create_connection((self.hostname, self.port), 5):
            pass


def _judged(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    # Not handled: the server then says 535 by itself; were it handled, the client would wait for ever.
    return AuthResult(success=right, handled=False) if not right else AuthResult(success=True)


@contextmanager
def mail_receiver(folder: Path, security: str = "starttls") -> Iterator[MailReceiver]:
    """``security``: starttls, tls or none; a password is asked for except with none."""
    authority, receiver = trustme.CA(), MailReceiver()
    receiver.ca_file = str(folder / f"{security}-ca.pem")
    authority.cert_pem.write_to_path(receiver.ca_file)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    with socket.create_server(("127.0.0.1", 0)) as free:
        receiver.port = free.getsockname()[1]
    settings: dict[str, Any] = {"hostname": "127.0.0.1", "port": receiver.port}
    if security == "starttls":
        settings |= {"tls_context": context, "require_starttls": True}
    if security == "tls":
        settings |= {"ssl_context": context}
    if security != "none":
        settings |= {"authenticator": _judged, "auth_required": True, "auth_require_tls": security == "starttls"}
    controller = _Controller(receiver, **settings)
    controller.start()
    try:
        yield receiver
    finally:
        controller.stop()
