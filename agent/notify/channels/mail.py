"""E-mail over SMTP, with STARTTLS or TLS: plain text and HTML, files where the message has some."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape
from typing import Literal

from agent.errors import ConfigError
from agent.language import speaking
from agent.model.message import Attachment, Delivery, Message, Told, Urgency
from agent.notify.channels.answers import said
from agent.notify.texts import fitted, footer, plain, spoken

_SECONDS = 10.0
_MOST_LINES = 200
_SUBJECT = 180
_COLOURS = {Urgency.URGENT: "#b42318", Urgency.DECIDE: "#b54708", Urgency.DIGEST: "#175cd3"}

_HEADING = "font-size:20px;padding-left:10px"
_BODY = (
    "margin:0;padding:16px;max-width:640px;color:#1d2939;"
    "font:16px/1.5 -apple-system,Segoe UI,PingFang SC,Microsoft YaHei,sans-serif"
)


@dataclass(frozen=True, slots=True)
class Mail:
    """``password`` is only ever sent over an encrypted connection."""

    server: str
    port: int
    security: Literal["starttls", "tls", "none"]
    user: str
    password: str = field(repr=False)
    sender: str
    recipients: tuple[str, ...]
    ca_file: str = ""
    seconds: float = _SECONDS

    def send(self, message: Message) -> Delivery:
        """4xx answers and a server that is not there are tried again; 5xx need a person."""
        letter = composed(message, self.sender, self.recipients)
        try:
            with self._connected() as connection:
                if self.user:
                    connection.login(self.user, self.password)
                refused = connection.send_message(letter, self.sender, list(self.recipients))
        except smtplib.SMTPRecipientsRefused as fault:
            code, words = next(iter(fault.recipients.values()), (550, b""))
            return self._refused(code, words)
        except smtplib.SMTPResponseException as fault:
            return self._refused(fault.smtp_code, fault.smtp_error)
        except smtplib.SMTPNotSupportedError as fault:
            return Delivery(Told.FATAL, said(fault), "not supported")
        except ssl.SSLCertVerificationError as fault:
            return Delivery(Told.FATAL, f"the server's certificate is not trusted: {fault.verify_message}", "tls")
        except ConfigError as fault:
            return Delivery(Told.FATAL, fault.message, fault.setting)
        except (smtplib.SMTPException, OSError) as fault:
            return Delivery(Told.RETRY, f"no conversation with the mail server ({type(fault).__name__})", "network")
        return Delivery(Told.OK, said(", ".join(f"{one} was refused" for one in refused)), "250")

    def _connected(self) -> smtplib.SMTP:
        if self.user and self.security == "none":
            raise ConfigError("a password is never sent without encryption", setting="mail.security",
                              hint="use starttls or tls")  # fmt: skip
        if self.security == "tls":
            return smtplib.SMTP_SSL(self.server, self.port, timeout=self.seconds, context=self._trust())
        connection = smtplib.SMTP(self.server, self.port, timeout=self.seconds)
        if self.security == "starttls":
            try:
                connection.starttls(context=self._trust())
            except BaseException:
                with suppress(smtplib.SMTPException, OSError):
                    connection.close()
                raise
        return connection

    def _trust(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self.ca_file or None)
        except (OSError, ssl.SSLError) as fault:
            raise ConfigError("the certificate authority cannot be read", setting="ca_file",
                              hint="name a file with certificates in PEM") from fault  # fmt: skip

    def _refused(self, code: int, words: bytes | str) -> Delivery:
        text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
        return Delivery(Told.RETRY if 400 <= code < 500 else Told.FATAL, said(text), str(code))


def composed(message: Message, sender: str, recipients: tuple[str, ...]) -> EmailMessage:
    """The letter. Its Message-ID follows from the message's id, so that a second copy is known as one."""
    fit = fitted(message, lambda _: 0, 1, _MOST_LINES)
    letter = EmailMessage()
    letter["Subject"] = plain(fit.title)[:_SUBJECT]
    letter["From"], letter["To"] = plain(sender), ", ".join(map(plain, recipients))
    letter["Date"] = format_datetime(message.at)
    letter["Message-ID"] = f"<{message.id}@{sender.rpartition('@')[2].strip('> ') or 'steward.invalid'}>"
    letter["Auto-Submitted"] = "auto-generated"
    if message.urgency is Urgency.URGENT:
        letter["Importance"] = "high"
    letter.set_content(_text(fit), cte="base64")
    letter.add_alternative(message.html or _html(fit), subtype="html", cte="base64")
    for attachment in message.attachments:
        _attach(letter, attachment)
    return letter


def _attach(letter: EmailMessage, attachment: Attachment) -> None:
    kind, _, subtype = attachment.media_type.partition("/")
    letter.add_attachment(attachment.data, maintype=kind, subtype=subtype or "octet-stream",
                          filename=plain(attachment.name))  # fmt: skip


def _text(message: Message) -> str:
    with speaking(message.language):
        lines = [message.text.strip()] if message.text else [message.title, "", *map(spoken, message.lines)]
    about = " · ".join(part for part in (message.account, message.rule, footer(message)) if part)
    links = [f"{link.text}: {link.url}" for link in message.links]
    return "\n".join([*lines, "", *([about] if about else []), *links]) + "\n"


def _html(message: Message) -> str:
    """Readable on a telephone, without pictures or anything that is fetched."""
    colour = "#067647" if message.resolved else _COLOURS[message.urgency]
    with speaking(message.language):
        rows = "".join(
            f'<li style="margin:8px 0">{"✓ " if line.ended else ""}'
            f"{f'<b>{escape(line.label)}</b> ' if line.label else ''}{escape(line.text)}</li>"
            for line in message.lines
        )
    about = " · ".join(escape(part) for part in (message.account, message.rule, footer(message)) if part)
    keys = "".join(
        f'<p><a href="{escape(link.url)}" style="display:inline-block;padding:10px 16px;background:{colour};'
        f'color:#fff;text-decoration:none;border-radius:6px">{escape(link.text)}</a></p>'
        for link in message.links
    )
    heading = f'<h1 style="{_HEADING};border-left:4px solid {colour}">{escape(message.title)}</h1>'
    return (
        f'<!doctype html><html lang="{message.language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"></head>'
        f'<body style="{_BODY}">{heading}<ul style="padding-left:20px">{rows}</ul>{keys}'
        f'<p style="color:#667085;font-size:13px">{about}</p></body></html>'
    )
