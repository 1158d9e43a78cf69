"""The tests of rules as JUnit XML, the form in which CI systems read and show them.

A suite per rule, a case per test; what failed names file and line. Rules that cannot be read are errors, and the lines
and branches no test reaches stand in the suite's output.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from xml.etree import ElementTree as Xml

if TYPE_CHECKING:
    from agent.errors import Diagnostic
    from agent.jobs.check import TestResult
    from agent.model.rule import Rule

# XML 1.0 has no place for these, not even escaped.
_UNSPEAKABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(rules: Sequence[Rule], results: Sequence[TestResult], gaps: Sequence[Diagnostic]) -> str:
    """What the tests of these rules came to."""
    suites = [_suite(rule, [one for one in results if one.rule == rule.name],
                     [gap for gap in gaps if gap.path == rule.path]) for rule in rules]  # fmt: skip
    return _document(suites)


def junit_of_faults(faults: Iterable[Diagnostic]) -> str:
    """Rules that could not be read: a case with an error per fault."""
    by_file: dict[str, list[Diagnostic]] = {}
    for fault in faults:
        by_file.setdefault(fault.path, []).append(fault)
    return _document([_faulty(path, found) for path, found in by_file.items()])


def _suite(rule: Rule, results: Sequence[TestResult], gaps: Sequence[Diagnostic]) -> Xml.Element:
    failed = sum(not one.passed for one in results)
    suite = _element("testsuite", name=rule.name, file=rule.path, tests=len(results), failures=failed, errors=0)
    for one in results:
        case = _element("testcase", name=one.name, classname=rule.name, file=one.path, line=one.place.line)
        if not one.passed:
            said = one.message.removeprefix(f"{one.path}:{one.place.line}:{one.place.column}: ")
            case.append(_element("failure", one.message, message=said, type="rule"))
        suite.append(case)
    if gaps:
        suite.append(_element("system-out", "\n".join(map(str, gaps))))
    return suite


def _faulty(path: str, faults: Sequence[Diagnostic]) -> Xml.Element:
    suite = _element("testsuite", name=path, file=path, tests=len(faults), failures=0, errors=len(faults))
    for fault in faults:
        name = f"{fault.code} {fault.line}:{fault.column}"
        case = _element("testcase", name=name, classname=path, file=path, line=fault.line)
        case.append(_element("error", str(fault), message=fault.message, type=fault.code))
        suite.append(case)
    return suite


def _document(suites: Sequence[Xml.Element]) -> str:
    counts = {each: sum(int(suite.get(each, "0")) for suite in suites) for each in ("tests", "failures", "errors")}
    root = _element("testsuites", name="steward rules test", **counts)
    root.extend(suites)
    Xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(root, encoding="unicode") + "\n"


def _element(tag: str, text: str = "", /, **attributes: str | int) -> Xml.Element:
    element = Xml.Element(tag, {name: _UNSPEAKABLE.sub("\ufffd", str(value)) for name, value in attributes.items()})
    element.text = _UNSPEAKABLE.sub("\ufffd", text) or None
    return element
