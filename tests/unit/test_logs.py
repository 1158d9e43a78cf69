"""Event lines: their form, and whose words are heard."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from agent.logs import setup
from agent.redaction import MASK


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """The set-up is the process's own; each test gives it back."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    logging.captureWarnings(False)
    structlog.reset_defaults()


def test_json_lines_stay_json() -> None:
    stream = io.StringIO()
    setup("json", "info", stream)
    structlog.get_logger("agent.test").info(
        "pulled", headers={"Authorization": "Bearer abcdefgh"}, rows=3, link="https://x.y/z?token=abc"
    )
    line = json.loads(stream.getvalue())
    assert line["event"] == "pulled"
    assert line["rows"] == 3
    assert line["headers"] == {"Authorization": MASK}
    assert line["link"] == f"https://x.y/z?{MASK}"
    assert line["timestamp"].endswith("Z")


def test_libraries_that_log_addresses_are_quiet() -> None:
    stream = io.StringIO()
    setup("json", "debug", stream)
    for name in ("httpx", "httpcore.http11", "uvicorn.access", "apscheduler.scheduler", "alembic.runtime.migration"):
        logging.getLogger(name).info("something long about https://signed.example/?x=1")
    assert stream.getvalue() == ""


def test_a_traceback_shows_no_locals() -> None:
    stream = io.StringIO()
    setup("json", "info", stream)
    try:
        local_value = "only-a-local-8472"
        raise ValueError("told")
    except ValueError:
        structlog.get_logger("agent.test").exception("failed")
    assert "told" in stream.getvalue()
    assert local_value not in stream.getvalue()
