"""One spelling for an expression, wherever it stands: equal meaning written equally has equal spelling."""

from __future__ import annotations

from agent.model.expression import Call, Compare, Formula, In, Literal, Name, Node, Source, children


def spelled(node: Node) -> str:
    """Within one rule; places in the file and names of windows play no part."""
    match node:
        case Name(source=Source.PARAM | Source.LET, name=name):
            return f"own|{name}"
        case Name():
            return node.key
        case Literal(value=value):
            return repr(value)
        case Formula(body=body):
            return spelled(body)
    head = type(node).__name__
    match node:
        case Compare(operator=operator):
            head = operator
        case Call(function=function):
            head = function
        case In(choices=choices):
            head = f"in {choices!r}"
        case _:
            head = getattr(node, "operator", head)
    return f"({head} {' '.join(spelled(child) for child in children(node))})"
