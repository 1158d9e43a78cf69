"""Writes: one batch, one call, one receipt for each change. The source's answer is read item by item."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from agent.errors import ContractError
from agent.model.change import Change, Edit, Value
from agent.model.creation import Creation
from agent.model.money import MICROS, Money
from agent.model.proposal import Fate, ProposalId, Receipt
from agent.outbound import Encodable, NotSent, Reply, WriteAnswer
from connectors.amazon_ads import bidding, creates
from connectors.amazon_ads.bidding import Held
from connectors.amazon_ads.creates import CREATES
from connectors.amazon_ads.resources import BATCH, BY_KIND, DYNAMIC, RESOURCES, Resource

EDITS = frozenset(Edit(resource.kind, field) for resource in RESOURCES for field in resource.edits) | CREATES
MONEY_FIELDS = frozenset({"bid", "default_bid", "budget"})
_STATES = ("enabled", "paused")
"""Amazon: archiving is another call and cannot be undone; it is an edit of negatives only."""
_NO_BID_OF_ITS_OWN = frozenset({Edit("keyword", "bid"), Edit("product_target", "bid")})
_REFUSED = frozenset({400, 403, 404, 405, 406, 415, 422})
_THROTTLED_ITEM, _BROKEN_ITEM = "throttledError", "internalServerError"
_ITEM_RETRY_SECONDS, _CALL_RETRY_SECONDS = 5.0, 2.0
_NEW_TOKEN_SECONDS = 60.0
_LONGEST_MESSAGE = 300
_SECRET = re.compile(r"(Bearer\s+\S+|Atz[a-z]\|\S+|amzn1\.oa2-cs\.\S+|https?://\S+)")


class Batch:
    """Changes of one field of one kind, in the order they are sent. ``held``: for strategies and placements, what
    their campaigns hold now; for what is to be made, the ad groups it goes into."""

    def __init__(self, changes: Mapping[ProposalId, Change], currency: str, held: Held | None = None) -> None:
        edits = {Edit(change.entity.kind, change.field) for change in changes.values()}
        if len(edits) != 1 or not edits <= EDITS or len(changes) > BATCH:
            raise ValueError(f"not one batch of at most {BATCH} changes of one field: {sorted(map(str, edits))}")
        self.edit = edits.pop()
        self.resource: Resource = BY_KIND[self.edit.kind]
        self.sent: list[ProposalId] = []
        self.items: list[Mapping[str, Encodable]] = []
        self.kept_back: list[Receipt] = []
        self._ids: set[str] = set()
        self._held: Held = held or {}
        for proposal, change in changes.items():
            self._add(proposal, change, currency)

    def _add(self, proposal: ProposalId, change: Change, currency: str) -> None:
        fault = self._unsendable(change, currency)
        if fault is not None:
            self.kept_back.append(Receipt(proposal, Fate.REFUSED, "NOT_SENT", fault))
            return
        self._ids.add(change.entity.id)
        self.sent.append(proposal)
        self.items.append(self._item(change))

    def _unsendable(self, change: Change, currency: str) -> str | None:
        """Why Amazon must not even see this change."""
        after = change.after
        if change.entity.id in self._ids:
            return "The batch changes the same thing twice."
        if self.creates:
            return creates.unsendable(change, self._held, currency)
        if self.edit.field in DYNAMIC:
            return bidding.unsendable(change, self._held)
        if self.edit.field not in MONEY_FIELDS:
            allowed = ("archived",) if self.archives else _STATES
            return None if after in allowed else f"{after!r} is no state that can be written."
        if after is None and self.edit in _NO_BID_OF_ITS_OWN:
            return None
        if not isinstance(after, Money):
            return f"{after!r} is no amount of money."
        return None if after.currency == currency else f"{after} is not in the account's currency, {currency}."

    @property
    def creates(self) -> bool:
        return self.edit in CREATES

    @property
    def archives(self) -> bool:
        return self.resource.archives and not self.creates

    def _item(self, change: Change) -> Mapping[str, Encodable]:
        if self.archives:
            return {self.resource.id: change.entity.id}
        if isinstance(change.after, Creation):
            return creates.written(change.after, self._held[change.after.ad_group_id])
        return {self.resource.id: change.entity.id, self.resource.edits[self.edit.field]: self._written(change)}

    def _written(self, change: Change) -> Encodable:
        if self.edit.field in DYNAMIC:
            return bidding.written(self.edit.field, change.after, self._held[change.entity.id])
        return _written(self.edit.field, change.after)

    def receipts(self, answer: WriteAnswer, now: datetime) -> Sequence[Receipt]:
        """One for every change."""
        return [*self.kept_back, *self._receipts(answer, now)]

    def _receipts(self, answer: WriteAnswer, now: datetime) -> Sequence[Receipt]:
        if isinstance(answer, NotSent):
            return self._all(Fate.NOT_APPLIED, message=f"It was not sent: {answer.reason}.",
                             retry_after=answer.retry_after_seconds)  # fmt: skip
        if not isinstance(answer, Reply):
            return self._all(Fate.UNKNOWN, message=f"No whole answer: {answer.reason}.", request_id=answer.request_id)
        if answer.succeeded:
            return self._each(answer, now)
        return self._of_the_call(answer, now)

    def _of_the_call(self, reply: Reply, now: datetime) -> Sequence[Receipt]:
        code, message, id = *_said(reply), reply.request_id
        if reply.status == 429:
            wait = reply.retry_after_seconds(now)
            return self._all(Fate.NOT_APPLIED, code, message, id, _CALL_RETRY_SECONDS if wait is None else wait)
        if reply.status == 401:
            return self._all(Fate.NOT_APPLIED, code, message, id, _NEW_TOKEN_SECONDS)
        return self._all(Fate.REFUSED if reply.status in _REFUSED else Fate.UNKNOWN, code, message, id)

    def _each(self, reply: Reply, now: datetime) -> Sequence[Receipt]:
        """By index. An item the answer does not name, or names twice, is unknown."""
        found = _by_index(reply, self.resource.key)
        wait = reply.retry_after_seconds(now)
        wait = _ITEM_RETRY_SECONDS if wait is None else wait
        return [
            _made(proposal, found.get(index, []), self.resource, reply, wait)
            if self.creates
            else _receipt(proposal, found.get(index, []), str(item[self.resource.id]), self.resource, reply, wait)
            for index, (proposal, item) in enumerate(zip(self.sent, self.items, strict=True))
        ]

    def _all(self, fate: Fate, code: str = "", message: str = "", request_id: str = "",
             retry_after: float = 0.0) -> Sequence[Receipt]:  # fmt: skip
        return [Receipt(proposal, fate, code, message, request_id, retry_after) for proposal in self.sent]


Said = tuple[bool, Mapping[str, object]]
"""Whether the answer names the item among its successes, and what it says of it."""


def _by_index(reply: Reply, key: str) -> Mapping[int, list[Said]]:
    """What the answer says of each item; nothing where it cannot be read."""
    found: dict[int, list[Said]] = {}
    try:
        answer = reply.json()
    except ContractError:
        return found
    body = answer.get(key) if isinstance(answer, dict) else None
    for name, succeeded in (("success", True), ("error", False)):
        listed = body.get(name) if isinstance(body, dict) else None
        for item in listed if isinstance(listed, list) else []:
            index = item.get("index") if isinstance(item, dict) else None
            if isinstance(index, int) and not isinstance(index, bool):
                found.setdefault(index, []).append((succeeded, item))
    return found


def _receipt(proposal: ProposalId, said: list[Said], id: str, resource: Resource, reply: Reply,
             retry_after: float) -> Receipt:  # fmt: skip
    if len(said) != 1:
        what = "does not say what became of it" if not said else "says two things of it"
        return Receipt(proposal, Fate.UNKNOWN, "", f"The answer {what}.", reply.request_id)
    succeeded, item = said[0]
    if succeeded:
        if str(item.get(resource.id) or item.get(resource.answer_id) or id) != id:
            return Receipt(proposal, Fate.UNKNOWN, "", "The answer is about another thing.", reply.request_id)
        return Receipt(proposal, Fate.ACCEPTED, request_id=reply.request_id)
    errors = _errors(item)
    kinds = {kind for kind, _, _ in errors}
    kind, code, message = errors[0] if errors else ("", "", "The answer gives no reason.")
    if _BROKEN_ITEM in kinds:
        return Receipt(proposal, Fate.UNKNOWN, _BROKEN_ITEM, message, reply.request_id)
    if kinds == {_THROTTLED_ITEM}:
        return Receipt(proposal, Fate.NOT_APPLIED, _THROTTLED_ITEM, message, reply.request_id, retry_after)
    return Receipt(proposal, Fate.REFUSED, code or kind, message, reply.request_id)


def _made(proposal: ProposalId, said: list[Said], resource: Resource, reply: Reply, retry_after: float) -> Receipt:
    """Of a create. What is refused as a duplicate is there, whoever made it: reading back finds it and its id."""
    if len(said) == 1 and said[0][0]:
        item = said[0][1]
        id = item.get(resource.id) or item.get(resource.answer_id)
        if not isinstance(id, str) or not id:
            return Receipt(proposal, Fate.UNKNOWN, "", "The answer names no id of what was made.", reply.request_id)
        return Receipt(proposal, Fate.ACCEPTED, message=f"made {id}", request_id=reply.request_id)
    if len(said) == 1 and {kind for kind, _, _ in _errors(said[0][1])} == {creates.DUPLICATE}:
        return Receipt(proposal, Fate.ACCEPTED, "DUPLICATE_VALUE", "It is there already.", reply.request_id)
    return _receipt(proposal, said, "", resource, reply, retry_after)


def _errors(item: Mapping[str, object]) -> list[tuple[str, str, str]]:
    """Kind, reason and message of each error of an item."""
    listed = item.get("errors")
    return [_error(each) for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def _error(error: Mapping[str, object]) -> tuple[str, str, str]:
    kind = str(error.get("errorType", ""))
    value = error.get("errorValue")
    body = value.get(kind) if isinstance(value, dict) else None
    if not isinstance(body, dict):
        return kind, "", ""
    limits = [f"{name} {body[key]}" for name, key in (("from", "lowerLimit"), ("to", "upperLimit")) if body.get(key)]
    message = str(body.get("message") or "")
    return kind, str(body.get("reason") or ""), _short(f"{message} ({' '.join(limits)})" if limits else message)


def _said(reply: Reply) -> tuple[str, str]:
    """Code and message of an answer to a whole call. Amazon: services differ in what they call the message."""
    try:
        answer = reply.json()
    except ContractError:
        return f"HTTP {reply.status}", ""
    if not isinstance(answer, dict):
        return f"HTTP {reply.status}", ""
    message = answer.get("message") or answer.get("details") or answer.get("detail") or ""
    return _short(str(answer.get("code") or f"HTTP {reply.status}")), _short(str(message))


def _short(text: str) -> str:
    """Fit for the audit log. Amazon: a gateway may quote the Authorization header back at us."""
    text = _SECRET.sub("…", text)
    return text if len(text) <= _LONGEST_MESSAGE else text[: _LONGEST_MESSAGE - 1] + "…"


def _written(field: str, after: Value) -> Encodable:
    """A value as Amazon takes it: capitals for states, exact numbers for money."""
    if isinstance(after, Money):
        amount = Decimal(after.micros) / MICROS
        return {"budgetType": "DAILY", "budget": amount} if field == "budget" else amount
    return str(after).upper() if after is not None else None
