"""Microsoft Teams: Workflows webhooks, adaptive cards. Texts are TextRuns, in which nothing is markup."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from agent.language import speaking
from agent.model.message import Delivery, Message, Told, Urgency
from agent.notify.channels.answers import Target, body_of, by_status, json_of, said, text_of
from agent.notify.texts import fitted, footer, mark
from agent.outbound import Reply
from agent.ports import Clock

HOSTS = ("*.logic.azure.com", "*.api.powerplatform.com", "*.logic.azure.us", "*.webhook.office.com")
_MOST_BYTES = 27_000  # Teams: about 28 KB for the whole request.
_COLOURS = {Urgency.URGENT: "Attention", Urgency.DECIDE: "Warning", Urgency.DIGEST: "Accent"}
_INNER = re.compile(r"(?:HTTP|Status|error)\D{0,20}(\d{3})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Teams:
    target: Target
    clock: Clock

    def send(self, message: Message) -> Delivery:
        reply = self.target.post(json_of(composed(message)))
        return reply if isinstance(reply, Delivery) else self._read(reply)

    def _read(self, reply: Reply) -> Delivery:
        """A workflow answers 202 and nothing; the connectors of old answer 200 and ``1``, or what went wrong."""
        fault = body_of(reply).get("error")
        inner = fault if isinstance(fault, dict) else {}
        words, text = said(inner.get("message")), text_of(reply).strip()
        if reply.succeeded and not inner and text not in ("", "1", "{}") and not text.startswith(("{", "[")):
            status = _INNER.search(text)
            later = status is not None and (status[1] == "429" or status[1] >= "500")
            return Delivery(Told.RETRY if later else Told.FATAL, said(text), status[1] if status else "refused")
        if reply.succeeded and inner:
            return Delivery(Told.FATAL, words or "refused", str(inner.get("code", "refused")))
        return by_status(reply, self.clock.now(), words, str(inner.get("code", "")))


def composed(message: Message) -> dict[str, Any]:
    """The webhook's body with its one card."""
    return _body(fitted(message, lambda one: len(json_of(_body(one))), _MOST_BYTES))


def _body(message: Message) -> dict[str, Any]:
    colour = "Good" if message.resolved else _COLOURS[message.urgency]
    body: list[dict[str, Any]] = [_runs([_run(message.title, weight="Bolder", size="Medium", color=colour)])]
    with speaking(message.language):
        for line in message.lines:
            label = [_run(f"{line.label} ", weight="Bolder")] if line.label else []
            body.append(_runs([_run(mark(line)), *label, _run(line.text)]))
    about = " · ".join(part for part in (message.account, message.rule, footer(message)) if part)
    if about:
        body.append(_runs([_run(about, isSubtle=True, size="Small")]))
    actions = [{"type": "Action.OpenUrl", "title": link.text, "url": link.url} for link in message.links]
    card = {"$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4",
            "msteams": {"width": "Full"}, "body": body, **({"actions": actions} if actions else {})}  # fmt: skip
    return {"type": "message", "attachments": [
        {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}]}  # fmt: skip


def _runs(inlines: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": inlines}


def _run(text: str, **style: Any) -> dict[str, Any]:
    return {"type": "TextRun", "text": text, **style}
