"""Taking secrets out of what is about to be written: by the name of a field, and by the look of a text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from typing import Any

MASK = "***"

_SECRET_NAMES = re.compile(
    r"secret|password|passwd|passphrase|authori[sz]ation|cookie|credential|api[-_]?key|private[-_]?key|signature"
    r"|bearer|(?<![a-z])(refresh|access|id|session|security|auth)?[-_]?token(?![a-z])",
    re.IGNORECASE,
)
_MAX_DEPTH = 12
_LONGEST = 20_000

_URL_QUERY = re.compile(r"(\bhttps?://[^\s\"'<>?#]*)[?#][^\s\"'<>]*", re.IGNORECASE)
_URL_USER = re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s:/@\"']*):[^\s/\"']*@", re.IGNORECASE)
_BEARER = re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9._~+/|=-]{6,}", re.IGNORECASE)
# Amazon: access and refresh tokens begin Atza| and Atzr|, authorisation codes and others Atc|, Atnr|; client secrets
# begin amzn1.oa2-cs.v1. Forms and query strings write the | as %7C.
_AMAZON = re.compile(r"\bAt[a-z]{1,3}(?:\||%7C)[A-Za-z0-9_\-+/=%.|]+|\bamzn1\.oa2-c[sr][A-Za-z0-9._\-]+", re.IGNORECASE)
_NAMED = re.compile(
    r"(?P<name>\\*[\"']?\b[\w-]{0,40}?(?:secret|password|passwd|passphrase|api[-_]?key|private[-_]?key|signature"
    r"|credential|authorization|(?:refresh|access|id|session|security|auth)[-_]token|token)\b\\*[\"']?\s*(?:=|:|%3D)\s*)"
    r"(?P<value>SecretStr\([^)]*\)|b?\"(?:[^\"\\]|\\.)*\"|b?'(?:[^'\\]|\\.)*'|\\+[\"'][^\"'\\]*\\+[\"']"
    r"|\[[^\]]*\]|[^\s,;&}\])\"']+)",
    re.IGNORECASE,
)
_TOKEN_PAIR = re.compile(r"(?P<name>[\"']authorization[\"']\s*,\s*)(?P<value>b?[\"'][^\"']*[\"'])", re.IGNORECASE)


def redacted(text: str) -> str:
    """The text without tokens, client secrets, passwords in addresses, and whatever follows a ``?`` in a link.

    What is longer than any event should be is cut.
    """
    text = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    text = _URL_USER.sub(rf"\1:{MASK}@", _URL_QUERY.sub(rf"\1?{MASK}", text))
    text = _AMAZON.sub(MASK, _BEARER.sub(rf"\1 {MASK}", text))
    return _TOKEN_PAIR.sub(_valueless, _NAMED.sub(_valueless, text))


def redacted_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """A copy in which every value is masked by its own name, and every text by its look, however deep."""
    return {str(name): _value(value, 0) if not _is_secret(name) else MASK for name, value in fields.items()}


def _valueless(match: re.Match[str]) -> str:
    """The name with a masked value, in quotes where it had some."""
    quote = match["value"][-1] if match["value"][-1] in "\"'" else ""
    return f"{match['name']}{quote}{MASK}{quote}"


def _is_secret(name: object) -> bool:
    return isinstance(name, (str, bytes)) and bool(_SECRET_NAMES.search(name if isinstance(name, str) else repr(name)))


def _value(value: Any, depth: int) -> Any:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return redacted(value)
    if depth >= _MAX_DEPTH:
        return MASK
    if isinstance(value, Mapping):
        return {
            redacted(str(name)): MASK if _is_secret(name) else _value(inner, depth + 1) for name, inner in value.items()
        }
    if isinstance(value, (list, tuple, Set)):
        return _row(value, depth)
    return redacted(repr(value) if not isinstance(value, BaseException) else f"{type(value).__name__}: {value}")


def _row(values: Any, depth: int) -> list[Any]:
    """A pair that is a named value (a header) is masked like a field."""
    row = list(values)
    if len(row) == 2 and _is_secret(row[0]):
        return [_value(row[0], depth + 1), MASK]
    return [_value(value, depth + 1) for value in row]
