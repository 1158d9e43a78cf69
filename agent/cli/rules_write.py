"""``steward rules fmt`` and ``steward rules new``: the commands that write rule files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.session import AsJson, session
from agent.language import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.cli.session import Session

Paths = Annotated[list[Path] | None, typer.Argument(help=_("Files or folders (default: those of the configuration)."))]


def mount(group: typer.Typer) -> None:
    group.command("new", help=_("Write a new rule from a template: a skeleton, a shipped rule, or a file."))(new)
    group.command("fmt", help=_("Put rule files into the one order and layout; comments are kept."))(fmt)


def new(
    context: typer.Context,
    name: Annotated[
        str | None, typer.Argument(help=_("The rule's name, such as ads/costly-clicks."), show_default=False)
    ] = None,
    template: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="TEMPLATE",
            help=_("bid, budget, alert, listing, a shipped rule, or the path of a rule file."),
        ),
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option("--into", metavar="FOLDER", help=_("The folder of rules (default: the first of your own).")),
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help=_("List the templates."))] = False,
    json: AsJson = False,
) -> None:
    from agent.errors import ConfigError

    here = session(context)
    if list_:
        _list(here, json=json)
        return
    for each, flag in ((name, "NAME"), (template, "--from")):
        if each is None:
            raise ConfigError(_("A new rule needs a name and a template."), setting=flag,
                              hint=_("Such as: steward rules new ads/my-bids --from bid"))  # fmt: skip
    path, folders = _made(here, str(name), str(template), into)
    screen = here.screen(json=json)
    if json:
        screen.object("steward.newrule/1", {"path": str(path), "from": template})
        return
    screen.line(str(path))
    if any((folder / f"{template}.yaml").exists() for folder in folders):
        screen.note(_("Until you edit it, it says the same as {name}, which is in force too.").format(name=template))
    screen.note(_("Next: edit it, then run 'steward rules test {path}'.").format(path=path))


def _made(here: Session, wanted: str, from_: str, into: Path | None) -> tuple[Path, Sequence[Path]]:
    """The file that was written, and the folders of rules. Nothing is written over, and none of its name anywhere."""
    from agent.errors import ConfigError
    from agent.rulebook.put import put
    from agent.rulebook.templates import rule_name, template, written
    from agent.wiring import rule_folders

    name = rule_name(wanted)
    text = written(template(from_), name)
    folders = rule_folders(here.config()) if into is None else [into]
    folder = into if into is not None else _own(folders)
    for each in folders:
        if (each / f"{name}.yaml").exists():
            raise ConfigError(
                _("There is a rule '{name}' already: {path}.").format(name=name, path=each / f"{name}.yaml"),
                setting="NAME", hint=_("Choose another name; nothing is written over."),
            )  # fmt: skip
    path = folder / f"{name}.yaml"
    put(path, text, before=None)
    return path, folders


def _own(folders: Sequence[Path]) -> Path:
    """The first folder of the configuration that does not come with Steward."""
    from agent.errors import ConfigError
    from agent.shipped import shipped

    own = next((folder for folder in folders if folder != shipped("rules")), None)
    if own is None:
        raise ConfigError(_("The configuration names no folder of your own rules."), setting="rules",
                          hint=_('Add one, such as  rules = ["shipped", "rules"], or use --into FOLDER.'))  # fmt: skip
    return own


def _list(here: Session, *, json: bool) -> None:
    from agent.rulebook.layout import rule_of
    from agent.rulebook.templates import templates

    screen = here.screen(json=json)
    rules = [(name, rule_of(path.read_bytes(), str(path))) for name, path in templates().items()]
    if json:
        screen.object("steward.templates/1", {"templates": [
            {"template": name, "judges": rule.judges, "mode": str(rule.mode), "severity": str(rule.severity),
             "about": rule.about} for name, rule in rules]})  # fmt: skip
        return
    screen.table([_("template"), _("judges"), _("mode"), _("about")],
                 [[name, rule.judges, str(rule.mode), _(rule.about)] for name, rule in rules])  # fmt: skip


def fmt(
    context: typer.Context,
    paths: Paths = None,
    check: Annotated[
        bool, typer.Option("--check", help=_("Write nothing; exit 1 naming the files that would."))
    ] = False,
) -> None:
    from agent.errors import Diagnostic, RuleError
    from agent.rulebook.layout import laid_out
    from agent.rulebook.load import rule_files
    from agent.rulebook.put import put
    from agent.wiring import rule_folders

    here = session(context)
    files = rule_files(paths or rule_folders(here.config()))
    faults: list[Diagnostic] = []
    changed: list[tuple[Path, bytes, str]] = []
    for path in files:
        data = path.read_bytes()
        try:
            text = laid_out(data, str(path))
        except RuleError as fault:
            faults += fault.diagnostics
            continue
        if text.encode() != data:
            changed.append((path, data, text))
    if faults:
        raise RuleError(faults)
    screen = here.screen()
    for path, data, text in changed:
        if not check:
            put(path, text, before=data)
        screen.line(str(path))
    said = (
        _("{changed} of {all} files would be laid out anew.") if check else _("{changed} of {all} files laid out anew.")
    )
    screen.note(said.format(changed=len(changed), all=len(files)))
    if changed and check:
        raise typer.Exit(1)
