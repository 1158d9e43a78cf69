"""Reading the configuration: all layers, merged, checked once."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource

from agent.config.faults import config_error
from agent.config.layers import Layer
from agent.config.places import toml_layer
from agent.config.settings import Config
from agent.config.surroundings import environment, flags, secret_files

FILE = "steward.toml"
"""The file that is read when none is named."""


def load(
    path: Path | None = None, overrides: Mapping[str, Any] | None = None, variables: Mapping[str, str] | None = None
) -> Config:
    """The configuration of this invocation; ``ConfigError`` where anything is wrong.

    The strongest first: ``overrides`` (dotted keys, from flags) > environment > secret files > the file > defaults.
    Without ``path``, the file is that of ``STEWARD_CONFIG`` or else ``steward.toml`` here, if there is one.
    """
    variables = os.environ if variables is None else variables
    path = _file(path, variables)
    file = toml_layer(path) if path is not None else Layer({}, lambda key: "")
    told = flags(Config, overrides or {})
    accounts = _accounts(told, file)
    spoken = environment(Config, variables, accounts)
    folder = _secrets_folder(path, told, spoken, file)
    layers = (told, spoken, secret_files(Config, variables, folder, accounts), file)
    try:
        # pydantic-settings merges the sources; its constructor's own parameters are unknown to type checkers.
        built: dict[str, Any] = {"_build_sources": (tuple(map(_Source, layers)), {})}
        config = Config(**built)
    except ValidationError as fault:
        raise config_error(fault, Config, layers) from None
    return config.read_from(path, layers)


class _Source(PydanticBaseSettingsSource):
    """A layer, as pydantic-settings merges them."""

    def __init__(self, layer: Layer) -> None:
        super().__init__(Config)
        self._layer = layer

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        return self._layer.values.get(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        return dict(self._layer.values)


def _file(path: Path | None, variables: Mapping[str, str]) -> Path | None:
    if path is not None:
        return path
    if named := variables.get("STEWARD_CONFIG"):
        return Path(named)
    return Path(FILE) if Path(FILE).exists() else None


def _accounts(*layers: Layer) -> Collection[str]:
    """The names of accounts as the file spells them; variables are matched to these."""
    tables = (layer.values.get("accounts") for layer in layers)
    return [name for table in tables if isinstance(table, dict) for name in table]


def _secrets_folder(path: Path | None, *layers: Layer) -> Path | None:
    """The folder must be known before all else is read."""
    named = next((layer.values["secrets"] for layer in layers if "secrets" in layer.values), "")
    if not isinstance(named, str) or not named:
        return None
    return (path.parent if path is not None else Path()) / Path(named).expanduser()
