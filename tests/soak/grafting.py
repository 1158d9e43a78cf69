"""Puts a mutated module in the place of the one that is running, so that whoever has imported from it runs the mutant.

Functions are the same objects with other code; a constant is replaced wherever its name was imported.
"""

from __future__ import annotations

import ast
import sys
from types import FunctionType, ModuleType
from typing import Any


def graft(name: str, tree: ast.Module, place: str) -> None:
    """``place``: the qualified name of what was mutated; empty for a statement of the module itself: then whatever
    follows from it is replaced as well."""
    old = sys.modules[name]
    new = ModuleType(name)
    new.__file__ = old.__file__
    exec(compile(ast.fix_missing_locations(tree), str(old.__file__), "exec"), new.__dict__)
    if place:
        head = place.partition(".")[0]
        _graft_one(getattr(old, head), getattr(new, head))
        return
    for constant in _constants(tree):
        if hasattr(old, constant) and getattr(old, constant) != getattr(new, constant):
            _replace(constant, getattr(old, constant), getattr(new, constant))


def _graft_one(old: Any, new: Any) -> None:
    if isinstance(old, FunctionType):
        old.__code__, old.__defaults__, old.__kwdefaults__ = new.__code__, new.__defaults__, new.__kwdefaults__
    elif isinstance(old, property):
        _graft_one(old.fget, new.fget)
    elif isinstance(old, classmethod | staticmethod):
        _graft_one(old.__func__, new.__func__)
    elif isinstance(old, type):
        for attribute, value in vars(new).items():
            if attribute not in ("__dict__", "__weakref__", "__slots__", "__doc__", "__match_args__"):
                _graft_attribute(old, attribute, value)


def _graft_attribute(old: type, attribute: str, value: Any) -> None:
    present = vars(old).get(attribute)
    if isinstance(present, FunctionType | property | classmethod | staticmethod):
        _graft_one(present, value)
    elif isinstance(present, bool | int | float | str | tuple):
        setattr(old, attribute, value)


def _constants(tree: ast.Module) -> list[str]:
    found = []
    for statement in tree.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        targets = [statement.target] if isinstance(statement, ast.AnnAssign) else targets
        for target in targets:
            found += [each.id for each in ast.walk(target) if isinstance(each, ast.Name)]
    return found


def _replace(name: str, old: Any, new: Any) -> None:
    for module in list(sys.modules.values()):
        if getattr(module, "__dict__", {}).get(name) is old:
            setattr(module, name, new)
