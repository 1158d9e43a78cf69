"""Pages name what exists: files, commands, targets, settings."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from agent.shipped import shipped

_ROOT = Path(__file__).parents[2]
_PAGES = sorted([*_ROOT.glob("*.md"), *(_ROOT / "docs").rglob("*.md")])
_TARGETS = set(re.findall(r"^([a-z]+):.*## ", (_ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
_TEXT_BY_PAGE = {page: page.read_text(encoding="utf-8") for page in _PAGES}


def _blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.name)
def test_every_link_between_pages_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", _TEXT_BY_PAGE[page])
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.name)
def test_every_make_target_a_page_names_exists(page: Path) -> None:
    named = re.findall(r"(?:^|`)make ([a-z]+)", _TEXT_BY_PAGE[page], re.MULTILINE)
    assert set(named) <= _TARGETS


def test_the_targets_people_rely_on_are_there() -> None:
    assert {"demo", "test", "lint", "bench", "fuzz", "soak", "venv", "clean", "format", "lock"} <= _TARGETS


def test_the_readme_names_the_two_commands_in_both_languages() -> None:
    for name in ("README.md", "README.zh.md"):
        assert "make demo\nmake test\n" in (_ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.name)
def test_every_command_a_page_names_exists(page: Path) -> None:
    from typer.main import get_command

    from agent.cli.app import app

    known: dict[str, set[str]] = {
        name: set(getattr(command, "commands", {}))
        for name, command in get_command(app).commands.items()  # type: ignore[attr-defined]
    }
    for name, verb in re.findall(
        r"(?:^|[`'&] ?)steward ([a-z][a-z-]*)(?: ([a-z]+))?", _TEXT_BY_PAGE[page], re.MULTILINE
    ):
        assert name in known, f"steward {name}"
        assert not known[name] or not verb or verb in known[name], f"steward {name} {verb}"


@pytest.mark.parametrize(
    "page", [page for page in _PAGES if page.name.startswith("README")], ids=lambda page: page.name
)
def test_a_rule_shown_to_readers_is_a_piece_of_a_shipped_rule(page: Path) -> None:
    for block in _blocks(_TEXT_BY_PAGE[page], "yaml"):
        shown = yaml.safe_load(block)
        real = yaml.safe_load((shipped("rules") / f"{shown['rule']}.yaml").read_text(encoding="utf-8"))
        tests = shown.pop("tests")
        assert all(test in real["tests"] for test in tests)
        assert {key: real[key] for key in shown} == shown


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.name)
def test_every_piece_of_configuration_on_a_page_loads(page: Path, tmp_path: Path) -> None:
    from agent.config import load

    for block in _blocks(_TEXT_BY_PAGE[page], "toml"):
        tomllib.loads(block)
        (tmp_path / "steward.toml").write_text(block, encoding="utf-8")
        load(tmp_path / "steward.toml", variables={})


def test_every_decision_is_linked_from_the_index_and_says_its_reasons() -> None:
    folder = _ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text(encoding="utf-8")
    pages = sorted(folder.glob("[0-9]*.md"))
    assert len(pages) >= 5
    assert [page.name for page in pages if f"]({page.name})" not in index] == []
    for number, page in enumerate(pages, start=1):
        text = page.read_text(encoding="utf-8")
        assert text.startswith(f"# {number} · ")
        assert "## Why" in text


def test_the_exit_codes_of_the_errors_are_on_the_operations_page() -> None:
    from agent import errors

    codes = {kind.exit_code for kind in vars(errors).values() if isinstance(kind, type) and hasattr(kind, "exit_code")}
    page = (_ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert [code for code in sorted(codes | {0, 3}) if f"| {code} |" not in page] == []
