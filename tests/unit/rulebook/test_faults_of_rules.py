"""Every fault a rule file can have is told with its exact place, its code, and what to do."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from agent.errors import RuleError
from agent.rulebook.codes import CODES
from agent.rulebook.load import load
from tests.reviewed import Reviewed

GOOD = """\
rule: ads/good
about: Lower bids above target.
judges: keyword
params:
  min_clicks: 15
  deadband: 10%
windows:
  recent: {last: 30d, until: settled}
let:
  wanted: bid * max(0.70, target_acos / recent.acos)
when:
  - state == "enabled"
  - recent.clicks >= min_clicks
  - recent.acos > target_acos * (1 + deadband)
propose:
  set: bid
  to: wanted
limits: {step: 25%, cooldown: 3d}
mode: ask
severity: S4
say: "ACoS {recent.acos:.0%} on {recent.clicks} clicks"
tests:
  - name: lowers the bid
    given: {state: enabled, bid: 1.00, target_acos: 0.25, recent: {clicks: 40, cost: 40.00, sales: 80.00}}
    expect: {bid: 0.70}
"""


@dataclass(frozen=True)
class Case:
    """The good rule with some of its text replaced, and the ``line:column code`` of every fault."""

    says: str
    expected: tuple[str, ...]
    edits: dict[str, str] = field(default_factory=dict)
    text: bytes | None = None

    def bytes(self) -> bytes:
        if self.text is not None:
            return self.text
        text = GOOD
        for old, new in self.edits.items():
            assert text.count(old) == 1, f"{old!r} must stand once in the good rule"
            text = text.replace(old, new)
        return text.encode()


def line(expression: str) -> dict[str, str]:
    """The good rule with another third condition, which stands on line 14 from column 5."""
    return {"recent.acos > target_acos * (1 + deadband)": expression}


CASES = [
    # the file
    Case("an empty file", ("1:1 R004",), text=b""),
    Case("only a comment", ("1:1 R004",), text=b"# later\n"),
    Case("a byte that is not UTF-8", ("2:15 R003",), text=GOOD.encode().replace(b"bids", b"b\xffds")),
    Case("a UTF-16 file", ("1:1 R003",), text=GOOD.encode("utf-16")),
    Case("a NUL character", ("2:8 R003",), {"Lower bids": "\0ower bids"}),
    Case("a line separator that editors do not count", ("2:8 R003",), {"Lower bids": "\u2028Lower bids"}),
    Case("a tab for indentation", ("5:1 R004",), {"  min_clicks: 15": "\tmin_clicks: 15"}),
    Case("a quote that is never closed", ("21:10 R004",), {'say: "ACoS': 'say: "AC"oS'}),
    Case("brackets without an end", ("1:41 R002",), text=b"[" * 30_000),
    Case("a file that is too large", ("1:1 R002",), text=b"# " + b"x" * 1_000_000),
    Case("a list instead of keys", ("1:1 R012",), text=b"- rule: ads/good\n"),
    Case("two documents", ("25:1 R005",), {"    expect: {bid: 0.70}\n": "---\nrule: ads/two\n"}),
    Case(
        "an anchor and its alias",
        ("5:15 R005", "6:13 R005"),
        {"min_clicks: 15": "min_clicks: &n 15", "deadband: 10%": "deadband: *n"},
    ),
    Case("a tag", ("5:15 R005",), {"min_clicks: 15": "min_clicks: !!python/name:os.system 15"}),
    Case("a key written twice", ("20:1 R006",), {"severity: S4": "mode: auto"}),
    # keys
    Case("an unknown key", ("20:1 R010",), {"severity: S4": "serverity: S4"}),
    Case("missing keys", ("1:1 R011", "1:1 R011"), {"about: Lower bids above target.\n": "", "judges: keyword\n": ""}),
    Case("a word that is not allowed", ("19:7 R013",), {"mode: ask": "mode: on"}),
    Case("an unknown kind", ("3:9 R013",), {"judges: keyword": "judges: keywords"}),
    Case("a name that is not the path", ("1:7 R014",), {"rule: ads/good": "rule: ads/god"}),
    Case(
        "a rule of a newer language, of which nothing else is told",
        ("2:11 R008",),
        {"about: Lower bids": "language: 2\nabout: Lower bids", "judges: keyword": "judgement: keyword"},
    ),
    Case("a version that is no number", ("2:11 R013",), {"about: Lower bids": "language: new\nabout: Lower bids"}),
    Case("nothing at all under a key", ("2:7 R012",), {"about: Lower bids above target.": "about:"}),
    Case("a condition that YAML takes for a key", ("14:5 R012",), line("recent.acos: 3")),
    Case(
        "params as a list",
        ("5:3 R012",),
        {
            "  min_clicks: 15\n  deadband: 10%\n": "  - min_clicks: 15\n",
            "recent.clicks >= min_clicks": "recent.clicks >= 3",
            " * (1 + deadband)": "",
        },
    ),
    Case("a name in capitals", ("5:3 R016",), {"  min_clicks: 15": "  MinClicks: 15", ">= min_clicks": ">= MinClicks"}),
    Case("a name that a column has", ("5:3 R017",), {"  min_clicks: 15": "  bid: 15", ">= min_clicks": ">= 15"}),
    Case("a param called like a window", ("8:3 R017",), {"  min_clicks: 15": "  recent: 15", ">= min_clicks": ">= 15"}),
    Case(
        "a mode without a proposal",
        ("15:9 R018", "16:7 R018"),
        {"propose:\n  set: bid\n  to: wanted\n": "", "    expect: {bid: 0.70}": "    expect: match"},
    ),
    Case(
        "a step for a state",
        ("18:16 R018", "25:21 R042"),
        {
            "  set: bid\n  to: wanted": "  set: state\n  to: paused",
            "{bid: 0.70}": "{state: 3}",
        },
    ),
    # windows, lets, limits
    Case("days without a unit", ("8:18 R012",), {"last: 30d": "last: 30"}),
    Case("a window that is too long", ("8:18 R051",), {"last: 30d": "last: 900d"}),
    Case("a buffer where nothing is waited for", ("8:30 R013",), {"until: settled": "until: now, settle: 5d"}),
    Case("a buffer that is no number of days", ("8:47 R012",), {"until: settled": "until: settled, settle: 5"}),
    Case("an unknown end of a window", ("8:30 R013",), {"until: settled": "until: setled"}),
    Case(
        "windows in a circle",
        ("9:29 R034",),
        {
            "recent: {last: 30d, until: settled}": "recent: {last: 9d, until: before}\n"
            "  before: {last: 9d, until: recent}",
        },
    ),
    Case(
        "lets in a circle",
        ("10:17 R033", "11:15 R033"),
        {"wanted: bid * max(0.70, target_acos / recent.acos)": "wanted: bid * share\n  share: 1 / (wanted)"},
    ),
    Case("a limit out of bounds", ("18:16 R051",), {"step: 25%": "step: 250%"}),
    Case("a cooldown in hours", ("18:31 R012",), {"cooldown: 3d": "cooldown: 72h"}),
    # expressions
    Case("an expression that stops", ("14:17 R020",), line("recent.acos > ")),
    Case("a single equals sign", ("12:11 R020",), {'state == "enabled"': 'state = "enabled"'}),
    Case("a sign of the keyboard's other layout", ("14:17 R020",), line("recent.acos ＞ target_acos")),
    Case("a number with a unit we do not know", ("14:21 R021",), line("recent.clicks > 15clicks")),
    Case("parentheses without end", ("14:55 R022",), line("(" * 300)),
    Case("a sum that is too long", ("14:205 R022",), line("+".join(["1"] * 300))),
    Case("a misspelled figure", ("14:5 R030",), line("recent.acso > target_acos")),
    Case("a text whose quotes are missing", ("12:14 R030",), {'state == "enabled"': "state == enabled"}),
    Case("a name that Amazon's reports have", ("14:5 R030",), line("recent.spend > 20")),
    Case("a name of a state that is called otherwise", ("14:5 R030",), line('status == "enabled"')),
    Case("a foreign name without a window", ("14:5 R030",), line("campaign.orders > 1")),
    Case("two unknown names in one line", ("14:5 R030", "14:22 R030"), line("recent.foo > 1 + targets")),
    Case("a daily figure without window", ("14:5 R031",), line("clicks >= 15")),
    Case("state within a window", ("14:5 R031",), line("recent.bid > 1")),
    Case("a mean of ratios", ("14:5 R030",), line("recent.acos.mean > target_acos")),
    Case("an unknown function", ("14:5 R032",), line("sqrt(recent.clicks) > 3")),
    Case("a function of the host language", ("14:5 R032",), line('__import__("os") == "x"')),
    Case("too few arguments", ("14:5 R032",), line("max(recent.clicks) > 3")),
    Case("money compared with a count", ("14:17 R040",), line("recent.cost > recent.clicks")),
    Case("a ratio compared with money", ("14:17 R040",), line("recent.acos > recent.cost")),
    Case("money times money", ("14:17 R040",), line("recent.cost * recent.sales > 3")),
    Case("a count divided by money", ("14:19 R040",), line("recent.clicks / recent.cost > 3")),
    Case("a param that is two things", ("14:17 R040",), line("recent.cost > min_clicks")),
    Case("a figure that is no condition", ("14:5 R041",), line("recent.clicks")),
    Case("a text compared with a number", ("14:11 R042",), line("state == 3")),
    Case("texts in order", ("14:11 R042",), line('state > "enabled"')),
    Case("a repeated text", ("14:5 R042",), line('state * 1000000000 == "b"')),
    Case("ACoS as a whole number", ("14:19 R043",), line("recent.acos > 35")),
    Case(
        "a param that is a percentage",
        ("5:15 R043",),
        {
            "min_clicks: 15": "min_clicks: 35",
            ">= min_clicks": ">= 15",
            "recent.acos > target_acos * (1 + deadband)": "recent.acos > min_clicks + deadband",
        },
    ),
    Case(
        "money that cannot be found",
        ("14:32 R044",),
        line("recent.cost >= (min_clicks * deadband_factor)")
        | {"deadband: 10%": "deadband_factor: 2", "  - recent.clicks >= min_clicks\n": "  - recent.clicks >= 15\n"},
    ),
    Case("a state that does not exist", ("12:14 R045",), {'"enabled"': '"enabeld"'}),
    # proposals, say, tests
    Case("a field that cannot be set", ("16:8 R050",), {"set: bid": "set: match_type", "{bid: 0.70}": "match"}),
    Case("a bid that is no money", ("17:7 R050",), {"to: wanted": "to: recent.clicks"}),
    Case(
        "archiving",
        ("17:8 R050", "18:16 R018"),
        {"set: bid\n  to: wanted": "set: state\n  to: '\"archived\"'", "{bid: 0.70}": "match"},
    ),
    Case(
        "a request for reviews that chooses among buyers",
        ("5:6 R053", "9:16 R053"),
        text=b"""\
rule: ads/good
about: Ask those who are pleased.
judges: order
when:
  - (units > 0 or status == "shipped") and review_request == "open"
propose:
  set: review_request
  to: requested
limits: {most: 10, cooldown: 30d}
""",
    ),
    Case("a brace without partner", ("21:33 R052",), {"{recent.clicks} clicks": "{recent.clicks clicks"}),
    Case("a format that does not fit", ("21:13 R052",), {"{recent.acos:.0%}": "{state:.0%}"}),
    Case("a misspelled name in say", ("21:13 R030",), {"{recent.acos:.0%}": "{recent.accos:.0%}"}),
    Case("a test that gives a metric", ("24:68 R061",), {"clicks: 40, cost: 40.00, sales: 80.00": "acos: 0.7"}),
    Case("a test that gives what nobody knows", ("24:29 R060",), {"bid: 1.00,": "bit: 1.00,"}),
    Case("a test that gives a let", ("24:29 R060",), {"bid: 1.00,": "wanted: 1.00,"}),
    Case("a test that gives text for money", ("24:34 R042",), {"bid: 1.00": "bid: high"}),
    Case("a test with clicks below zero", ("24:76 R063",), {"clicks: 40": "clicks: -4"}),
    Case("a test with more clicks than impressions", ("24:76 R063",), {"clicks: 40,": "clicks: 40, impressions: 9,"}),
    Case("a test that expects a bid below zero", ("25:19 R062",), {"{bid: 0.70}": "{bid: -1}"}),
    Case("a test that expects another field", ("25:14 R062",), {"{bid: 0.70}": "{budget: 3.00}"}),
    Case("a test that expects a belt that is none", ("25:13 R062",), {"{bid: 0.70}": "blocked by coldown"}),
    Case("a test that expects no outcome", ("25:13 R062",), {"{bid: 0.70}": "nothing"}),
]


def faults_of(case: Case, folder: Path) -> list[str]:
    """The diagnostics of the case's file, with its path below the rules folder."""
    file = folder / "ads" / "good.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(case.bytes())
    with pytest.raises(RuleError) as caught:
        load([folder])
    return [str(fault).replace(str(file), "ads/good.yaml") for fault in caught.value.diagnostics]


def test_the_good_rule_is_in_order(tmp_path: Path) -> None:
    (tmp_path / "ads").mkdir()
    (tmp_path / "ads" / "good.yaml").write_text(GOOD)
    book = load([tmp_path])
    assert [rule.name for rule in book.rules] == ["ads/good"]
    assert book.warnings == ()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.says)
def test_each_fault_has_its_exact_place_and_code(case: Case, tmp_path: Path) -> None:
    faults = faults_of(case, tmp_path)
    places = tuple(" ".join(fault.removeprefix("ads/good.yaml:").split()[:2]).replace(": ", " ") for fault in faults)
    assert places == case.expected, "\n".join(faults)


def test_what_people_read_is_what_was_reviewed(tmp_path: Path, reviewed: Reviewed) -> None:
    told = "".join(f"# {case.says}\n" + "\n".join(faults_of(case, tmp_path)) + "\n\n" for case in CASES)
    reviewed("rule_faults.txt", told)


def test_every_code_a_file_alone_can_bring_about_has_a_case() -> None:
    met = {expected.split()[1] for case in CASES for expected in case.expected}
    elsewhere = {"R001", "R007", "R015", "R070"}  # about folders and configuration, see test_load.py
    assert {code for code in CODES if code < "R1"} == met | elsewhere
