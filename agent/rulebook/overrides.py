"""Params that the configuration sets for an account: checked like those in the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from agent.errors import Diagnostic
from agent.model.expression import Literal
from agent.model.rule import Rule
from agent.rulebook.faults import Complaints, nearest, quoted
from agent.rulebook.nodes import Scalar
from agent.rulebook.plain import in_unit, plain

ParamValue = str | int | float | bool | Decimal
Params = Mapping[str, Mapping[str, ParamValue]]

CONFIGURATION = "configuration"
"""Stands for the path in a diagnostic: the loader does not know which file or variable a value came from."""


def unknown_rules(params: Params, names: Sequence[str]) -> Iterator[Diagnostic]:
    """A fault for each rule the configuration names and nobody wrote."""
    for name in params:
        if name not in names:
            yield _fault("R070", f"there is no rule {quoted(name)} to set params of", nearest(name, names))


def overridden(rule: Rule, values: Mapping[str, ParamValue]) -> tuple[Mapping[str, Literal], list[Diagnostic]]:
    """The rule's params with the configuration's values in their units."""
    params, faults = dict(rule.params), list[Diagnostic]()
    for name, value in values.items():
        if name not in params:
            faults.append(_fault("R070", f"the rule '{rule.name}' has no param {quoted(name)}", nearest(name, params)))
            continue
        try:
            params[name] = in_unit(plain(_text(value)), params[name].unit)
        except Complaints as complaints:
            faults += [
                _fault(item.code, f"{name} of '{rule.name}': {item.message}", item.hint) for item in complaints.items
            ]
    return params, faults


def _text(value: ParamValue) -> Scalar:
    written = (
        ("true" if value else "false")
        if isinstance(value, bool)
        else f"{Decimal(str(value)):f}"
        if isinstance(value, int | float | Decimal)
        else value
    )
    return Scalar(written, 1, 1, written)


def _fault(code: str, message: str, hint: str) -> Diagnostic:
    return Diagnostic(CONFIGURATION, 1, 1, code, message, hint)
