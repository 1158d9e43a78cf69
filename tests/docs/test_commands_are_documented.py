"""The pages on commands have every command with its flags and an example, in both languages."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from agent.cli.app import app

_FOLDER = Path(__file__).parents[2] / "docs"
_EVERYWHERE = {"--help", "--json", "--account", "--install-completion", "--show-completion", "--wait"}
"""Told once for all commands; ``--wait`` by its opposite, which is what changes anything."""


def _commands(group: Any, path: str = "steward") -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


_PROGRAM: Any = get_command(app)
_COMMANDS = dict(_commands(_PROGRAM))


def _flags(command: Any) -> set[str]:
    given = (flag for each in command.params for flag in (*each.opts, *each.secondary_opts))
    return {flag for flag in given if flag.startswith("--")} - _EVERYWHERE


@pytest.fixture(params=["commands.md", "commands.zh.md"])
def page(request: pytest.FixtureRequest) -> str:
    return (_FOLDER / request.param).read_text(encoding="utf-8")


def _sections(page: str) -> dict[str, str]:
    parts = re.split(r"^### (.+)$|^## .+$", page, flags=re.MULTILINE)
    return {name: text for name, text in zip(parts[1::2], parts[2::2], strict=True) if name}


def test_every_command_is_on_the_page_and_no_other(page: str) -> None:
    assert sorted(_sections(page)) == sorted(_COMMANDS)


@pytest.mark.parametrize("name", _COMMANDS)
def test_every_command_has_an_example_and_all_its_flags(page: str, name: str) -> None:
    section = _sections(page)[name]
    examples = re.findall(r"^```\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    assert len(examples) == 1
    assert all(line.startswith("steward ") for line in examples[0].splitlines())
    assert name.split()[-1] in examples[0]
    assert [flag for flag in sorted(_flags(_COMMANDS[name])) if not re.search(rf"{flag}\b", section)] == []


def test_what_holds_for_every_command_is_told_once(page: str) -> None:
    head = page.partition("\n## ")[0]
    told = (_flags(_PROGRAM) | {"--json", "--account"}) - _EVERYWHERE
    assert [flag for flag in sorted(told) if flag not in head] == []


def test_the_codes_that_are_not_failures_alone_are_where_they_belong(page: str) -> None:
    sections = _sections(page)
    for name, codes in {"steward plan": "3", "steward apply": "567", "steward run": "7", "steward doctor": "4",
                        "steward actions approve": "56", "steward rules check": "2"}.items():  # fmt: skip
        assert [code for code in codes if not re.search(rf"(?<![\w-]){code}\b", sections[name])] == [], name
