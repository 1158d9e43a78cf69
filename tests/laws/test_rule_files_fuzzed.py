"""Whatever a rule file holds, loading it ends in rules or in faults at places that exist: never in a crash.

Files are damaged in two ways: as bytes (flips, cuts, repeats, foreign pieces) and as trees (values and keys swapped,
dropped, doubled, nested). ``STEWARD_FULL=1`` tries 20,000 files.
"""

import os
import random
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import ClassVar

import pytest
import yaml

from agent.errors import Diagnostic, RuleError
from agent.rulebook.codes import CODES
from agent.rulebook.load import load
from agent.shipped import shipped

FILES = 20_000 if os.environ.get("STEWARD_FULL") else 1_500
BATCHES = 10
SHIPPED = {f"{path.parent.name}/{path.name}": path.read_bytes() for path in sorted(shipped("rules").rglob("*.yaml"))}

TREES = {name: yaml.load(data, Loader=yaml.CBaseLoader) for name, data in SHIPPED.items()}

PIECES = [
    b"[", b"]", b"{", b"}", b"- ", b": ", b"? ", b"&a ", b"*a", b"!!str ", b"!x ", b"|\n", b">\n", b"'", b'"', b"#",
    b"%", b"---\n", b"...\n", b"<<: ", b"\t", b"\n", b"\r", b"\r\n", b"\0", b"\xff", b"\xef\xbb\xbf", b"\xc2\x85",
    b"\xe2\x80\xa8", b"\xed\xa0\x80", b"\xf0\x9f\x92\xa9", "掌柜，＞".encode(), b"[" * 60, b"{a: " * 60, b"- " * 60,
    b"(" * 300, b"not " * 300, b"-" * 300, b"1+" * 300, b"9" * 400, b"1" * 20 + b"." + b"1" * 20, b"1e999", b".inf",
    b".nan", b"NO", b"0060256654", b"12:30", b"25%", b"3d", b"24h", b" and ", b" or ", b" not ", b" in [", b" if ",
    b" else ", b"==", b"=", b"__class__", b"min(", b"since_change(bid)", b"changes(bid, 14d)", b"recent.", b".mean",
    b"campaign.", b"target_acos", b"known(", b"default(", b"{{", b"}}", b"{recent.acos:.0%}", b":.9f}", b" \\u0000",
    b"\\x", b"\\\n", b"x" * 3000,
]  # fmt: skip
SCALARS = [
    "", "0", "-1", "1.5", "25%", "3d", "yes", "null", "unknown", "true", "keyword", "campaign", "bid", "state",
    "wanted", "recent", "recent.clicks", "recent.acos", "recent.acos > 35", "a and b", "settled", "until", "30d",
    "999d", "auto", "S1", "blocked by step", "no match", "{x}", "{bid:.2f}", "min(1, 2)", '"enabled"', "1 / 0",
    "x" * 2100, "((((", "掌柜", " > ", " * bid", "- ", "not ",
]  # fmt: skip


class Dumper(yaml.CSafeDumper):
    """Writes numbers without quotes and a value that stands twice twice, so that the damage alone is the fault."""

    yaml_implicit_resolvers: ClassVar[dict[str, object]] = {}

    def ignore_aliases(self, data: object) -> bool:
        return True


Dice = random.Random
Spot = tuple[dict[str, object] | list[object], object]


def in_bytes(dice: Dice, name: str) -> bytes:
    """A few local injuries."""
    data = SHIPPED[name]
    for _ in range(dice.randint(1, 4)):
        at, to = sorted(dice.randrange(len(data) + 1) for _ in range(2))
        to = min(to, at + dice.choice([1, 3, 40, len(data)]))
        injury = dice.randrange(5)
        if injury == 0:
            data = data[:at] + bytes([dice.randrange(256)]) + data[at + 1 :]
        elif injury == 1:
            data = data[:at] + data[to:]
        elif injury == 2:
            data = data[:to] + data[at:to] * dice.choice([1, 2, 50]) + data[to:]
        elif injury == 3:
            data = data[:at] + dice.choice(PIECES) + data[at:]
        else:
            other = dice.choice(list(SHIPPED.values()))
            data = data[:at] + other[at : at + dice.randint(1, 200)] + data[to:]
    return data


def in_the_tree(dice: Dice, name: str) -> bytes:
    """Well-formed YAML of another shape."""
    tree = deepcopy(TREES[name])
    for _ in range(dice.randint(1, 4)):
        places = _places(tree)
        if places:
            _injure(dice, dice.choice(places), places)
    style = dice.choice([True, False, None])
    text = yaml.dump(
        tree, Dumper=Dumper, default_flow_style=style, allow_unicode=dice.random() < 0.5, sort_keys=False, width=5_000
    )
    return text.encode()


def _places(node: object) -> list[Spot]:
    if isinstance(node, dict):
        keys: list[object] = list(node)
    elif isinstance(node, list):
        keys = list(range(len(node)))
    else:
        return []
    return [(node, key) for key in keys] + [place for key in keys for place in _places(node[key])]


def _injure(dice: Dice, spot: Spot, places: list[Spot]) -> None:
    holder, key = spot
    injuries: list[Callable[[], object]] = [
        lambda: holder.__delitem__(key),
        lambda: holder.__setitem__(key, dice.choice(SCALARS)),
        lambda: holder.__setitem__(key, [holder[key], holder[key]]),
        lambda: holder.__setitem__(key, {dice.choice(SCALARS): holder[key]}),
        lambda: holder.__setitem__(key, _copied(dice.choice(places))),
        lambda: holder.__setitem__(key, f"{holder[key]}{dice.choice(SCALARS)}"),
        lambda: holder.__setitem__(dice.choice(SCALARS), holder[key]) if isinstance(holder, dict) else None,
    ]
    dice.choice(injuries)()


def _copied(place: Spot) -> object:
    holder, key = place
    try:
        return deepcopy(holder[key])  # type: ignore[index]
    except (KeyError, IndexError):
        return ""


@pytest.mark.parametrize("batch", range(BATCHES))
def test_a_damaged_file_is_loaded_or_refused_at_places_that_exist(batch: int, tmp_path: Path) -> None:
    dice = Dice(f"rule files {batch}")
    for folder in {Path(name).parent for name in SHIPPED}:
        (tmp_path / folder).mkdir(parents=True)
    refused = 0
    for _ in range(FILES // BATCHES):
        name = dice.choice(list(SHIPPED))
        data = dice.choice([in_bytes, in_the_tree])(dice, name)
        path = tmp_path / name
        path.write_bytes(data)
        refused += _refused(path, data)
    assert FILES // BATCHES * 0.6 < refused < FILES // BATCHES, "damage must show, and some of it must be harmless"


def _refused(path: Path, data: bytes) -> bool:
    try:
        load([path])
    except RuleError as fault:
        for diagnostic in fault.diagnostics:
            _located(diagnostic, path, data)
        return bool(fault.diagnostics)
    return False


def _located(fault: Diagnostic, path: Path, data: bytes) -> None:
    """Each fault names a code that is explained, a line that exists, and a column on it or just behind it."""
    lines = data.decode("utf-8-sig", "replace").split("\n")
    assert (fault.path, fault.code in CODES) == (str(path), True), fault
    assert 1 <= fault.line <= len(lines), (fault, data)
    assert 1 <= fault.column <= len(lines[fault.line - 1]) + 1, (fault, data)
    assert "\n" not in str(fault), fault
    assert len(str(fault)) < 1_000, fault


@pytest.mark.parametrize("opener", ["[", "{", "- ", "? ", "{a: ", "- - ", "[{", "!!seq [", "&a ["])
@pytest.mark.parametrize("times", [30_000, 100_000])
def test_endless_nesting_is_a_located_fault(opener: str, times: int, tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(opener * times)
    with pytest.raises(RuleError) as caught:
        load([path])
    for fault in caught.value.diagnostics:
        _located(fault, path, path.read_bytes())
    assert "R002" in {fault.code for fault in caught.value.diagnostics}


def test_a_bomb_of_aliases_is_refused_without_growing(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    path.write_text("\n".join(lines))
    with pytest.raises(RuleError) as caught:
        load([path])
    assert {fault.code for fault in caught.value.diagnostics} == {"R005"}


def test_lets_that_double_each_other_cost_no_more_than_their_number(tmp_path: Path) -> None:
    """Written out, the last of these has 2**150 terms; whoever unfolds names never comes back."""
    lets = "\n".join(f"  x{n}: x{n - 1} + x{n - 1}" for n in range(1, 150))
    path = tmp_path / "x.yaml"
    path.write_text(
        "rule: x\nabout: doubling\njudges: keyword\nwindows: {recent: {last: 3d}}\n"
        f"let:\n  x0: recent.clicks\n{lets}\nwhen:\n  - x149 > 1\n"
    )
    assert len(load([path]).rules[0].lets) == 150
