"""A report goes to each channel once, in its readers' language, with its file."""

from __future__ import annotations

from pathlib import Path

from agent.config.notify import Channel, Notify
from agent.language import _
from agent.ledger import SqlLedger
from agent.model.message import Attachment, Message, Urgency
from agent.notify.mailing import mail
from agent.notify.routes import Directory, Manners
from tests.news import NOW, Newsroom, channels


def _report(id: str, manners: Manners) -> Message:
    file = Attachment("day.csv", "text/csv", b"day,spend\n")
    return Message(id, Urgency.DIGEST, _("none"), NOW, language=manners.language, html="<p>0</p>", attachments=(file,))


def test_each_channel_gets_an_issue_once(tmp_path: Path) -> None:
    ledger = SqlLedger.open(f"sqlite:///{tmp_path / 'steward.db'}")
    notify = Notify(channels=channels(team="slack", ada=Channel(kind="mail", language="zh")))
    room, directory = Newsroom(ledger, notify), Directory(notify, "en")
    assert mail(ledger.outbox, directory, "daily/north/2026-03-17", _report, NOW) == 2
    assert mail(ledger.outbox, directory, "daily/north/2026-03-17", _report, NOW) == 0
    assert mail(ledger.outbox, directory, "daily/north/2026-03-18", _report, NOW, ["ada"]) == 1
    room.pass_()
    assert room.heard("team") == ["none"]
    assert room.heard("ada") == ["无", "无"]
    assert room.listeners["ada"].heard[0].attachments[0].data == b"day,spend\n"
    ledger.close()
