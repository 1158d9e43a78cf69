"""The same rule with another buffer: how long it waits for figures to settle."""

from __future__ import annotations

from dataclasses import replace

from agent.engine.lookups import looked_up
from agent.model.expression import (
    AllOf,
    AnyOf,
    Arithmetic,
    Call,
    Compare,
    Formula,
    IfElse,
    In,
    Name,
    Negative,
    Node,
    Not,
    Source,
)
from agent.model.kinds import KINDS, stream_of_figure
from agent.model.rule import Rule
from agent.model.window import Anchor, Window


def waits(rule: Rule) -> bool:
    """Whether the rule reads figures that are restated, in windows that end where they have settled."""
    return any(_waits(rule.judges, name) for name in looked_up(rule))


def own_buffer(rule: Rule, settle_days: int) -> int:
    """The days the rule waits as it is written; ``settle_days``: where it leaves that to the stream."""
    own = [name.window.settle for name in looked_up(rule) if name.window is not None and name.window.settle is not None]
    return max(own, default=settle_days)


def settled_after(rule: Rule, days: int) -> Rule:
    """The rule under a name of its own, waiting so many days wherever it waits for figures to settle."""

    def at(node: Node) -> Node:
        return _with_buffer(node, days)

    propose = rule.propose and replace(rule.propose, to=at(rule.propose.to))
    return replace(
        rule, name=f"{rule.name} after {days}", propose=propose, say=(),
        when=tuple(replace(line, expression=at(line.expression)) for line in rule.when),
        lets=tuple(replace(let, expression=at(let.expression)) for let in rule.lets),
    )  # fmt: skip


def _waits(kind: str, name: Name) -> bool:
    if name.source is not Source.MEASURE or name.window is None or name.window.anchor is not Anchor.SETTLED:
        return False
    for step in name.path:
        kind = KINDS[kind].relations[step].kind
    stream = stream_of_figure(kind, name.name)
    return stream is not None and stream.settle_days > 0


def _window(window: Window | None, days: int) -> Window | None:
    return replace(window, settle=days) if window is not None and window.anchor is Anchor.SETTLED else window


def _with_buffer(node: Node, days: int) -> Node:
    def at(part: Node) -> Node:
        return _with_buffer(part, days)

    match node:
        case Name(source=Source.MEASURE | Source.HELD):
            return replace(node, window=_window(node.window, days))
        case Arithmetic() | Compare():
            return replace(node, left=at(node.left), right=at(node.right))
        case Negative() | Not():
            return replace(node, operand=at(node.operand))
        case AllOf() | AnyOf():
            return replace(node, terms=tuple(map(at, node.terms)))
        case In():
            return replace(node, item=at(node.item))
        case IfElse():
            return replace(node, condition=at(node.condition), then=at(node.then), otherwise=at(node.otherwise))
        case Call():
            return replace(node, arguments=tuple(map(at, node.arguments)))
        case Formula():
            return replace(node, body=at(node.body))
        case _:
            return node
