"""The guide to the rule language says what the language does: every code, key, function, kind and setting, and its
examples load and pass."""

import re
from pathlib import Path

import pytest
import yaml

from agent.jobs.check import run_tests
from agent.jobs.coverage import uncovered
from agent.model.belt import NAMES, BeltLimits
from agent.model.kinds import KINDS, SETTINGS
from agent.model.marketplace import MARKETPLACES
from agent.rulebook import catalogue
from agent.rulebook.codes import CODES
from agent.rulebook.dictionary import page
from agent.rulebook.functions import FUNCTIONS
from agent.rulebook.keys import LEVERS, LIMIT_KEYS, RULE_KEYS
from agent.rulebook.load import load
from agent.shipped import shipped

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "rules.md").read_text()
CHINESE = (ROOT / "docs" / "rules.zh.md").read_text()
EXAMPLES = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)

guides = pytest.mark.parametrize("guide", [GUIDE, CHINESE], ids=["en", "zh"])


@guides
def test_every_code_is_in_the_guide_and_no_other(guide: str) -> None:
    assert re.findall(r"^\| (R\d{3}) \|", guide, re.MULTILINE) == sorted(CODES)


def test_every_code_in_the_source_has_a_meaning() -> None:
    sources = [*(ROOT / "agent" / "rulebook").glob("*.py"), ROOT / "agent" / "jobs" / "check.py"]
    used = {code for path in sources for code in re.findall(r'"(R\d{3})"', path.read_text())}
    assert used == set(CODES)


@pytest.mark.parametrize(
    "word",
    [
        *(key.name for key in (*RULE_KEYS, *LIMIT_KEYS)),
        *sorted({field for fields in LEVERS.values() for field in fields}),
    ],
)
@guides
def test_every_word_of_the_language_is_in_the_guide(word: str, guide: str) -> None:
    assert f"`{word}`" in guide


@pytest.mark.parametrize("belt", NAMES)
@guides
def test_every_belt_is_in_the_guide(belt: str, guide: str) -> None:
    assert re.search(rf"^\| (`[a-z ]+`[,、] ?)*`{belt}`", guide, re.MULTILINE)


def test_every_belt_that_holds_something_back_has_its_name_on_the_list() -> None:
    """But for what stops everything, whatever a rule asks for."""
    sources = [path.read_text() for path in (ROOT / "agent" / "engine").glob("*.py")]
    said = {name for text in sources for name in re.findall(r'(?:blocked_by|clamped|passed)\(\s*"([a-z ]+)"', text)}
    assert said - {"kill switch"} <= set(NAMES)
    assert len(said) > 15


def test_the_dictionary_page_is_what_the_program_declares() -> None:
    """Renew with ``make dictionary``."""
    assert (ROOT / "docs" / "dictionary.md").read_text() == page() + "\n"


def test_the_catalogue_is_what_the_shipped_rules_say() -> None:
    """Renew with ``make rulebook``."""
    assert (ROOT / "docs" / "catalogue.md").read_text() == catalogue.page(shipped("rules")) + "\n"


@pytest.mark.parametrize("word", [*KINDS, *SETTINGS])
def test_every_kind_and_setting_is_in_the_dictionary_page(word: str) -> None:
    assert f"`{word}`" in page()


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
@guides
def test_every_function_is_in_the_guide_as_it_is_used(function: object, guide: str) -> None:
    assert hasattr(function, "usage")
    assert f"`{function.usage}`" in guide


@pytest.mark.parametrize("metric", KINDS["keyword"].metrics, ids=lambda metric: metric.name)
@guides
def test_every_metric_is_in_the_guide(metric: object, guide: str) -> None:
    assert hasattr(metric, "name")
    assert f"`recent.{metric.name}`" in guide


@guides
def test_the_example_rule_loads_without_a_warning_and_passes_its_tests(guide: str, tmp_path: Path) -> None:
    (example,) = [text for text in re.findall(r"```yaml\n(.*?)```", guide, re.DOTALL) if text.startswith("rule:")]
    path = tmp_path / "ads" / "costly-clicks.yaml"
    path.parent.mkdir()
    path.write_text(example)
    book = load([tmp_path])
    results = run_tests(book.rules, MARKETPLACES["US"], BeltLimits())
    assert [one.message for one in results if not one.passed] == []
    assert len(results) == 3
    assert book.warnings == ()
    assert len(uncovered(book.rules, results)) == 3


def test_the_pieces_of_the_guide_fit_into_a_rule(tmp_path: Path) -> None:
    """Windows and what a test gives, put into a rule that uses both."""
    windows, given = [yaml.safe_load(text) for text in EXAMPLES if not text.startswith("rule:")]
    rule = {
        "rule": "x", "about": "the guide's pieces", "judges": "keyword", "params": {"min_clicks": 20},
        "windows": windows["windows"] | {"recent": {"last": "30d"}},
        "when": ["recent.clicks >= min_clicks", "last_day.clicks > 1", "before.clicks > 1",
                 "last_day.cpc > before.cpc"],
        "tests": [{"name": "all of it", "given": given["given"], "expect": "unknown"}],
    }  # fmt: skip
    path = tmp_path / "x.yaml"
    path.write_text(yaml.safe_dump(rule))
    (result,) = run_tests(load([path]).rules, MARKETPLACES["US"], BeltLimits())
    assert result.passed, result.message
