"""``steward rules diff``: which decisions an edit of rules adds, removes or changes on recorded days."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.session import Account, AsJson, accounts, session
from agent.language import _

if TYPE_CHECKING:
    from agent.cli.session import Session
    from agent.config import Config
    from agent.jobs.difference import RuleDiff


def mount(group: typer.Typer) -> None:
    group.command("diff", help=_("Which decisions an edit adds, removes or changes on recorded days."))(diff)


def diff(
    context: typer.Context,
    old: Annotated[str, typer.Argument(help=_("A folder, a file, or a git revision of the folder of rules."))],
    new: Annotated[
        str | None, typer.Argument(help=_("The same (default: the rules in force)."), show_default=False)
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=400, help=_("How many days, up to the newest pull."))] = 30,
    caps: Annotated[
        bool, typer.Option("--caps", help=_("Also weigh what a whole run may change, over all rules; slower."))
    ] = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help=_("Exit 3 when a decision differs."))] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help=_("A comment for a pull request."))] = False,
    account: Account = None,
    json: AsJson = False,
) -> None:
    from agent.cli.rules_diff_text import as_json, as_markdown, show
    from agent.wiring import marketplace_of

    here = session(context)
    config, screen = here.config(), here.screen(json=json)
    found = [(each, marketplace_of(config, each.account)) for each in
             _compared(here, config, accounts(config, account), old, new, days, caps=caps)]  # fmt: skip
    if json:
        screen.object("steward.rulediff/1", as_json(old, new or "", found))
    elif markdown:
        for line in as_markdown(old, new or _("the rules in force"), found):
            typer.echo(line)
    else:
        for each, place in found:
            show(screen, each, place)
    if exit_code and any(each.differences for each, _place in found):
        raise typer.Exit(3)


def _compared(here: Session, config: Config, names: Sequence[str], old: str, new: str | None, days: int,
              *, caps: bool) -> Iterator[RuleDiff]:  # fmt: skip
    from agent.jobs.rule_sets import RuleSets
    from agent.wiring import ledger_of, rule_diff_of, rule_folders, rulebook_of

    screen = here.screen()
    for name in names:
        sets = RuleSets(rulebook_of(config, name).rules, rule_folders(config), config.accounts[name].params)
        before, after = sets.named(old, lenient=True), sets.base if new is None else sets.named(new)
        with ledger_of(config) as ledger, screen.progress(_("Comparing")) as progress:
            yield rule_diff_of(config, name, ledger, before, after, days, progress, caps=caps)
