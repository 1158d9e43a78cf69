"""The one layout of rule files: found from any other, never at the cost of a comment or of what the rule says."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.errors import RuleError
from agent.rulebook.layout import laid_out, rule_of
from agent.rulebook.meaning import meaning
from agent.shipped import shipped

SHIPPED = sorted(shipped("rules").rglob("*.yaml"))
SOME = [path for path in SHIPPED if path.stem in ("bid-down-above-target", "harvest-search-term", "claim-timer", "gap")]

LAID_OUT = """\
# Of the whole file.

rule: x
# what it is for
about: Lower what costs too much.  # in a sentence
judges: keyword

params:  # thresholds
  # fewer say nothing
  min_clicks: 15   # of a month
  most: 40%        # of sales

  band: 10%

windows:
  recent: {last: 30d, until: settled}  # the default
  lately:
    last: 7d
    # today is not over
    until: yesterday

let:
  over: recent.acos / most

when:
  - state == "enabled"
  # volume first
  - recent.clicks >= min_clicks  # enough
  - over > 1 + band
      and lately.clicks > 0
  # at the end of the lines

propose:
  set: bid
  to: bid * 50%

limits: {step: 25%, cooldown: 3d}
mode: ask
say: "ACoS {recent.acos:.0%}
    on {recent.clicks} clicks"

tests:
  - name: too few
    given:
      state: enabled
      recent: {clicks: 3}  # too few
    expect: no match

  # what is not known
  - name: nothing known
    given: {}
    expect: unknown

# At the end.
"""


def fmt(text: str) -> str:
    return laid_out(text.encode(), "x.yaml")


def test_what_is_laid_out_stays_as_it_is() -> None:
    text = LAID_OUT.replace("15   #", "15  #").replace("40%        #", "40%       #")
    assert fmt(text) == text


@pytest.mark.parametrize(
    ("written", "laid"),
    [
        ("    min_clicks:   15 # of a month", "  min_clicks: 15  # of a month"),
        ("windows: {recent: {until: settled, last: 30d}, lately: {until: yesterday, last: 7d}}",
         "windows:\n  recent: {last: 30d, until: settled}\n  lately: {last: 7d, until: yesterday}\n"),
        ("limits:\n    cooldown: 3d\n    step: 25%", "\nlimits: {step: 25%, cooldown: 3d}\n"),
        ("limits:\n    cooldown: 3d # days\n    step: 25%", "\nlimits:\n  step: 25%\n  cooldown: 3d  # days\n"),
        ("propose: {to: bid * 50%, set: bid}", "\npropose:\n  set: bid\n  to: bid * 50%\n"),
        ("when: ['state == \"enabled\"', recent.clicks >= 15]",
         "\nwhen:\n  - 'state == \"enabled\"'\n  - recent.clicks >= 15\n"),
        ("tests:\n- expect: unknown\n  given: {}\n  name: a",
         "\ntests:\n  - name: a\n    given: {}\n    expect: unknown\n"),
        ("tests:\n- given: {state: enabled,\n    bid: 1.00}\n  name: a\n  expect: unknown",
         "    given: {state: enabled, bid: 1.00}\n"),
        ("say: >\n     one\n     two", "say: >\n  one\n  two\n"),
        ("say: one  ", "say: one\n"),
        ("severity: S2\nmode: ask", "\nmode: ask\nseverity: S2\n"),
    ],
)  # fmt: skip
def test_the_layout_is_found_from_another(written: str, laid: str) -> None:
    rest = {
        "params": "params: {min_clicks: 15}", "windows": "windows: {recent: {last: 30d}, lately: {last: 7d}}",
        "when": "when: [recent.clicks >= min_clicks]", "propose": "propose: {set: bid, to: bid * 50%}",
        "limits": "limits: {cooldown: 3d}", "mode": "mode: ask",
    }  # fmt: skip
    if written.startswith("    min"):
        written = f"params:\n{written}"
    rest = {name: text for name, text in rest.items() if f"{name}:" not in written}
    found = fmt("\n".join([written, *rest.values(), "judges: keyword", "about: y", "rule: x"]))
    assert found.startswith("rule: x\nabout: y\njudges: keyword\n\n")
    assert laid in found


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_rule_is_laid_out(path: Path) -> None:
    data = path.read_bytes()
    assert laid_out(data, str(path)).encode() == data


def mangled(text: str, chance: random.Random) -> str:
    """The same rule with its sections in another order, in other spacing."""
    sections: list[list[str]] = []
    for line in text.splitlines():
        if line and not line.startswith(" "):
            sections.append([])
        if line:
            sections[-1].append(line)
    chance.shuffle(sections)
    return "".join(line for section in sections for line in _spread(section, chance))


def _spread(section: list[str], chance: random.Random) -> Iterator[str]:
    wider = chance.choice((1, 2, 3))
    for line in section:
        margin = len(line) - len(line.lstrip())
        line = " " * margin * wider + line.lstrip()
        if margin and wider > 1 and line.lstrip().startswith("- "):
            line = line.replace("- ", "-" + " " * (2 * wider - 1), 1)
        yield line.replace("  #", chance.choice((" #", "     #"))) + chance.choice(("", " ", "   ")) + "\n"
        if not margin and ": " not in line:
            yield chance.choice(("", "\n\n"))


@pytest.mark.parametrize("path", SOME, ids=lambda path: path.stem)
@pytest.mark.parametrize("seed", range(2))
def test_from_any_other_layout_the_same_one_is_found(path: Path, seed: int) -> None:
    text = path.read_text(encoding="utf-8")
    other = mangled(text, random.Random(seed))
    assert other != text
    assert laid_out(other.encode(), str(path)) == text
    assert laid_out(other.replace("\n", "\r\n").encode("utf-8-sig"), str(path)) == text


@pytest.mark.parametrize("path", SOME, ids=lambda path: path.stem)
@pytest.mark.parametrize("seed", range(2))
def test_no_comment_is_lost_wherever_it_stands(path: Path, seed: int) -> None:
    chance = random.Random(seed)
    lines, number = mangled(path.read_text(encoding="utf-8"), chance).splitlines(), 0
    for at in reversed(range(len(lines) + 1)):
        if chance.random() < 0.4:
            number += 1
            margin = " " * chance.choice((0, 2, 4, 7))
            lines.insert(at, f"{margin}# note {number}.")
        if at and chance.random() < 0.3:
            number += 1
            lines[at - 1] += f"  # note {number}."
    once = laid_out("\n".join(lines).encode(), str(path))
    assert all(once.count(f"note {each}.") == 1 for each in range(1, number + 1))
    assert laid_out(once.encode(), str(path)) == once
    assert meaning(rule_of(once.encode(), "x")) == meaning(rule_of(path.read_bytes(), "y"))


def test_the_meaning_is_other_when_anything_is_asked_told_or_tested_otherwise() -> None:
    text = LAID_OUT
    seen = {meaning(rule_of(text.encode(), "x.yaml"))}
    changes = [
        ("15", "16"), ("30d", "31d"), ("50%", "51%"), (">= min", "> min"), ("25%", "26%"), ("mode: ask", "mode: tell"),
        ("on {", "of {"), ("clicks: 3", "clicks: 4"), ("expect: unknown", "expect: no match"), ("costs", "is"),
    ]  # fmt: skip
    for old, new in changes:
        assert old in text
        seen.add(meaning(rule_of(text.replace(old, new, 1).encode(), "x.yaml")))
    assert len(seen) == len(changes) + 1


def test_a_rule_at_fault_is_not_laid_out() -> None:
    with pytest.raises(RuleError) as caught:
        fmt(LAID_OUT.replace("recent.clicks >=", "recent.clcks >="))
    assert [(each.line, each.code) for each in caught.value.diagnostics] == [(28, "R030")]
