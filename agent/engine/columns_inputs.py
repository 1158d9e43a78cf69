"""The input columns of whole populations: one frame per entity kind, shared by all rules.

A column is named by ``Name.key``. Each kind's own figures are gathered once, whoever asks for them; then related
kinds are joined on, so that ``campaign.recent.cost`` of a keyword is its campaign's own figure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import polars as pl

from agent.engine.columns_history import joined_history
from agent.engine.columns_rollup import rolled_up
from agent.engine.columns_settings import joined_settings, read_for_settings
from agent.engine.columns_state import STATED, stated
from agent.engine.columns_types import link_of, state_text, type_of, typed
from agent.engine.columns_windows import Figures, figures
from agent.engine.question import Question
from agent.model.expression import Name, Source
from agent.model.kind import SELF
from agent.model.kinds import KINDS, STREAMS, Kind
from agent.ports import FactView, FigureShelf

_HISTORY = frozenset({Source.SINCE, Source.CHANGES, Source.WAS, Source.HELD})


@dataclass(frozen=True, slots=True)
class Inputs:
    """``frame``: ``entity`` and one column per key. ``gaps``: why a key is unknown for every entity."""

    frame: pl.DataFrame
    gaps: Mapping[str, str]


def gather(
    wanted: Mapping[str, Iterable[Name]], view: FactView, question: Question, shelf: FigureShelf | None = None
) -> Mapping[str, Inputs]:
    """The inputs of each kind in ``wanted``, for the names its rules look up. ``shelf``: where figures of an earlier
    judging are, for those of whom nothing has changed since."""
    names = {kind: list(asked) for kind, asked in wanted.items()}
    needs = _needs(names, question)
    own = {kind: _own(KINDS[kind], list(asked.values()), view, question, shelf) for kind, asked in needs.items()}
    frames = {kind: inputs.frame for kind, inputs in own.items()}
    for kind, asked in needs.items():
        settings = [name for name in asked.values() if name.source is Source.SETTING]
        own[kind] = replace(own[kind], frame=joined_settings(KINDS[kind], settings, frames, question))
    return {kind: _related(KINDS[kind], asked, own, view) for kind, asked in names.items()}


def _needs(names: Mapping[str, list[Name]], question: Question) -> dict[str, dict[str, Name]]:
    """What is gathered of each kind itself: names without a path, and the columns that lead to related kinds."""
    needs: dict[str, dict[str, Name]] = defaultdict(dict)
    for kind, asked in names.items():
        needs[kind] |= {}
        for name in asked:
            _need(KINDS[kind], name, needs)
    for kind in list(needs):
        settings = [name for name in needs[kind].values() if name.source is Source.SETTING]
        for of, name in read_for_settings(KINDS[kind], settings, question):
            needs[of][name.key] = name
    return needs


def _need(kind: Kind, name: Name, needs: dict[str, dict[str, Name]]) -> None:
    if not name.path:
        needs[kind.name][name.key] = name
        return
    relation = kind.relations[name.path[0]]
    if relation.column != SELF:
        link = state_text(relation.column)
        needs[kind.name][link.key] = link
    _need(KINDS[relation.kind], replace(name, path=name.path[1:]), needs)


def _own(kind: Kind, names: list[Name], view: FactView, question: Question, shelf: FigureShelf | None) -> Inputs:
    """A kind's own state, figures and history, collected in one pass."""
    frame, gaps = stated(kind, [name for name in names if name.source in STATED], view, question)
    measures = [name for name in names if name.source is Source.MEASURE]
    frame, more = _measured(frame, kind, measures, view, question, shelf)
    frame = joined_history(frame, kind, [name for name in names if name.source in _HISTORY], view, question)
    return Inputs(frame.collect(engine="streaming"), {**gaps, **more})


def _measured(
    frame: pl.LazyFrame, kind: Kind, names: list[Name], view: FactView, question: Question, shelf: FigureShelf | None
) -> tuple[pl.LazyFrame, Mapping[str, str]]:
    """The frame with the figures of every daily stream that is asked for, one scan each."""
    gaps: dict[str, str] = {}
    for stream in (STREAMS[name] for name in kind.traffics):
        asked = [name for name in names if stream.column(name.name)]
        if not asked:
            continue
        found = figures(view, stream, asked, question, shelf)
        if found.frame is not None:
            frame = frame.join(found.frame, on="entity", how="left")
        frame = frame.with_columns(_measure(name, found).alias(name.key) for name in asked)
        gaps |= found.gaps
    return frame, gaps


def _measure(name: Name, measured: Figures) -> pl.Expr:
    if name.key not in measured.absent:
        return pl.lit(None, dtype=type_of(name))
    return typed(pl.col(name.key).fill_null(measured.absent[name.key]), name)


def _related(kind: Kind, names: list[Name], own: Mapping[str, Inputs], view: FactView) -> Inputs:
    """A kind's own columns and those of related kinds, joined on."""
    frame, gaps = own[kind.name].frame, dict(own[kind.name].gaps)
    for relation in sorted({name.path[0] for name in names if name.path}):
        parent, link = kind.relations[relation], link_of(kind.relations[relation])
        asked = {name.key: replace(name, path=name.path[1:]) for name in names if name.path[:1] == (relation,)}
        related = _related(KINDS[parent.kind], list(asked.values()), own, view)
        if parent.through is None:
            columns = (pl.col(name.key).alias(key) for key, name in asked.items())
            joined = related.frame.select(pl.col("entity").alias(link), *columns)
        else:
            joined = rolled_up(parent, related.frame, asked, view).rename({parent.pair: link})
        frame = frame.join(joined, on=link, how="left")
        gaps |= {key: related.gaps[name.key] for key, name in asked.items() if name.key in related.gaps}
    keys = {name.key for name in names}
    links = {link_of(relation) for relation in kind.relations.values()} & set(frame.columns) - {"entity"}
    return Inputs(frame.select("entity", *sorted(links | keys)), gaps)
