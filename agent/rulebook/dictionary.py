"""The dictionary as a page: ``python -m agent.rulebook.dictionary`` prints what rules can name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from agent.model.kind import SELF, Kind, Relation
from agent.model.kinds import KINDS, SETTINGS, STREAMS
from agent.model.metric import Column, Unit
from agent.rulebook.keys import LEVERS

_HEAD = """# What rules can name

Made from the program's own declarations by `make dictionary`; the language itself is in [rules.md](rules.md).
A rule `judges` one kind. State stands without a window, measures and metrics in one (`recent.clicks`), what belongs
to a related kind after the relation's name (`sku.days_of_cover`).
"""


def page() -> str:
    """The whole page in Markdown."""
    return "\n".join([_HEAD, *_settings(), *(line for kind in KINDS.values() for line in _kind(kind))])


def _settings() -> Iterator[str]:
    yield "## Settings\n"
    yield from _table(SETTINGS.values())


def _kind(kind: Kind) -> Iterator[str]:
    yield f"## `{kind.name}`\n"
    yield f"{kind.about}\n"
    if levers := LEVERS[kind.name]:
        yield f"Can be set: {', '.join(f'`{lever}`' for lever in levers)}.\n"
    for name, relation in kind.relations.items():
        yield f"- `{name}`: {_related(relation)}"
    if kind.relations:
        yield ""
    for name in kind.states:
        yield from _stream(name, "state")
    for name in kind.traffics:
        yield from _stream(name, "measures")
    if kind.metrics:
        yield "Metrics:\n"
        yield "| metric | formula | unit | what it is |\n|---|---|---|---|"
        yield from (f"| `{one.name}` | `{one.formula}` | {one.unit} | {one.about} |" for one in kind.metrics)
        yield ""


def _related(relation: Relation) -> str:
    if relation.through is not None:
        return f"every `{relation.kind}` that `{relation.through}` pairs it with, taken together"
    found = "of the same id" if relation.column == SELF else f"whose id is its `{relation.column}`"
    return f"the `{relation.kind}` {found}"


def _stream(name: str, what: str) -> Iterator[str]:
    stream = STREAMS[name]
    settle = f" Settled after {stream.settle_days} days." if stream.settle_days else ""
    yield f"`{name}` ({what}): {stream.about}{settle}\n"
    yield from _table(stream.columns)


def _table(columns: Iterable[Column]) -> Iterator[str]:
    yield "| name | unit | what it is |\n|---|---|---|"
    for column in columns:
        average = "" if column.additive else " Does not add up over days: `.mean`, `.max`, `.min`."
        yield f"| `{column.name}` | {column.unit} | {column.about}{average}{_bounds(column)} |"
    yield ""


def _bounds(column: Column) -> str:
    """What is worth saying of them: most figures are simply never below zero."""
    said = " Can be below zero." if column.least is None else ""
    if column.most is not None:
        most = f"{column.most:.0%}" if column.unit is Unit.RATIO else f"{column.most:g}"
        said += f" Never above {most}."
    return said + (f" A part of `{column.within}`." if column.within else "")


if __name__ == "__main__":
    print(page())  # noqa: T201
