"""Settings as columns: what the operator decided, from wide to narrow.

Patterns are tried on distinct campaigns and ad groups, a few thousand, and their values joined on; only a scope on
the judged kind itself is tried on every entity.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from agent.engine.columns_types import link_of, state_text, type_of
from agent.engine.question import Question
from agent.model.expression import Name, Scalar
from agent.model.kind import SELF
from agent.model.kinds import KINDS, Kind, Relation, state_columns
from agent.model.setting import Scope

_SPELLINGS = ("name", "text", "sku", "asin")
"""State columns by which people call an entity."""


def read_for_settings(kind: Kind, settings: Sequence[Name], question: Question) -> Iterator[tuple[str, Name]]:
    """The state columns, by kind, that settings of this kind are found by."""
    if not settings:
        return
    scoped = {scope.kind for scope in question.settings}
    for relation in _inherited(kind):
        if relation.kind in scoped:
            if relation.column != SELF:
                yield kind.name, state_text(relation.column)
            yield from ((relation.kind, name) for name in _spelled_by(KINDS[relation.kind]))
    if kind.name in scoped:
        yield from ((kind.name, name) for name in _spelled_by(kind))


def joined_settings(
    kind: Kind, names: Sequence[Name], own: Mapping[str, pl.DataFrame], question: Question
) -> pl.DataFrame:
    """The kind's frame with a column per setting. Scopes of one kind apply in the order given, a later one wins."""
    frame = own[kind.name]
    if not names:
        return frame
    found: list[list[str]] = []
    for relation in _inherited(kind):
        scopes = [scope for scope in question.settings if scope.kind == relation.kind]
        if scopes:
            link, level = link_of(relation), f"of {relation.kind} "
            ids = frame.select(pl.col(link).drop_nulls().unique().alias("entity"))
            parents = ids.join(own[relation.kind], on="entity", how="left")
            values = _resolved(parents, scopes, names, level).rename({"entity": link})
            frame = frame.join(values, on=link, how="left")
            found.append([level + name.key for name in names])
    scopes = [scope for scope in question.settings if scope.kind == kind.name]
    if scopes:
        frame = frame.join(_resolved(frame, scopes, names, "of itself "), on="entity", how="left")
        found.append([f"of itself {name.key}" for name in names])
    narrow_first = list(reversed(found))
    account = _account(names, question)
    columns = [
        pl.coalesce(*(level[at] for level in narrow_first), account[at]).alias(name.key)
        for at, name in enumerate(names)
    ]
    return frame.with_columns(columns).drop(column for level in found for column in level)


def _inherited(kind: Kind) -> list[Relation]:
    """The relations that settings come down by: those to one entity."""
    return [relation for relation in kind.relations.values() if relation.through is None]


def _account(names: Sequence[Name], question: Question) -> list[pl.Expr]:
    scopes = [scope for scope in question.settings if scope.kind == "account"]
    return [pl.lit(_value(scopes, name), dtype=type_of(name)) for name in names]


def _resolved(frame: pl.DataFrame, scopes: list[Scope], names: Sequence[Name], level: str) -> pl.DataFrame:
    """``entity`` and a column per setting, for the entities that a scope says something about."""
    telling = [scope for scope in scopes if any(scope.values.get(name.name) is not None for name in names)]
    spelled = [column for column in frame.columns if column in {state_text(name).key for name in _SPELLINGS}]
    rows = [
        (spellings[0], *(_value(fitting, name) for name in names))
        for spellings in frame.select("entity", *spelled).iter_rows()
        if (fitting := [scope for scope in telling if scope.fits(*spellings)])
    ]
    schema = {"entity": pl.String(), **{level + name.key: type_of(name) for name in names}}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _value(scopes: list[Scope], name: Name) -> Scalar:
    """The last of the scopes that says anything of it."""
    values = (scope.values.get(name.name) for scope in reversed(scopes))
    value = next((each for each in values if each is not None), None)
    return float(value) if isinstance(value, int) and type_of(name) == pl.Float64 else value


def _spelled_by(kind: Kind) -> Iterator[Name]:
    return (state_text(column) for column in state_columns(kind.name) if column in _SPELLINGS)
