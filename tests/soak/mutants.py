"""Small faults put into a module one at a time: each must make a test fail.

Mutated are comparisons (other side, boundary), arithmetic, booleans, conditions, constants, returned values (None
instead) and statements (left out). Not mutated: imports, decorators, annotations, docstrings, types, and what is only
said to people — a text with a blank in it, the text around the figures of an f-string, a ``note``.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_COMPARE: Mapping[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,), ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}  # fmt: skip
_REPLACE: Mapping[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip
_NAMES = {
    "min": "max", "max": "min", "any": "all", "all": "any", "ROUND_FLOOR": "ROUND_CEILING",
    "ROUND_CEILING": "ROUND_FLOOR",
}  # fmt: skip
_ATTRIBUTES = {"floor": "ceil", "ceil": "floor"}
_SAID = ("note", "message", "hint")
_CALLS_WITH_TEXTS = ("TypeVar", "say")


@dataclass(frozen=True, slots=True)
class Mutant:
    """``key`` names it for people and lists, whatever its line; ``apply`` puts the fault into the tree. ``runs``: its
    lines are run by whoever calls, not when the module is loaded."""

    module: str
    place: str
    before: str
    after: str
    lines: tuple[int, int]
    number: int
    runs: bool
    apply: Callable[[], None]

    @property
    def key(self) -> str:
        again = f" #{self.number}" if self.number > 1 else ""
        return f"{self.module} {self.place}: {self.before} → {self.after}{again}"


def mutants_of(module: str, tree: ast.Module) -> list[Mutant]:
    """All of them, in the order of the text."""
    found: list[Mutant] = []
    times: dict[tuple[str, str, str], int] = {}
    for place, lines, before, after, runs, apply in _Walk().module(tree):
        named = (place, before, after)
        times[named] = times.get(named, 0) + 1
        found.append(Mutant(module, place, before, after, lines, times[named], runs, apply))
    return found


Found = tuple[str, tuple[int, int], str, str, bool, Callable[[], None]]


class _Walk:
    """Where we are: ``_place`` is the qualified name, ``_lines`` those of the innermost statement."""

    def __init__(self) -> None:
        self._place: tuple[str, ...] = ()
        self._in_function = False
        self._lines = (0, 0)

    def module(self, tree: ast.Module) -> Iterator[Found]:
        yield from self._body(tree.body)

    def _body(self, statements: list[ast.stmt]) -> Iterator[Found]:
        for index, statement in enumerate(statements):
            self._lines = (statement.lineno, statement.end_lineno or statement.lineno)
            yield from self._dropped(statements, index, statement)
            yield from self._statement(statement)

    def _dropped(self, body: list[ast.stmt], index: int, statement: ast.stmt) -> Iterator[Found]:
        """The statement left out, or its value."""
        match statement:
            case ast.Expr(value=ast.Constant()):
                return
            case ast.Expr() | ast.AugAssign() | ast.Continue() | ast.Break() | ast.Raise():
                yield self._found(_first_line(statement), "pass", lambda: _set(body, index, ast.Pass()))
            case ast.Assign() | ast.AnnAssign() if statement.value is not None and self._is_value(statement):
                nothing = ast.Constant(None)
                yield self._found(_first_line(statement), "… = None", lambda: _put(statement, "value", nothing))
            case ast.Return() if statement.value is not None and not _is_none(statement.value):
                yield self._found(
                    _first_line(statement), "return None", lambda: _put(statement, "value", ast.Constant(None))
                )

    def _is_value(self, statement: ast.Assign | ast.AnnAssign) -> bool:
        """Constants of a module and fields of a class are mutated themselves."""
        return self._in_function and not _is_none(statement.value)

    def _statement(self, statement: ast.stmt) -> Iterator[Found]:
        match statement:
            case ast.FunctionDef():
                yield from self._inside(statement)
            case ast.ClassDef():
                self._place, outer = (*self._place, statement.name), self._place
                yield from self._body(statement.body)
                self._place = outer
            case ast.Import() | ast.ImportFrom():
                return
            case ast.Expr(value=ast.Constant()):
                return
            case ast.AnnAssign():
                if statement.value is not None and not _is_type(statement.value):
                    yield from self._expression(statement, "value", None, statement.value)
            case ast.Assign():
                if not (not self._place and _is_type(statement.value)) and not _is_dunder(statement):
                    yield from self._expression(statement, "value", None, statement.value)
            case _:
                yield from self._fields(statement)

    def _inside(self, function: ast.FunctionDef) -> Iterator[Found]:
        self._place, outer = (*self._place, function.name), self._place
        self._in_function, above = True, self._in_function
        for values in ("defaults", "kw_defaults"):
            for index, default in enumerate(getattr(function.args, values)):
                if default is not None:
                    yield from self._expression(function.args, values, index, default)
        yield from self._body(function.body)
        self._place, self._in_function = outer, above

    def _fields(self, node: ast.AST) -> Iterator[Found]:
        lines = self._lines
        for name, value in ast.iter_fields(node):
            if isinstance(value, ast.expr):
                yield from self._expression(node, name, None, value)
            elif isinstance(value, list) and value and isinstance(value[0], ast.stmt):
                yield from self._body(value)
                self._lines = lines
            elif isinstance(value, list):
                for index, each in enumerate(value):
                    if isinstance(each, ast.expr):
                        yield from self._expression(node, name, index, each)
                    elif isinstance(each, ast.AST):
                        yield from self._fields(each)
            elif isinstance(value, ast.AST) and not isinstance(value, ast.operator | ast.boolop | ast.unaryop):
                yield from self._fields(value)
        if isinstance(node, ast.If | ast.IfExp | ast.While) and not isinstance(node.test, ast.Compare | ast.UnaryOp):
            yield self._negated(node, "test", None, node.test)
        if isinstance(node, ast.comprehension):
            for index, test in enumerate(node.ifs):
                if not isinstance(test, ast.Compare | ast.UnaryOp):
                    yield self._negated(node, "ifs", index, test)

    def _negated(self, node: ast.AST, field: str, index: int | None, test: ast.expr) -> Found:
        new = ast.UnaryOp(ast.Not(), test)
        return self._found(ast.unparse(test), ast.unparse(new), lambda: _put(node, field, new, index))

    def _expression(self, owner: ast.AST, field: str, index: int | None, node: ast.expr) -> Iterator[Found]:
        for new in _variants(node):
            yield self._found(ast.unparse(node), ast.unparse(new), lambda new=new: _put(owner, field, new, index))  # type: ignore[misc]
        if isinstance(node, ast.JoinedStr):
            for part in node.values:
                if isinstance(part, ast.FormattedValue):
                    yield from self._expression(part, "value", None, part.value)
        elif isinstance(node, ast.Call):
            yield from self._call(node)
        elif not isinstance(node, ast.Constant | ast.Name):
            yield from self._fields(node)

    def _call(self, node: ast.Call) -> Iterator[Found]:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name in _CALLS_WITH_TEXTS:
            return
        if not isinstance(node.func, ast.Name):
            yield from self._expression(node, "func", None, node.func)
        elif node.func.id in _NAMES:
            other = ast.Name(_NAMES[node.func.id], ast.Load())
            yield self._found(ast.unparse(node), f"{other.id}(…)", lambda: _put(node, "func", other))
        for index, each in enumerate(node.args):
            yield from self._expression(node, "args", index, each)
        for keyword in node.keywords:
            if keyword.arg not in _SAID or not isinstance(keyword.value, ast.Constant):
                yield from self._expression(keyword, "value", None, keyword.value)

    def _found(self, before: str, after: str, apply: Callable[[], None]) -> Found:
        return (".".join(self._place), self._lines, _short(before), _short(after), self._in_function, apply)


def _variants(node: ast.expr) -> Iterator[ast.expr]:
    match node:
        case ast.Compare():
            for index, operator in enumerate(node.ops):
                for other in _COMPARE[type(operator)]:
                    operators = [*node.ops[:index], other(), *node.ops[index + 1 :]]
                    yield ast.Compare(node.left, operators, node.comparators)
        case ast.BinOp() if type(node.op) in _REPLACE:
            yield ast.BinOp(node.left, _REPLACE[type(node.op)](), node.right)
        case ast.BoolOp():
            yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield node.operand
        case ast.Constant():
            yield from (ast.Constant(value) for value in _other(node.value))
        case ast.Name() if node.id.startswith("ROUND_"):
            yield ast.Name(_NAMES[node.id], ast.Load())
        case ast.Attribute(value=ast.Name(id="math")) if node.attr in _ATTRIBUTES:
            yield ast.Attribute(node.value, _ATTRIBUTES[node.attr], ast.Load())


def _other(value: Any) -> Iterator[Any]:
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield value + 1
    elif isinstance(value, float):
        yield value * 2 if value else 1.0
    elif isinstance(value, str) and " " not in value.strip():
        yield f"{value}_"


def _is_type(value: ast.expr) -> bool:
    called = value.func.id if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) else ""
    return isinstance(value, ast.Subscript) or called == "TypeVar"


def _is_dunder(statement: ast.Assign) -> bool:
    return any(isinstance(each, ast.Name) and each.id.startswith("__") for each in statement.targets)


def _is_none(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _first_line(statement: ast.stmt) -> str:
    return ast.unparse(statement).partition("\n")[0]


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 90 else f"{text[:60]} … {text[-25:]}"


def _set(body: list[ast.stmt], index: int, new: ast.stmt) -> None:
    body[index] = ast.copy_location(new, body[index])


def _put(owner: ast.AST, field: str, new: ast.expr, index: int | None = None) -> None:
    if index is None:
        setattr(owner, field, ast.copy_location(new, getattr(owner, field)))
    else:
        values = getattr(owner, field)
        values[index] = ast.copy_location(new, values[index])
