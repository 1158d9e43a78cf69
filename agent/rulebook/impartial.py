"""Asking for reviews takes no side: a rule that does may look at the time of delivery, and at nothing that tells
whether the buyer is pleased.

# Amazon: asking only some buyers, by what they are likely to write, is forbidden to sellers and to their software.
"""

from __future__ import annotations

from collections.abc import Iterator

from agent.model.expression import Name, Node, Source, names
from agent.rulebook.faults import Complaint, Complaints, Faults, listed, quoted
from agent.rulebook.shape import RuleShape

FIELD = "review_request"

MAY_SEE = ("delivery_earliest", "delivery_latest", "status", FIELD)
"""What such a rule may look at, of the order itself, beside the setting ``SWITCH``."""

SWITCH = "review_requests"

_FACTS = (Source.STATE, Source.AGE, Source.UNTIL, Source.SINCE, Source.CHANGES)


def impartial(field: str | None, node: Node) -> Node:
    """The expression as it came; refused where it would choose among buyers."""
    if field == FIELD:
        found = list(_choosing(node))
        if found:
            raise Complaints(*found)
    return node


def refuse_a_cap(field: str | None, shape: RuleShape, faults: Faults) -> None:
    """Most requests in a run would be a choice too: those that do not come first may never come."""
    most = shape.limits.get("most")
    if field == FIELD and most is not None:
        faults.add(most.place, "R053", "reviews are asked of every order or of none, not of some", "remove 'most'")


def _choosing(node: Node) -> Iterator[Complaint]:
    for name in names(node):
        if name.source not in (Source.PARAM, Source.LET) and not _is_allowed(name):
            said = f"a rule that asks for reviews may not look at {quoted(name.label)}"
            yield Complaint(name.at, "R053", said, f"it may look at {listed([*MAY_SEE, SWITCH])}")


def _is_allowed(name: Name) -> bool:
    if name.source is Source.SETTING:
        return name.name == SWITCH
    return name.source in _FACTS and not name.path and name.name in MAY_SEE
