"""What may be written where: the models, walked by name."""

from __future__ import annotations

from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr


def field_of(kind: Any, name: str) -> Any:
    """The type of a table's entry; None where the table has no such entry."""
    kind = bare(kind)
    if is_table(kind):
        found = kind.model_fields.get(name)
        return None if found is None else found.annotation
    if get_origin(kind) is dict:
        return get_args(kind)[1]
    if get_origin(kind) is tuple and name.isdigit():
        return get_args(kind)[0]
    return None


def kind_of(root: Any, key: tuple[str | int, ...]) -> Any:
    """The type at a key; None where nothing can be written."""
    for part in key:
        root = None if root is None else field_of(root, str(part))
    return bare(root)


def names_in(kind: Any) -> list[str]:
    """The entries a table knows by name."""
    kind = bare(kind)
    return list(kind.model_fields) if is_table(kind) else []


def is_table(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def is_named(kind: Any) -> bool:
    """A table whose entries have names of the operator's choice, such as ``accounts``."""
    return get_origin(bare(kind)) is dict


def is_structured(kind: Any) -> bool:
    """Lists and tables: written as JSON where only text can be given."""
    kind = bare(kind)
    return is_table(kind) or get_origin(kind) in (dict, tuple)


def is_secret(kind: Any) -> bool:
    return bare(kind) is SecretStr


def bare(kind: Any) -> Any:
    """Without ``Annotated`` and ``| None``."""
    if get_origin(kind) is Annotated:
        return bare(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        inner = [one for one in get_args(kind) if one is not NoneType]
        return bare(inner[0]) if len(inner) == 1 else kind
    return kind
