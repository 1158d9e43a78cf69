"""The help of every command, in both languages."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.help_pages import command_paths
from tests.reviewed import Reviewed


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_help_of_every_command_is_what_was_reviewed(language: str, reviewed: Reviewed) -> None:
    """In a process of its own: help texts are made in the language in which the commands are imported."""
    surroundings = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb", "PYTHONIOENCODING": "utf-8"}
    surroundings.pop("FORCE_COLOR", None)
    surroundings.pop("STEWARD_CONFIG", None)
    done = subprocess.run(
        [sys.executable, "-m", "tests.help_pages", language],
        capture_output=True, encoding="utf-8", timeout=120, env=surroundings, check=True,
        cwd=Path(__file__).parents[3],
    )  # fmt: skip
    for path in command_paths():
        assert f"$ {' '.join(('steward', *path, '--help'))}\n" in done.stdout
    reviewed(f"help.{language}.txt", done.stdout)
