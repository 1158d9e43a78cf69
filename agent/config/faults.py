"""What pydantic refused, as a ``ConfigError`` that names setting, place and remedy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from agent.config.layers import Key, Layer, dotted
from agent.config.shape import is_secret, kind_of, names_in
from agent.errors import ConfigError
from agent.language import _


def config_error(fault: ValidationError, root: type, layers: Sequence[Layer]) -> ConfigError:
    """One error for all faults: the first one's setting, place and hint; the others are named in the message."""
    details = [_Fault(row, root, layers) for row in fault.errors(include_url=False)]
    first, *others = details
    message = "\n".join([first.message, *(f"{other.place}: {other.message}" for other in others)])
    return ConfigError(message, setting=dotted(first.key), place=first.place, hint=first.hint)


class _Fault:
    """One refused setting, in words."""

    def __init__(self, row: Mapping[str, Any], root: type, layers: Sequence[Layer]) -> None:
        self.key = _key(row["loc"])
        self.place = place_of(self.key, layers)
        self.message, self.hint = self._said(row, root)

    def _said(self, row: Mapping[str, Any], root: type) -> tuple[str, str]:
        name = dotted(self.key)
        if row["type"] == "extra_forbidden":
            return _("unknown setting '{name}'").format(name=name), _nearest(root, self.key)
        if row["type"] == "missing":
            return _("the setting '{name}' is missing").format(name=name), _("add it")
        context = row.get("ctx", {})
        said, hint = (context["message"], context["hint"]) if row["type"] == "steward" else (_in_words(row), "")
        return f"'{name}'{self._shown(row, root)}: {said}" if name else said, hint

    def _shown(self, row: Mapping[str, Any], root: type) -> str:
        """The value as written, where it is short and no secret."""
        value = row.get("input")
        if is_secret(kind_of(root, self.key)) or isinstance(value, (dict, list, tuple)) or hasattr(value, "model_dump"):
            return ""
        text = str(value)
        return f" = {text}" if len(text) <= 60 else ""


def place_of(key: Key, layers: Sequence[Layer]) -> str:
    """Where a key was written by the strongest layer that has it; else where its table begins."""
    for end in range(len(key), 0, -1):
        for layer in layers:
            if layer.has(key[:end]) and (place := layer.place(key[:end])):
                return place
    return ""


def _key(location: Sequence[str | int]) -> Key:
    """pydantic's location without its remarks about union members and keys of maps."""
    return tuple(part for part in location if part != "[key]")


def _nearest(root: type, key: Key) -> str:
    known = names_in(kind_of(root, key[:-1]))
    close = get_close_matches(str(key[-1]), known, n=1, cutoff=0.6)
    if close:
        return _("did you mean '{name}'?").format(name=close[0])
    return _("known here: {names}").format(names=", ".join(known))


def _in_words(row: Mapping[str, Any]) -> str:
    """The commonest refusals in the operator's language, the others as pydantic says them."""
    context = row.get("ctx", {})
    kinds = {
        "int": _("must be a whole number"),
        "float": _("must be a number"),
        "decimal": _("must be a number"),
        "bool": _("must be true or false"),
        "string": _("must be text"),
        "tuple": _("must be a list"),
        "dict": _("must be a table"),
        "model": _("must be a table"),
    }
    texts = {
        "greater_than_equal": _("must be at least {ge}"),
        "greater_than": _("must be above {gt}"),
        "less_than_equal": _("must be at most {le}"),
        "literal_error": _("must be one of {expected}"),
        "string_pattern_mismatch": _("a name has letters, digits, - and _, and begins with a letter or digit"),
        "string_too_short": _("must not be empty"),
    }
    if row["type"] in texts:
        return texts[row["type"]].format(**context)
    return kinds.get(row["type"].partition("_")[0], str(row["msg"]))
