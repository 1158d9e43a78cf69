"""What a rule asks to be made: which kind, with which words, in which ad group, for which bid.

The words and the ad group become lets of the rule under names that no author can write, so that both engines compute
them, a trace shows them, and a rule that does not know them is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from agent.model.creation import MATCH_TYPES
from agent.model.expression import AllOf, Compare, IfElse, Literal, Name, Node, Source
from agent.model.metric import Unit
from agent.model.rule import AD_GROUP, TEXT, Let, Propose
from agent.rulebook.faults import Faults, listed, nearest, quoted
from agent.rulebook.nodes import Scalar

BID = "bid"
_BIDS = ("keyword", "product_target")
Bind = Callable[[Scalar, Unit], Node | None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The proposal and the lets it stands on."""

    propose: Propose
    lets: tuple[Let, ...]


def unit_of(kind: str) -> Unit:
    """What is still to be decided once it is clear what is made: a bid, or nothing but the match."""
    return Unit.MONEY if kind in _BIDS else Unit.TEXT


def kind_of(asked: Mapping[str, Scalar], faults: Faults) -> str | None:
    """The kind that is to be made, where it is one that can be."""
    kind = asked["create"]
    if kind.text not in MATCH_TYPES:
        hint = nearest(kind.text, tuple(MATCH_TYPES), f"it can create {listed(MATCH_TYPES)}")
        faults.add(kind.place, "R050", f"no {quoted(kind.text)} can be created", hint)
        return None
    return kind.text if _complete(kind, asked, faults) else None


def _complete(kind: Scalar, asked: Mapping[str, Scalar], faults: Faults) -> bool:
    words = "asin" if kind.text == "product_target" else "text"
    needed = [words, *(["match_type"] if words == "text" else []), *([BID] if kind.text in _BIDS else [])]
    missing = [name for name in needed if name not in asked]
    strange = [name for name in asked if name not in ("create", "ad_group", *needed)]
    for name in missing:
        faults.add(kind.place, "R011", f"to create a {kind.text}, 'propose' needs the key '{name}'")
    for name in strange:
        said = f"a {kind.text} is created without {quoted(name)}"
        faults.add(asked[name].place, "R010", said, f"its keys are {listed(needed)} and 'ad_group'")
    return not missing and not strange


def match_of(kind: str, asked: Mapping[str, Scalar], faults: Faults) -> str | None:
    """The match type as facts name it; of negatives the author may leave out what they all have."""
    if kind == "product_target":
        return MATCH_TYPES[kind][0]
    said = asked["match_type"]
    found = f"negative_{said.text}" if kind == "negative_keyword" and "_" not in said.text else said.text
    if found in MATCH_TYPES[kind]:
        return found
    allowed = [each.removeprefix("negative_") for each in MATCH_TYPES[kind]]
    faults.add(said.place, "R050", f"a {kind} cannot match {quoted(said.text)}", f"it is {listed(allowed)}")
    return None


def wanted(kind: str, match: str, asked: Mapping[str, Scalar], bind: Bind) -> Wanted | None:
    """``bind`` gives an expression of a unit, or adds its faults and gives None."""
    words = asked["asin" if kind == "product_target" else "text"]
    parts = {TEXT: bind(words, Unit.TEXT), AD_GROUP: bind(asked["ad_group"], Unit.TEXT)}
    value = bind(asked[BID], Unit.MONEY) if kind in _BIDS else Literal(match, Unit.TEXT)
    places = {TEXT: words.place_at(0), AD_GROUP: asked["ad_group"].place_at(0)}
    lets = tuple(Let(name, node, places[name]) for name, node in parts.items() if node is not None)
    if value is None or len(lets) < len(parts):
        return None
    known = AllOf(tuple(_is_known(let) for let in lets))
    written = asked[BID].place_at(0) if kind in _BIDS else words.place
    return Wanted(Propose("create", kind, IfElse(known, value, value, value.unit), words.place, match, written), lets)


def _is_known(let: Let) -> Node:
    """True, or unknown like the let itself."""
    name = Name(Source.LET, let.name, Unit.TEXT, let.name)
    return Compare("==", name, name)
