"""Work out decisions again from the facts as known then, and compare with what was sealed, byte for byte.

The rules, settings and limits are those the run was given; facts are read as known when it began; the ledger is taken
back to the event that names the run. The way from there is the one judging itself goes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from agent import __version__
from agent.clock import SetClock
from agent.errors import AgentError, RuleError
from agent.facts.maturity import LEARNT_DAYS
from agent.jobs.given import Given
from agent.jobs.judge import Court, SceneLedger, judged_then
from agent.ledger import Event
from agent.ledger.sealing import Sealed
from agent.model.proposal import Proposal, ProposalId, Run
from agent.ports import Facts

_ORDER = ("change", "reason", "trace", "evidence", "belts", "mode", "severity", "title")
"""What differs is told by the first of these; the rest follows by name."""


class ReplayLedger(Protocol):
    """The part of the ledger that replaying needs."""

    def given(self, run: str) -> tuple[Event, Mapping[str, Any]] | None: ...
    def as_of(self, seq: int) -> AbstractContextManager[SceneLedger]: ...
    def sealed_texts(self, run: str) -> Mapping[ProposalId, str]: ...
    def proposals(self, *, run: str, newest_first: bool) -> Sequence[Proposal]: ...
    def runs(self, limit: int | None, job: str | None, account: str | None) -> Sequence[Run]: ...
    def events(self, *, proposal: ProposalId) -> Sequence[Event]: ...


@dataclass(frozen=True, slots=True)
class Replayed:
    """One proposal worked out again. ``field``: where it first differs from what was sealed, and how it reads there
    and now; empty: equal."""

    proposal: ProposalId
    field: str = ""
    sealed: Any = None
    now: Any = None

    @property
    def equal(self) -> bool:
        return not self.field


@dataclass(frozen=True, slots=True)
class Replay:
    """A run worked out again. ``doubts``: why a difference may prove nothing."""

    run: str
    program: str
    proposals: Sequence[Replayed]
    doubts: Sequence[str] = ()


def replay(run_id: str, ledger: ReplayLedger, facts: Facts, answerable: timedelta,
           only: ProposalId | None = None) -> Replay:  # fmt: skip
    """Raises ``AgentError`` where it cannot be known: nothing was kept of the run, or its rules can no longer be read.

    ``answerable``: so long before a compaction of the facts, every moment is answered as it was.
    """
    kept = ledger.given(run_id)
    if kept is None:
        raise AgentError(
            f"nothing was kept of what the run {run_id} was given, so it cannot be worked out again",
            hint="runs of an older version, undos and uploads have no judging to repeat",
        )
    event, given = kept[0], Given.from_json(kept[1])
    texts = ledger.sealed_texts(run_id)
    mine = [each for each in ledger.proposals(run=run_id, newest_first=False) if each.id in texts]
    found = _again(event, given, ledger, facts, mine[0].created_at if mine else event.at)
    compared = [_compared(each, texts[each.id], found, _birth(ledger, each.id)) for each in mine
                if only in (None, each.id)]  # fmt: skip
    return Replay(run_id, given.program, compared, list(_doubts(given, ledger, event.at, answerable)))


def _again(event: Event, given: Given, ledger: ReplayLedger, facts: Facts, now: datetime) -> Sequence[Proposal]:
    try:
        rules = given.rules_again()
    except RuleError as fault:
        raise AgentError(
            f"the rules of version {given.program} are not read any more: {fault.message}",
            hint=f"replay with that version; this is {__version__}",
        ) from fault
    run = Run(event.run or "", "judge", given.account, event.at)
    court = Court(given.account, given.marketplace, rules, given.scopes, given.limits, facts, SetClock(now),
                  lambda prefix: prefix, params=given.params)  # fmt: skip
    with ledger.as_of(event.seq) as then:
        return judged_then(court, then, run).proposed().proposals


def _birth(ledger: ReplayLedger, id: ProposalId) -> Event:
    """How a proposal came into the world: its state and its expiry are no part of the sealed text."""
    return ledger.events(proposal=id)[0]


def _compared(sealed: Proposal, text: str, found: Sequence[Proposal], birth: Event) -> Replayed:
    change = sealed.change
    again = next((each for each in found if (each.rule, each.change.entity, each.change.field)
                  == (sealed.rule, change.entity, change.field)), None)  # fmt: skip
    if again is None:
        return Replayed(sealed.id, "change", str(change.after), None)
    mine = Sealed.of(replace(again, id=sealed.id)).payload
    if mine != text:
        field, old, new = next(_differences(json.loads(text), json.loads(mine)), ("text", text, mine))
        return Replayed(sealed.id, field, old, new)
    if str(again.state) != birth.kind:
        return Replayed(sealed.id, "state", birth.kind, str(again.state))
    if again.expires_at != sealed.expires_at:
        return Replayed(sealed.id, "expires_at", sealed.expires_at.isoformat(), again.expires_at.isoformat())
    return Replayed(sealed.id)


def _differences(old: Any, new: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    if isinstance(old, dict) and isinstance(new, dict):
        names = sorted(old.keys() | new.keys())
        first = [name for name in _ORDER if name in names] if not path else []
        for name in [*first, *(name for name in names if name not in first)]:
            yield from _differences(old.get(name), new.get(name), f"{path}.{name}" if path else name)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from _differences(one, other, f"{path}[{number}]")
    elif old != new:
        yield path, old, new


def _doubts(given: Given, ledger: ReplayLedger, known_at: datetime, answerable: timedelta) -> Iterator[str]:
    if given.program != __version__:
        yield f"version {given.program} judged, this is {__version__}"
    compacted = next(iter(ledger.runs(1, "compact", given.account)), None)
    if compacted is not None and known_at - timedelta(days=LEARNT_DAYS) < compacted.started - answerable <= known_at:
        yield f"how figures settle was learned from what was folded by the compaction of {compacted.started:%Y-%m-%d}"
    if compacted is not None and compacted.started - answerable > known_at:
        yield f"facts of {known_at:%Y-%m-%d} were folded by the compaction of {compacted.started:%Y-%m-%d}"
