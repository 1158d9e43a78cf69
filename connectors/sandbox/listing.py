"""Lists of Sponsored Products v3: filters and pages."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping

from connectors.sandbox.account import AdGroup, Campaign, Keyword, NegativeKeyword, Target, Thing
from connectors.sandbox.answers import invalid
from connectors.sandbox.resources import Json, Resource, shown

_PAGE = 100
"""The page where a request names no ``maxResults``. Amazon: not stated, so clients should always send it."""
_WIDE, _NARROW = 1000, 100
"""How many ids a filter may name: of the listed things themselves, and of their parents."""

Request = Mapping[str, object]
Check = Callable[[Thing], bool]


def list_page(resource: Resource, things: Iterable[Thing], request: Request, largest: int) -> Json:
    """One page, in the order of creation; ``nextToken`` only when more follows."""
    rest = {name: value for name, value in request.items() if name not in ("nextToken", "maxResults")}
    start = _position(request.get("nextToken"), rest)
    checks = list(_checks(resource, request))
    found = [thing for thing in things if all(check(thing) for check in checks)]
    size = _size(request.get("maxResults"), largest)
    body: Json = {resource.key: [shown(thing) for thing in found[start : start + size]], "totalResults": len(found)}
    if start + size < len(found):
        body["nextToken"] = _token(start + size, rest)
    return body


def _checks(resource: Resource, request: Request) -> Iterator[Check]:
    if (ids := _included(request, resource.filter, _WIDE)) is not None:
        yield lambda thing: thing.id in ids
    if (states := _included(request, "stateFilter", 10)) is not None:
        yield lambda thing: thing.state in states
    if resource.kind != "campaign" and (campaigns := _included(request, "campaignIdFilter", _NARROW)) is not None:
        yield lambda thing: not isinstance(thing, Campaign) and thing.campaign_id in campaigns
    if resource.kind not in ("campaign", "ad_group") and (groups := _included(request, "adGroupIdFilter", _NARROW)):
        yield lambda thing: not isinstance(thing, Campaign | AdGroup) and thing.ad_group_id in groups
    for key in ("nameFilter", "keywordTextFilter", "negativeKeywordTextFilter"):
        if (words := _included(request, key, _NARROW)) is not None:
            yield _word_check(words, request[key])
    if (types := _words(request.get("matchTypeFilter"), "matchTypeFilter")) is not None:
        yield lambda thing: isinstance(thing, Keyword | NegativeKeyword) and thing.match_type in types
    if (expressions := _included(request, "expressionTypeFilter", 2)) is not None:
        yield lambda thing: isinstance(thing, Target) and thing.expression_type in expressions


def _word_check(words: frozenset[str], clause: object) -> Check:
    broad = isinstance(clause, Mapping) and clause.get("queryTermMatchType") == "BROAD_MATCH"

    def check(thing: Thing) -> bool:
        text = _text_of(thing)
        return any(word.lower() in text.lower() for word in words) if broad else text in words

    return check


def _text_of(thing: Thing) -> str:
    match thing:
        case Campaign(name=text) | AdGroup(name=text) | Keyword(text=text) | NegativeKeyword(text=text):
            return text
        case _:
            return ""


def _included(request: Request, key: str, most: int) -> frozenset[str] | None:
    clause = request.get(key)
    if clause is None:
        return None
    if not isinstance(clause, Mapping):
        raise invalid(f"{key} must be an object with include")
    values = _words(clause.get("include", []), f"{key}.include") or frozenset()
    if len(values) > most:
        raise invalid(f"{key}.include has {len(values)} entries; at most {most} are allowed")
    return values


def _words(values: object, name: str) -> frozenset[str] | None:
    if values is None:
        return None
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise invalid(f"{name} must be an array of strings")
    return frozenset(values)


def _size(value: object, largest: int) -> int:
    if value is None:
        return min(_PAGE, largest)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise invalid("maxResults must be a positive integer")
    return min(value, largest)


def _token(position: int, request: Request) -> str:
    return base64.urlsafe_b64encode(f"{position}:{_print(request)}".encode()).decode()


def _position(token: object, request: Request) -> int:
    if token is None:
        return 0
    try:
        position, mark = base64.urlsafe_b64decode(str(token)).decode().split(":")
        if mark != _print(request):
            raise ValueError
        return int(position)
    except (ValueError, binascii.Error):
        raise invalid("nextToken is not valid for this request") from None


def _print(request: Request) -> str:
    text = json.dumps(request, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
