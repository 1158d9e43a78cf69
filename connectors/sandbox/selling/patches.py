"""Patches of a listing's attributes, as Listings Items 2021-08-01 applies them: whole top-level attributes only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from connectors.sandbox.answers import invalid

Attributes = dict[str, list[dict[str, object]]]
Values = list[dict[str, object]]
OPS = ("add", "replace", "merge", "delete")
_SELECTORS = ("marketplace_id", "language_tag", "currency", "audience")
_PREFIX = "/attributes/"


def patched(attributes: Mapping[str, Values], patches: Sequence[object]) -> Attributes:
    """The attributes after all patches. A patch that is no patch is refused as a whole call."""
    new = {name: list(values) for name, values in attributes.items()}
    for patch in patches:
        name, op, values = _read(patch)
        new[name] = _OPS[op](new.get(name, []), values)
        if not new[name]:
            del new[name]
    return new


def named(patches: Sequence[object]) -> tuple[str, ...]:
    """The attributes that the patches touch."""
    return tuple(_read(patch)[0] for patch in patches)


def selector(value: Mapping[str, object]) -> tuple[object, ...]:
    """What tells one value of an attribute from the next: marketplace, language, currency, audience."""
    audience = {"audience": "ALL"} if "currency" in value and "audience" not in value else {}
    return tuple({**value, **audience}.get(name) for name in _SELECTORS)


def _read(patch: object) -> tuple[str, str, Values]:
    if not isinstance(patch, Mapping):
        raise invalid("patches must hold objects")
    op, path, values = patch.get("op"), str(patch.get("path", "")), patch.get("value", [])
    if op not in OPS:
        raise invalid(f"patches: op must be one of: {', '.join(OPS)}")
    name = path.removeprefix(_PREFIX)
    if not path.startswith(_PREFIX) or not name or "/" in name:
        # Amazon: a path inside an attribute is not supported.
        raise invalid("patches: path must be /attributes/ and the name of one attribute")
    if not isinstance(values, list) or not all(isinstance(one, dict) for one in values):
        raise invalid("patches: value must be an array of objects")
    if not values and op != "delete":
        raise invalid(f"patches: {op} needs a value")
    return name, str(op), [_plain(one) for one in values]


def _plain(value: object) -> Any:
    """A value of the call as answers repeat it: decimals are numbers again."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value


def _replace(old: Values, new: Values) -> Values:
    # Amazon: an attribute is replaced whole, so an offer to other audiences, a sale price or price limits that were
    # not sent again are gone. Values of other marketplaces stay.
    touched = {value.get("marketplace_id") for value in new}
    if None in touched:
        return new
    return [*(value for value in old if value.get("marketplace_id") not in touched), *new]


def _merge(old: Values, new: Values) -> Values:
    by_selector = {selector(value): value for value in old}
    for value in new:
        key = selector(value)
        by_selector[key] = {**by_selector.get(key, {}), **value}
    return list(by_selector.values())


def _delete(old: Values, new: Values) -> Values:
    touched = {selector(value) for value in new}
    return [value for value in old if selector(value) not in touched] if new else []


_OPS: Mapping[str, Callable[[Values, Values], Values]] = {
    "add": _replace, "replace": _replace, "merge": _merge, "delete": _delete,
}  # fmt: skip
