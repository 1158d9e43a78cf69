"""The values of a rule in people's words: what they are called, in what they count, what is wrong with one."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from agent.language import _, noted, number
from agent.model.metric import Unit
from agent.rulebook.form import Input, Wrong

SECTIONS: Mapping[str, str] = {
    "params": noted("Thresholds"), "windows": noted("Spans of days"), "limits": noted("Limits"),
    "": noted("How it acts"),
}  # fmt: skip
_NAMES: Mapping[str, str] = {
    "step": noted("largest step"), "cooldown": noted("rest between two changes"), "floor": noted("lowest value"),
    "ceiling": noted("highest value"), "most": noted("most changes in one run"), "mode": noted("mode"),
    "severity": noted("severity"), "priority": noted("priority"), "drift": noted("when somebody else changed it"),
}  # fmt: skip
_WINDOW: Mapping[str, str] = {
    "last": noted("{window}: length"), "until": noted("{window}: ends with"), "settle": noted("{window}: waits"),
}  # fmt: skip
_CHOICES: Mapping[str, str] = {
    "settled": noted("the newest settled day"), "now": noted("today"),
    "yesterday": noted("yesterday"), "respect": noted("leave it alone for 14 days"),
    "overwrite": noted("go on as if nothing was"), "true": noted("yes"), "false": noted("no"),
    "S1": noted("S1 · now"), "S2": noted("S2 · today"), "S3": noted("S3 · daily"), "S4": noted("S4 · weekly"),
}  # fmt: skip
_BOUNDLESS = Decimal(100_000)
"""From here on a bound is only there against slips of the finger."""
_MARKS: Mapping[str, str] = {"%": "%", "d": noted("days (d)"), "h": noted("hours (h)")}


def section_of(each: Input) -> str:
    """The heading it stands under."""
    return each.section if each.section in SECTIONS else ""


def name_of(each: Input) -> str:
    """What people call it. Thresholds and spans keep the names their author gave them."""
    if each.section == "windows":
        return _(_WINDOW[str(each.path[2])]).format(window=each.path[1])
    return str(each.path[1]) if each.section == "params" else _(_NAMES.get(str(each.path[-1]), str(each.path[-1])))


def choice_of(each: Input, choice: str) -> str:
    """A choice in words; a span that another ends before, by its name."""
    if each.section == "drift" and choice == "ask":
        return _("let a person decide")
    if each.section == "drift" and choice.startswith("pin "):
        return _("ask for our value again, for {days} days").format(days=choice.removeprefix("pin ").removesuffix("d"))
    if each.section == "windows" and choice not in _CHOICES:
        return _("the day before {window} begins").format(window=choice)
    return _(_CHOICES.get(choice, choice))


def unit_of(each: Input) -> str:
    """What stands behind the figure."""
    if each.mark:
        return _(_MARKS.get(each.mark, each.mark))
    match each.unit:
        case Unit.MONEY:
            return _("in the account's currency")
        case Unit.RATIO:
            return _("a fraction: 0.1 is 10 %")
        case _:
            return ""


def bounds_of(each: Input) -> str:
    """From where to where, as figures are written here; nothing for what has no bounds."""
    if each.least is None or each.most is None:
        return ""
    if each.most >= _BOUNDLESS:
        return _("{least} or more").format(least=_bound(each, each.least))
    return _("{least} to {most}").format(least=_bound(each, each.least), most=_bound(each, each.most))


def _bound(each: Input, which: Decimal) -> str:
    """As figures are written here: 1,000 stands for 1,000 % where the value stands before a percent sign."""
    return number(Decimal(each.bound(which)))


def said_of(wrong: Wrong) -> str:
    """What is wrong with a value, and what can be."""
    match wrong.code:
        case "missing":
            return _("A value is needed here.")
        case "choice":
            return _("It is one of: {choices}.").format(choices=", ".join(wrong.input.choices))
        case "bounds":
            said = _("A whole number: {bounds}.") if wrong.input.whole else _("Out of bounds: {bounds}.")
            return said.format(bounds=bounds_of(wrong.input))
        case "figure":
            return _("Write a figure, such as 15 or 0.25.")
        case "line":
            return _("Write it on one line.")
        case _:
            return wrong.message
