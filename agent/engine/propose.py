"""From matches to sealed proposals: conflicts, belts, caps.

Pure: the scene tells what time it is, ids are minted by what is passed in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from agent.engine.belts import fastened
from agent.engine.caps import Storm, capped, held_in_storm, storms
from agent.engine.conflicts import Suppressed, one_per_lever, state_first
from agent.engine.exposure import added_spend, exposes
from agent.engine.history import has_drifted
from agent.engine.match import Match
from agent.engine.scene import Scene
from agent.engine.wish import Wish
from agent.model.change import value_to_json
from agent.model.past import Asking
from agent.model.proposal import Proposal, ProposalId, State
from agent.model.risk import AT_RISK
from agent.model.rule import Mode, Rule
from agent.model.say import stated, units_of
from agent.model.verdict import Verdict
from agent.ports import Mint

__all__ = ["Proposed", "Scene", "Storm", "Suppressed", "propose"]


@dataclass(frozen=True, slots=True)
class Proposed:
    """What became of the matches of one run.

    ``proposals``: those that may be decided on first, costliest first; then those a belt holds. ``told``: matches of
    rules that only tell. ``suppressed``: wishes that gave way to another rule. ``storms``: rules that matched too much.
    ``idle``: how many wishes would have changed nothing, once rounded and held back.
    """

    proposals: Sequence[Proposal] = ()
    told: Sequence[tuple[Rule, Verdict]] = ()
    suppressed: Sequence[Suppressed] = ()
    storms: Sequence[Storm] = ()
    idle: int = 0


@dataclass(frozen=True, slots=True)
class Settled:
    """The same before it is spelled out: ``wishes`` in the order of ``Proposed.proposals``."""

    wishes: Sequence[Wish] = ()
    told: Sequence[tuple[Rule, Match]] = ()
    suppressed: Sequence[Suppressed] = ()
    storms: Sequence[Storm] = ()
    idle: int = 0

    def proposed(self, scene: Scene, mint: Mint) -> Proposed:
        spelled = [proposal_of(wish, scene, mint) for wish in self.wishes]
        told = [(rule, match.spelled()) for rule, match in self.told]
        return Proposed(spelled, told, self.suppressed, self.storms, self.idle)


def propose(matched: Sequence[tuple[Rule, Match]], scene: Scene, mint: Mint) -> Proposed:
    """Settle who speaks for each lever, put every wish through the belts, and spell out what is left.

    ``matched`` holds matches only; anything else is a ``ValueError``.
    """
    return settle(matched, scene).proposed(scene, mint)


def settle(matched: Sequence[tuple[Rule, Match]], scene: Scene, *, caps: bool = True) -> Settled:
    """Who speaks for each lever, and what the belts leave of it. Without ``caps``, what a whole run may change is left
    aside: then no wish depends on how many others there are."""
    told = [(rule, match) for rule, match in matched if _only_tells(rule)]
    asked = [(rule, match) for rule, match in matched if not _only_tells(rule)]
    storming = storms(asked, scene)
    wishes = [Wish.of(rule, match, scene.marketplace) for rule, match in asked]
    active = [wish for wish in wishes if not wish.idle]
    winners, outranked = one_per_lever(active, storming.keys())
    belted = [held_in_storm(fastened(wish, scene), storming.get(wish.rule.name)) for wish in winners]
    moving = [wish for wish in belted if not wish.idle]
    kept, moot = state_first(moving)
    settled = sorted(capped(kept, scene) if caps else kept, key=lambda wish: wish.blocked)
    return Settled(
        settled,
        told,
        [*outranked, *moot],
        list(storming.values()),
        len(wishes) - len(active) + len(belted) - len(moving),
    )


def _only_tells(rule: Rule) -> bool:
    return rule.propose is None or rule.mode is Mode.TELL


def asking_of(wish: Wish, scene: Scene, id: ProposalId) -> Asking:
    """What later runs must know of a wish that goes through, without its being spelled out."""
    return Asking(id, State.PROPOSED, wish.rule.name, wish.change, scene.now + scene.limits.expires_after, None,
                  _at_risk(wish, scene))  # fmt: skip


def _at_risk(wish: Wish, scene: Scene) -> Mapping[str, Any]:
    """What the change may cost a day at worst, so that later runs can count it."""
    added = added_spend(wish.change, scene.guarded.get(wish.looked_at, {})) if exposes(wish.change) else 0
    return {AT_RISK: value_to_json(scene.marketplace.money(added))} if added else {}


def proposal_of(wish: Wish, scene: Scene, mint: Mint) -> Proposal:
    """The wish spelled out, to be sealed."""
    verdict, units = wish.match.spelled(), units_of(wish.rule)
    currency = scene.marketplace.currency
    trace = tuple(replace(step, values=stated(step.values, units, currency)) for step in verdict.trace)
    return Proposal(
        id=mint("p"), change=wish.change, rule=wish.rule.name, digest=wish.rule.digest, as_of=verdict.as_of,
        known_at=verdict.known_at, reason=verdict.reason, trace=trace, belts=wish.answers,
        mode=Mode.ASK if has_drifted(wish, scene) else wish.rule.mode,
        severity=wish.rule.severity, created_at=scene.now, expires_at=scene.now + scene.limits.expires_after,
        run=scene.run, title=scene.titles(verdict.entity), state=State.HELD if wish.blocked else State.PROPOSED,
        evidence={**stated(verdict.figures, units, currency), **_at_risk(wish, scene)},
    )  # fmt: skip
