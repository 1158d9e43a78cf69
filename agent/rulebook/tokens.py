"""The text of an expression cut into tokens, with their offsets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from agent.rulebook.faults import Complaint, Complaints, quoted

MOST_CHARACTERS = 2_000
MOST_DIGITS = 15
LARGEST = Decimal(10) ** 12

WORDS = frozenset({"and", "or", "not", "in", "if", "else", "true", "false"})
"""Words of the language itself; nothing may be called so."""

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>\d+(?:\.\d+)?)(?P<mark>%|[dh](?![A-Za-z0-9_]))?(?P<rest>[A-Za-z0-9_.]+)?
    | (?P<text>"[^"]*"|'[^']*')
    | (?P<word>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)
    | (?P<operator><=|>=|==|!=|[-+*/<>()\[\],])
    )""",
    re.VERBOSE | re.ASCII,
)

_INSTEAD = {
    "=": "write == to compare",
    "&": "write 'and'",
    "|": "write 'or'",
    "!": "write 'not' or !=",
    "%": "a percentage is written without a space: 25%",
    "^": "there are no powers",
    "$": "money is a plain number in the account's currency",
    "€": "money is a plain number in the account's currency",
    "£": "money is a plain number in the account's currency",
    "¥": "money is a plain number in the account's currency",
    "“": 'use straight quotes: "enabled"',
    "”": 'use straight quotes: "enabled"',
    "‘": 'use straight quotes: "enabled"',
    "’": 'use straight quotes: "enabled"',
    "（": "use ( and )",
    "）": "use ( and )",
    "，": "use a comma: ,",
    "。": "use a point: .",
    "＞": "use >",
    "＜": "use <",
    "≥": "write >=",
    "≤": "write <=",
    "≠": "write !=",
    "×": "write *",
    "÷": "write /",
    ".": "a number needs a digit before its point: 0.5",
    '"': "the closing quote is missing",
    "'": "the closing quote is missing",
}


@dataclass(frozen=True, slots=True)
class Token:
    """``kind`` is number, text, word, operator or end; ``mark`` of a number is ``%``, ``d``, ``h`` or empty."""

    kind: str
    text: str
    at: int
    mark: str = ""


def tokens(text: str) -> Iterator[Token]:
    """All tokens and an ``end``; complains at the first character that is none."""
    if len(text) > MOST_CHARACTERS:
        raise Complaints(Complaint(0, "R022", f"an expression has at most {MOST_CHARACTERS:,} characters"))
    at, end = 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:
            raise Complaints(_stray(text, at + len(text[at:]) - len(text[at:].lstrip())))
        yield _token(found)
        at = found.end()
    yield Token("end", "", end)


def _token(found: re.Match[str]) -> Token:
    if found["number"]:
        return _number(found, found.start("number"))
    kind = found.lastgroup or "operator"
    return Token(kind, found[kind], found.start(kind))


def _number(found: re.Match[str], at: int) -> Token:
    digits, rest = found["number"], found["rest"]
    if rest:
        raise Complaints(
            Complaint(at, "R021", f"{quoted(digits + (found['mark'] or '') + rest)} is no number",
                      "numbers look like 15, 0.25, 25%, 3d or 24h")
        )  # fmt: skip
    if len(digits.replace(".", "")) > MOST_DIGITS or Decimal(digits) > LARGEST:
        raise Complaints(Complaint(at, "R021", f"{quoted(digits)} is too long a number"))
    return Token("number", digits, at, found["mark"] or "")


def _stray(text: str, at: int) -> Complaint:
    character = text[at]
    return Complaint(at, "R020", f"{quoted(character)} has no meaning here", _INSTEAD.get(character, ""))
