"""What a message says: incidents that belong together, changes to decide, the digest. In its reader's language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from agent.language import _, moment, money, ngettext, noted, percent, speaking
from agent.model.change import Change
from agent.model.message import Button, Line, Link, Message, Urgency
from agent.model.money import Money
from agent.model.notice import Notice
from agent.model.proposal import Proposal
from agent.model.risk import exposure, relative
from agent.model.rule import Severity
from agent.notify.grouping import Batch
from agent.notify.news import CHANNEL, CONFLICT, DEMOTED, FAILED, OVERDUE, RESTORED, STOPPED
from agent.notify.routes import Manners

OWN: Mapping[str, str] = {
    STOPPED: noted("everything is stopped"),
    CONFLICT: noted("a change is in doubt and left to a person"),
    FAILED: noted("a change was refused"),
    RESTORED: noted("a backup was put back"),
    OVERDUE: noted("a task is overdue"),
    CHANNEL: noted("a channel fails"),
    "belts/storm": noted("a rule suddenly wants too much and changes nothing"),
    "belts/breaker": noted("only cuts and pauses go through"),
    "belts/oscillation": noted("a value goes to and fro"),
    "ops/outside-change": noted("somebody else changed what we had set"),
    "ops/credentials": noted("access was lost"),
    "ops/feed-stopped": noted("a feed has stopped"),
    "ops/judging-stopped": noted("no rule is judged any more"),
    "ops/queue": noted("approved changes are not sent"),
    "ops/disk": noted("the disk fills up"),
    "ops/rules-held-back": noted("the rules as they stand are at fault"),
    DEMOTED: noted("a rule in auto mode asks again"),
    "ops/silent-rules": noted("rules match nothing any more"),
    "ops/secret-expires": noted("a secret ends soon"),
}
"""What the program itself tells of, by the name it does so under."""

_MOST_LINES = 40
MOST_GROUPS = _MOST_LINES
"""In one message."""
_WISHES_SHOWN = 5


def _as_it_was(rule: str, text: str) -> str:
    return text


@dataclass(frozen=True, slots=True)
class Composer:
    """``page``: the page's address, or empty. ``about``: what a rule is for. ``wishes``: proposals by id.

    ``reason``: of a rule, what it said, in the language being spoken; ``field``: what people call a field.
    """

    page: str
    about: Callable[[str], str]
    wishes: Callable[[Sequence[str]], Sequence[Proposal]]
    reason: Callable[[str, str], str] = _as_it_was
    field: Callable[[str], str] = str

    def message(self, id: str, batch: Batch, manners: Manners, at: datetime,
                buttons: tuple[Button, ...] = ()) -> Message:  # fmt: skip
        """One message about one group."""
        with speaking(manners.language):
            batch = self._in_words(batch)
            if batch.urgency is Urgency.DIGEST:
                return self._digest(id, batch, manners, at)
            notices = (*batch.fresh, *batch.ended, *batch.still)
            if notices[0].is_wish:
                return self._plan(id, batch, manners, at, buttons)
            return replace(self._incidents(id, batch, manners, at), buttons=buttons)

    def flood(self, id: str, batches: Sequence[Batch], manners: Manners, at: datetime) -> Message:
        """One message about many groups, when there is no room for one each."""
        with speaking(manners.language):
            count = sum(len(batch.fresh) + len(batch.ended) for batch in batches)
            title = _("{count} news in {groups} groups").format(count=count, groups=len(batches))
            if all(batch.repeats for batch in batches):
                title = _("{groups} matters still wait for somebody").format(groups=len(batches))
            lines = [_group_line(batch) for batch in sorted(batches, key=_gravity)]
            urgency = Urgency.URGENT if any(batch.urgency is Urgency.URGENT for batch in batches) else Urgency.DECIDE
            return self._made(id, urgency, title, at, lines, manners, _worst(_all(batches)), path="/")

    def _in_words(self, batch: Batch) -> Batch:
        """With what rules said and ask people to do in the language being spoken."""

        def spoken(notice: Notice) -> Notice:
            text = _(notice.text) if notice.rule == OVERDUE else self.reason(notice.rule, notice.text)
            return replace(notice, text=text)

        fresh, ended, still = (tuple(map(spoken, some)) for some in (batch.fresh, batch.ended, batch.still))
        return replace(batch, fresh=fresh, ended=ended, still=still)

    def _incidents(self, id: str, batch: Batch, manners: Manners, at: datetime) -> Message:
        named = [*batch.fresh, *batch.ended, *([] if batch.fresh or batch.ended else batch.still)]
        first, over = named[0], not batch.fresh and bool(batch.ended)
        title = _headline(first) if len(named) == 1 else _many(first.rule, len(named))
        if over:
            title = _("Over: {what}").format(what=title)
        elif batch.repeats:
            title = _("Still so: {what}").format(what=title)
        lines = [_incident(notice, manners) for notice in named]
        if (batch.fresh or batch.ended) and batch.still:
            rest = ngettext("{count} other is still open", "{count} others are still open", len(batch.still))
            lines.append(Line(rest.format(count=len(batch.still))))
        if (about := self._about(first.rule)) and not over:
            lines.append(Line(about))
        resolved = over and not batch.still
        return self._made(id, batch.urgency, title, at, lines, manners, _worst(named), first.account, first.rule,
                          path="/alerts", resolved=resolved)  # fmt: skip

    def _plan(self, id: str, batch: Batch, manners: Manners, at: datetime, buttons: tuple[Button, ...]) -> Message:
        open_ = [*batch.fresh, *batch.still]
        found = self.wishes([str(notice.data["proposal"]) for notice in open_])
        first, count = open_[0], len(open_)
        if batch.repeats:
            title = ngettext("{count} change is still to be decided", "{count} changes are still to be decided", count)
        else:
            title = ngettext("{count} change to decide", "{count} changes to decide", count)
        title = _("{title}: {what}").format(title=title.format(count=count), what=first.rule)
        about = self._about(first.rule)
        lines = [*([Line(about)] if about else []), *map(Line, self._plan_lines(found))]
        plan = str(first.data.get("plan", ""))
        message = self._made(id, Urgency.DECIDE, title, at, lines, manners, None, first.account, first.rule,
                             path=f"/plans/{plan}" if plan else "/")  # fmt: skip
        left_out = max(0, count - _WISHES_SHOWN)
        return replace(message, buttons=buttons, left_out=left_out)

    def _plan_lines(self, proposals: Sequence[Proposal]) -> list[str]:
        """Counts by lever, the greatest change, the money at risk, and the first few changes."""
        if not proposals:
            return []
        levers = Counter(proposal.change.field for proposal in proposals)
        lines = [
            ", ".join(
                _("{title}: {what}").format(title=self.field(name), what=count)
                for name, count in sorted(levers.items())
            )
        ]
        shares = [(abs(share), proposal) for proposal in proposals if (share := relative(proposal.change)) is not None]
        if shares:
            _size, worst = max(shares, key=lambda each: each[0])
            lines.append(_("greatest change: {what}").format(what=self._change(worst)))
        lines.append(_at_risk(proposals))
        lines += [f"{self._change(proposal)} · {self.reason(proposal.rule, proposal.reason)}"
                  for proposal in proposals[:_WISHES_SHOWN]]  # fmt: skip
        return lines

    def _change(self, proposal: Proposal) -> str:
        change, share = proposal.change, relative(proposal.change)
        title = proposal.title or str(change.entity)
        tail = "" if share is None else f" ({percent(Decimal(str(round(share, 4))), 1, signed=True)})"
        return f"{title}: {self.field(change.field)} {_value(change.before)} → {_value(change.after)}{tail}"

    def _digest(self, id: str, batch: Batch, manners: Manners, at: datetime) -> Message:
        fresh, ended = len(batch.fresh), len(batch.ended)
        parts = [_("{count} new").format(count=fresh)] if fresh else []
        parts += [_("{count} over").format(count=ended)] if ended else []
        title = _("Digest: {what}").format(what=", ".join(parts))
        named = sorted([*batch.fresh, *batch.ended], key=lambda one: (one.severity, one.rule, one.event))
        lines = [Line(f"{_account(one)}{_who(one.rule)} · {_said(one)}", _label(one), not one.is_open)
                 for one in named]  # fmt: skip
        return self._made(id, Urgency.DIGEST, title, at, lines, manners, _worst(named), path="/alerts")

    def _about(self, rule: str) -> str:
        """What a rule is for, in the reader's language; empty where nobody wrote that down."""
        return "" if rule in OWN else _(self.about(rule))

    def _made(self, id: str, urgency: Urgency, title: str, at: datetime, lines: Sequence[Line], manners: Manners,
              severity: Severity | None, account: str = "", rule: str = "", *, path: str,
              resolved: bool = False) -> Message:  # fmt: skip
        links = (Link(_("Open"), f"{self.page}{path}"),) if self.page else ()
        left_out = max(0, len(lines) - _MOST_LINES)
        return Message(id, urgency, title, at, tuple(lines[:_MOST_LINES]), severity, account, rule, links, (),
                       manners.language, manners.time_zone, resolved, left_out)  # fmt: skip


@dataclass(slots=True)
class _Sums:
    """What a plan may cost more a day, by currency; ``unknown``: changes that nobody can put a price to."""

    micros: Counter[str] = field(default_factory=Counter)
    unknown: int = 0


def _at_risk(proposals: Sequence[Proposal]) -> str:
    sums = _Sums()
    for proposal in proposals:
        cost, currency = exposure(proposal.change), _currency(proposal.change)
        if cost is None:
            sums.unknown += 1
        elif currency:
            sums.micros[currency] += cost
    amounts = " + ".join(money(Money(micros, currency)) for currency, micros in sorted(sums.micros.items()))
    text = _("money at risk: {amount}").format(amount=amounts or _("none"))
    if sums.unknown:
        more = ngettext("{count} change without a figure", "{count} changes without a figure", sums.unknown)
        text += "; " + more.format(count=sums.unknown)
    return text


def _currency(change: Change) -> str:
    return next((value.currency for value in (change.after, change.before) if isinstance(value, Money)), "")


def _value(value: object) -> str:
    return "–" if value is None else money(value) if isinstance(value, Money) else _(str(value))


def _group_line(batch: Batch) -> Line:
    named = [*batch.fresh, *batch.ended, *batch.still]
    first = named[0]
    if first.is_wish:
        text = ngettext("{count} change to decide", "{count} changes to decide", len(named))
        return Line(f"{_account(first)}{first.rule}: {text.format(count=len(named))}")
    examples = ", ".join(_title(one) for one in named[:3])
    more = f" … ({len(named)})" if len(named) > 3 else ""
    ended = not batch.fresh and bool(batch.ended)
    return Line(f"{_account(first)}{_who(first.rule)}: {examples}{more}", _label(first), ended)


def _headline(notice: Notice) -> str:
    """One incident in a few words."""
    own = _who(notice.rule) if notice.rule in OWN else ""
    if not own:
        return _said(notice) or notice.rule
    own = own[:1].upper() + own[1:]
    return _("{title}: {what}").format(title=own, what=_title(notice)) if _title(notice) else own


def _many(rule: str, count: int) -> str:
    return _("{title}: {what}").format(
        title=ngettext("{count} alert", "{count} alerts", count).format(count=count), what=_who(rule)
    )


def _who(rule: str) -> str:
    """A rule by its name; the program itself in words."""
    own = OWN.get(rule)
    return rule if own is None else _(own)


def _incident(notice: Notice, manners: Manners) -> Line:
    text = _said(notice)
    if notice.rule == OVERDUE and (due := notice.data.get("due_at")):
        when = moment(datetime.fromisoformat(str(due)), manners.time_zone)
        text = _("{text} (due {when})").format(text=text, when=when)
    task = notice.data.get("task")
    if task and notice.is_open:
        text = _("{text} → to do: {task}").format(text=text, task=_(str(task)))
    if notice.owner:
        text = f"{text} @{notice.owner}"
    if not notice.is_open and notice.closed_because:
        text = f"{text} ({_(notice.closed_because)})"
    return Line(text, _label(notice), not notice.is_open)


def _said(notice: Notice) -> str:
    return ": ".join(part for part in (_title(notice), notice.text) if part)


def _title(notice: Notice) -> str:
    return notice.title or str(notice.data.get("proposal", ""))


def _label(notice: Notice) -> str:
    return "" if notice.is_wish else str(notice.severity)


def _account(notice: Notice) -> str:
    return f"{notice.account} · " if notice.account else ""


def _worst(notices: Iterable[Notice]) -> Severity | None:
    return min((notice.severity for notice in notices if not notice.is_wish), default=None)


def _gravity(batch: Batch) -> tuple[bool, str]:
    return batch.urgency is not Urgency.URGENT, str(_worst(_all([batch])) or "S9")


def _all(batches: Iterable[Batch]) -> list[Notice]:
    return [notice for batch in batches for notice in (*batch.fresh, *batch.ended, *batch.still)]
