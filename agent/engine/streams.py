"""Which streams a rule reads."""

from __future__ import annotations

from collections.abc import Iterator

from agent.engine.lookups import looked_up
from agent.model.expression import Name, Source
from agent.model.kinds import KINDS
from agent.model.rule import Rule


def streams_of(rule: Rule) -> tuple[str, ...]:
    """Every stream that a rule's conclusion rests on, the judged kind's own state first."""
    own = KINDS[rule.judges].state
    read = [stream for name in looked_up(rule) for stream in _read(rule.judges, name)]
    return tuple(dict.fromkeys([own, *read] if own is not None else read))


def _read(kind: str, name: Name) -> Iterator[str]:
    """The streams on the way to a name. A relation is found in the state of the kind it starts from."""
    here = KINDS[kind]
    for step in name.path:
        if here.state is not None:
            yield here.state
        here = KINDS[here.relations[step].kind]
    stream = here.traffic if name.source is Source.MEASURE else None if name.source is Source.SETTING else here.state
    if stream is not None:
        yield stream
