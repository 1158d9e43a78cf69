"""Expressions come from strangers: none reaches the host language, none costs more than its text."""

from pathlib import Path

import pytest

from agent.errors import RuleError
from agent.rulebook.load import load

ATTACKS = [
    # the host language
    '__import__("os").system("id")',
    "().__class__.__bases__[0].__subclasses__()",
    "state.__class__",
    "bid.__init__",
    "recent.__class__.__mro__",
    "__builtins__",
    "globals()",
    "locals()",
    "open('/etc/passwd')",
    'eval("1")',
    'exec("1")',
    'compile("1", "x", "eval")',
    "getattr(bid, 'real')",
    "lambda: 1",
    "(lambda x: x)(1) > 0",
    "[x for x in [1]]",
    "{1: 2}",
    "{1, 2}",
    "(1, 2)",
    "bid; bid",
    "bid := 3",
    "bid = 3",
    "import os",
    "yield bid",
    "await bid",
    "print(bid)",
    "*bid",
    "**bid",
    'f"{bid}"',
    'b"x" == state',
    'r"x" == state',
    "'%s' % bid",
    '"a" "b" == state',
    "`id`",
    "$(id)",
    "${bid}",
    "{{bid}}",
    "bid if bid",
    "vars(bid)",
    "type(bid)",
    "breakpoint()",
    "exit()",
    "os.system",
    "sys.modules",
    "self.scope",
    "row.key",
    # size
    '"a" * 1000000000 == state',
    "state * 9 == state",
    '"a" + "b" == state',
    "9 ** 9 ** 9 > bid",
    "1 << 99 > bid",
    "999999999999999999999999 > recent.clicks",
    "1e308 * 10 > recent.clicks",
    "0x10 > bid",
    "1_000 > bid",
    "1j > bid",
    "recent.clicks > " + "9" * 1900,
    "recent.clicks > 0." + "0" * 1900 + "1",
    "(" * 990 + ")" * 990,
    "not " * 400 + "locked",
    "-" * 1500 + "bid > 1",
    "max(" * 400,
    "known(" * 300 + "bid" + ")" * 300,
    "1 if " * 300,
    "1 < " * 500 + "2",
    "+".join(["recent.clicks"] * 130) + " > 1",
    " and ".join(["locked"] * 250),
    "recent.clicks in [" + "1," * 900 + "1]",
    "a." * 900 + "a > 1",
    "campaign." * 200 + "state",
    "ad_group.campaign.ad_group.campaign.state",
    "x" * 2001,
    " " * 2001,
    "min(" + ", ".join(["bid"] * 11) + ") > 1",
    "round(bid, bid, bid) > 1",
    "min() > 1",
    "since_change(since_change(bid)) > 1",
    "changes(bid, 999999999d) > 1",
    "changes(bid, 0d) > 1",
    "changes(bid, bid) > 1",
    # numbers that are none
    "nan > bid",
    "inf > bid",
    "-inf < bid",
    "None == bid",
    "True",
    "False == locked",
    "NULL",
    "recent.clicks > 1.2.3",
    "recent.clicks > .5.",
    "recent.clicks > 5 %",
    "recent.clicks > %5",
    "recent.clicks > 3dd",
    "bid > 0.0000001",
    # characters that look like others
    "bіd > 1",
    "bid ＞ 1",
    "ｂｉｄ > 1",
    "bid\u200b > 1",
    "bid > ١",
    "bid > 1​0",
    "ＢＩＤ",
    "“enabled” == state",
    "bid >﹥ 1",
    # half expressions
    "bid >",
    "> bid",
    "bid > > 1",
    "bid and",
    "and bid",
    "(bid > 1",
    "bid > 1)",
    "max(bid, > 1",
    'state == "enabled',
    "in [1]",
    "bid in 1",
    "bid in [bid]",
    "bid in []",
    "bid not 1",
    "bid in [1",
    "else",
    "if",
    "not",
    "recent.",
    ".recent",
    "recent..clicks",
    "recent.clicks.",
    "recent.clicks.sum.mean > 1",
    "recent.clicks.mean.max > 1",
    "recent",
    "campaign",
    "1 recent.clicks > 1",
]


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_an_attack_is_refused_at_its_place(attack: str, tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    quoted = attack.replace("'", "''")
    path.write_text(
        f"rule: x\nabout: an attack\njudges: keyword\nwindows: {{recent: {{last: 30d}}}}\nwhen:\n  - '{quoted}'\n"
    )
    with pytest.raises(RuleError) as caught:
        load([path])
    for fault in caught.value.diagnostics:
        assert fault.line == 6
        assert 5 <= fault.column <= 6 + len(quoted) + 1


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_the_texts_of_say_are_no_other_language(attack: str, tmp_path: Path) -> None:
    """A brace holds an expression and a format of digits; nothing is formatted by its attributes."""
    path = tmp_path / "x.yaml"
    quoted = f"{{{attack}}}".replace("'", "''")
    path.write_text(f"rule: x\nabout: an attack\njudges: keyword\nwhen: [known(bid)]\nsay: '{quoted}'\n")
    try:
        load([path])
    except RuleError as caught:
        assert {fault.line for fault in caught.diagnostics} == {5}
    else:
        assert attack in ("{1: 2}", "{1, 2}", "{{bid}}"), "doubled braces are text"


@pytest.mark.parametrize(
    "spec", ["0>999999999", "!r", "{bid}", ".9f", "x", "s", "10", "=+20", "n", "e", ".99%", "%%", " "]
)
def test_a_format_cannot_ask_for_more_than_decimals(spec: str, tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(f"rule: x\nabout: an attack\njudges: keyword\nwhen: [known(bid)]\nsay: 'x {{bid:{spec}}}'\n")
    with pytest.raises(RuleError):
        load([path])
