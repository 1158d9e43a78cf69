"""Events of the audit log by the words that people use for them, and what each says in one line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from agent.language import _, noted
from agent.ledger.chain import Event
from agent.redaction import redacted_fields

_WORDS: Mapping[str, str] = {
    "acknowledged": noted("acknowledged"),
    "alert_closed": noted("alert ended"),
    "alert_opened": noted("alert"),
    "answered": noted("answered in a chat"),
    "channel_failed": noted("channel failed"),
    "channel_recovered": noted("channel works again"),
    "file": noted("file"),
    "first approval": noted("first approval"),
    "judged": noted("judged"),
    "key_given": noted("key given"),
    "key_taken": noted("key ended"),
    "read_back": noted("read back"),
    "receipt": noted("answer"),
    "released": noted("released"),
    "restored": noted("restored"),
    "rule_edited": noted("rule edited"),
    "rule_not_written": noted("rule not written"),
    "signed_in": noted("signed in"),
    "signed_out": noted("signed out"),
    "silence_added": noted("silence"),
    "silence_ended": noted("silence ended"),
    "stopped": noted("stopped"),
    "ticket_assigned": noted("ticket handed over"),
    "ticket_escalated": noted("ticket overdue"),
    "ticket_opened": noted("ticket"),
    "user": noted("user"),
    "waits": noted("waits"),
}
KINDS = tuple(_WORDS)
_NAMES: Mapping[str, str] = {
    "rule": noted("rule"),
    "account": noted("account"),
    "user": noted("user"),
    "role": noted("role"),
    "did": noted("what was done"),
    "owner": noted("owner"),
    "text": noted("task"),
    "name": noted("name"),
    "channel": noted("channel"),
    "from": noted("from"),
    "through": noted("through"),
    "attempt": noted("attempt"),
    "fate": noted("answer"),
    "code": noted("code"),
    "message": noted("message"),
    "detail": noted("detail"),
    "because": noted("because"),
    "due_at": noted("due"),
    "ends_at": noted("until"),
    "expires_at": noted("expires"),
    "session": noted("session"),
    "key": noted("key"),
    "silence": noted("silence"),
    "ticket": noted("ticket"),
    "notice": noted("notice"),
}
"""What of an event is said in its line, in this order; all of it stands below."""
_WORDS_TOO = frozenset({"role", "from", "fate", "through", "did", "because"})
"""Whose values are words of ours."""
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d(\.\d+)?Z")
_LONGEST = 80


def event_word(kind: str) -> str:
    """What people call a kind of event; states of proposals are called as they are everywhere."""
    return _(_WORDS.get(kind, kind)).replace("_", " ")


def said(event: Event) -> list[tuple[str, str]]:
    """What an event says beside who did it: pairs of name and value, secrets masked; notes and reasons come first."""
    fields = redacted_fields(event.payload)
    first = [("", _brief(fields[name])) for name in ("note", "reason") if fields.get(name)]
    plain = {name: _brief(fields[name]) for name in _NAMES if fields.get(name) and not _is_nested(fields[name])}
    rest = [(_(_NAMES[name]), _(text) if name in _WORDS_TOO else text) for name, text in plain.items()]
    return [*first, *rest]


def _brief(value: Any) -> str:
    text = _INSTANT.sub(r"\1 \2 UTC", str(value))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _is_nested(value: Any) -> bool:
    return isinstance(value, (dict, list))
