"""The findings as a GitLab code quality report (the subset of Code Climate's format that GitLab reads).

Known findings are in it with a baseline, too: GitLab compares the fingerprints with those of the target branch itself, and would
call fixed what is not there.
"""

from typing import Any, Final

import msgspec

from lambdaudit.model.finding import Finding, Report, Severity

from .json_report import encode, ordered
from .places import Places
from .text import one_line

_SEVERITY: Final = {
    Severity.CRITICAL: "blocker",
    Severity.HIGH: "critical",
    Severity.MEDIUM: "major",
    Severity.LOW: "minor",
    Severity.INFO: "info",
}


def render(report: Report) -> bytes:
    """The array of issues as UTF-8 JSON, worst first. Equal reports give equal bytes."""
    report = ordered(report)
    places = Places(report)
    return msgspec.json.format(encode([_issue(finding, places) for finding in report.findings]), indent=1) + b"\n"


def _issue(finding: Finding, places: Places) -> dict[str, Any]:
    place = places.of(finding)
    return {
        "type": "issue",
        "categories": ["Security"],
        "check_name": one_line(finding.rule, 255),
        "description": one_line(finding.message, 1_000),
        "content": {"body": one_line(f"{finding.why} {finding.fix.text}".strip(), 4_000)},
        "fingerprint": one_line(finding.identity or finding.fingerprint, 200),
        "severity": _SEVERITY[finding.severity],
        "location": {"path": one_line(place.path, 1_000), "lines": {"begin": place.line or 1}},
    }
