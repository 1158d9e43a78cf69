"""What the belts must know of what went before: our own moves, other people's, the day's money at risk, breakers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from statistics import median
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from agent.engine.history import LOOKED_BACK, REMEMBERED
from agent.facts.recent import Moved, daily_budgets, daily_spend, newest_moves
from agent.model.actions import CREATE
from agent.model.belt import BeltLimits
from agent.model.change import Value
from agent.model.kinds import KINDS
from agent.model.marketplace import Marketplace
from agent.model.money import Money
from agent.model.past import Asking, Breaker, Lever, Outside, OwnMove
from agent.model.percent import Percent
from agent.model.proposal import OPEN_STATES, Fate, State
from agent.model.risk import risked
from agent.model.window import Span
from agent.ports import FactView

SEEN_WITHIN = timedelta(days=3)
"""After we sent a change, a pull should have seen it within these."""
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
_USUAL_DAYS, _LEAST_DAYS = 28, 7


class PastLedger(Protocol):
    """The part of the ledger that remembers."""

    def asking(self, account: str, *states: State) -> Sequence[Asking]: ...
    def sent_since(self, account: str, since: datetime) -> Sequence[tuple[Asking, datetime]]: ...
    def answers_since(self, account: str, since: datetime) -> Mapping[Fate, int]: ...
    def undone_since(self, account: str, since: datetime) -> int: ...


@dataclass(frozen=True, slots=True)
class Past:
    """See ``Scene`` for what each part means to the belts."""

    own: Mapping[Lever, Sequence[OwnMove]] = field(default_factory=dict)
    moves: Mapping[Lever, Moved] = field(default_factory=dict)
    """The newest change of each lever by anybody, as pulls saw it."""
    outside: Mapping[Lever, Outside] = field(default_factory=dict)
    at_risk: Mapping[Lever, int] = field(default_factory=dict)
    risked: int = 0
    breakers: Sequence[Breaker] = ()
    daily_budgets: int | None = None


def past_of(view: FactView, ledger: PastLedger, marketplace: Marketplace, limits: BeltLimits, today: date,
            now: datetime, fields: Mapping[str, set[str]]) -> Past:  # fmt: skip
    """``fields``: the levers that rules ask for, by kind; those we moved lately are looked at as well."""
    sent = ledger.sent_since(view.account, now - LOOKED_BACK)
    lately = [(each, at) for each, at in sent if now - at <= REMEMBERED]
    own = _own(lately)
    wanted = {kind: set(names) for kind, names in fields.items()}
    for entity, name in own:
        wanted.setdefault(entity.kind, set()).add(name)
    moves = {lever: moved for kind, names in wanted.items()
             for lever, moved in newest_moves(view, KINDS[kind], sorted(names - {CREATE})).items()}  # fmt: skip
    waiting = {each.lever: risked(each) for each in ledger.asking(view.account, State.PROPOSED)
               if each.expires_at > now}  # fmt: skip
    under_way = ledger.asking(view.account, State.APPROVED, *sorted(OPEN_STATES))
    return Past(
        own=_own(sent), moves=moves, outside=dict(_outside(own, moves, marketplace)), at_risk=waiting,
        risked=_risked(lately, under_way, _midnight(today, marketplace)), daily_budgets=daily_budgets(view),
        breakers=list(_breakers(view, ledger, marketplace, limits, today, now)),
    )  # fmt: skip


def _own(sent: Iterable[tuple[Asking, datetime]]) -> dict[Lever, list[OwnMove]]:
    own: dict[Lever, list[OwnMove]] = {}
    for proposal, at in sent:
        if proposal.state is not State.CONFLICT:
            change = proposal.change
            move = OwnMove(at, change.before, change.after, proposal.rule, proposal.undoes is not None)
            own.setdefault(proposal.lever, []).append(move)
    return own


def _outside(own: Mapping[Lever, Sequence[OwnMove]], moves: Mapping[Lever, Moved], marketplace: Marketplace
             ) -> Iterator[tuple[Lever, Outside]]:  # fmt: skip
    """Levers whose newest change is neither ours nor back to what we last set."""
    for lever, sent in own.items():
        moved, last = moves.get(lever), sent[-1]
        before = [move for move in sent if moved is not None and move.at <= moved.at]
        if moved is None or not before or plain(last.after) == moved.after:
            continue
        # A pull may have come between two of our own changes, and have seen the first.
        ours = any(plain(move.after) == moved.after and moved.at - move.at <= SEEN_WITHIN for move in before)
        if not ours:
            yield lever, Outside(moved.at, _value(moved.after, last.after, marketplace), before[-1])


def plain(value: Value) -> Any:
    """As the facts hold it: money in micros, adjustments as ratios."""
    if isinstance(value, Percent):
        return value.ratio
    return value.micros if isinstance(value, Money) else value


def _value(found: Any, like: Value, marketplace: Marketplace) -> Value:
    if isinstance(like, Percent) and isinstance(found, int | float):
        return Percent.of(found)
    return marketplace.money(found) if isinstance(like, Money) and isinstance(found, int) else found


def _risked(sent: Iterable[tuple[Asking, datetime]], under_way: Iterable[Asking], midnight: datetime) -> int:
    """What may add to today's spend: all that is approved or under way, and what was sent today, each once."""
    counted = {each.id: each for each in under_way}
    counted |= {each.id: each for each, at in sent if at >= midnight}
    return sum(risked(each) for each in counted.values())


def _midnight(today: date, marketplace: Marketplace) -> datetime:
    return datetime.combine(today, time(), ZoneInfo(marketplace.time_zone))


def _breakers(view: FactView, ledger: PastLedger, marketplace: Marketplace, limits: BeltLimits, today: date,
              now: datetime) -> Iterator[Breaker]:  # fmt: skip
    answers = ledger.answers_since(view.account, now - _DAY)
    total, refused = sum(answers.values()), answers.get(Fate.REFUSED, 0) + answers.get(Fate.UNKNOWN, 0)
    if total >= limits.error_least and refused >= limits.error_share * total:
        yield Breaker("writes fail", f"{refused} of {total} in 24 h", f"{limits.error_share:.0%}")
    undone = ledger.undone_since(view.account, now - _WEEK)
    if undone >= limits.most_undos:
        yield Breaker("changes are undone", f"{undone} in 7 d", str(limits.most_undos))
    yield from _spend_jump(daily_spend(view, Span(today - (_USUAL_DAYS + 1) * _DAY, today - _DAY)), marketplace,
                           limits, today - _DAY)  # fmt: skip


def _spend_jump(spent: Mapping[date, int], marketplace: Marketplace, limits: BeltLimits, yesterday: date
                ) -> Iterator[Breaker]:  # fmt: skip
    """Not where yesterday is not known yet, nor where there are too few days to say what is usual."""
    usual = [cost for day, cost in spent.items() if day < yesterday]
    if yesterday not in spent or len(usual) < _LEAST_DAYS:
        return
    middle = median(usual)
    if middle > 0 and spent[yesterday] > limits.spend_jump * middle:
        most = marketplace.money(round(limits.spend_jump * middle))
        yield Breaker("spend jumped", f"{marketplace.money(spent[yesterday])} yesterday", f"{most}")
