"""What reaches a terminal, a pipe and a program."""

import io
import json
from datetime import UTC, datetime

import pytest

from agent.cli.screen import Screen, width


def screen(*, terminal: bool = False, json: bool = False, colour: bool = False) -> tuple[Screen, io.StringIO]:
    out = io.StringIO()
    return Screen(json, colour, terminal, out, io.StringIO()), out


def test_a_pipe_gets_tabs_without_a_header() -> None:
    piped, out = screen()
    piped.table(["a", "b"], [["x", 1], ["y\tz\n", None]])
    assert out.getvalue() == "x\t1\ny z \t\n"


def test_a_terminal_gets_aligned_columns_and_chinese_counts_double() -> None:
    wide, out = screen(terminal=True)
    wide.table(["词", "n"], [["usb 集线器", 1], ["k", 22]], right=frozenset({1}))
    lines = out.getvalue().splitlines()
    assert {width(line) for line in lines} == {12 + 2}
    assert lines[2].endswith("22")


def test_colour_never_reaches_a_screen_that_did_not_ask_for_it() -> None:
    plain, out = screen(terminal=True)
    plain.line("\x1b[31mred\x1b[0m")
    assert out.getvalue() == "red\n"


def test_json_names_its_schema_and_spells_instants_in_iso() -> None:
    machine, out = screen(json=True)
    machine.object("steward.x/1", {"at": datetime(2026, 3, 18, tzinfo=UTC)})
    assert json.loads(out.getvalue()) == {"schema": "steward.x/1", "at": "2026-03-18T00:00:00+00:00"}


@pytest.mark.parametrize("terminal", [True, False])
def test_a_name_cannot_move_the_cursor_or_break_its_row(terminal: bool) -> None:
    """Campaigns are named by whoever can write to the account."""
    wide, out = screen(terminal=terminal, colour=True)
    wide.table(["name"], [["a\x1b[2Jb\x1b]0;title\x07c\rd\ne\x9bf"]])
    wide.line("g\x1b[1Ah\x08")
    text = out.getvalue()
    assert text.splitlines()[-2:] == ["a[2Jb]0;titlec d ef", "g[1Ah"]
    assert "\x1b[2m" in text or not terminal
