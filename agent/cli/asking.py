"""``steward why``, ``steward rules why``, ``steward rules near``: what rules say of anything, and why not more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.session import Account, AsJson, accounts, session
from agent.language import _

if TYPE_CHECKING:
    from datetime import datetime

    from agent.cli.screen import Screen
    from agent.cli.session import Session
    from agent.jobs.asking import Answer
    from agent.jobs.judge import Court
    from agent.model.rule import Rule
    from agent.rulebook.load import RuleBook

    Ask = Callable[[Court, Sequence[Rule]], Sequence[tuple[Answer, str]]]

At = Annotated[
    str | None, typer.Option("--at", help=_("A past moment, such as 2026-03-18 or 2026-03-18T09:30 (default: now)."))
]
RuleName = Annotated[str, typer.Argument(help=_("The rule's name."))]
_NEAREST = 5


def mount(app: typer.Typer) -> None:
    app.command("why", help=_("What every rule says of one thing, and what was missing for a match."))(why_entity)


def mount_asking(group: typer.Typer) -> None:
    group.command("why", help=_("Why a rule does, or does not, act on an entity."))(why)
    group.command("near", help=_("The near misses of a rule, least missing first."))(near)


def why(
    context: typer.Context,
    rule: RuleName,
    entity: Annotated[str | None, typer.Argument(help=_("The entity's id; left out: the nearest misses."))] = None,
    at: At = None,
    account: Account = None,
    json: AsJson = False,
) -> None:
    from agent.cli.why import show_verdict, verdict_json
    from agent.jobs.asking import answers, nearest

    here = session(context)
    screen = here.screen(json=json)

    def asked(court: Court, chosen: Sequence[Rule]) -> Sequence[tuple[Answer, str]]:
        moment = _moment(court, at)
        found = answers(court, entity, moment) if entity else nearest(court, chosen[0], _NEAREST, moment)
        return [(each, court.marketplace.currency) for each in found]

    rows = _asked(here, screen, account, rule, asked)
    if not rows and entity:
        raise _not_judged(rule, entity, at)
    if json:
        found = [verdict_json(each, currency) for each, currency in rows]
        screen.object("steward.why/1", {"rule": rule, "verdicts": found})
        return
    for each, currency in rows:
        show_verdict(screen, each, currency)


def near(
    context: typer.Context,
    rule: RuleName,
    limit: Annotated[int, typer.Option(min=1, help=_("At most so many."))] = 20,
    at: At = None,
    account: Account = None,
    json: AsJson = False,
) -> None:
    from agent.cli.why import show_near, verdict_json
    from agent.jobs.asking import nearest

    here = session(context)
    screen = here.screen(json=json)

    def asked(court: Court, chosen: Sequence[Rule]) -> Sequence[tuple[Answer, str]]:
        return [(each, court.marketplace.currency) for each in nearest(court, chosen[0], limit, _moment(court, at))]

    rows = _asked(here, screen, account, rule, asked)
    if json:
        found = [verdict_json(each, currency) for each, currency in rows]
        screen.object("steward.near/1", {"rule": rule, "verdicts": found})
        return
    show_near(screen, rows)


def why_entity(
    context: typer.Context,
    entity: Annotated[str, typer.Argument(help=_("Its id: Amazon's, or your SKU."))],
    at: At = None,
    account: Account = None,
    json: AsJson = False,
) -> None:
    from agent.cli.why import show_answers, verdict_json
    from agent.jobs.asking import answers

    here = session(context)
    screen = here.screen(json=json)

    def asked(court: Court, chosen: Sequence[Rule]) -> Sequence[tuple[Answer, str]]:
        return [(each, court.marketplace.currency) for each in answers(court, entity, _moment(court, at))]

    rows = _asked(here, screen, account, None, asked)
    if not rows:
        raise _not_judged(None, entity, at)
    if json:
        found = [verdict_json(each, currency) for each, currency in rows]
        screen.object("steward.answers/1", {"entity": entity, "verdicts": found})
        return
    show_answers(screen, rows)


def _asked(here: Session, screen: Screen, account: str | None, rule: str | None, ask: Ask
           ) -> list[tuple[Answer, str]]:  # fmt: skip
    """Each account's answers, by one rule or all."""
    from agent.wiring import book_of, court_of, rulebook_of

    config = here.config()
    found: list[tuple[Answer, str]] = []
    for name in accounts(config, account):
        rules = rulebook_of(config, name)
        chosen = [one_rule(rules, rule)] if rule is not None else rules.rules
        with screen.progress(_("Judging")):
            found += ask(court_of(config, name, chosen, book_of(config)), chosen)
    return found


def _moment(court: Court, at: str | None) -> datetime | None:
    from agent.cli.moments import moment_of

    return moment_of(at, court.marketplace, court.clock.now())


def one_rule(book: RuleBook, name: str) -> Rule:
    """The rule of that name; a ``ConfigError`` with the nearest one where there is none."""
    from difflib import get_close_matches

    from agent.errors import ConfigError

    found = book.rule(name)
    if found is not None:
        return found
    near = get_close_matches(name, [each.name for each in book.rules], 1)
    hint = _("Did you mean {name}?").format(name=near[0]) if near else _("See 'steward rules list'.")
    raise ConfigError(_("There is no rule {names}.").format(names=name), hint=hint)


def _not_judged(rule: str | None, entity: str, at: str | None) -> Exception:
    from agent.errors import ConfigError

    hint = _("Ids are Amazon's; see the JSON of 'steward plan', or leave the id out for the nearest misses.")
    if at is not None:
        hint = _("Perhaps nothing was known of it at that moment; leave out --at to ask for now.")
    if rule is None:
        return ConfigError(_("No rule judges '{entity}'.").format(entity=entity), setting="entity", hint=hint)
    return ConfigError(_("The rule {rule} judged no '{entity}'.").format(rule=rule, entity=entity), hint=hint)
