"""A report as a message: a summary for chats; for mail the whole of it, with the document beside it as a file."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from agent.language import _
from agent.model.message import Attachment, Line, Link, Message, Urgency
from agent.model.report import Report
from agent.notify.routes import Manners
from agent.shown.report.html import html
from agent.shown.report.layout import sheet
from agent.shown.report.text import text


def message(id: str, report: Report, manners: Manners, at: datetime, page: str, *, whole: bool) -> Message:
    """In the language that is being spoken, with instants in the readers' zone. ``page``: its address, or empty.

    ``whole``: for a channel that shows documents. The file beside it has the pictures that mail programs leave out.
    """
    found = sheet(report, manners.time_zone)
    links = (Link(_("Open"), f"{page}/"),) if page else ()
    summary = Message(
        id, Urgency.DIGEST, found.title, at, tuple(map(Line, found.head)), account=report.account, links=links,
        language=manners.language, time_zone=manners.time_zone,
    )  # fmt: skip
    if not whole:
        return summary
    document = html(found, links)
    name = f"{report.period}-{report.account}-{report.day.isoformat()}.html"
    file = Attachment(name, "text/html", document.encode())
    return replace(summary, html=document, attachments=(file,), text=text(found))
