"""What a rule asks a person to do, by when, and who that is.

Time and owner become lets of the rule under names that no author can write, so that both engines compute them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from agent.model.expression import Call, Literal, Name, Node, Source
from agent.model.metric import Unit
from agent.model.rule import DUE, OWNER, Let
from agent.rulebook.faults import Faults
from agent.rulebook.nodes import Scalar

MOST_CHARACTERS = 500
OTHERWISE = 1
"""So many days a ticket has whose time the facts do not tell."""

Bind = Callable[[Scalar, Unit], Node | None]


def text_of(asked: Mapping[str, Scalar], faults: Faults) -> str:
    """The task in words; it is the same for every entity, what differs belongs into ``say``."""
    text = asked["ticket"]
    if len(text.text) > MOST_CHARACTERS:
        faults.add(text.place, "R022", f"'ticket' has at most {MOST_CHARACTERS} characters", "'say' takes the figures")
    if "{" in text.text or "}" in text.text:
        faults.add(text.place, "R052", "'ticket' takes no values", "figures belong into 'say', which stands beside it")
    return text.text.strip()


def lets_of(asked: Mapping[str, Scalar], bind: Bind) -> tuple[Let, ...]:
    """``bind`` gives an expression of a unit, or adds its faults and gives None.

    A ticket is opened also where its time or its owner is not known: then it has a day, and belongs to nobody yet.
    """
    due = bind(asked["due"], Unit.DAYS)
    if due is None:
        return ()
    known = Call("default", (due, Literal(OTHERWISE, Unit.DAYS)), Unit.DAYS)
    return (Let(DUE, known, asked["due"].place), Let(OWNER, _owner(asked.get("owner")), asked["ticket"].place))


def _owner(written: Scalar | None) -> Node:
    if written is not None:
        return Literal(written.text.strip(), Unit.TEXT)
    configured = Name(Source.SETTING, "owner", Unit.TEXT, "owner")
    return Call("default", (configured, Literal("", Unit.TEXT)), Unit.TEXT)
