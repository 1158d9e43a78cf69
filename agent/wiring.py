"""Names to classes: the only module that knows both the program and the connectors.

A new connector is one folder, one entry in ``sources_of``, one section of the configuration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from agent.clock import SystemClock
from agent.config import Account, Config
from agent.errors import ConfigError, ForbiddenError
from agent.mint import mint
from agent.model.change import Edit
from agent.model.marketplace import MARKETPLACES, Marketplace
from agent.model.proposal import Proposal, State
from agent.model.risk import AT_RISK, exposure, risked
from agent.ports import Actuator, Clock, Connector
from agent.shipped import shipped

if TYPE_CHECKING:
    from agent.actions.purse import Purse
    from agent.facts.book import Book
    from agent.facts.known import KnownState
    from agent.jobs.backtest import Backtest
    from agent.jobs.backup import Extra
    from agent.jobs.derive import Workshop
    from agent.jobs.difference import RuleDiff
    from agent.jobs.judge import Court
    from agent.jobs.pull import Puller
    from agent.jobs.record import Earlier
    from agent.jobs.replay import Replay
    from agent.jobs.standing import Policy
    from agent.jobs.storage import Storage
    from agent.jobs.take_in import Intake
    from agent.ledger import SqlLedger
    from agent.ledger.witness import Witness
    from agent.model.record import RuleRecord
    from agent.model.report import Period, Report
    from agent.model.rule import Rule
    from agent.notify.office import Office
    from agent.outbound import Outbound
    from agent.rulebook.load import Loader, RuleBook
    from connectors.bulksheet import BulkWorkbook, PriceFile
    from connectors.keepa import Watched


@contextmanager
def ledger_of(config: Config) -> Iterator[SqlLedger]:
    """The audit log, migrated to this version's tables."""
    from agent.ledger import SqlLedger

    ledger = SqlLedger.open(config.database_url(), needs_two=needs_two(config))
    try:
        yield ledger
    finally:
        ledger.close()


def storage_of(config: Config) -> list[Storage]:
    """Whether database and facts can be written just now."""
    from agent.jobs.storage import storage_of

    return storage_of(lambda: ledger_of(config), config.facts_folder())


def needs_two(config: Config) -> Callable[[Proposal], bool]:
    """Whether a proposal takes effect only once two people have said yes: it may cost more than the limit, or nobody
    can say what it may cost."""

    def needs(proposal: Proposal) -> bool:
        limit, cost = config.second_above(proposal.change.entity.account), exposure(proposal.change)
        if proposal.evidence.get(AT_RISK) is not None:
            cost = max(cost or 0, risked(proposal))
        return limit is not None and (cost is None or cost > limit)

    return needs


def policy_of(config: Config) -> Policy:
    """Which rules in auto mode go on without being asked, and what they must have earned."""
    from agent.jobs.standing import Policy

    given = config.approval
    return Policy(
        given.auto, timedelta(days=given.auto_after_days), given.auto_most_unknown,
        timedelta(days=given.auto_over_days), given.auto_least_decided, given.auto_least_accepted,
        given.auto_most_undone, given.auto_most_regretted,
    )  # fmt: skip


def record_by(config: Config, account: str, ledger: SqlLedger, book: Book, clock: Clock | None = None,
              kept: Earlier | None = None) -> Callable[[Rule], RuleRecord]:  # fmt: skip
    """A rule's own record in the account. ``kept``: what was measured of it before."""
    from agent.facts.held import Held
    from agent.jobs.record import record_of

    court = court_of(config, account, (), book, clock, whole=False)
    held, over = Held(book, account, court.clock.now()), policy_of(config).over
    known = kept if kept is not None else {}
    return lambda rule: record_of(court, rule, ledger.records, held, over, known)


def witness_of(config: Config) -> Witness:
    """Who signs checkpoints of the audit log."""
    from agent.ledger.witness import Witness

    return Witness(config.path_of(config.audit.key), config.path_of(config.audit.checkpoints))


def office_of(config: Config, ledger: SqlLedger, clock: Clock, *, hurried: bool = False) -> Office:
    """Who makes messages of what happened, and sends them; ``hurried``: without waiting for company or the morning."""
    from agent.errors import RuleError
    from agent.notify import setup
    from agent.shown.words import field_word

    try:
        abouts, says = {rule.name: rule.about for rule in rulebook_of(config).rules}, says_in(config)
    except RuleError:
        abouts, says = {}, {}
    return setup.office_of(config, ledger, clock, mint, lambda rule: abouts.get(rule, ""), says=says, field=field_word,
                           hurried=hurried)  # fmt: skip


def says_in(config: Config) -> Mapping[str, str]:
    """By rule, its ``say`` as its file has it."""
    from agent.notify.reasons import says_of

    files = (path for folder in rule_folders(config) for path in folder.rglob("*.yaml"))
    return says_of([path.read_text("utf-8", errors="replace") for path in files])


def report_of(config: Config, account: str, period: Period, ledger: SqlLedger, at: datetime, *,
              past: bool = False) -> Report:  # fmt: skip
    """A report of how an account stood; ``past``: not now, so that the ledger is taken back to that moment first."""
    from agent.errors import RuleError
    from agent.jobs.report import Subject, report

    try:
        rules = rulebook_of(config, account).rules
    except RuleError:
        rules = ()
    with ledger.as_of(ledger.last_event(at)) if past else nullcontext(ledger) as then:
        newest = then.head().seq
        signed = [each.head for each in witness_of(config).checkpoints() if each.head.seq <= newest]
        subject = Subject(
            account, marketplace_of(config, account), config.scopes(account), {rule.name: rule.about for rule in rules},
            max(signed, key=lambda head: head.seq, default=None), config.dry_run,
            {rule.name: rule.digest for rule in rules},
        )  # fmt: skip
        return report(period, subject, then, book_of(config).known_at(account, at), at)


def rounds_of(config: Config, ledger: SqlLedger, clock: Clock, accounts: Sequence[str]) -> Callable[[], int]:
    """The job that sends reports when they are due."""
    from agent.jobs.issue import Rounds, dues_of
    from agent.notify.setup import readers_of
    from agent.shown.report.message import message

    directory, channels = readers_of(config)
    rounds = Rounds(dues_of(config.notify.reports), accounts, channels,
                    lambda account, period, at: report_of(config, account, period, ledger, at),
                    message, config.notify.page or config.page.url)  # fmt: skip
    return lambda: rounds(ledger, directory, clock.now())


def book_of(config: Config) -> Book:
    from agent.facts.book import Book

    return Book(config.facts_folder())


def rule_folders(config: Config) -> list[Path]:
    """The configured folders; the word ``shipped`` means the rules that come with Steward."""
    return [shipped("rules") if folder == "shipped" else config.path_of(folder) for folder in config.rules]


def rulebook_of(config: Config, account: str | None = None) -> RuleBook:
    """All rules, with the account's own values for their params."""
    return loader_of(config, account).rulebook


def loader_of(config: Config, account: str | None = None) -> Loader:
    from agent.rulebook.load import Loader

    params = config.accounts[account].params if account is not None else {}
    return Loader(rule_folders(config), params)


def secrets_of(account: Account) -> dict[str, date]:
    """By source, when the application's secret was made, where that is configured."""
    sources = {"amazon_ads": account.amazon_ads, "selling_partner": account.selling_partner}
    return {name: settings.secret_since for name, settings in sources.items()
            if settings is not None and settings.enabled and settings.secret_since is not None}  # fmt: skip


def marketplace_of(config: Config, account: str) -> Marketplace:
    return MARKETPLACES[config.accounts[account].marketplace]


def outbound_of(clock: Clock) -> Outbound:
    from agent.outbound import Outbound

    return Outbound(clock)


@dataclass(frozen=True, slots=True)
class Sources:
    """What one account is read from and written to."""

    connectors: Sequence[Connector] = ()
    actuators: Sequence[Actuator] = field(default=())
    without_api: frozenset[Edit] = frozenset()
    """What can only be changed by way of a file that somebody uploads."""


def sources_of(config: Config, account: str, outbound: Outbound, clock: Clock, book: Book | None = None,
               ledger: SqlLedger | None = None) -> Sources:  # fmt: skip
    """The account's connectors and actuators, as configured.

    What a source has to know of the account itself (its own SKUs, whom it watches, what it has asked for) comes from
    ``book`` and ``ledger``; without them such streams say that nothing is known yet.
    """
    here = config.accounts[account]
    connectors: list[Connector] = []
    actuators: list[Actuator] = []
    if here.amazon_ads is not None and here.amazon_ads.enabled:
        from connectors.amazon_ads import AmazonAds

        ads = AmazonAds.of(account, marketplace_of(config, account), here.amazon_ads, outbound, clock,
                           config.downloads_folder())  # fmt: skip
        connectors.append(ads)
        actuators.append(ads)
    if here.selling_partner is not None and here.selling_partner.enabled:
        from connectors.selling_partner import SellingPartner

        partner = SellingPartner.of(
            account, marketplace_of(config, account), here.selling_partner, outbound, clock, config.downloads_folder(),
            known=known_of(book, account, clock).newest if book is not None else lambda _: None,
            pulled=known_of(book, account, clock).was_pulled if book is not None else lambda _: False,
            asked=lambda: asked_for_review(ledger, account),
        )  # fmt: skip
        connectors.append(partner)
        actuators.append(partner)
    if here.keepa is not None and here.keepa.enabled:
        from connectors.keepa import Keepa

        connectors.append(Keepa.of(account, marketplace_of(config, account), here.keepa, outbound, clock,
                                   _watched_of(config, account, clock)))  # fmt: skip
    if not connectors and (here.file_drop is None or not here.file_drop.enabled):
        raise ConfigError(
            f"the account '{account}' has no source", setting=f"accounts.{account}",
            hint=f"add a section such as [accounts.{account}.amazon_ads] or [accounts.{account}.file_drop]",
        )  # fmt: skip
    return Sources(connectors, actuators, _without_api(actuators))


def _without_api(actuators: Sequence[Actuator]) -> frozenset[Edit]:
    from connectors.bulksheet import BulkWorkbook, PriceFile

    return (BulkWorkbook.edits | PriceFile.edits).difference(*(actuator.edits for actuator in actuators))


@dataclass(frozen=True, slots=True)
class Uploads:
    """The files that approved changes of one account go into where no API takes them."""

    workbook: BulkWorkbook
    prices: PriceFile

    @property
    def actuators(self) -> Sequence[BulkWorkbook | PriceFile]:
        return (self.workbook, self.prices)


def uploads_of(config: Config, account: str, sources: Sources, book: Book, clock: Clock,
               path: Path | None = None) -> Uploads:  # fmt: skip
    """``path``: where to write the workbook, the prices beside it; None: they are only read back."""
    from connectors.bulksheet import BulkWorkbook, PriceFile, prices_beside

    marketplace, known = marketplace_of(config, account), known_of(book, account, clock)
    elsewhere = (BulkWorkbook.edits | PriceFile.edits) - sources.without_api
    return Uploads(
        BulkWorkbook(marketplace, known, path, elsewhere),
        PriceFile(marketplace, known, path and prices_beside(path), elsewhere),
    )


def prices_of(path: Path) -> Path:
    """Where the prices go that are written beside a workbook."""
    from connectors.bulksheet import prices_beside

    return prices_beside(path)


def known_of(book: Book, account: str, clock: Clock) -> KnownState:
    from agent.facts.known import KnownState

    return KnownState(book, account, clock)


def intake_of(config: Config, account: str, book: Book, ledger: SqlLedger, clock: Clock) -> Intake:
    """Takes in the account's exported files; its watched folder is looked at where one is configured."""
    from agent.jobs.drop_folder import Watch
    from agent.jobs.take_in import Intake
    from connectors.file_drop import FileDrop, mapped_form

    known, here = known_of(book, account, clock), config.accounts[account].file_drop
    mapped = [mapped_form(each) for each in here.mapping] if here is not None else []
    reader = FileDrop(account, marketplace_of(config, account), mapped, known.ads)
    watch = Watch(config.path_of(here.folder)) if here is not None and here.enabled else None
    return Intake(account, reader, book, ledger, clock, mint, known.ids, watch)


def _watched_of(config: Config, account: str, clock: Clock) -> Callable[[], Watched]:
    """Whom Keepa is asked about: the rivals of the operator's list, and what we sell ourselves."""
    from agent.facts.known import KnownState
    from connectors.keepa import Watched

    known = KnownState(book_of(config), account, clock)
    return lambda: Watched(known.rivals(), known.asins())


def asked_for_review(ledger: SqlLedger | None, account: str) -> Mapping[str, str] | None:
    """By order, what became of the review requests that were sent; one whose answer is open counts as requested."""
    if ledger is None:
        return None
    edit = Edit("order", "review_request")
    failed = (each.change for each in ledger.asking(account, State.FAILED))
    found = {change.entity.id: "refused" for change in failed if Edit(change.entity.kind, change.field) == edit}
    sent = ledger.last_changes(account, edit.kind, [edit.field])
    return found | {entity.id: "requested" for entity, _ in sent}


def court_of(config: Config, account: str, rules: Sequence[Rule], book: Book, clock: Clock | None = None,
             *, whole: bool = True, changed: bool = False) -> Court:  # fmt: skip
    """``changed``: figures are gathered only of what has changed since a judging that was asked for like this."""
    from agent.facts.kept import FigureFiles
    from agent.jobs.judge import Court

    return Court(
        account, marketplace_of(config, account), rules, config.scopes(account), config.limits(account), book,
        clock or SystemClock(), mint, whole, config.accounts[account].params,
        FigureFiles(config.facts_folder(), account) if changed else None,
    )  # fmt: skip


def replay_of(config: Config, ledger: SqlLedger, run: str, only: str | None = None) -> Replay:
    """A run worked out again, or one proposal of it."""
    from agent.jobs.replay import replay
    from agent.model.fact import ANSWERABLE

    return replay(run, ledger, book_of(config), ANSWERABLE, only)


def backtest_of(config: Config, account: str, ledger: SqlLedger, rules: Sequence[Rule], days: int, settle: int,
                entities: frozenset[str], told: Callable[[str], None]) -> Backtest:  # fmt: skip
    """Past days judged by these rules, as known then; the ledger is only asked when the account was judged."""
    from agent.facts.held import Held
    from agent.jobs.backtest import backtest

    book = book_of(config)
    held = Held(book, account, SystemClock().now())
    court = court_of(config, account, rules, book, whole=False)
    return backtest(court, held, ledger.runs(None, "judge", account), days, settle, entities, told)


def rule_diff_of(config: Config, account: str, ledger: SqlLedger, old: Sequence[Rule], new: Sequence[Rule], days: int,
                 told: Callable[[str], None] = lambda _: None, *, caps: bool = False) -> RuleDiff:  # fmt: skip
    """What another set of rules would decide otherwise on past days, as known then."""
    from agent.facts.held import Held
    from agent.jobs.compare_rules import diff

    book = book_of(config)
    held = Held(book, account, SystemClock().now())
    court = court_of(config, account, (), book, whole=False)
    return diff(court, old, new, held, ledger.runs(None, "judge", account), days, told, caps=caps)


def puller_of(config: Config, account: str, sources: Sources, book: Book, ledger: SqlLedger, clock: Clock) -> Puller:
    from agent.jobs.pull import Puller

    return Puller(account, sources.connectors, book, ledger, clock, mint, config.pull.days)


def workshop_of(config: Config, account: str, book: Book, ledger: SqlLedger, clock: Clock) -> Workshop:
    from agent.jobs.derive import Workshop

    return Workshop(account, marketplace_of(config, account), config.scopes(account), book, ledger, clock, mint)


def purse_of(config: Config, account: str, book: Book, clock: Clock) -> Purse | None:
    """What raises may add to one day's spend, by the newest budgets that are known; None where nothing bounds it."""
    from agent.actions.purse import Purse
    from agent.facts.recent import daily_budgets

    marketplace = marketplace_of(config, account)
    most = config.limits(account).risk_of_day(daily_budgets(book.known_at(account, clock.now())))
    return None if most is None else Purse(most, marketplace.currency, ZoneInfo(marketplace.time_zone))


def may_write(config: Config, ledger: SqlLedger) -> Callable[[], str | None]:
    """Asked before every batch: why nothing may be sent now, or None."""

    def why_not() -> str | None:
        if config.dry_run:
            return "dry-run"
        stop = ledger.stopped()
        return f"stopped by {stop.by}: {stop.reason}" if stop is not None else None

    return why_not


def must_write(config: Config, ledger: SqlLedger, accounts: Sequence[str] = ()) -> None:
    """Raise ``ForbiddenError`` (exit 6) where nothing may be sent at all."""
    from agent.jobs.reread import only_reading

    reason = may_write(config, ledger)()
    if reason is not None:
        raise ForbiddenError(
            f"nothing is sent: {reason}",
            hint="set dry_run = false in steward.toml" if config.dry_run else "steward stop-all --release",
        )
    reading = [only_reading(ledger.restoration, account) for account in accounts]
    if reading and reading[0] is not None and all(reading):
        raise ForbiddenError(
            f"nothing is sent: {reading[0]}",
            hint="let 'steward run' read it back, or look with 'steward restore --release'",
        )


def copy_facts_of(config: Config) -> Callable[[Path, Callable[[str], None]], int]:
    """Copies every table of facts as it stands."""
    from agent.facts.copying import copy_tables

    return lambda target, told: copy_tables(config.facts_folder(), target, told)


def whole_tables() -> Callable[[Path, Callable[[str], None]], int]:
    """Looks whether every table below a folder is whole."""
    from agent.facts.copying import must_be_whole

    return must_be_whole


def extras_of(config: Config) -> Sequence[Extra]:
    """What a backup holds besides ledger and facts."""
    from agent.jobs.backup import Extra

    witness = witness_of(config)
    kept = (Extra(witness.file), Extra(witness.key, secret=True))
    return [each for each in kept if each.path.exists()]


def database_file(config: Config) -> Path | None:
    """The file of the ledger; None where it lies on a server."""
    from agent.ledger.database import parse

    url = parse(config.database_url())
    return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None
