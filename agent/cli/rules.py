"""``steward rules``: check, test, list, explain."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.session import Account, AsJson, accounts, session
from agent.language import _

if TYPE_CHECKING:
    from agent.cli.session import Session
    from agent.rulebook.load import RuleBook

Paths = Annotated[list[Path] | None, typer.Argument(help=_("Files or folders (default: those of the configuration)."))]


def mount_rules(group: typer.Typer) -> None:
    group.command("check", help=_("Load the rules and report every fault with its place."))(check)
    group.command("test", help=_("Run the tests that stand in the rules, through the real engine and belts."))(test)
    group.command("list", help=_("List the rules and how they judged last."))(list_rules)
    group.command("why", help=_("Why a rule does, or does not, act on an entity."))(why)
    group.command("schema", help=_("Print the JSON Schema of rule files, for editors."))(schema)


def check(context: typer.Context, paths: Paths = None, json: AsJson = False) -> None:
    here = session(context)
    screen = here.screen(json=json)
    book = _rulebook(here, paths)
    if json:
        warnings = [{"path": each.path, "line": each.line, "column": each.column, "code": each.code,
                     "message": each.message, "hint": each.hint} for each in book.warnings]  # fmt: skip
        screen.object("steward.rules/1", {"rules": [rule.name for rule in book.rules], "warnings": warnings})
        return
    for warning in book.warnings:
        screen.line(str(warning))
    screen.note(_("{rules} rules are in order, {warnings} warnings.").format(
        rules=len(book.rules), warnings=len(book.warnings)))  # fmt: skip


def test(context: typer.Context, paths: Paths = None, json: AsJson = False) -> None:
    from agent.jobs.check import run_tests
    from agent.model.belt import BeltLimits
    from agent.model.marketplace import MARKETPLACES

    here = session(context)
    screen = here.screen(json=json)
    results = run_tests(_rulebook(here, paths).rules, MARKETPLACES["US"], BeltLimits())
    failed = [result for result in results if not result.passed]
    if json:
        screen.object("steward.tests/1", {"passed": len(results) - len(failed), "failed": len(failed), "tests": [
            {"rule": each.rule, "test": each.name, "passed": each.passed, "message": each.message}
            for each in results]})  # fmt: skip
    else:
        for result in failed:
            screen.line(f"{screen.paint('✗', 'red')} {result.rule}: {result.name}\n    {result.message}")
        screen.line(_("{passed} passed, {failed} failed").format(passed=len(results) - len(failed), failed=len(failed)))
    if failed:
        raise typer.Exit(1)


def list_rules(context: typer.Context, json: AsJson = False) -> None:
    from agent.wiring import ledger_of, rulebook_of

    here = session(context)
    config, screen = here.config(), here.screen(json=json)
    rules = rulebook_of(config).rules
    with ledger_of(config) as ledger:
        last = {tally.rule: tally for tally in ledger.newest_tallies()}
    rows = [(rule, last.get(rule.name)) for rule in rules]
    if json:
        screen.object("steward.rules/1", {"rules": [
            {"rule": rule.name, "judges": rule.judges, "mode": str(rule.mode), "severity": str(rule.severity),
             "about": rule.about, "digest": rule.digest, "tests": len(rule.tests),
             "judged": tally and tally.judged, "matched": tally and tally.matched, "unknown": tally and tally.unknown}
            for rule, tally in rows]})  # fmt: skip
        return
    screen.table(
        [_("rule"), _("judges"), _("mode"), _("severity"), _("judged"), _("matched"), _("unknown"), _("about")],
        [[rule.name, rule.judges, str(rule.mode), str(rule.severity), *((tally.judged, tally.matched, tally.unknown)
          if tally else ("", "", "")), rule.about] for rule, tally in rows],
        right=frozenset({4, 5, 6}),
    )  # fmt: skip


def why(
    context: typer.Context,
    rule: Annotated[str, typer.Argument(help=_("The rule's name."))],
    entity: Annotated[str | None, typer.Argument(help=_("The entity's id; left out: the nearest misses."))] = None,
    account: Account = None,
    json: AsJson = False,
) -> None:
    from agent.cli.why import show_verdict, verdict_json
    from agent.wiring import book_of, court_of, rulebook_of

    here = session(context)
    config, screen = here.config(), here.screen(json=json)
    found = []
    for name in accounts(config, account):
        rules = rulebook_of(config, name)
        chosen = [each for each in rules.rules if each.name == rule]
        if not chosen:
            raise _unknown_rule(rule, [each.name for each in rules.rules])
        with screen.progress(_("Judging")):
            judgement = court_of(config, name, chosen, book_of(config)).judgements()[chosen[0].judges]
        verdicts = [judgement.verdict(rule, entity)] if entity else judgement.near_misses(rule, 5)
        found += [(judgement.title(each.entity.id), each) for each in verdicts if each is not None]
    if not found and entity:
        from agent.errors import ConfigError

        raise ConfigError(
            _("The rule {rule} judged no '{entity}'.").format(rule=rule, entity=entity),
            hint=_("Ids are Amazon's; see the JSON of 'steward plan', or leave the id out for the nearest misses."),
        )
    if json:
        screen.object("steward.why/1", {"rule": rule, "verdicts": [verdict_json(*each) for each in found]})
        return
    for title, verdict in found:
        show_verdict(screen, title, verdict)


def schema(context: typer.Context) -> None:
    import json

    from agent.rulebook.schema import schema as rule_schema

    typer.echo(json.dumps(rule_schema(), ensure_ascii=False, indent=2))


def _rulebook(here: Session, paths: list[Path] | None) -> RuleBook:
    from agent.rulebook.load import load
    from agent.wiring import rulebook_of

    return load(paths) if paths else rulebook_of(here.config())


def _unknown_rule(name: str, known: list[str]) -> Exception:
    from difflib import get_close_matches

    from agent.errors import ConfigError

    near = get_close_matches(name, known, 1)
    hint = _("Did you mean {name}?").format(name=near[0]) if near else _("See 'steward rules list'.")
    return ConfigError(_("There is no rule {names}.").format(names=name), hint=hint)
