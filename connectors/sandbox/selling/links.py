"""Documents behind signed links on the same host, as S3 serves them: no other credentials, for a few minutes."""

from __future__ import annotations

import gzip
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.sandbox.answers import Answer
from connectors.sandbox.operation import Visit

_SMALL = 512
"""Amazon: short documents come plain."""
# Amazon: what it calls Shift_JIS has characters that plain Shift_JIS lacks.
_CODECS = {"Shift_JIS": "cp932"}


@dataclass(frozen=True, slots=True)
class Document:
    """A finished file. ``zipped`` documents name their compression, and have to be unzipped by the reader."""

    body: bytes
    media: str
    zipped: bool

    @staticmethod
    def of(text: str, media: str = "text/plain", charset: str = "UTF-8") -> Document:
        """Characters that the charset does not know become question marks, as at Amazon."""
        body = text.encode(_CODECS.get(charset, charset), errors="replace")
        zipped = len(body) > _SMALL
        return Document(gzip.compress(body, 3, mtime=0) if zipped else body, f"{media}; charset={charset}", zipped)


class Shelf:
    """All documents of the account, by id."""

    def __init__(self, seed: int, seconds: float) -> None:
        self._key = hashlib.sha256(f"documents {seed}".encode()).digest()
        self._seconds = seconds
        self._documents: dict[str, Document] = {}

    def put(self, document: Document) -> str:
        number = len(self._documents) + 1
        id = "amzn1.spdoc.1.4.na." + self._sign(str(number), "id")[:32]
        self._documents[id] = document
        return id

    def find(self, id: str) -> Document | None:
        return self._documents.get(id)

    def link(self, id: str, now: datetime, site: str) -> str:
        stamp = f"{(now + timedelta(seconds=self._seconds)).timestamp():.3f}"
        return f"{site}/spdocs/{id}?X-Amz-Expires={stamp}&X-Amz-Signature={self._sign(id, stamp)}"

    def good(self, id: str, stamp: str, signature: str, now: datetime) -> str:
        """Empty where the link holds, else S3's code."""
        if not hmac.compare_digest(signature, self._sign(id, stamp)):
            return "SignatureDoesNotMatch"
        return "AccessDenied" if now.timestamp() > float(stamp) else ""

    def _sign(self, id: str, stamp: str) -> str:
        return hmac.new(self._key, f"{id} {stamp}".encode(), hashlib.sha256).hexdigest()


def download(visit: Visit) -> Answer:
    """Fetch a document through its link."""
    shelf, query = visit.sandbox.selling.shelf, visit.call.parameters()
    if "x-amz-access-token" in visit.call.headers or "authorization" in visit.call.headers:
        # Amazon: the link is signed for itself alone; further credentials make S3 refuse it.
        return _refused("AccessDenied", "There were headers present in the request which were not signed")
    id = visit.found[0]
    code = shelf.good(id, query.get("X-Amz-Expires", ""), query.get("X-Amz-Signature", ""), visit.now)
    document = shelf.find(id)
    if code or document is None:
        return _refused(code or "AccessDenied", "Request has expired" if code == "AccessDenied" else "Access denied")
    torn = visit.strikes.of("torn_report")
    body = document.body[: int(len(document.body) * torn.number("keep"))] if torn else document.body
    return Answer(200, body, document.media)


def _refused(code: str, message: str) -> Answer:
    page = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return Answer(403, page.encode(), "application/xml")


def site(visit: Visit) -> str:
    """Where this server is, as the caller knows it."""
    return f"http://{visit.call.headers.get('host', '127.0.0.1')}"
