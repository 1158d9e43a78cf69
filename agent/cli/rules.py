"""``steward rules``: check, test, list, explain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.asking import mount_asking
from agent.cli.rules_diff import mount as mount_diff
from agent.cli.rules_record import mount as mount_record
from agent.cli.rules_record import recorded
from agent.cli.rules_write import mount as mount_writing
from agent.cli.session import AsJson, session
from agent.language import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.cli.session import Session
    from agent.config import Config
    from agent.ledger import SqlLedger
    from agent.model.rule import Rule
    from agent.rulebook.load import RuleBook

Paths = Annotated[list[Path] | None, typer.Argument(help=_("Files or folders (default: those of the configuration)."))]


def mount_rules(group: typer.Typer) -> None:
    group.command("check", help=_("Load the rules and report every fault with its place."))(check)
    group.command("test", help=_("Run the tests that stand in the rules, through the real engine and belts."))(test)
    group.command("list", help=_("List the rules and how they judged last."))(list_rules)
    mount_asking(group)
    mount_diff(group)
    mount_writing(group)
    mount_record(group)
    group.command("conflicts", help=_("List rules that can push one lever in opposite directions."))(conflicts)
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


def test(
    context: typer.Context,
    paths: Paths = None,
    junit: Annotated[
        Path | None, typer.Option("--junit", metavar="FILE", help=_("Also write the results as JUnit XML, for CI."))
    ] = None,
    json: AsJson = False,
) -> None:
    from agent.jobs.check import run_tests
    from agent.jobs.coverage import uncovered
    from agent.model.belt import BeltLimits
    from agent.model.marketplace import MARKETPLACES

    here = session(context)
    screen = here.screen(json=json)
    rules = _tested(here, paths, junit)
    results = run_tests(rules, MARKETPLACES["US"], BeltLimits())
    gaps = uncovered(rules, results)
    failed = [result for result in results if not result.passed]
    if junit is not None:
        from agent.cli.junit import junit as as_junit

        _write(junit, as_junit(rules, results, gaps))
    if json:
        screen.object("steward.tests/1", {"passed": len(results) - len(failed), "failed": len(failed), "tests": [
            {"rule": each.rule, "test": each.name, "passed": each.passed, "message": each.message}
            for each in results], "uncovered": [str(each) for each in gaps]})  # fmt: skip
    else:
        for gap in gaps:
            screen.line(str(gap))
        for result in failed:
            screen.line(f"{screen.paint('✗', 'red')} {result.rule}: {result.name}\n    {result.message}")
        screen.line(_("{passed} passed, {failed} failed").format(passed=len(results) - len(failed), failed=len(failed)))
    if failed:
        raise typer.Exit(1)


def _tested(here: Session, paths: list[Path] | None, junit: Path | None) -> Sequence[Rule]:
    """The rules to test; where they cannot be read, the JUnit file says so too."""
    from agent.errors import RuleError

    try:
        return _rulebook(here, paths).rules
    except RuleError as fault:
        if junit is not None:
            from agent.cli.junit import junit_of_faults

            _write(junit, junit_of_faults(fault.diagnostics))
        raise


def _write(path: Path, text: str) -> None:
    from agent.errors import ConfigError

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as fault:
        raise ConfigError(_("{path} cannot be written: {reason}.").format(path=path, reason=fault.strerror),
                          setting="--junit", hint=_("Check the path and who may write there."))  from None  # fmt: skip


def list_rules(context: typer.Context, json: AsJson = False) -> None:
    from agent.wiring import ledger_of, rulebook_of

    here = session(context)
    config, screen = here.config(), here.screen(json=json)
    rules = rulebook_of(config).rules
    with ledger_of(config) as ledger:
        last = {tally.rule: tally for tally in ledger.newest_tallies()}
        waits = _waits(config, ledger, rules)
    rows = [(rule, last.get(rule.name)) for rule in rules]
    if json:
        screen.object("steward.rules/1", {"rules": [
            {"rule": rule.name, "judges": rule.judges, "mode": str(rule.mode), "severity": str(rule.severity),
             "auto": not waits[rule.name] if rule.name in waits else None, "asks_because": waits.get(rule.name, []),
             "about": rule.about, "digest": rule.digest, "tests": len(rule.tests),
             "judged": tally and tally.judged, "matched": tally and tally.matched, "unknown": tally and tally.unknown}
            for rule, tally in rows]})  # fmt: skip
        return
    screen.table(
        [_("rule"), _("judges"), _("mode"), _("severity"), _("judged"), _("matched"), _("unknown"), _("about")],
        [[rule.name, rule.judges, _mode(rule, waits.get(rule.name)), str(rule.severity),
          *((tally.judged, tally.matched, tally.unknown) if tally else ("", "", "")), _(rule.about)]
         for rule, tally in rows],
        right=frozenset({4, 5, 6}),
    )  # fmt: skip


def _waits(config: Config, ledger: SqlLedger, rules: Sequence[Rule]) -> Mapping[str, Sequence[str]]:
    """By rule in auto mode, why it asks all the same; what does not hold in every account names those it holds in."""
    from agent.model.rule import Mode

    names = [rule.name for rule in rules if rule.mode is Mode.AUTO]
    found: dict[str, dict[str, list[str]]] = {name: {} for name in names}
    for name in names if not config.accounts else ():
        found[name][_("its present text has judged nothing yet")] = []
    for account in config.accounts if names else ():
        for row in recorded(config, ledger, account, names):
            for reason in row.because or ():
                found[row.rule.name].setdefault(reason, []).append(account)
    return {name: [reason if len(where) == len(config.accounts) else f"{', '.join(where)}: {reason}"
                   for reason, where in because.items()] for name, because in found.items()}  # fmt: skip


def _mode(rule: Rule, waits: Sequence[str] | None) -> str:
    if waits is None:
        return str(rule.mode)
    return f"{rule.mode} " + (_("(asks: {reasons})").format(reasons="; ".join(waits)) if waits else "✓")


def conflicts(context: typer.Context, paths: Paths = None, json: AsJson = False) -> None:
    from agent.rulebook.opposites import opposites

    here = session(context)
    screen = here.screen(json=json)
    found = list(opposites(_rulebook(here, paths).rules))
    if json:
        screen.object("steward.conflicts/1", {"conflicts": [
            {"kind": each.kind, "field": each.field, "rules": [
                {"rule": rule.name, "direction": str(way)} for rule, way in
                ((each.one, each.one_way), (each.other, each.other_way))],
             "apart": each.apart or None, "speaks": each.stronger}
            for each in found]})  # fmt: skip
        return
    screen.table(
        [_("judges"), _("field"), _("rule"), _("direction"), _("other rule"), _("direction"), _("never meet by"),
         _("speaks where both match")],
        [[each.kind, each.field, each.one.name, _(str(each.one_way)), each.other.name, _(str(each.other_way)),
          each.apart, each.stronger if not each.apart else ""] for each in found],
    )  # fmt: skip
    open_ = sum(not each.apart for each in found)
    screen.note(_("{count} pairs, {open} of which may meet.").format(count=len(found), open=open_))


def schema(context: typer.Context) -> None:
    import json

    from agent.rulebook.schema import schema as rule_schema

    typer.echo(json.dumps(rule_schema(), ensure_ascii=False, indent=1))


def _rulebook(here: Session, paths: list[Path] | None) -> RuleBook:
    from agent.rulebook.load import load
    from agent.wiring import rulebook_of

    return load(paths) if paths else rulebook_of(here.config())
