"""A difference between two sets of rules: as a table, as Markdown, as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from agent.language import _, ngettext
from agent.model.change import value_to_json

if TYPE_CHECKING:
    from agent.cli.screen import Screen
    from agent.jobs.difference import Made, Named, RuleDiff
    from agent.model.marketplace import Marketplace

_MOST_ROWS = 50
_SIGNS = {"added": "+", "removed": "-", "changed": "~"}
_COLOURS = {"added": "green", "removed": "red", "changed": "yellow"}
Found = Sequence[tuple["RuleDiff", "Marketplace"]]


def show(screen: Screen, found: RuleDiff, place: Marketplace) -> None:
    from agent.jobs.difference import by_name

    rows = by_name(found.differences)
    screen.table(
        ["", _("rule"), _("id"), _("what"), _("field"), _("before the edit"), _("after it"), _("at risk"), _("days")],
        [[screen.paint(_SIGNS[row.newest.kind], _COLOURS[row.newest.kind]), row.newest.made.rule,
          row.newest.made.entity.id, row.newest.made.title, row.newest.made.field, _side(row.newest.old),
          _side(row.newest.new), place.money(row.newest.made.at_risk), len(row.days)] for row in rows],
        right=frozenset({7, 8}),
    )  # fmt: skip
    for line in _summary(found, place, rows):
        screen.note(line)


def as_markdown(old: str, new: str, found: Found) -> Iterator[str]:
    """One comment: a summary, then a table by name. What names hold is escaped, so that nothing of it is markup."""
    from agent.jobs.difference import by_name

    yield f"### {_('Decisions that differ')}: `{_code(old)}` → `{_code(new)}`"
    for each, place in found:
        rows = by_name(each.differences)
        yield ""
        yield f"**{_cell(each.account)}**"
        yield ""
        for line in _summary(each, place, rows):
            yield f"- {_cell(line)}"
        if not rows:
            continue
        heads = ["", _("rule"), _("what"), _("field"), _("before the edit"), _("after it"), _("at risk"), _("days")]
        yield ""
        yield f"| {' | '.join(heads)} |"
        yield "|---|---|---|---|---|---|---:|---:|"
        for row in rows[:_MOST_ROWS]:
            made = row.newest.made
            cells = [_SIGNS[row.newest.kind], made.rule, f"{made.title} ({made.entity.id})", made.field,
                     _side(row.newest.old), _side(row.newest.new), place.money(made.at_risk),
                     len(row.days)]  # fmt: skip
            yield f"| {' | '.join(_cell(str(cell)) for cell in cells)} |"
        if len(rows) > _MOST_ROWS:
            yield ""
            yield _("… and {count} more: steward rules diff --json").format(count=len(rows) - _MOST_ROWS)


def as_json(old: str, new: str, found: Found) -> dict[str, Any]:
    """``new`` is empty for the rules in force."""
    return {"old": old, "new": new, "accounts": [_account_json(each, place) for each, place in found]}


def _account_json(found: RuleDiff, place: Marketplace) -> dict[str, Any]:
    from agent.jobs.difference import by_name

    return {
        "account": found.account, "days": len(found.days),
        "first": found.reach.span.first if found.reach else None,
        "last": found.reach.span.last if found.reach else None,
        "rules": {"added": list(found.rules.added), "removed": list(found.rules.removed),
                  "edited": list(found.rules.edited)},
        "storms": {"old": list(found.storms[0]), "new": list(found.storms[1])},
        "counts": {kind: sum(each.kind == kind for each in found.differences) for kind in _SIGNS},
        "by_day": [
            {"day": day.day.day, "moment": day.day.moment, "at_risk_old": _money(day.at_risk[0], place),
             "at_risk_new": _money(day.at_risk[1], place), "decisions": len(day.differences)} for day in found.days
        ],
        "decisions": [
            {"kind": str(row.newest.kind), "rule": row.newest.made.rule, "entity_kind": row.newest.made.entity.kind,
             "entity": row.newest.made.entity.id, "title": row.newest.made.title, "field": row.newest.made.field,
             "old": _made_json(row.newest.old, place), "new": _made_json(row.newest.new, place),
             "days": list(row.days)} for row in by_name(found.differences)
        ],
    }  # fmt: skip


def _made_json(made: Made | None, place: Marketplace) -> dict[str, Any] | None:
    if made is None:
        return None
    return {"rule": made.rule, "before": value_to_json(made.before), "after": value_to_json(made.after),
            "held_by": made.held or None, "at_risk": _money(made.at_risk, place)}  # fmt: skip


def _money(micros: int, place: Marketplace) -> Any:
    return value_to_json(place.money(micros))


def _summary(found: RuleDiff, place: Marketplace, rows: Sequence[Named]) -> Iterator[str]:
    if not found.rules:
        yield _("{account}: the rules are the same.").format(account=found.account)
        return
    parts = [f"{word}: {', '.join(names)}" for word, names in (
        (_("added"), found.rules.added), (_("removed"), found.rules.removed), (_("edited"), found.rules.edited))
        if names]  # fmt: skip
    yield f"{found.account}: {'; '.join(parts)}"
    kinds = Counter(str(row.newest.kind) for row in rows)
    span = found.reach.span if found.reach is not None else None
    yield _("{first} – {last}, {days} days, each as known then: {added} things decided more, {removed} no longer, "
            "{changed} otherwise").format(
        first=span and span.first, last=span and span.last, days=len(found.days), added=kinds["added"],
        removed=kinds["removed"], changed=kinds["changed"])  # fmt: skip
    most = max(found.days, key=lambda day: (abs(day.at_risk[1] - day.at_risk[0]), day.day.day), default=None)
    if most is not None and most.differences:
        yield _("at risk on {day}, by what differs: {old} before the edit, {new} after it").format(
            day=most.day.day, old=place.money(most.at_risk[0]), new=place.money(most.at_risk[1]))  # fmt: skip
    for names in found.storms[1:]:
        if names:
            yield ngettext("{rules} matches too much on some day and changes nothing then",
                           "{rules} match too much on some day and change nothing then", len(names)
                           ).format(rules=", ".join(names))  # fmt: skip


def _side(made: Made | None) -> str:
    """What one set of rules decides: the change, or why nothing happens."""
    if made is None:
        return "–"
    if not made.field:
        return _("told")
    said = f"{_value(made.before)} → {_value(made.after)}"
    return said + " " + _("(held: {belt})").format(belt=_(made.held)) if made.held else said


def _value(value: Any) -> str:
    return "–" if value is None else str(value)


def _cell(text: str) -> str:
    """Plain text inside a table of Markdown: Amazon's names may hold anything."""
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]<>#|~@!" else sign for sign in " ".join(text.split()))


def _code(text: str) -> str:
    return " ".join(text.split()).replace("`", "'")
