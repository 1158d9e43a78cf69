"""The shipped rules as a page: ``python -m agent.rulebook.catalogue`` prints what each is for and what it does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from agent.locale.catalogue import chinese
from agent.model.expression import Literal
from agent.model.metric import Unit
from agent.model.money import MICROS
from agent.model.rule import Mode, Rule
from agent.rulebook.load import load
from agent.shipped import shipped

_HEAD = """# The shipped rules

Made from the rules themselves by `make rulebook`: {count} of them. How to read, change and add rules is in
[rules.md](rules.md), what they can name in [dictionary.md](dictionary.md).

*tell* notifies; *ask* proposes and waits for approval. S1 pages, S2 is for the same day, S3 for the daily list, S4 for
the weekly one. Each param can be set per account in the configuration. Rules whose data is not connected judge nothing,
or answer unknown, and then never act.
"""
_FOLDERS = {
    "account": "Account health: what Amazon measures sellers by, and what waits for an answer",
    "ads": "Ads: bids, states, and what grew dear overnight",
    "competitors": "Rivals",
    "diagnosis": "Why sales moved",
    "events": "The calendar",
    "inventory": "Stock",
    "listing": "Listings",
    "ops": "Steward's own data",
    "pricing": "Prices",
    "returns": "Returns",
    "reviews": "Reviews, feedback and warnings",
}


def page(folder: Path) -> str:
    """The whole page in Markdown."""
    rules = load([folder]).rules
    parts = (_part(name, list(group)) for name, group in groupby(rules, lambda rule: rule.name.partition("/")[0]))
    return "\n".join([_HEAD.format(count=len(rules)), *(line for part in parts for line in part)])


def _part(folder: str, rules: Sequence[Rule]) -> Iterator[str]:
    yield f"## {_FOLDERS.get(folder, folder)}\n"
    yield "| rule | judges | mode | what it is for | 用途 | params |\n|---|---|---|---|---|---|"
    translated = chinese()
    for rule in rules:
        entry = translated.get(rule.about)
        about = f"{rule.about} | {entry.string if entry is not None else ''}"
        yield f"| `{rule.name}` | {rule.judges} | {_does(rule)} | {about} | {_params(rule.params.items())} |"
    yield ""


def _does(rule: Rule) -> str:
    sets = ""
    if rule.propose is not None and rule.mode is not Mode.TELL:
        sets = f", {'creates' if rule.propose.creates else 'sets'} `{rule.propose.field}`"
    if rule.ticket:
        sets = ", opens a ticket"
    return f"{rule.mode} {rule.severity}{sets}"


def _params(params: Iterable[tuple[str, Literal]]) -> str:
    return ", ".join(f"`{name}` {_value(param)}" for name, param in params)


def _value(param: Literal) -> str:
    value, mark = param.value, ""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if param.unit is Unit.MONEY:
        value = value / MICROS
    if param.unit is Unit.RATIO:
        value, mark = value * 100, " %"
    if param.unit is Unit.DAYS:
        mark = " d"
    return f"{value:g}{mark}"


if __name__ == "__main__":
    print(page(shipped("rules")))  # noqa: T201
