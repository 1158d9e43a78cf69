"""What the operator decided about an account and its parts: targets, stages, owners.

The keys are those of the dictionary (``agent.model.kinds.SETTINGS``); a setting declared there can be configured here.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model, model_validator

from agent.config.values import Amount, Ratio, wrong
from agent.language import _
from agent.model.expression import Scalar
from agent.model.kinds import KINDS, SETTINGS
from agent.model.metric import Column, Unit
from agent.model.money import MICROS
from agent.model.setting import Scope

_TYPES: dict[Unit, Any] = {
    Unit.RATIO: Ratio,
    Unit.MONEY: Amount,
    Unit.COUNT: int,
    Unit.NUMBER: float,
    Unit.DAYS: float,
    Unit.TEXT: str,
    Unit.FLAG: bool,
}


class Section(BaseModel):
    """A table of the configuration: unknown keys are errors, nothing changes after loading."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, validate_default=True)


class _Values(Section):
    def values(self) -> dict[str, Scalar]:
        """The settings that were written, in the engine's units: money in micros."""
        written = self.model_dump(include=self.model_fields_set & set(SETTINGS), exclude_none=True)
        return {name: _scalar(value) for name, value in written.items()}


class _Scoped(_Values):
    @model_validator(mode="after")
    def _names_one_kind(self) -> _Scoped:
        if len(self.model_fields_set & set(KINDS)) != 1:
            raise wrong(
                _("names what it is for exactly once"),
                _('add one of {kinds} with a pattern, such as campaign = "Summer *"').format(kinds=", ".join(_SCOPED)),
            )
        return self

    def scope(self) -> Scope:
        kind = next(iter(self.model_fields_set & set(KINDS)))
        return Scope(kind, getattr(self, kind), self.values())


def _scalar(value: Any) -> Scalar:
    if isinstance(value, Decimal):
        return int(value * MICROS)
    if isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(f"{value!r} is no value of a setting")


def _optional(kind: Any, about: str) -> Any:
    return (kind | None, Field(default=None, description=about))


def _type(column: Column) -> Any:
    return Literal[column.choices] if column.choices else _TYPES[column.unit]


_SETTINGS: dict[str, Any] = {name: _optional(_type(column), column.about) for name, column in SETTINGS.items()}
_SCOPED = ("campaign", "ad_group", "keyword", "product_target", "product_ad", "negative_keyword", "supplier", "asin",
           "sku", "listing")  # fmt: skip
"""The kinds that settings can be written for; those they are related to inherit them."""
_PATTERNS: dict[str, Any] = {
    name: _optional(str, f"Pattern of ids or names (* and ?): {KINDS[name].about}") for name in _SCOPED
}

if TYPE_CHECKING:

    class SettingValues(_Values):
        """``[accounts.NAME.settings]``: values for everything in the account."""

    class ScopedValues(_Scoped):
        """``[[accounts.NAME.scopes]]``: values for what one pattern names, and for all below it."""

else:
    SettingValues = create_model("SettingValues", __base__=_Values, **_SETTINGS)
    ScopedValues = create_model("ScopedValues", __base__=_Scoped, **_PATTERNS, **_SETTINGS)
