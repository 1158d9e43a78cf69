"""config.example.toml and the models say the same, both ways."""

import re
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from agent.config import Config, load
from agent.config.belts import Belts
from agent.config.layers import dotted, leaves
from agent.config.operator import ScopedValues, SettingValues
from agent.config.places import lines_of
from agent.config.shape import field_of, is_table
from agent.config.values import plain
from agent.shipped import shipped

_EXAMPLE = shipped("config.example.toml")
_TEXT = _EXAMPLE.read_text(encoding="utf-8")
_WRITTEN: dict[str, Any] = tomllib.loads(_TEXT, parse_float=Decimal)
_HERE = ("accounts", "main")
_NAMED = {("accounts",): "main", ("notify", "channels"): "team", ("notify", "people"): "ada"}
"""Tables with names of the operator's choice, and the name the example gives."""
_HAVE_NO_DEFAULT = ("marketplace", "settings", "scopes", "params", "belts")


def _fields(model: Any, key: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], FieldInfo]]:
    """Every setting that is no table, by key, with an account called main."""
    for name, field in model.model_fields.items():
        inner = field_of(model, name)
        named = _NAMED.get((*key, name))
        more, table = ((named,), field_of(inner, named)) if named is not None else ((), inner)
        table = _bare(table)
        if is_table(table):
            yield from _fields(table, (*key, name, *more))
        else:
            yield (*key, name), field


def _bare(kind: Any) -> Any:
    from agent.config.shape import bare

    return bare(kind)


def _as_written(key: tuple[str, ...]) -> Any:
    here: Any = _WRITTEN
    for part in key:
        here = here[part]
    return here


def _plain(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, tuple):
        return list(value)
    if value is None:
        return ""
    return (
        plain(Decimal(str(value))) if isinstance(value, (int, float, Decimal)) and value not in (True, False) else value
    )


_ALL = dict(_fields(Config))
_DEFAULTED = {
    key: field
    for key, field in _ALL.items()
    if not (key[:2] == _HERE and (key[2] in _HAVE_NO_DEFAULT or key[-1] == "mapping"))
    and key not in (("notify", "routes"), ("notify", "channels", "team", "kind"))
}


def test_the_models_have_the_settings_this_test_believes() -> None:
    assert {("database",), ("pull", "days"), ("belts", "step", "bid"), (*_HERE, "amazon_ads", "profile_id")} <= set(
        _DEFAULTED
    )


@pytest.mark.parametrize("key", _DEFAULTED, ids=dotted)
def test_every_setting_is_in_the_example_with_its_true_default(key: tuple[str, ...]) -> None:
    default = _DEFAULTED[key].get_default(call_default_factory=True)
    assert default is not PydanticUndefined
    assert _plain(_as_written(key)) == _plain(default)


@pytest.mark.parametrize("name", SettingValues.model_fields)
def test_every_setting_of_an_account_is_in_the_example(name: str) -> None:
    assert _as_written((*_HERE, "settings", name)) is not None


def test_every_kind_a_scope_can_name_is_in_the_example() -> None:
    kinds = set(ScopedValues.model_fields) - set(SettingValues.model_fields)
    assert [kind for kind in kinds if not re.search(rf"\b{kind}\b", _TEXT)] == []


@pytest.mark.parametrize(
    ("key", "field"), _ALL.items(), ids=lambda value: dotted(value) if isinstance(value, tuple) else ""
)
def test_every_setting_says_why_it_is_there(key: tuple[str, ...], field: FieldInfo) -> None:
    assert field.description is not None
    assert field.description.endswith(".") or field.description.endswith("…")


def test_the_example_loads_as_it_stands() -> None:
    config = load(_EXAMPLE, variables={})
    assert config.dry_run is True
    assert config.scopes("main")[1].values == {"stage": "launch", "target_acos": 0.45}


@pytest.mark.parametrize("key", [key for key, _ in leaves(_WRITTEN)], ids=dotted)
def test_every_line_of_the_example_is_a_setting_with_a_reason_above_it(key: tuple[str, ...]) -> None:
    """A run of settings may share the comment above its first line; the account's name and patterns are examples."""
    line = lines_of(_TEXT)[key]
    above = _TEXT.splitlines()[: line - 1]
    table = [text for text in above if not re.match(r"[\w.\"-]+(/[\w-]+\")? = ", text)]
    assert table[-1].startswith(("#", "["))
    assert any(text.startswith("#") for text in table[-3:])


def test_every_setting_is_read_somewhere() -> None:
    """A setting nobody reads is a promise nobody keeps."""
    root = _EXAMPLE.parent
    sources = [path for path in (root / "agent").rglob("*.py") if path.parent.name not in ("config", "locale")]
    sources += [
        path
        for name in ("amazon_ads", "selling_partner", "keepa")
        for path in (root / "connectors" / name).rglob("*.py")
    ]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    tables = {"pull", "schedule", "act", "log", "amazon_ads", "selling_partner", "keepa"}
    sections = {name: f"{name}|settings" for name in ("amazon_ads", "selling_partner", "keepa")}
    others = {"schedule": "schedule|often", **sections}
    keys = [key for key in _DEFAULTED if len(key) > 1 and key[-2] in tables]
    reads = {key: rf"\b({others.get(key[-2], key[-2])})\.{key[-1]}\b" for key in keys}
    assert [dotted(key) for key, read in reads.items() if not re.search(read, text)] == []


def test_belts_can_be_written_per_account_key_by_key() -> None:
    assert issubclass(Belts, BaseModel)
    assert field_of(field_of(field_of(Config, "accounts"), "main"), "belts") is Belts
