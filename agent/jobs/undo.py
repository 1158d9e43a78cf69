"""Take back what was carried out: an ordinary plan, made from the record and a fresh look at every value.

Nothing is sent. Where the value is no longer ours, the change stays and is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, Protocol

from agent.actions.batches import Batch, batches_of
from agent.engine.exposure import added_spend, exposes
from agent.engine.locks import guarded_facts, locked_entities
from agent.engine.restore import UNDO, restored
from agent.engine.scene import Scene
from agent.errors import AgentError, SourceError
from agent.facts.recent import highest_bids
from agent.jobs.judge import Court
from agent.model.actions import ACTIONS, Undo
from agent.model.change import Change, Edit, Value, value_to_json
from agent.model.creation import Creation
from agent.model.entity import Entity
from agent.model.proposal import OPEN_STATES, Proposal, Run, State
from agent.model.recorded import Recorded
from agent.model.risk import AT_RISK
from agent.model.rule import Mode, Severity
from agent.model.unwind import CONFLICTS, Kept, Landed, Unwound, Which, Why, stays, unwound
from agent.model.verdict import Outcome, Step
from agent.ports import Actuator

_OFF = {Undo.PAUSE: "paused", Undo.ARCHIVE: "archived"}
"""How a thing that was made is switched off."""
_FINAL = frozenset({"archived"})
"""Amazon: what is archived never comes back."""


class UndoLedger(Protocol):
    """The part of the ledger undoing needs."""

    def begin(self, run: Run) -> None: ...
    def end(self, run: Run) -> None: ...
    def add(self, proposals: Iterable[Proposal]) -> Sequence[Proposal]: ...
    def writes(self, account: str, which: Which) -> Sequence[Sequence[Landed]]: ...


@dataclass(slots=True)
class UndoReport:
    """``fresh``: the proposals that were sealed. ``kept``: what stays as it is, and why."""

    run: str
    account: str
    fresh: list[Proposal] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    faults: list[AgentError] = field(default_factory=list)

    @property
    def conflicts(self) -> list[Kept]:
        """What a person has to look at."""
        return [each for each in self.kept if each.why in CONFLICTS]

    @property
    def counts(self) -> dict[str, int]:
        return {"proposals": len(self.fresh), "conflicts": len(self.conflicts),
                "kept": len(self.kept) - len(self.conflicts)}  # fmt: skip


def undo(court: Court, ledger: UndoLedger, actuators: Sequence[Actuator], which: Which, *, stopped: str = "",
         seal: bool = True, told: Callable[[str], None] = lambda _: None) -> UndoReport:  # fmt: skip
    """Propose to set back what ``which`` names. ``stopped``: what the kill switch says, if it is on.

    ``seal=False`` only tells what would be proposed.
    """
    run = Run(court.mint("r"), "undo", court.account, court.clock.now())
    report = UndoReport(run.id, court.account)
    if seal:
        ledger.begin(run)
    fault = "interrupted"
    try:
        made = _proposals(court, run, which, _unwound(ledger.writes(court.account, which), actuators, report, told),
                          report, stopped)  # fmt: skip
        report.fresh = list(ledger.add(made)) if seal else made
        _told_of_waiting(made, report)
        fault = "; ".join(each.message for each in report.faults)
        return report
    finally:
        if seal:
            ledger.end(replace(run, ended=court.clock.now(), counts=report.counts, fault=fault))


def _unwound(levers: Sequence[Sequence[Landed]], actuators: Sequence[Actuator], report: UndoReport,
             told: Callable[[str], None]) -> list[Unwound]:  # fmt: skip
    """Read every lever and walk back on it."""
    by_newest = {writes[-1].proposal.id: writes for writes in levers}
    found: list[Unwound] = []
    read: set[str] = set()
    for batch in batches_of([writes[-1].proposal for writes in levers], actuators):
        told(f"{batch.kind} {batch.field}: {len(batch.proposals)}")
        read.update(batch.ids)
        lever_by_entity = {each.change.entity: by_newest[each.id] for each in batch.proposals}
        found += _looked(batch, lever_by_entity, report)
    return found + [stays(writes, Why.UNREADABLE) for id, writes in by_newest.items() if id not in read]


def _looked(batch: Batch, levers: Mapping[Entity, Sequence[Landed]], report: UndoReport) -> list[Unwound]:
    action = ACTIONS.get((batch.kind, batch.field))
    way = action.undo if action is not None else Undo.SET_BACK
    if way is Undo.NEVER:
        return [stays(writes, Why.FINAL) for writes in levers.values()]
    try:
        live = batch.actuator.live(batch.entities, batch.field)
        made = _made(live) if way in _OFF else {}
        states = batch.actuator.live(tuple(made.values()), "state") if made else {}
    except SourceError as fault:
        report.faults.append(fault)
        return [stays(writes, Why.UNREADABLE) for writes in levers.values()]
    if way in _OFF:
        if Edit(batch.kind, "state") not in batch.actuator.edits:
            return [stays(writes, Why.FINAL) for writes in levers.values()]
        return [_off(writes, made.get(entity), live, states, _OFF[way]) for entity, writes in levers.items()]
    return [_back(writes, entity, live) for entity, writes in levers.items()]


def _made(live: Mapping[Entity, Value]) -> dict[Entity, Entity]:
    """What was looked for by what makes it unique, under the id that Amazon gave it."""
    return {entity: Entity(entity.account, entity.kind, found.id)
            for entity, found in live.items() if isinstance(found, Creation) and found.id}  # fmt: skip


def _off(writes: Sequence[Landed], made: Entity | None, live: Mapping[Entity, Value],
         states: Mapping[Entity, Value], off: str) -> Unwound:  # fmt: skip
    """What was made is switched off, whatever was changed of it since; what somebody switched off already stays so."""
    newest = next(each.proposal for each in reversed(writes) if each.chosen)
    if newest.state in OPEN_STATES:
        return stays(writes, Why.IN_FLIGHT)
    if isinstance(live, Recorded) and live.at < writes[-1].sent_at:
        return stays(writes, Why.UNSEEN)
    if made is None or made not in states:
        return stays(writes, Why.GONE)
    if states[made] != "enabled":
        return stays(writes, Why.ALREADY, states[made])
    return Unwound(Change(made, "state", states[made], off), (newest,))


def _back(writes: Sequence[Landed], entity: Entity, live: Mapping[Entity, Value]) -> Unwound:
    if isinstance(live, Recorded) and live.at < writes[-1].sent_at:
        return stays(writes, Why.UNSEEN)
    if entity not in live:
        return stays(writes, Why.GONE)
    value = live[entity]
    if value in _FINAL:
        return stays(writes, Why.FINAL, value)
    return unwound(writes, value)


def _proposals(court: Court, run: Run, which: Which, found: Sequence[Unwound], report: UndoReport,
               stopped: str) -> list[Proposal]:  # fmt: skip
    report.kept += [kept for each in found for kept in each.kept]
    wanted = [(each.change, each.undone) for each in found if each.change is not None]
    if not wanted:
        return []
    scene = _scene(court, run, [change.entity for change, _ in wanted])
    # The request is the rule: asked for again, it is another wish.
    digest = sha256(f"{UNDO} {which} {run.id}".encode()).hexdigest()
    return [_proposal(court, scene, run, digest, change, undone, stopped) for change, undone in wanted]


def _scene(court: Court, run: Run, entities: Sequence[Entity]) -> Scene:
    """What the belts of an undo must know."""
    question = court.question(run.started)
    view = court.facts.known_at(court.account, question.known_at)
    kinds = sorted({entity.kind for entity in entities})
    return Scene(
        account=court.account, marketplace=court.marketplace, run=run.id, now=run.started, today=question.today,
        known_at=question.known_at, limits=court.limits, population={}, last_change={}, observed={},
        titles=lambda entity: entity.id, locked=locked_entities(kinds, view, question),
        guarded=guarded_facts(entities, view, question),
        highest_bids={} if court.limits.most_cpc is None else highest_bids(view),
    )  # fmt: skip


def _proposal(court: Court, scene: Scene, run: Run, digest: str, change: Change, undone: Sequence[Proposal],
              stopped: str) -> Proposal:  # fmt: skip
    wish, oldest, names = restored(change, scene, stopped), undone[-1], [each.id for each in undone]
    seen = {"written": str(undone[0].change.after), "now": str(change.before), "before": str(oldest.change.before)}
    return Proposal(
        id=court.mint("p"), change=wish.change, rule=UNDO, digest=digest, as_of=scene.today, known_at=scene.known_at,
        reason=f"takes back {', '.join(f'{each.rule} {each.id}' for each in undone)}",
        trace=(Step("now == written", Outcome.MATCH, seen),), belts=wish.answers, mode=Mode.ASK, severity=Severity.S3,
        created_at=run.started, expires_at=run.started + scene.limits.expires_after, run=run.id, title=oldest.title,
        state=State.HELD if wish.blocked or wish.idle else State.PROPOSED, undoes=oldest.id,
        evidence={"undoes": names} | _risk_of(wish.change, scene),
    )  # fmt: skip


def _risk_of(change: Change, scene: Scene) -> dict[str, Any]:
    """What it may add to a day's spend, so that raises of rules leave room for it."""
    added = added_spend(change, scene.guarded.get(change.entity, {})) if exposes(change) else 0
    return {AT_RISK: value_to_json(scene.marketplace.money(added))} if added else {}


def _told_of_waiting(made: Sequence[Proposal], report: UndoReport) -> None:
    """A lever with an approved change that was not sent yet takes no second wish."""
    sealed = {each.id for each in report.fresh}
    report.kept += [Kept(each, Why.WAITING, each.change.before) for each in made if each.id not in sealed]
