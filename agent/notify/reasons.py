"""Reasons in the reader's language: what a rule said in English, said again by the translation of its ``say``.

A reason is sealed as it was said. What stands between its fixed words are the values that were seen; they are found by
those words and put into the translated sentence; yes, no and unknown are said as people say them. Where that does not
come out, the sealed words stay.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from agent.language import _, current, noted

_FIELD = re.compile(r"\{[^{}]*\}")

OWN: Mapping[str, tuple[str, ...]] = {
    "ops/feed-stopped": (noted("nothing has come in since {when} UTC"),),
    "ops/judging-stopped": (noted("no rule has been judged since {when} UTC"),),
    "ops/queue": (noted("{count} approved changes wait for being sent, the oldest since {when} UTC"),),
    "ops/disk": (noted("{size} GB free where facts are kept"),),
    "ops/silent-rules": (noted("matched nothing for {days} days: {names}"),),
    "ops/rules-held-back": (noted("the rules as they stand are at fault, the last ones in order go on: {fault}"),),
    "ops/secret-expires": (noted("the application's secret ends in {days} days: make a new one"),),
    "belts/storm": (noted("belt storm: {what}"),),
    "belts/breaker": (noted("belt breaker: only cuts and pauses go through. {what}"),),
    "belts/oscillation": (noted("belt oscillation: {what}; it rests for {days} days"),),
    "ops/outside-change": (noted("somebody else changed what we had set: {what}"),),
}
"""What the program itself says, by the name under which it does."""
_WORDS: Mapping[str, str] = {
    "true": noted("yes"), "false": noted("no"), "?": noted("unknown"),
    "listing_suppressed": noted("taken out of the shop"), "search_suppressed": noted("taken out of the search"),
    "attribute_suppressed": noted("an attribute is not shown"),
    "catalog_item_removed": noted("removed from the catalogue"),
    "quality": noted("quality"), "size": noted("size"), "damaged": noted("damaged"), "other": noted("something else"),
    "not_as_described": noted("not as described"), "missing_parts": noted("missing parts"),
    "rising": noted("rising"), "on_target_stable": noted("stable at target"), "declining": noted("declining"),
    "dormant": noted("dormant"), "out_of_stock": noted("out of stock"), "suppressed": noted("suppressed"),
    "featured_offer_lost": noted("the featured offer was lost"), "competitor": noted("competitor"),
    "season": noted("season"), "traffic": noted("traffic"), "conversion": noted("conversion"),
    "unexplained": noted("unexplained"),
}  # fmt: skip
"""Values that stand in reasons, as people say them."""


@dataclass(frozen=True, slots=True)
class Reasons:
    """``says``: by rule, its ``say`` as it stands in its file."""

    says: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, rule: str, text: str) -> str:
        """The reason in the language that is being spoken."""
        for source in (*OWN.get(rule, ()), *([self.says[rule]] if rule in self.says else [])):
            translated = _(source)
            values = _values(source, text) if translated != source or current() == "en" else None
            if values is not None:
                return _filled(translated, values)
        return text


def _filled(translated: str, values: Mapping[str, str]) -> str:
    return _FIELD.sub(lambda found: values[found[0]], translated)


def _values(source: str, text: str) -> Mapping[str, str] | None:
    """By field, what stands there in the text; None where the text is not of this form. In one pass, however long."""
    fixed, fields = _FIELD.split(source), _FIELD.findall(source)
    if not fields or not text.startswith(fixed[0]) or not text.endswith(fixed[-1]):
        return None
    at, end, found = len(fixed[0]), len(text) - len(fixed[-1]), _Found()
    for name, after in zip(fields[:-1], fixed[1:-1], strict=True):
        to = text.find(after, at, end)
        if to < 0:
            return None
        found.take(name, text[at:to])
        at = to + len(after)
    if at > end:
        return None
    found.take(fields[-1], text[at:end])
    return found.values


@dataclass(slots=True)
class _Found:
    values: dict[str, str] = field(default_factory=dict)

    def take(self, name: str, value: str) -> None:
        self.values[name] = _(_WORDS.get(value, value))


def says_of(files: Sequence[str]) -> Mapping[str, str]:
    """By rule, its ``say`` as written, of the texts of rule files; those that span lines are left out."""
    found = {}
    for text in files:
        rule, said = _RULE.search(text), SAY.search(text)
        if rule is not None and said is not None:
            found[rule[1]] = said[1]
    return found


_RULE = re.compile(r"^rule: (\S+)$", re.MULTILINE)
SAY = re.compile(r'^say: "(.+)"$', re.MULTILINE)
"""How the layout of rule files writes it."""
