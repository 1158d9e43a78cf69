"""The rule language binds its operators as Python does, wherever both know them.

Python's own parser reads the same text; both readings, with every parenthesis written out, must be the same.
"""

import ast
import os

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.rulebook.faults import Complaints
from agent.rulebook.syntax import parse
from agent.rulebook.tree import (
    Apply,
    Chain,
    Choice,
    Infix,
    Junction,
    Member,
    Number,
    Prefix,
    Text,
    Tree,
    Truth,
    Word,
)  # fmt: skip

law = settings(max_examples=5_000 if os.environ.get("STEWARD_FULL") else 300, deadline=None)

_SYMBOLS = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.Eq: "==", ast.NotEq: "!=", ast.And: "and", ast.Or: "or", ast.USub: "-", ast.Not: "not",
}  # fmt: skip


def ours(tree: Tree) -> str:
    match tree:
        case Number(value=value):
            return str(value)
        case Text(value=value):
            return f"'{value}'"
        case Truth(value=truth):
            return str(truth).lower()
        case Word(text=text):
            return text
        case Prefix(operator=operator, operand=operand):
            return f"({operator} {ours(operand)})"
        case Infix(operator=operator, left=left, right=right):
            return f"({ours(left)} {operator} {ours(right)})"
        case Junction(operator=operator, terms=terms):
            return "(" + f" {operator} ".join(map(ours, terms)) + ")"
        case Chain(operands=(first, *rest), operators=operators):
            return "(" + ours(first) + "".join(
                f" {symbol} {ours(part)}" for (symbol, _), part in zip(operators, rest, strict=True)) + ")"  # fmt: skip
        case Member(item=item, choices=choices, negated=negated):
            inner = f"({ours(item)} in [{', '.join(map(ours, choices))}])"
            return f"(not {inner})" if negated else inner
        case Choice(then=then, condition=condition, otherwise=otherwise):
            return f"({ours(then)} if {ours(condition)} else {ours(otherwise)})"
        case Apply(function=function, arguments=arguments):
            return f"{function}({', '.join(map(ours, arguments))})"
    raise AssertionError(tree)


def theirs(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str() as text):
            return f"'{text}'"
        case ast.Constant(value=value):
            return str(value)
        case ast.Name(id=name):
            return name
        case ast.Attribute():
            return ast.unparse(node)
        case ast.UnaryOp(op=operator, operand=operand):
            return f"({_SYMBOLS[type(operator)]} {theirs(operand)})"
        case ast.BinOp(left=left, op=operator, right=right):
            return f"({theirs(left)} {_SYMBOLS[type(operator)]} {theirs(right)})"
        case ast.BoolOp(op=operator, values=values):
            return "(" + f" {_SYMBOLS[type(operator)]} ".join(map(theirs, values)) + ")"
        case ast.Compare(left=left, ops=[ast.In() | ast.NotIn() as kind], comparators=[ast.List(elts=choices)]):
            inner = f"({theirs(left)} in [{', '.join(map(theirs, choices))}])"
            return f"(not {inner})" if isinstance(kind, ast.NotIn) else inner
        case ast.Compare(left=left, ops=operators, comparators=rest):
            return "(" + theirs(left) + "".join(
                f" {_SYMBOLS[type(symbol)]} {theirs(part)}" for symbol, part in zip(operators, rest, strict=True)
            ) + ")"  # fmt: skip
        case ast.IfExp(test=condition, body=then, orelse=otherwise):
            return f"({theirs(then)} if {theirs(condition)} else {theirs(otherwise)})"
        case ast.Call(func=function, args=arguments):
            return f"{theirs(function)}({', '.join(map(theirs, arguments))})"
    raise AssertionError(ast.dump(node))


def readable(text: str) -> bool:
    try:
        ast.parse(text, mode="eval")
    except SyntaxError:
        return False
    return True


atoms = st.sampled_from(["bid", "recent.clicks", "campaign.state", "3", "0.25", "'exact'", '"a b"'])
sums = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/"]), inner).map(" ".join),
        inner.map("-{}".format),
        inner.map("({})".format),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: f"max({', '.join(parts)})"),
    ),
    max_leaves=8,
)
compared = st.one_of(
    st.tuples(sums, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), sums).map(" ".join),
    st.tuples(sums, st.just("<"), sums, st.just("<="), sums).map(" ".join),
    st.tuples(sums, st.sampled_from(["in", "not in"]), st.sampled_from(["[1, 2]", "['a']"])).map(" ".join),
    sums,
)
conditions = st.recursive(
    compared,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(" ".join),
        inner.map("not {}".format),
        inner.map("({})".format),
        st.tuples(inner, inner, inner).map(lambda parts: "{} if {} else {}".format(*parts)),
    ),
    max_leaves=6,
)


@given(conditions)
@law
def test_both_read_the_same(text: str) -> None:
    try:
        tree = parse(text).tree
    except Complaints as complaints:
        too_much = {item.code for item in complaints.items} == {"R022"}  # for us, not for Python
        assert too_much or not readable(text)
        return
    assert ours(tree) == theirs(ast.parse(text, mode="eval").body)


tokens = st.sampled_from(
    [
        "bid",
        "recent.clicks",
        "3",
        "25%",
        "'a'",
        "(",
        ")",
        "[",
        "]",
        ",",
        "and",
        "or",
        "not",
        "in",
        "if",
        "else",
        "+",
        "-",
        "*",
        "/",
        "<",
        "==",
        "max",
        ".",
    ]
)


@given(st.text(max_size=60) | st.lists(tokens, max_size=25).map(" ".join))
@law
def test_any_text_is_read_or_refused_at_a_place_within_it(text: str) -> None:
    try:
        parse(text)
    except Complaints as complaints:
        assert complaints.items
        assert all(0 <= item.at <= len(text) for item in complaints.items)
