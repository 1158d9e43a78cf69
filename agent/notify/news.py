"""What of the audit log is news: events become notices, one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from agent.model.message import Urgency
from agent.model.notice import Notice
from agent.model.proposal import State
from agent.model.rule import Severity

STOPPED, CONFLICT, FAILED, RESTORED = "ops/stopped", "ops/conflict", "ops/failed", "ops/restored"
OVERDUE, CHANNEL, DEMOTED = "ops/overdue", "ops/channel", "ops/rule-demoted"
OLD = timedelta(days=1)
"""What happened once, and what ended, is no news after this."""

_ENDED = frozenset({State.APPROVED, State.REJECTED, State.EXPIRED, State.SUPERSEDED, State.HELD})
_LEFT_TO_A_PERSON = {State.CONFLICT: (CONFLICT, Urgency.URGENT, Severity.S1),
                     State.FAILED: (FAILED, Urgency.DIGEST, Severity.S3)}  # fmt: skip
_BY_SEVERITY = {Severity.S1: Urgency.URGENT, Severity.S2: Urgency.DECIDE}
_AT_ONCE = frozenset({"belts/storm", "belts/breaker", "ops/credentials", "ops/stale"})
"""Alerts of the program itself that are urgent whatever their severity."""


class Event(Protocol):
    """An event of the audit log."""

    @property
    def seq(self) -> int: ...
    @property
    def at(self) -> datetime: ...
    @property
    def kind(self) -> str: ...
    @property
    def proposal(self) -> str | None: ...
    @property
    def run(self) -> str | None: ...
    @property
    def payload(self) -> Mapping[str, Any]: ...


def urgency_of(severity: Severity, rule: str) -> Urgency:
    """S1 at once, S2 soon, the rest in the digest."""
    return Urgency.URGENT if rule in _AT_ONCE else _BY_SEVERITY.get(severity, Urgency.DIGEST)


def keys_of(event: Event) -> tuple[str, ...]:
    """The notices that an event may speak of."""
    said = event.payload
    if event.proposal is not None:
        return (event.proposal,)
    if "ticket" in said:
        return (str(said["ticket"]), overdue_key(said["ticket"]))
    named = said.get("alert") or said.get("notice")
    return (str(named),) if named else (STOPPED, channel_key(said.get("channel", "")))


def overdue_key(ticket: object) -> str:
    return f"overdue:{ticket}"


def channel_key(channel: object) -> str:
    return f"channel:{channel}"


@dataclass(slots=True)
class Reader:
    """Reads events on top of the notices that are known; ``changed`` is what they came to."""

    known: dict[str, Notice]
    now: datetime
    changed: dict[str, Notice] = field(default_factory=dict)

    def read(self, events: Iterable[Event]) -> dict[str, Notice]:
        for event in events:
            self._take(event)
        return self.changed

    def _take(self, event: Event) -> None:
        said = event.payload
        if event.proposal is not None:
            self._take_of_a_proposal(event, event.proposal)
            return
        match event.kind:
            case "alert_opened":
                self._open(_alert(event))
            case "alert_closed":
                self._close(said["alert"], event.at, str(said["because"]))
            case "ticket_opened":
                self._amend(said["ticket"], owner=said["owner"], task=said["text"], due_at=said["due_at"])
            case "ticket_assigned":
                self._amend(said["ticket"], owner=said["owner"])
            case "ticket_acknowledged":
                self._acknowledge(said["ticket"], str(said["by"]), event.at)
                self._acknowledge(overdue_key(said["ticket"]), str(said["by"]), event.at)
            case "ticket_escalated":
                self._overdue(event, str(said["ticket"]))
            case "ticket_done":
                self._acknowledge(said["ticket"], str(said["by"]), event.at)
                self._close(overdue_key(said["ticket"]), event.at, str(said["note"]))
            case "stopped":
                text = str(said["reason"])
                self._open(_own(event, STOPPED, STOPPED, Urgency.URGENT, Severity.S1, str(said["by"]), text))
            case "released":
                self._close(STOPPED, event.at, str(said["reason"]))
            case "restored":
                self._open(replace(_own(event, f"restored:{event.seq}", RESTORED, Urgency.URGENT, Severity.S1,
                                        ", ".join(said["accounts"]), str(said["backup"])), once=True))  # fmt: skip
            case "rule_demoted":
                self._open(replace(_own(event, f"demoted:{event.seq}", DEMOTED, Urgency.DIGEST, Severity.S3,
                                        str(said["rule"]), str(said["reason"])),
                                   account=str(said["account"]), once=True))  # fmt: skip
            case "channel_failed":
                words = " ".join(str(said[name]) for name in ("code", "detail") if said[name])
                key, channel = channel_key(said["channel"]), str(said["channel"])
                self._open(replace(_own(event, key, CHANNEL, Urgency.URGENT, Severity.S2, channel, words),
                                   data={"channel": channel}))  # fmt: skip
            case "channel_recovered":
                self._close(channel_key(said["channel"]), event.at, "")
            case "acknowledged":
                self._acknowledge(said["notice"], str(said["by"]), event.at)

    def _take_of_a_proposal(self, event: Event, proposal: str) -> None:
        said = event.payload
        if event.kind == State.PROPOSED and "seal" in said:
            change = said["change"]
            self._open(Notice(proposal, Urgency.DECIDE, Severity.S3, change["account"], said["rule"], "", "",
                              event.at, event.seq, data={"proposal": proposal, "plan": event.run or ""}))  # fmt: skip
        elif event.kind in _LEFT_TO_A_PERSON:
            rule, urgency, severity = _LEFT_TO_A_PERSON[State(event.kind)]
            notice = _own(
                event, f"{event.kind}:{proposal}", rule, urgency, severity, proposal, str(said.get("note", ""))
            )
            self._open(replace(notice, once=True, data={"about": proposal}))
        elif event.kind in _ENDED:
            self._close(proposal, event.at, event.kind)

    def _overdue(self, event: Event, ticket: str) -> None:
        about = self._of(ticket)
        if about is None:
            return
        self._open(Notice(
            overdue_key(ticket), Urgency.URGENT, about.severity, about.account, OVERDUE, about.title,
            str(about.data.get("task", about.text)), event.at, event.seq, about.owner,
            data={"due_at": about.data.get("due_at", ""), "about": ticket, "by": about.rule},
        ))  # fmt: skip

    def _of(self, key: str) -> Notice | None:
        return self.changed.get(key) or self.known.get(key)

    def _open(self, notice: Notice) -> None:
        if notice.once and self.now - notice.opened_at > OLD:
            return
        self.changed[notice.key] = notice

    def _close(self, key: str, at: datetime, because: str) -> None:
        found = self._of(key)
        if found is None or not found.is_open:
            return
        if key in self.changed and key not in self.known and self.now - at > OLD:
            # It came and went before anybody was listening.
            del self.changed[key]
            return
        if self.now - at > OLD:
            # That it is over is no news any more; what was told of it is only put away.
            found = replace(found, urgency=Urgency.DIGEST)
        self.changed[key] = replace(found, closed_at=at, closed_because=because)

    def _amend(self, key: str, *, owner: str, **data: Any) -> None:
        found = self._of(key)
        if found is not None:
            self.changed[key] = replace(found, owner=owner, data={**found.data, **data})

    def _acknowledge(self, key: str, by: str, at: datetime) -> None:
        found = self._of(key)
        if found is not None and found.is_open:
            self.changed[key] = replace(found, acknowledged_at=at, acknowledged_by=by)


def _alert(event: Event) -> Notice:
    said = event.payload
    severity, rule = Severity(said["severity"]), str(said["rule"])
    about = {"kind": said["kind"], "entity": said["entity"]}
    return Notice(said["alert"], urgency_of(severity, rule), severity, said["account"], rule, said["title"],
                  said["reason"], event.at, event.seq, data=about)  # fmt: skip


def _own(event: Event, key: str, rule: str, urgency: Urgency, severity: Severity, title: str, text: str) -> Notice:
    """What the program says of itself, and of no account in particular."""
    return Notice(key, urgency, severity, "", rule, title, text, event.at, event.seq)
