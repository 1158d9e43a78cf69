"""What of a rule file can be set in a form, each value with its unit and bounds; and the file with other values.

A value that is not touched leaves not one letter of the file otherwise: edits go through ``Draft``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from agent.model.metric import Unit
from agent.model.rule import Mode, OnDrift, Rule, Severity
from agent.rulebook.bounds import LONGEST_COOLDOWN, MOST_CHANGES
from agent.rulebook.declared import LONGEST_BUFFER, LONGEST_WINDOW
from agent.rulebook.draft import Draft, Path
from agent.rulebook.faults import Complaints
from agent.rulebook.keys import DRIFTS
from agent.rulebook.nodes import Scalar
from agent.rulebook.plain import in_unit, plain
from agent.rulebook.scope import ANCHORS
from agent.rulebook.spans import Comment, Quoted, comments

_FIGURE = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?)\s*([%dh]?)")
_BOUNDS: Mapping[Unit, tuple[Decimal, Decimal]] = {
    Unit.RATIO: (Decimal(0), Decimal(10)), Unit.DAYS: (Decimal(0), Decimal(366)),
    Unit.COUNT: (Decimal(0), Decimal(1_000_000)), Unit.MONEY: (Decimal(0), Decimal(1_000_000)),
    Unit.NUMBER: (Decimal(0), Decimal(1_000_000)),
}  # fmt: skip
"""What a threshold of a rule can sensibly be, in its unit. One that is below zero in the file may go as far below."""
_MARKS = {"%": Decimal(100), "h": Decimal(24)}


@dataclass(frozen=True, slots=True)
class Input:
    """One value. ``written``: as the file has it, empty where it has none; ``note``: the comment beside it.

    ``mark``: what stands behind the figure in the file (``%``, ``d``, ``h``); ``least`` and ``most`` are in the unit:
    1 is 100 %. ``choices``: the only texts allowed. ``usual``: what holds where the file says nothing.
    """

    path: Path
    written: str
    unit: Unit = Unit.TEXT
    mark: str = ""
    least: Decimal | None = None
    most: Decimal | None = None
    choices: Sequence[str] = ()
    whole: bool = False
    optional: bool = False
    usual: str = ""
    note: str = ""

    @property
    def name(self) -> str:
        """What the form calls it."""
        return ".".join(map(str, self.path))

    @property
    def section(self) -> str:
        return str(self.path[0])

    @property
    def label(self) -> str:
        return ".".join(map(str, self.path[1:])) or self.section

    @property
    def shown(self) -> str:
        """As it stands in the form: a figure without its mark."""
        return self.written.removesuffix(self.mark) if self.mark else self.written

    def bound(self, which: Decimal | None) -> str:
        """A bound as it would be written here."""
        if which is None:
            return ""
        shown = which * _MARKS.get(self.mark, Decimal(1))
        return f"{shown.normalize():f}"


@dataclass(frozen=True, slots=True)
class Wrong:
    """A value that cannot be. ``code``: missing, choice, figure, bounds, line or unit; ``message``: of a unit, the
    language's own words."""

    input: Input
    typed: str
    code: str
    message: str = ""


def inputs(text: str, rule: Rule) -> list[Input]:
    """Everything that can be set, in the order of the file's keys. ``rule``: what the text is read as."""
    return _inputs(Draft(text, rule.path), rule)


def _inputs(draft: Draft, rule: Rule) -> list[Input]:
    found = [*_params(draft, rule), *_windows(draft), *_limits(draft, rule), *_alone(draft, rule)]
    said = comments(draft.text, draft.root)
    return [replace(each, note=_note(draft, said, each.path)) for each in found]


def changed(text: str, rule: Rule, typed: Mapping[str, str]) -> tuple[str, list[Wrong]]:
    """The file with the values of a form, by the names of its inputs; those left out stay as they are.

    Where one cannot be, the text is as it was. ``ConfigError`` for what cannot be written without touching more.
    """
    draft, wrong = Draft(text, rule.path), []
    for each in _inputs(draft, rule):
        if each.name not in typed or typed[each.name].strip() == each.shown:
            continue
        spelled = _spelled(each, typed[each.name].strip())
        if isinstance(spelled, Wrong):
            wrong.append(spelled)
        elif not spelled:
            draft.remove(each.path)
        elif spelled != each.written:
            draft.set(each.path, spelled)
    return (text, wrong) if wrong else (draft.text, [])


# What there is


def _params(draft: Draft, rule: Rule) -> Iterator[Input]:
    for name, value in _map(draft.get("params")).items():
        unit = rule.params[name].unit if name in rule.params else Unit.TEXT
        yield _threshold(("params", name), value, unit)


def _threshold(path: Path, value: str, unit: Unit) -> Input:
    if unit is Unit.FLAG:
        return Input(path, value, unit, choices=("true", "false"))
    if unit not in _BOUNDS or isinstance(value, Quoted):
        return Input(path, value)
    least, most = _BOUNDS[unit]
    return Input(path, value, unit, _mark(value), -most if value.startswith("-") else least, most)


def _windows(draft: Draft) -> Iterator[Input]:
    windows = _map(draft.get("windows"))
    for name, window in windows.items():
        for key, value in _map(window).items():
            path = ("windows", name, key)
            if key == "until":
                yield Input(path, value, choices=[*ANCHORS, *(each for each in windows if each != name)])
            elif key in ("last", "settle"):
                yield _days(path, value, LONGEST_WINDOW if key == "last" else LONGEST_BUFFER, optional=key == "settle")


def _limits(draft: Draft, rule: Rule) -> Iterator[Input]:
    """A rule that asks for nothing has nothing to limit, and a state has no size."""
    if rule.propose is None:
        return
    unit = rule.propose.to.unit
    if unit is not Unit.TEXT:
        yield _limit(draft, "step", Unit.RATIO, "%", Decimal(0), Decimal(1))
    yield _days(("limits", "cooldown"), _text(draft, "limits", "cooldown"), LONGEST_COOLDOWN, optional=True)
    if unit is not Unit.TEXT:
        of, mark = (Unit.RATIO, "%") if unit is Unit.RATIO else (Unit.MONEY, "")
        for key in ("floor", "ceiling"):
            yield _limit(draft, key, of, mark, *_BOUNDS[of])
    yield replace(_limit(draft, "most", Unit.COUNT, "", Decimal(1), Decimal(MOST_CHANGES)), whole=True)


def _limit(draft: Draft, key: str, unit: Unit, mark: str, least: Decimal, most: Decimal) -> Input:
    written = _text(draft, "limits", key)
    return Input(("limits", key), written, unit, _mark(written) if written else mark, least, most, optional=True)


def _days(path: Path, written: str, most: int, *, optional: bool) -> Input:
    return Input(path, written, Unit.DAYS, "d", Decimal(1), Decimal(most), whole=True, optional=optional)


def _alone(draft: Draft, rule: Rule) -> Iterator[Input]:
    """Keys with one value."""
    acts = rule.propose is not None
    modes = [str(mode) for mode in Mode] if acts else [str(Mode.TELL)]
    yield _choice(draft, "mode", modes, str(Mode.ASK if acts else Mode.TELL))
    yield _choice(draft, "severity", [str(each) for each in Severity], str(Severity.S4))
    if acts:
        yield Input(("priority",), _text(draft, "priority"), Unit.NUMBER, "", Decimal(-1_000), Decimal(1_000),
                    whole=True, optional=True, usual="0")  # fmt: skip
        drifts, written = [str(each) for each in DRIFTS], _text(draft, "drift")
        pins = [written] if written and written not in drifts else [f"{OnDrift.PIN} 7d"]
        yield _choice(draft, "drift", drifts + pins, str(OnDrift.ASK))


def _choice(draft: Draft, key: str, choices: Sequence[str], usual: str) -> Input:
    return Input((key,), _text(draft, key), choices=choices, optional=True, usual=usual)


def _map(found: Any) -> Mapping[str, Any]:
    return found if isinstance(found, dict) else {}


def _text(draft: Draft, *path: str) -> str:
    found = draft.get(*path)
    return found if isinstance(found, str) else ""


def _mark(written: str) -> str:
    found = _FIGURE.fullmatch(written)
    return found[2] if found is not None else ""


def _note(draft: Draft, said: Sequence[Comment], path: Path) -> str:
    """The comment that ends the line on which the value stands, where nothing else comes in between."""
    span = draft.span(path)
    if span is None:
        return ""
    after = next((each for each in said if each.start >= span[1]), None)
    if after is None or after.alone or draft.text[span[1] : after.start].strip(" \t"):
        return ""
    return after.text.lstrip("#").strip()


# What was typed


def _spelled(each: Input, typed: str) -> str | Wrong:
    """As the file will have it; empty: it is to be left out."""
    if not typed:
        return "" if each.optional else Wrong(each, typed, "missing")
    if each.choices:
        return typed if typed in each.choices else Wrong(each, typed, "choice")
    if each.unit not in _BOUNDS:
        return typed if typed.isprintable() else Wrong(each, typed, "line")
    return _figure(each, typed)


def _figure(each: Input, typed: str) -> str | Wrong:
    found = _FIGURE.fullmatch(typed)
    if found is None or (each.unit is Unit.DAYS and each.whole and found[2] not in ("", "d")):
        return Wrong(each, typed, "figure")
    spelled = found[1] + (found[2] or each.mark)
    try:
        in_unit(plain(Scalar(spelled, 1, 1, spelled)), each.unit)
    except Complaints as complaints:
        return Wrong(each, typed, "unit", "; ".join(item.hint or item.message for item in complaints.items))
    value = Decimal(found[1]) / _MARKS.get(spelled[-1], Decimal(1))
    if (each.whole and value != int(value)) or not _within(each, value):
        return Wrong(each, typed, "bounds")
    return spelled


def _within(each: Input, value: Decimal) -> bool:
    return (each.least is None or value >= each.least) and (each.most is None or value <= each.most)
