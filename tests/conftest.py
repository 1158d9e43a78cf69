"""Fixtures for all tests: where the reference folder is, and nothing else."""

from pathlib import Path

import pytest

pytest_plugins = ["tests.postgres", "tests.reviewed"]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The project's reference folder beside the checkout; tests that need it skip by name when it is absent."""
    folder = Path(__file__).parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip("the shared reference folder is not beside this checkout")
    return folder
