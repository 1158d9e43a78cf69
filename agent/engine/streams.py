"""Which streams a rule reads."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from agent.engine.lookups import REMEMBERED_RULES, looked_up, needed
from agent.model.expression import Name, Source
from agent.model.fact import Stream
from agent.model.kind import SELF
from agent.model.kinds import KINDS, stream_of_figure, stream_of_state
from agent.model.rule import Rule


@lru_cache(REMEMBERED_RULES)
def streams_of(rule: Rule) -> tuple[str, ...]:
    """Every stream that a rule's conclusion rests on, the judged kind's own state first."""
    read = [stream for name in looked_up(rule) for stream in _read(rule.judges, name)]
    return tuple(dict.fromkeys([*KINDS[rule.judges].states[:1], *read]))


def can_do_without(rule: Rule, stream: str) -> bool:
    """Whether the rule was written for accounts that lack the stream as well: it asks whether its figures are known,
    or names others instead."""
    return stream not in _required(rule)


@lru_cache(REMEMBERED_RULES)
def _required(rule: Rule) -> frozenset[str]:
    """The streams without which the rule concludes nothing."""
    required = (read for name in needed(rule) for read in _read(rule.judges, name))
    return frozenset([*KINDS[rule.judges].states[:1], *required])


def _read(kind: str, name: Name) -> Iterator[str]:
    """The streams on the way to a name. A relation is found in the state of the kind it starts from."""
    for step in name.path:
        relation = KINDS[kind].relations[step]
        if relation.through is not None:
            yield relation.through
        if relation.column != SELF:
            yield from _named(stream_of_state(kind, relation.column))
        kind = relation.kind
    match name.source:
        case Source.SETTING:
            return
        case Source.MEASURE:
            yield from _named(stream_of_figure(kind, name.name))
        case _:
            yield from _named(stream_of_state(kind, name.name))


def _named(stream: Stream | None) -> Iterator[str]:
    if stream is not None:
        yield stream.name
