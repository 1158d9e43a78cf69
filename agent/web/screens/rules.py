"""The rules: where each stands, and how it judged last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from agent.jobs.rule_shelf import Shelved, Standing
from agent.jobs.standing import THROUGH
from agent.model.verdict import Tally
from agent.web.asking import Ask
from agent.web.rulings import Shelf, asks_because, judged_last
from agent.wiring import policy_of


@dataclass(frozen=True, slots=True)
class Line:
    """``asks``: why a rule in auto mode asks all the same, None for one in another mode; ``proposed``: None for a rule
    that only tells. ``accepted``: of how many decisions of people how many were a yes, first the yes."""

    shelved: Shelved
    tally: Tally | None
    proposed: int | None
    asks: Sequence[str] | None
    accepted: tuple[int, int] | None = None

    @property
    def mode(self) -> str:
        return str(self.shelved.rule.mode) if self.shelved.rule is not None else ""


def show(ask: Ask) -> Response:
    """All of them by group; what is at fault stands first, with its place and what to do about it."""
    found = Shelf.of(ask.desk, ask.query("account"))
    run, tallies, proposed = judged_last(ask.desk, found.account)
    accepted = _accepted(ask, found.account)
    lines = [_line(ask, found, each, tallies.get(each.name), proposed, accepted) for each in found.rules]
    chosen = [line for line in lines if _fits(ask, line)]
    groups: dict[str, list[Line]] = {}
    for line in chosen:
        groups.setdefault(line.shelved.group, []).append(line)
    return ask.page(
        "rules.html", groups=groups, run=run, account=found.account, accounts=sorted(ask.desk.config.accounts),
        over=policy_of(ask.desk.config).over.days, elsewhere=found.elsewhere, total=len(lines), standing=Standing,
        at_fault=[line for line in lines if line.shelved.faults], fault=found.force.fault,
        choices={
            "group": _counted(line.shelved.group for line in lines), "mode": _counted(line.mode for line in lines),
            "state": _counted(str(line.shelved.standing) for line in lines),
        },
        asked={name: ask.query(name) for name in ("group", "mode", "state", "text")},
    )  # fmt: skip


def _line(ask: Ask, found: Shelf, shelved: Shelved, tally: Tally | None, proposed: Mapping[str, int],
          accepted: Mapping[str, tuple[int, int]]) -> Line:  # fmt: skip
    rule = shelved.rule
    asks = asks_because(ask.desk, found.account, rule, tally) if rule is not None else None
    acts = rule is not None and rule.propose is not None
    return Line(shelved, tally, proposed.get(shelved.name, 0) if acts and tally is not None else None, asks,
                accepted.get(shelved.name))  # fmt: skip


def _accepted(ask: Ask, account: str) -> Mapping[str, tuple[int, int]]:
    since = ask.desk.clock.now() - policy_of(ask.desk.config).over
    return ask.desk.kept(f"accepted {account}", lambda: ask.desk.ledger.rules.accepted(account, since, THROUGH))


def _fits(ask: Ask, line: Line) -> bool:
    about = line.shelved.rule.about if line.shelved.rule is not None else ""
    words = f"{line.shelved.name} {about}".lower()
    return (
        ask.query("group") in ("", line.shelved.group)
        and ask.query("mode") in ("", line.mode)
        and ask.query("state") in ("", str(line.shelved.standing))
        and all(word in words for word in ask.query("text").lower().split())
    )


def _counted(values: Iterable[str]) -> list[tuple[str, int]]:
    return sorted((value, count) for value, count in Counter(values).items() if value)
