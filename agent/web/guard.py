"""What a request must show before any screen sees it."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence

from starlette.requests import Request

from agent.web.place import Place

FORM_KEY = "form_key"
"""The field of every form that carries the session's key."""


def is_for_us(request: Request, place: Place) -> bool:
    """Whether the browser calls us by our name: a name of somebody else that leads here is a trick."""
    return request.headers.get("host", "").lower() in place.hosts


def comes_from_us(request: Request, place: Place) -> bool:
    """Whether a page of ours sends this. Browsers say so themselves, and scripts cannot make them lie.

    Our pages send no referrer, and browsers then call their origin ``null``: what counts is ``Sec-Fetch-Site``, and
    the origin only for browsers too old to send it.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    return request.headers.get("origin", "").lower() in place.origins


def has_key(form: Mapping[str, Sequence[str]], key: str) -> bool:
    given = form.get(FORM_KEY, [""])
    return len(given) == 1 and hmac.compare_digest(given[0].encode(), key.encode())


def address_of(request: Request, place: Place) -> str:
    """Where the browser is. Behind a proxy, what the nearest one says: it writes itself, the rest may be made up."""
    peer = request.client.host if request.client else ""
    said = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    return said[:45] if place.behind_proxy and said else peer
