"""The command ``steward``: chooses the language, runs the command, turns errors into words and exit codes."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent.errors import AgentError

THRESHOLDS = (50_000, 20, 50)
"""How rarely memory is searched for circles of objects. Judging makes objects by the hundred thousand, hardly any of
them in a circle: after every 700 of them, as Python does by itself, takes a fifth of the time."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit.

    Exit codes: 0 done · 1 failed · 2 usage, configuration or rules wrong · 3 changes pending (``--exit-code``) ·
    4 authentication · 5 some actions failed, are in conflict or in doubt · 6 refused by a belt, the dry-run mode or for
    want of approval · 7 another instance holds the lock · 130/143 interrupted.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    from agent import language

    gc.set_threshold(*THRESHOLDS)
    language.use(language.choose(_flag(given, "--lang")))
    from agent.cli.app import app
    from agent.errors import AgentError

    try:
        app(args=given, prog_name="steward")
    except AgentError as error:
        _tell(error, as_json="--json" in given)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        sys.exit(130)
    except BrokenPipeError:
        # The reader (head, less) has seen enough; Python would complain again while closing the pipe.
        sys.stderr.close()
        sys.exit(0)


def _flag(arguments: Sequence[str], name: str) -> str | None:
    """The value of a flag before the parser runs: help texts need the language first."""
    for index, argument in enumerate(arguments):
        if argument == name and index + 1 < len(arguments):
            return arguments[index + 1]
        if argument.startswith(f"{name}="):
            return argument.partition("=")[2]
    return None


def _tell(error: AgentError, *, as_json: bool) -> None:
    from agent.errors import ConfigError
    from agent.language import _

    if as_json:
        sys.stderr.write(json.dumps(_body(error), ensure_ascii=False) + "\n")
        return
    place = f"{error.place}: " if isinstance(error, ConfigError) and error.place else ""
    sys.stderr.write(f"{_('Error')}: {place}{error.message}\n")
    if error.hint:
        sys.stderr.write(f"{_('What to do')}: {error.hint}\n")


def _body(error: AgentError) -> dict[str, Any]:
    """``steward.error/1``; a setting has its place, rules have every fault with its own."""
    from agent.errors import ConfigError, RuleError

    body = {"schema": "steward.error/1", "code": error.code, "message": error.message, "hint": error.hint,
            "retryable": error.retryable}  # fmt: skip
    if isinstance(error, ConfigError):
        body |= {"setting": error.setting, "place": error.place}
    if isinstance(error, RuleError):
        body["diagnostics"] = [
            {"path": each.path, "line": each.line, "column": each.column, "code": each.code, "message": each.message,
             "hint": each.hint} for each in error.diagnostics
        ]  # fmt: skip
    return body


if __name__ == "__main__":
    main()
