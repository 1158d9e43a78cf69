"""What the ledger knows of rules: how they judged day by day, what came of it, and who edited them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, select

from agent.ledger.database import Database
from agent.ledger.runs import silent_rules, text_since
from agent.ledger.tables import decisions, proposals, runs, tallies
from agent.model.proposal import State


@dataclass(slots=True)
class Activity:
    """One day of one rule. ``matched`` and ``unknown``: of the day's last judging, None where there was none;
    ``proposed`` and ``done``: of all that was made on that day."""

    day: date
    matched: int | None = None
    unknown: int | None = None
    proposed: int = 0
    done: int = 0


class RuleHistory:
    """Questions are one read each; what is noted is an event and nothing else."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def silent(self, account: str, since: datetime) -> list[str]:
        """Rules that were judged before and after this moment, and have matched nothing after it."""
        with self._database.read() as connection:
            return silent_rules(connection, account, since)

    def text_since(self, rule: str, digest: str, account: str | None = None) -> datetime | None:
        """When the rule was first judged by this text, counted from its last other one; None if it never was."""
        with self._database.read() as connection:
            return text_since(connection, rule, digest, account)

    def proposed_in(self, run: str) -> dict[str, int]:
        """By rule, how many changes a run asked for; those that belts held are not among them."""
        columns = proposals.c
        query = (
            select(columns.rule, func.count())
            .where(columns.run == run, columns.state != State.HELD)
            .group_by(columns.rule)
        )
        with self._database.read() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def accepted(self, account: str, since: datetime, through: str) -> dict[str, tuple[int, int]]:
        """By rule, how many decisions of people since then were a yes, and how many there were. ``through``: what came
        this way was no person's."""
        yes = func.sum(case((decisions.c.approve, 1), else_=0))
        query = (
            select(proposals.c.rule, yes, func.count())
            .join(proposals, proposals.c.id == decisions.c.proposal)
            .where(proposals.c.account == account, decisions.c.at >= since, decisions.c.through != through)
            .group_by(proposals.c.rule)
        )
        with self._database.read() as connection:
            return {row[0]: (int(row[1]), row[2]) for row in connection.execute(query)}

    def activity(self, rule: str, account: str, since: datetime, zone: ZoneInfo) -> list[Activity]:
        """The days on which something was, oldest first; a day is one of the marketplace's."""
        found: dict[date, Activity] = {}
        judged = (
            select(runs.c.started, tallies.c.matched, tallies.c.unknown)
            .join(runs, runs.c.id == tallies.c.run)
            .where(tallies.c.rule == rule, runs.c.account == account, runs.c.started >= since)
            .order_by(runs.c.started, runs.c.id)
        )
        columns = proposals.c
        made = select(columns.created_at, columns.state).where(
            columns.rule == rule, columns.account == account, columns.created_at >= since, columns.state != State.HELD
        )
        with self._database.read() as connection:
            for started, matched, unknown in connection.execute(judged):
                here = _at(found, started.astimezone(zone).date())
                here.matched, here.unknown = matched, unknown
            for created, state in connection.execute(made):
                here = _at(found, created.astimezone(zone).date())
                here.proposed += 1
                here.done += state == State.DONE
        return [found[day] for day in sorted(found)]

    def note_edit(self, rule: str, old: str, new: str, by: str, at: datetime) -> None:
        """That somebody is about to write another text of a rule; ``old`` and ``new``: the SHA-256 of the file."""
        with self._database.write() as write:
            write.journal.note("rule_edited", at, {"rule": rule, "old": old, "new": new, "by": by})

    def note_not_written(self, rule: str, old: str, new: str, by: str, at: datetime, fault: str) -> None:
        """That the text could not be written after all: the file is as it was."""
        with self._database.write() as write:
            said = {"rule": rule, "old": old, "new": new, "by": by, "fault": fault}
            write.journal.note("rule_not_written", at, said)


def _at(found: dict[date, Activity], day: date) -> Activity:
    return found.setdefault(day, Activity(day))
