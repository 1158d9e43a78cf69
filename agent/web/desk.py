"""What the page works on: one installation, opened once, used by every request."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from agent.access.doorman import Doorman, Guest
from agent.access.keys import Keys
from agent.access.links import Links
from agent.access.oidc import Oidc
from agent.access.passwords import Passwords
from agent.access.throttle import Throttle
from agent.clock import SystemClock
from agent.config import Config
from agent.errors import Diagnostic, RuleError
from agent.model.marketplace import MARKETPLACES
from agent.model.proposal import HELD_FOR, ProposalId, State
from agent.model.rule import Rule
from agent.notify.reasons import Reasons
from agent.ports import Clock
from agent.web.bench import Bench
from agent.web.place import Place
from agent.wiring import book_of, loader_of, outbound_of, says_in

if TYPE_CHECKING:
    from agent.facts.book import Book
    from agent.jobs.record import Earlier
    from agent.ledger import Head, SqlLedger
    from agent.model.alert import Alert
    from agent.model.proposal import Proposal
    from agent.model.verdict import Verdict
    from agent.rulebook.load import Loader

Kept = TypeVar("Kept")
_TOLD_FOR = timedelta(minutes=2)
_MOST_DECISIONS = 200
_MOST_STRANGERS = 30
"""Requests of chats a minute and address that nobody signed."""
_RULES_SECONDS = 10.0
"""Rule files are read again no more often than this."""


@dataclass(slots=True)
class _Loaded:
    loader: Loader
    at: float


@dataclass(frozen=True, slots=True)
class InForce:
    """The rules that judge an account now, and what holds newer ones back."""

    rules: Sequence[Rule]
    warnings: Sequence[Diagnostic]
    fault: RuleError | None

    def rule(self, name: str) -> Rule | None:
        return next((rule for rule in self.rules if rule.name == name), None)


@dataclass(frozen=True, slots=True)
class LastDecision:
    """What somebody decided last, for the line that tells it and for taking it back.

    ``ids``: what took effect; ``stale``: what had changed meanwhile; ``waiting``: what needs a second person.
    """

    approve: bool
    ids: tuple[ProposalId, ...]
    stale: tuple[ProposalId, ...]
    waiting: tuple[ProposalId, ...]
    at: datetime
    taken_back: int | None = None
    open: bool = False
    """Whether some of it could still be taken back."""

    @property
    def until(self) -> datetime:
        """Until then nothing of it is sent."""
        return self.at + HELD_FOR


@dataclass(slots=True)
class Desk:
    """Safe to share between threads."""

    config: Config
    ledger: SqlLedger
    clock: Clock
    place: Place
    doorman: Doorman
    book: Book
    keys: Keys
    links: Links
    oidc: Oidc | None = None
    """The provider that says who somebody is, where one is configured."""
    bench: Bench = field(default_factory=Bench)
    strangers: Throttle = field(default_factory=lambda: Throttle(_MOST_STRANGERS))
    measured: Earlier = field(default_factory=dict)
    _loaded: dict[str, _Loaded] = field(default_factory=dict)
    _refused: dict[str, RuleError] = field(default_factory=dict)
    _decisions: dict[str, LastDecision] = field(default_factory=dict)
    _kept: dict[str, tuple[Head, Any]] = field(default_factory=dict)
    _worked: dict[str, tuple[Hashable, Any]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(cls, config: Config, ledger: SqlLedger, *, local_name: str, clock: Clock | None = None,
           passwords: Passwords | None = None) -> Desk:  # fmt: skip
        """``local_name``: who uses the page where nobody has to sign in; that is only so on a loopback address."""
        clock, place = clock or SystemClock(), Place.of(config.page)
        hashes = passwords or Passwords()
        doorman = Doorman(
            ledger.people, clock, hashes, local_name=local_name if place.loopback else "",
            idle=timedelta(minutes=config.page.idle_minutes), longest=timedelta(hours=config.page.session_hours),
        )  # fmt: skip
        oidc = Oidc(config.page.oidc, outbound_of(clock), clock) if config.page.oidc.issuer else None
        keys, links = Keys(ledger.people, clock), Links(ledger.people, clock, hashes)
        return cls(config, ledger, clock, place, doorman, book_of(config), keys, links, oidc)

    def kept(self, name: str, make: Callable[[], Kept]) -> Kept:
        """What ``make`` works out of the ledger, worked out again only once the ledger has a new event: nothing that
        people are shown of proposals changes without one. Not for figures that change by time alone."""
        head = self.ledger.head()
        with self._lock:
            known = self._kept.get(name)
        if known is not None and known[0] == head:
            found: Kept = known[1]
            return found
        # Worked out after the head was read: at worst it is newer than it says, and is worked out once more.
        made = make()
        with self._lock:
            self._kept[name] = (head, made)
        return made

    def worked(self, name: str, of: Hashable, make: Callable[[], Kept]) -> Kept:
        """What ``make`` works out of facts, worked out again only once ``of`` is another: when they were pulled."""
        with self._lock:
            known = self._worked.get(name)
        if known is not None and known[0] == of:
            found: Kept = known[1]
            return found
        made = make()
        with self._lock:
            self._worked[name] = (of, made)
        return made

    def remember(self, guest: Guest, decision: LastDecision) -> None:
        """What somebody decided last in this session; in memory, the ledger has it for good."""
        with self._lock:
            self._decisions.pop(guest.session.id, None)
            self._decisions[guest.session.id] = decision
            while len(self._decisions) > _MOST_DECISIONS:
                self._decisions.pop(next(iter(self._decisions)))

    def last_decision(self, guest: Guest) -> LastDecision | None:
        """What somebody decided in this session within the last minutes."""
        with self._lock:
            found = self._decisions.get(guest.session.id)
        if found is None or self.clock.now() - found.at >= _TOLD_FOR:
            return None
        left = found.approve and found.taken_back is None
        return replace(found, open=left and self.ledger.inbox.any_in(found.ids, State.APPROVED))

    def reason(self, of: Proposal | Alert | Verdict) -> str:
        """What a rule said of something, in the language that is being spoken; as it was sealed where its rule says it
        otherwise now, or has no translation."""
        return self.worked("reasons", int(time.monotonic() // _RULES_SECONDS), self._reasons)(of.rule, of.reason)

    def _reasons(self) -> Reasons:
        try:
            return Reasons(says_in(self.config))
        except (RuleError, OSError):
            return Reasons()

    def rules(self, account: str) -> Mapping[str, Rule]:
        """An account's rules by name, as they stand on disk; none where files are at fault and none ever loaded."""
        loader = self.loader(account)
        return {} if loader is None else {rule.name: rule for rule in loader.rulebook.rules}

    def loader(self, account: str, *, anew: bool = False) -> Loader | None:
        """What loads an account's rules (empty: without any account's params), read again now and then, or ``anew``;
        its ``fault`` is what holds newer rules back. None where files are at fault and none ever loaded."""
        with self._lock:
            known, now = self._loaded.get(account), time.monotonic()
            if known is not None and now - known.at < _RULES_SECONDS and not anew:
                return known.loader
            try:
                if known is None:
                    known = self._loaded[account] = _Loaded(loader_of(self.config, account or None), now)
                else:
                    known.loader.reload()
            except RuleError as fault:
                self._refused[account] = fault
                return None
            known.at = now
            return known.loader

    def in_force(self, account: str) -> InForce:
        """An account's rules, read again if a file has changed."""
        loader = self.loader(account, anew=True)
        if loader is None:
            return InForce((), (), self._refused[account])
        return InForce(loader.rulebook.rules, loader.rulebook.warnings, loader.fault)

    def currency(self, account: str) -> str:
        """The currency of an account; of one that is no longer configured, none."""
        here = self.config.accounts.get(account)
        return MARKETPLACES[here.marketplace].currency if here is not None else ""

    def marketplace(self, account: str) -> str:
        """The code of an account's marketplace; empty for one that is no longer configured."""
        here = self.config.accounts.get(account)
        return here.marketplace if here is not None else ""
