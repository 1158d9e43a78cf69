"""What the names of one rule mean: its own params, lets and windows, and the dictionary of kinds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache

from agent.model.expression import Arithmetic, Formula, How, Name, Node, Source
from agent.model.kinds import KINDS, SETTINGS, STREAMS, Kind, state_columns
from agent.model.metric import Column, Metric, Unit
from agent.model.renamed import now_called
from agent.model.window import Anchor, Window
from agent.rulebook.faults import Complaint, Complaints, listed, nearest, quoted
from agent.rulebook.syntax import parse
from agent.rulebook.tokens import WORDS
from agent.rulebook.tree import Infix, Tree, Word

ANCHORS: Mapping[str, Anchor] = {str(anchor): anchor for anchor in Anchor}
_LEVELS = frozenset({Unit.MONEY, Unit.RATIO, Unit.COUNT, Unit.NUMBER})
"""Units of a state whose mean over a window says something."""
HOWS: Mapping[str, How] = {str(how): how for how in (How.MEAN, How.MAX, How.MIN, How.DAYS, How.TREND, How.MATURE)}


@dataclass(slots=True)
class Scope:
    """``units`` of params and lets are None while nothing has decided them. ``broken`` names were reported already."""

    kind: Kind
    windows: Mapping[str, Window]
    units: dict[str, Unit | None] = field(default_factory=dict)
    lets: frozenset[str] = frozenset()
    broken: frozenset[str] = frozenset()
    used: set[str] = field(default_factory=set)
    found: dict[str, Node] = field(default_factory=dict)

    def own(self, text: str) -> bool:
        """Whether the word is a param or a let of this rule."""
        return text in self.units

    def node(self, word: Word) -> Name | Formula:
        """The value a word stands for. Params and lets without a unit so far are plain numbers."""
        text = word.text
        if text.split(".")[0] in self.broken:
            raise Complaints()
        if text in self.units:
            self.used.add(text)
            source = Source.LET if text in self.lets else Source.PARAM
            return Name(source, text, self.units[text] or Unit.NUMBER, text, at=word.at)
        known = self.found.get(text)
        if known is None:
            known = self.found[text] = self._looked_up(word)
        if not isinstance(known, Name | Formula):
            raise Complaints()
        return replace(known, at=word.at)

    def column(self, word: Word) -> Name:
        """The state column a word names, for what asks about its changes."""
        node = self.node(word)
        if isinstance(node, Name) and node.source is Source.STATE:
            return node
        raise Complaints(
            Complaint(word.at, "R032", f"{quoted(word.text)} is not state, and only state has a history of changes",
                      f"state of a {self.kind.name}: {listed(_states(self.kind))}")
        )  # fmt: skip

    def described(self, name: Name) -> Column | None:
        """What the dictionary says of the column whose figures or texts a name has; None for a param, a let and the
        like, and for what only counts changes or days."""
        if name.source is Source.SETTING:
            return SETTINGS[name.name]
        kind = related(self.kind, name.path)
        if name.source is Source.MEASURE:
            return _measures(kind).get(name.name) if name.how is not How.DAYS else None
        return _state(kind).get(name.name) if name.source in (Source.STATE, Source.WAS, Source.HELD) else None

    def choices(self, name: Name) -> tuple[str, ...]:
        """The texts a column can hold, where they are known."""
        column = self.described(name) if name.source in (Source.STATE, Source.SETTING) else None
        return column.choices if column is not None else ()

    def _looked_up(self, word: Word) -> Name | Formula:
        parts = word.text.split(".")
        kind, path = self.kind, list[str]()
        while parts and parts[0] in kind.relations and not (not path and parts[0] in self.windows):
            path.append(parts.pop(0))
            kind = KINDS[kind.relations[path[-1]].kind]
        place = _Spot(word, kind, tuple(path))
        if not parts:
            raise place.complaint("R030", f"{quoted(word.text)} is a thing, not a value of it",
                                  f"write {word.text}.{next(iter(_states(kind)))}")  # fmt: skip
        if parts[0] in self.windows:
            self.used.add(parts[0])
            return _in_window(place, parts, self.windows[parts[0]])
        if len(parts) == 1:
            return self._single(place, parts[0])
        raise self._no_such(place, parts[0])

    def _single(self, place: _Spot, name: str) -> Name:
        column = _state(place.kind).get(name)
        if column is not None:
            return Name(Source.STATE, name, column.unit, place.word.text, place.path)
        if name in SETTINGS and not place.path:
            return Name(Source.SETTING, name, SETTINGS[name].unit, name)
        if name in SETTINGS:
            hint = f"settings are inherited: write {name}"
            raise place.complaint("R030", f"{quoted(place.word.text)} is not known", hint)
        if name in _figures(place.kind):
            window = next(iter(self.windows), "recent")
            hint = f"write {'.'.join([*place.path, window, name])}"
            if not self.windows:
                hint += ", and declare  windows: {recent: {last: 30d}}"
            raise place.complaint("R031", f"{quoted(name)} is a daily figure and needs a window", hint)
        raise self._no_such(place, name)

    def _no_such(self, place: _Spot, name: str) -> Complaints:
        known = [*_state(place.kind), *place.kind.relations, *self.windows]
        if not place.path:
            known += [*self.units, *SETTINGS]
        ours = now_called(name, frozenset([*known, *_figures(place.kind)]))
        hint = (
            _called(place, ours, next(iter(self.windows), "recent"))
            if ours
            else (nearest(name, known) or _as_text(name) or nearest(name, _figures(place.kind)))
        )
        whose = f" of a {place.kind.name}" if place.path else ""
        return place.complaint("R030", f"{quoted(place.word.text)} is not known{whose}", hint)


@dataclass(frozen=True, slots=True)
class _Spot:
    """A word, and the kind its last part is looked up in."""

    word: Word
    kind: Kind
    path: tuple[str, ...]

    def complaint(self, code: str, message: str, hint: str = "") -> Complaints:
        return Complaints(Complaint(self.word.at, code, message, hint))


def related(kind: Kind, path: Iterable[str]) -> Kind:
    """The kind at the end of a path of relations."""
    for step in path:
        kind = KINDS[kind.relations[step].kind]
    return kind


def taken(kind: Kind | None) -> frozenset[str]:
    """Names a rule cannot give to its own things."""
    words = {*WORDS, *SETTINGS, *HOWS, *ANCHORS}
    if kind is not None:
        words |= {*_state(kind), *_figures(kind), *kind.relations}
    return frozenset(words)


def _state(kind: Kind) -> Mapping[str, Column]:
    return state_columns(kind.name)


def _measures(kind: Kind) -> Mapping[str, Column]:
    return {column.name: column for name in kind.traffics for column in STREAMS[name].columns}


def _states(kind: Kind) -> list[str]:
    return list(_state(kind)) or ["state"]


def _figures(kind: Kind) -> list[str]:
    """Measures and metrics, by name."""
    return [*_measures(kind), *(metric.name for metric in kind.metrics)]


def _in_window(place: _Spot, parts: list[str], window: Window) -> Name | Formula:
    """``window.measure``, ``window.metric`` or ``window.measure.how``."""
    if len(parts) == 1:
        raise place.complaint("R030", f"{quoted(place.word.text)} is a window, not a figure in it",
                              f"write {place.word.text}.clicks")  # fmt: skip
    figure, rest = parts[1], parts[2:]
    metric, column = place.kind.metric(figure), _measures(place.kind).get(figure)
    if metric is not None:
        if rest:
            hint = f"write {'.'.join([*place.path, *parts[:2]])}: a ratio of sums"
            raise place.complaint("R030", f"the metric '{figure}' has no '.{rest[0]}'", hint)
        return _metric(place.kind, metric, place.path, parts[0], window)
    if column is None:
        level = _state(place.kind).get(figure)
        if level is not None and level.unit in _LEVELS and rest == ["mean"]:
            return Name(Source.HELD, figure, level.unit, place.word.text, place.path, window, How.MEAN)
        raise _no_figure(place, figure)
    return _measure(place, column, rest, window)


def _called(place: _Spot, ours: str, window: str) -> str:
    """A hint for a name that is called otherwise here."""
    figure = ours not in _state(place.kind) and ours in _figures(place.kind)
    return f"it is called '{'.'.join([*place.path, *([window] if figure else []), ours])}'"


def _no_figure(place: _Spot, figure: str) -> Complaints:
    if figure in _state(place.kind):
        hint = f"write {'.'.join([*place.path, figure])}"
        if _state(place.kind)[figure].unit in _LEVELS:
            hint += f", or {place.word.text.removesuffix('.mean')}.mean"
        return place.complaint("R031", f"'{figure}' is state and stands without a window", hint)
    figures = _figures(place.kind)
    if not figures:
        return place.complaint("R030", f"a {place.kind.name} has no daily figures")
    window = place.word.text.partition(figure)[0]
    ours = now_called(figure, frozenset(figures))
    hint = (
        f"it is called '{window}{ours}'"
        if ours
        else nearest(figure, figures, f"there are {listed(figures)}").replace("mean '", f"mean '{window}")
    )
    return place.complaint("R030", f"{quoted(place.word.text)} is not known", hint)


def _measure(place: _Spot, column: Column, rest: list[str], window: Window) -> Name:
    how = How.SUM
    if rest:
        if len(rest) > 1 or rest[0] not in HOWS:
            hint = nearest(rest[0], HOWS, f"there are .{' .'.join(HOWS)}")
            raise place.complaint("R030", f"{quoted(place.word.text)} is not known", hint)
        how = HOWS[rest[0]]
        if how is How.MATURE:
            _may_mature(place, column)
    elif not column.additive:
        hint = f"write {place.word.text}.mean, .max, .min or .trend"
        raise place.complaint("R031", f"'{column.name}' does not add up over days", hint)
    unit = Unit.DAYS if how is How.DAYS else column.unit
    return Name(Source.MEASURE, column.name, unit, place.word.text, place.path, window, how)


def _may_mature(place: _Spot, column: Column) -> None:
    """What orders are held against is weighed by how many of them have come; orders themselves are not."""
    measures = _measures(place.kind)
    late = [each.name for each in measures.values() if each.attributed]
    if column.attributed:
        hint = f"write {place.word.text.removesuffix('.mature')} and hold it against clicks.mature or cost.mature"
        raise place.complaint("R031", f"'{column.name}' is what still comes in: it is not weighed", hint)
    if not late or not column.additive:
        raise place.complaint("R031", f"no orders are held against '{column.name}' of a {place.kind.name}")


def _metric(kind: Kind, metric: Metric, path: tuple[str, ...], window: str, days: Window) -> Formula:
    """A metric spelled out over the measures of the window."""
    prefix = ".".join([*path, window])

    def spelled(tree: Tree) -> Node:
        match tree:
            case Word(text=name):
                column = _column(kind, name)
                return Name(Source.MEASURE, name, column.unit, f"{prefix}.{name}", path, days, How.SUM)
            case Infix(operator=operator, left=left, right=right):
                return Arithmetic(operator, spelled(left), spelled(right), metric.unit)
        raise ValueError(f"the metric {metric.name} is no formula over measures: {metric.formula}")

    return Formula(f"{prefix}.{metric.name}", spelled(_formula(metric.formula)), metric.unit)


@cache
def _formula(text: str) -> Tree:
    return parse(text).tree


def _column(kind: Kind, name: str) -> Column:
    column = _measures(kind).get(name)
    if column is None:
        raise ValueError(f"a {kind.name} has no measure {name}")
    return column


def _as_text(name: str) -> str:
    """A hint for a text whose quotes were forgotten."""
    columns = [*SETTINGS.values(), *(column for stream in STREAMS.values() for column in stream.columns)]
    known = any(name.lower() in column.choices for column in columns)
    return f'a text stands in quotes: "{name.lower()}"' if known else ""
