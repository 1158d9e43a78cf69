"""Answers and refusals, as Amazon words them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

JSON = "application/json"


class Delivery(StrEnum):
    """How an answer travels."""

    WHOLE = "whole"
    TRUNCATED = "truncated"
    """Fewer bytes than promised, then the connection breaks."""
    DROPPED = "dropped"
    """The connection breaks without a byte."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    media: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    delivery: Delivery = Delivery.WHOLE
    sent_share: float = 1.0
    """Of a truncated answer: the share of the body that is sent."""


class Style(StrEnum):
    """How a part of Amazon words an error."""

    SPONSORED = "sponsored"
    """``code`` and ``message``."""
    REPORTING = "reporting"
    """``code`` (the status) and ``detail``."""
    SELLING = "selling"
    """A list ``errors`` of ``code``, ``message`` and ``details``."""


class Refusal(Exception):  # noqa: N818 - Amazon's answer, not an error of ours
    """The call is refused as a whole. ``details`` is told by the Selling Partner API alone."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None,
                 details: str = "") -> None:  # fmt: skip
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, headers or {}
        self.details = details

    def answer(self, style: Style = Style.SPONSORED) -> Answer:
        return Answer(self.status, _bytes(self._body(style)), headers=self.headers)

    def _body(self, style: Style) -> object:
        match style:
            case Style.SPONSORED:
                return {"code": self.code, "message": self.message}
            case Style.REPORTING:
                return {"code": str(self.status), "detail": self.message}
            case Style.SELLING:
                code = _SELLING_CODES.get(self.status, self.code)
                return {"errors": [{"code": code, "message": self.message, "details": self.details}]}


_SELLING_CODES: Mapping[int, str] = {
    400: "InvalidInput", 401: "Unauthorized", 403: "Unauthorized", 404: "NotFound", 409: "Conflict",
    413: "RequestEntityTooLarge", 415: "UnsupportedMediaType", 429: "QuotaExceeded", 500: "InternalFailure",
    503: "ServiceUnavailable",
}  # fmt: skip


def invalid(message: str) -> Refusal:
    return Refusal(400, "INVALID_ARGUMENT", message)


def throttled(seconds: float) -> Refusal:
    return Refusal(429, "THROTTLED", "Too many requests", {"Retry-After": str(max(1, math.ceil(seconds)))})


def unauthorized(message: str) -> Refusal:
    return Refusal(401, "UNAUTHORIZED", message)


def ok(body: object, media: str = JSON, status: int = 200) -> Answer:
    return Answer(status, _bytes(body), media)


def html(status: int) -> Answer:
    """What a gateway in front of Amazon answers when it has nobody to ask."""
    page = "<html><head><title>Service Unavailable</title></head><body><h1>Service Unavailable</h1></body></html>"
    return Answer(status, page.encode(), "text/html")


@dataclass(frozen=True, slots=True)
class ItemError:
    """Why one item of a batch was refused: one of Amazon's error kinds, and its value."""

    kind: str
    value: Mapping[str, object]

    def shown(self, index: int) -> Mapping[str, object]:
        error = {"errorType": self.kind, "errorValue": {self.kind: dict(self.value)}}
        return {"index": index, "errors": [error]}


def item_error(kind: str, reason: str, message: str, location: str, trigger: object = None,
               **more: object) -> ItemError:  # fmt: skip
    cause = {"location": location} | ({} if trigger is None else {"trigger": str(trigger)})
    return ItemError(kind, {"reason": reason, "message": message, "cause": cause, **more})


def multi_status(key: str, success: Sequence[object], error: Sequence[object], media: str) -> Answer:
    return ok({key: {"success": success, "error": error}}, media, 207)


def _bytes(body: object) -> bytes:
    return json.dumps(body, default=str, separators=(",", ":")).encode()
