"""``steward backtest``: what rules would have done on past days, on what was known then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli.session import Account, AsJson, one_account, session
from agent.language import _, ngettext

if TYPE_CHECKING:
    from agent.cli.screen import Screen
    from agent.jobs.backtest import Backtest, DayDone
    from agent.jobs.regret import Buffer
    from agent.model.marketplace import Marketplace
    from agent.model.rule import Rule


def mount(app: typer.Typer) -> None:
    app.command(help=_("What rules would have done on past days, judged on what was known on each of them."))(backtest)


def backtest(
    context: typer.Context,
    rule: Annotated[list[str] | None, typer.Argument(help=_("Rules (default: all)."), show_default=False)] = None,
    days: Annotated[int, typer.Option(min=1, max=400, help=_("How many days, up to the newest pull."))] = 90,
    settle: Annotated[
        int, typer.Option(min=0, max=30, help=_("The longest buffer, in days, that regret is measured for."))
    ] = 7,
    entity: Annotated[list[str] | None, typer.Option("--entity", help=_("Count only these entities' ids."))] = None,
    daily: Annotated[bool, typer.Option("--daily", help=_("Also a row for every day."))] = False,
    account: Account = None,
    json: AsJson = False,
) -> None:
    from agent.cli.backtest_json import as_json
    from agent.cli.work import only
    from agent.wiring import backtest_of, ledger_of, marketplace_of, rulebook_of

    here = session(context)
    config, screen = here.config(), here.screen(json=json)
    name = one_account(config, account)
    rules = only(rulebook_of(config, name).rules, rule)
    with ledger_of(config) as ledger, screen.progress(_("Replaying")) as progress:
        found = backtest_of(config, name, ledger, rules, days, settle, frozenset(entity or ()), progress)
    _must_be_seen(found)
    notes = _notes(found, rules)
    place = marketplace_of(config, name)
    if json:
        screen.object("steward.backtest/1", as_json(found, place, notes))
        return
    _show(screen, found, place, daily=daily)
    for note in notes:
        screen.note(note)


def _must_be_seen(found: Backtest) -> None:
    from agent.errors import ConfigError

    if found.unseen:
        raise ConfigError(
            _("These rules judged no '{entity}' on any of the days.").format(entity="', '".join(found.unseen)),
            setting="--entity", hint=_("Ids are Amazon's; 'steward plan --json' names them."),
        )  # fmt: skip


def _notes(found: Backtest, rules: Sequence[Rule]) -> list[str]:
    """What the figures cannot know, and what they rest on."""
    from agent.jobs.past_days import looks_back

    span, reach = found.reach.span, found.reach
    notes = [_(
        "Every proposal counts as approved and done at once; what it would have sold nobody can know, so bids and "
        "figures go on as they were recorded."
    )]  # fmt: skip
    if len(reach.days) < reach.asked:
        notes.append(_("The facts reach back to {day}: {count} of {asked} days were replayed.").format(
            day=reach.facts_from or span.first, count=len(reach.days), asked=reach.asked))  # fmt: skip
    notes += _rests(found)
    holes = [day.day for day in reach.days if not day.pulled]
    if holes:
        notes.append(ngettext(
            "Nothing was pulled on {count} day ({days}): it was judged on older figures.",
            "Nothing was pulled on {count} days ({days}): they were judged on older figures.", len(holes)
        ).format(count=len(holes), days=_some([str(day) for day in holes])))  # fmt: skip
    short = [rule.name for rule in rules if reach.facts_from is not None
             and span.first - timedelta(days=looks_back(rule, 0)) < reach.facts_from]  # fmt: skip
    if short:
        notes.append(_("On the first days the windows of {rules} begin before the facts do, and are unknown.").format(
            rules=_some(short)))  # fmt: skip
    edited = edited_since(rules)
    if edited:
        notes.append(_("Edited while this ran: {rules}. The results are of the text as it stood at the start.").format(
            rules=_some(edited)))  # fmt: skip
    return notes


def edited_since(rules: Sequence[Rule]) -> list[str]:
    """Rules whose files no longer say what was loaded, or are gone."""
    return sorted(rule.name for rule in rules if _text(rule.path) != rule.text.encode())


def _text(path: str) -> bytes | None:
    try:
        return Path(path).read_bytes()
    except OSError:
        return None


def _rests(found: Backtest) -> list[str]:
    decisions, rests = (sum(getattr(day, what) for day in found.days) for what in ("decisions", "rests"))
    notes = []
    if found.reach.observed_from > found.days[0].day.moment:
        notes.append(_(
            "Facts were first pulled on {day}. What was known before, nobody can say: those days are judged on what "
            "that pull told, and {rests} of {decisions} decisions rest on it."
        ).format(day=f"{found.reach.observed_from:%Y-%m-%d}", rests=rests, decisions=decisions))  # fmt: skip
    if found.buffers and not found.compared:
        notes.append(_(
            "Regret cannot be measured yet: it takes days that were pulled as they happened and are at least {days} "
            "days old."
        ).format(days=found.mature_after))  # fmt: skip
    return notes


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (" …" if len(names) > 5 else "")


def _show(screen: Screen, found: Backtest, place: Marketplace, *, daily: bool) -> None:
    span = found.reach.span
    screen.note(_("{account}: {first} – {last}, {count} days, each as known then").format(
        account=found.account, first=span.first, last=span.last, count=len(found.days)))  # fmt: skip
    screen.table(
        [_("rule"), _("decisions"), _("told"), _("held"), _("suppressed"), _("to and fro"), _("unknown"),
         _("on a backfill")],
        [[each.rule, each.decisions, each.told, each.held, each.suppressed, each.to_and_fro,
          _share(each.unknown, each.judged), each.rests] for each in found.rules],
        right=frozenset(range(1, 8)),
    )  # fmt: skip
    if daily:
        _show_days(screen, found.days, place)
    _show_sums(screen, found.days, place)
    _show_belts(screen, found.days)
    _show_regret(screen, found)


def _show_days(screen: Screen, days: Sequence[DayDone], place: Marketplace) -> None:
    screen.line()
    screen.table(
        [_("day"), _("decisions"), _("told"), _("held"), _("spend a day"), _("at risk"), _("unknown")],
        [[each.day.day, each.decisions, each.told, sum(each.belts.values()), place.money(each.spend),
          place.money(each.at_risk), _share(each.unknown, each.judged)] for each in days],
        right=frozenset(range(1, 7)),
    )  # fmt: skip


def _show_sums(screen: Screen, days: Sequence[DayDone], place: Marketplace) -> None:
    from statistics import median

    decisions = [each.decisions for each in days]
    screen.note(_(
        "{sum} decisions; a day {middle}, at most {most}. What they touch costs {spend} a day; they put at most {risk} "
        "a day at risk."
    ).format(sum=sum(decisions), middle=f"{median(decisions):g}", most=max(decisions),
             spend=place.money(round(median(each.spend for each in days))),
             risk=place.money(max(each.at_risk for each in days))))  # fmt: skip


def _show_belts(screen: Screen, days: Sequence[DayDone]) -> None:
    from collections import Counter

    hit = sum((each.belts for each in days), Counter[Any]())
    if hit:
        screen.line()
        screen.table([_("belt"), _("answer"), _("times")],
                     [[belt, _(str(answer)), times] for (belt, answer), times in sorted(hit.items())],
                     right=frozenset({2}))  # fmt: skip


def _show_regret(screen: Screen, found: Backtest) -> None:
    """Which buffer to choose: what each would have decided that mature figures would not have."""
    from agent.jobs.regret import advised

    if not found.compared:
        return
    screen.line()
    by_rule: dict[str, list[Buffer]] = {}
    for each in found.buffers:
        by_rule.setdefault(each.rule, []).append(each)
    rows = []
    for rule, buffers in by_rule.items():
        best = advised(buffers)
        rows += [[rule, each.settle_days, each.made, each.regretted, _share(each.regretted, each.made), each.otherwise,
                  each.missed, each.changed, " ".join(_marks(each, best))] for each in buffers]  # fmt: skip
    screen.table(
        [_("rule"), _("settle days"), _("decisions"), _("regretted"), _("share"), _("otherwise"), _("missed"),
         _("changed"), ""], rows, right=frozenset(range(1, 8)),
    )  # fmt: skip
    screen.note(_(
        "Regretted: mature figures of the same days would not have decided so; otherwise: they would have set another "
        "value; missed: they would have decided where nothing was. Measured on {count} days."
    ).format(count=found.compared))  # fmt: skip


def _marks(each: Buffer, best: Buffer | None) -> list[str]:
    return [_("as written")] * each.own + [_("← enough")] * (each is best)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "–"
