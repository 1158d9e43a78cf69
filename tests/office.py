"""A small installation in a folder, and the command line run on it in this process."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import structlog

from agent import language
from agent.cli.main import main
from tests.ran import Ran

if TYPE_CHECKING:
    from agent.ledger import SqlLedger

SECRET = "amzn-secret-9f8e7d6c5b4a"

# Nobody listens on port 1: whatever wants to call Amazon fails at once.
CONFIG = f"""\
database = "sqlite:///steward.db"
facts = "facts"
rules = ["shipped"]
dry_run = true

[accounts.north]
marketplace = "DE"

[accounts.north.amazon_ads]
profile_id = "1234"
client_id = "amzn1.application-oa2-client.north"
client_secret = "{SECRET}"
refresh_token = "{SECRET}"
endpoint = "http://127.0.0.1:1"
token_endpoint = "http://127.0.0.1:1/auth/o2/token"
"""


@dataclass(frozen=True, slots=True)
class Office:
    """A configuration with one account, ``north``, a database of its own, and nothing that reaches Amazon."""

    folder: Path
    capture: pytest.CaptureFixture[str]

    @property
    def config(self) -> Path:
        return self.folder / "steward.toml"

    def write(self, text: str = CONFIG) -> None:
        self.config.write_text(text, encoding="utf-8")
        self.config.chmod(0o600)

    def steward(self, *arguments: str) -> Ran:
        """Run a command on this office's configuration."""
        return self.bare("--config", str(self.config), *arguments)

    def bare(self, *arguments: str) -> Ran:
        """Run a command as it is written."""
        code = _code(arguments)
        told = self.capture.readouterr()
        return Ran(code, told.out, told.err)

    @contextmanager
    def ledger(self) -> Iterator[SqlLedger]:
        from agent.config import load
        from agent.wiring import ledger_of

        with ledger_of(load(self.config, variables={})) as ledger:
            yield ledger


def _code(arguments: Sequence[str]) -> int:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    return left.value.code if isinstance(left.value.code, int) else 0


@pytest.fixture
def as_before() -> Iterator[None]:
    """A command sets language and logging of its process; tests share one, so each gives them back."""
    root = logging.getLogger()
    handlers, level, spoken = root.handlers, root.level, language.current()
    yield
    root.handlers, root.level = handlers, level
    logging.captureWarnings(False)
    structlog.reset_defaults()
    language.use(spoken)


@pytest.fixture
def office(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, as_before: None
) -> Office:
    """Run from an empty folder, in a surrounding that names neither a configuration nor a language."""
    for name in ("STEWARD_CONFIG", "STEWARD_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    made = Office(tmp_path, capsys)
    made.write()
    return made
