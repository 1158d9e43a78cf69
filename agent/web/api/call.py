"""One call of a program, and what an operation of the API is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel

from agent.access.keys import Caller
from agent.model.person import Scope
from agent.web.api.asked import Nothing
from agent.web.api.shapes import Shape
from agent.web.desk import Desk

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Call:
    """What an operation is given. ``query`` and ``body`` are of the models that the table names."""

    desk: Desk
    caller: Caller
    params: Mapping[str, str]
    query: BaseModel
    body: BaseModel | None

    def asked(self, model: type[Model]) -> Model:
        """What the address asks."""
        return _of(model, self.query)

    def told(self, model: type[Model]) -> Model:
        """What the body says."""
        return _of(model, self.body)


def _of(model: type[Model], given: Any) -> Model:
    if not isinstance(given, model):
        raise TypeError(f"the table names another model than {model.__name__}")
    return given


@dataclass(frozen=True, slots=True)
class Operation:
    """``problems``: the statuses it may end with besides those that every operation has."""

    method: str
    path: str
    name: str
    about: str
    scope: Scope
    does: Callable[[Call], Shape]
    answer: type[Shape]
    query: type[BaseModel] = Nothing
    body: type[BaseModel] | None = None
    problems: Mapping[int, str] = field(default_factory=dict)
