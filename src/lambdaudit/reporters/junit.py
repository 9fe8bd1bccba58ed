"""The report as JUnit XML, which every CI system shows: a suite for each rule, a case for each verdict that is not a pass.

* A finding is a ``failure``. With a baseline a known finding is ``skipped``: it does not break the build.
* A verdict that stays open is ``skipped`` with the reason: it is neither a pass nor something that the change broke.
  A rule that failed is an ``error``.
* Passes are one case for each rule that says how many there were: thousands of green lines would hide the others.
"""

import re
from collections import defaultdict
from typing import Final
from xml.etree import ElementTree

from lambdaudit.model.finding import Change, Finding, NotAssessed, Report, RuleResult, Status

from .json_report import ordered
from .places import Places
from .text import block, one_line

_INVALID = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, however it is written."""

_NAME: Final = 500


def render(report: Report) -> bytes:
    """The document as UTF-8. Equal reports give equal bytes."""
    report = ordered(report)
    findings: dict[str, list[Finding]] = defaultdict(list)
    for finding in report.findings:
        findings[finding.rule].append(finding)
    still_open: dict[str, list[NotAssessed]] = defaultdict(list)
    for row in report.not_assessed:
        still_open[row.rule].append(row)
    rules = {row.rule: row for row in report.rules}
    root = ElementTree.Element("testsuites", {"name": "lambdaudit"})
    places = Places(report)
    for rule in sorted({*rules, *findings, *still_open}):
        _suite(root, rule, rules.get(rule), findings[rule], still_open[rule], places)
    for key in ("tests", "failures", "errors", "skipped"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in root)))
    root.set("time", "0")
    ElementTree.indent(root, " ")
    text = ElementTree.tostring(root, "unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def _suite(
    root: ElementTree.Element,
    rule: str,
    result: RuleResult | None,
    findings: list[Finding],
    still_open: list[NotAssessed],
    places: Places,
) -> None:
    suite = ElementTree.SubElement(root, "testsuite", {"name": _name(rule)})
    if result and result.passed:
        case = _case(suite, rule, "assets that pass")
        ElementTree.SubElement(case, "system-out").text = f"{result.passed:,} of them"
    for finding in findings:
        _finding(suite, finding, places)
    for row in still_open:
        _open(suite, row)
    cases = suite.findall("testcase")
    if not cases:
        root.remove(suite)
    suite.set("tests", str(len(cases)))
    for key, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(key, str(sum(case.find(tag) is not None for case in cases)))
    suite.set("time", "0")


def _case(suite: ElementTree.Element, rule: str, name: str, file: str = "", line: int = 0) -> ElementTree.Element:
    case = ElementTree.SubElement(suite, "testcase", {"classname": f"lambdaudit.{_name(rule)}", "name": _name(name), "time": "0"})
    if file:
        case.set("file", _name(file))
    if line:
        case.set("line", str(line))
    return case


def _finding(suite: ElementTree.Element, finding: Finding, places: Places) -> None:
    place = places.of(finding)
    named = " ".join(part for part in (finding.asset_kind, finding.asset_name or finding.asset, finding.key) if part)
    file, line = (place.path, place.line) if place.real else ("", 0)
    case = _case(suite, finding.rule, f"{named} ({place.path})", file, line)
    said = f"{finding.severity.value}: {one_line(finding.message, 2_000)}"
    if finding.change is Change.KNOWN:
        ElementTree.SubElement(case, "skipped", {"message": _valid(f"known since the baseline: {said}")})
        return
    failure = ElementTree.SubElement(case, "failure", {"message": _valid(said), "type": finding.severity.value})
    lines = [said, f"at {one_line(str(place), 1_100)}", f"asset {one_line(finding.asset, 2_000)}"]
    lines += [f"function {one_line(function, 2_000)}" for function in finding.functions[:20]]
    lines += [f"{name}: {one_line(text, 4_000)}" for name, text in (("Why", finding.why), ("Fix", finding.fix.text)) if text]
    if finding.fix.patch:
        lines += [f" {line}" for line in block(finding.fix.patch)[:10_000].splitlines()]
    failure.text = _valid("\n".join(lines))


def _open(suite: ElementTree.Element, row: NotAssessed) -> None:
    case = _case(suite, row.rule, f"{row.asset_kind} {row.asset}")
    reason = one_line(row.reason + (f" (missing {row.need})" if row.need else ""), 1_000)
    if row.status is Status.ERROR:
        ElementTree.SubElement(case, "error", {"message": _valid(reason), "type": "defect"})
    else:
        ElementTree.SubElement(case, "skipped", {"message": _valid(f"not judged: {reason}")})


def _name(text: str) -> str:
    return _valid(one_line(text, _NAME))


def _valid(text: str) -> str:
    return _INVALID.sub("\N{REPLACEMENT CHARACTER}", text)
