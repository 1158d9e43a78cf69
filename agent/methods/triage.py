"""What a text of a customer warns of, by words. The text is data: nothing in it is ever followed.

All languages are tried on every text, for customers do not write the marketplace's language only. A word that is
denied nearby ("no burns") does not count, nor one inside a harmless phrase ("Kindle Fire"). Danger is looked for at
any number of stars: warnings stand in friendly reviews too. It is better to look at ten harmless texts than to
overlook one injury, so an odd case counts as danger.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from agent.methods.words import (
    HARMLESS,
    LEGAL,
    NEGATED_AFTER,
    NEGATED_BEFORE,
    NEGATIONS,
    SAFETY,
    TOPICS,
    Words,
)

_UNSPACED = frozenset({"ja", "zh"})
_BETWEEN = r"(?:\W+\w+){0,3}?\W+"
_DENIED_WITHIN = 2
_BREAKS = re.compile(r"[.!?;:,。！？；，、\n]|\b(but|however|aber|mais|pero|ma)\b")


@dataclass(frozen=True, slots=True)
class Finding:
    """``languages`` and ``words`` of what was found, in the order of the text; both empty where nothing was."""

    safety: bool
    legal: bool
    topic: str
    languages: tuple[str, ...]
    words: tuple[str, ...]


def triage(text: str) -> Finding:
    """What the text warns of, and what it is about: the first topic of damaged, missing_parts, not_as_described, size,
    quality that a word speaks for, else other."""
    plain = unicodedata.normalize("NFKC", text).replace("’", "'").lower()
    scripts = _languages_of(plain)
    safety = sorted(_found(plain, "safety", scripts))
    legal = sorted(_found(plain, "legal", scripts))
    both = sorted({*safety, *legal})
    return Finding(
        bool(safety), bool(legal), _topic(plain, scripts),
        tuple(dict.fromkeys(language for _, language, _ in both)), tuple(dict.fromkeys(word for *_, word in both)),
    )  # fmt: skip


def _languages_of(plain: str) -> tuple[str, ...]:
    """Which word lists apply: kana means Japanese, Chinese characters without kana Chinese, letters all the others."""
    kana = re.search("[぀-ヿ]", plain) is not None
    han = re.search("[一-鿿]", plain) is not None
    letters = ("en", "de", "fr", "it", "es") if re.search("[a-zà-ÿ]", plain) else ()
    return (*letters, *(("ja",) if kana else ("zh",) if han else ()))


def _found(plain: str, what: str, languages: tuple[str, ...]) -> Iterator[tuple[int, str, str]]:
    for language in languages:
        harmless = _spans(plain, "harmless", language)
        for match in _pattern(what, language).finditer(plain):
            inside = any(first <= match.start() and match.end() <= last for first, last in harmless)
            if not inside and not _denied(plain, match, language):
                yield match.start(), language, match.group().strip()


def _spans(plain: str, what: str, language: str) -> list[tuple[int, int]]:
    return [match.span() for match in _pattern(what, language).finditer(plain)]


def _denied(plain: str, match: re.Match[str], language: str) -> bool:
    if language in _UNSPACED:
        before, after = plain[max(0, match.start() - 4) : match.start()], plain[match.end() : match.end() + 14]
        denied = re.search(NEGATED_BEFORE[language], before) or re.search(NEGATED_AFTER[language], after)
        return denied is not None
    clause = _BREAKS.split(plain[max(0, match.start() - 60) : match.start()])[-1] or ""
    near = " ".join(clause.split()[-_DENIED_WITHIN - 1 :])
    return re.search(NEGATIONS[language], near) is not None


def _topic(plain: str, languages: tuple[str, ...]) -> str:
    for topic in TOPICS:
        if any(_pattern(topic, language).search(plain) for language in languages):
            return topic
    return "other"


@cache
def _pattern(what: str, language: str) -> re.Pattern[str]:
    lists: Mapping[str, Words] = {"safety": SAFETY, "legal": LEGAL, "harmless": HARMLESS, **TOPICS}
    entries = lists[what].get(language, ())
    if not entries:
        return re.compile(r"(?!)")
    if language in _UNSPACED:
        return re.compile("|".join(entries))
    return re.compile(r"\b(?:" + "|".join(map(_written_out, entries)) + r")\b")


def _written_out(entry: str) -> str:
    """An entry as a regular expression: ``~`` and its blanks are up to three words, ``*`` any ending of a word."""
    return entry.replace(" ~ ", _BETWEEN).replace("*", r"\w*").replace(" ", r"\s+")
