"""The findings as events of the Open Cybersecurity Schema Framework: Compliance Finding (2003), an array of them.

The version is the one that Security Hub writes; later minor versions only add to it. Verdicts that stay open are no findings and
are not in here. With a baseline, what is fixed is in it as closed.
"""

from typing import Any, Final

import msgspec

from lambdaudit.model.finding import Change, Confidence, Finding, Report, Severity
from lambdaudit.version import __version__

from .closed import closed
from .json_report import encode, ordered
from .moments import moment
from .places import Place, Places
from .text import block, one_line

VERSION: Final = "1.6.0"
MOST_RESOURCES: Final = 100

_SEVERITY: Final = {
    Severity.CRITICAL: (5, "Critical"),
    Severity.HIGH: (4, "High"),
    Severity.MEDIUM: (3, "Medium"),
    Severity.LOW: (2, "Low"),
    Severity.INFO: (1, "Informational"),
}
_CONFIDENCE: Final = {Confidence.HIGH: (3, "High"), Confidence.MEDIUM: (2, "Medium"), Confidence.LOW: (1, "Low")}
_ACTIVITY: Final = {
    Change.NEW: (1, "Create", 1),
    Change.WORSE: (2, "Update", 1),
    Change.KNOWN: (2, "Update", 1),
    "closed": (3, "Close", 4),
}
"""Activity with its name, and the status of the finding."""


def render(report: Report) -> bytes:
    """The array as UTF-8 JSON, worst first. Equal reports give equal bytes."""
    report = ordered(report)
    time = int(moment(report.created).timestamp() * 1000)
    places = Places(report)
    events = [_event(finding, time, places.of(finding)) for finding in report.findings]
    events += [_event(finding, time, places.of(finding), over=True) for finding in closed(report)]
    return msgspec.json.format(encode(events), indent=1) + b"\n"


def _event(finding: Finding, time: int, place: Place, *, over: bool = False) -> dict[str, Any]:
    severity, severity_name = _SEVERITY[finding.severity]
    confidence, confidence_name = _CONFIDENCE[finding.confidence]
    activity, activity_name, status = _ACTIVITY["closed" if over else finding.change or Change.NEW]
    cloud: dict[str, Any] = {"provider": "AWS"}
    if finding.account:
        cloud["account"] = {"uid": one_line(finding.account), "type": "AWS Account", "type_id": 10}
    if finding.region:
        cloud["region"] = one_line(finding.region)
    see = [one_line(address, 2_000) for address in finding.see]
    return {
        "activity_id": activity,
        "activity_name": activity_name,
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": 2003,
        "class_name": "Compliance Finding",
        "type_uid": 200300 + activity,
        "type_name": f"Compliance Finding: {activity_name}",
        "time": time,
        "severity_id": severity,
        "severity": severity_name,
        "confidence_id": confidence,
        "confidence": confidence_name,
        "status_id": status,
        "status": "Resolved" if over else "New",
        "message": one_line(finding.message, 4_000),
        "metadata": {
            "version": VERSION,
            "product": {"name": "lambdaudit", "vendor_name": "lambdaudit", "version": __version__},
            "profiles": ["cloud"],
            "event_code": one_line(finding.rule),
        },
        "cloud": cloud,
        "finding_info": {
            "uid": one_line(finding.identity or finding.fingerprint),
            "title": one_line(finding.title),
            "desc": block(finding.why)[:4_000],
            "created_time": time,
            "types": ["Code" if finding.asset_kind == "code" else "Configuration"],
            "data_sources": [one_line(str(place), 2_000)],
        },
        "compliance": {
            "control": one_line(finding.rule),
            "status_id": 1 if over else 3,
            "status": "Pass" if over else "Fail",
            "standards": ["lambdaudit"],
            "requirements": [one_line(name) for name in finding.maps],
        },
        "resources": _resources(finding),
        "remediation": {"desc": block(finding.fix.text)[:4_000], "references": see},
        "unmapped": {"fingerprint": one_line(finding.fingerprint), "address": one_line(finding.address, 2_000)},
    }


def _resources(finding: Finding) -> list[dict[str, Any]]:
    """The asset, then the functions that are affected."""
    rows = [(finding.asset, finding.asset_name or finding.asset, finding.asset_kind)]
    rows += [(fn, fn.rsplit(":", 1)[-1], "function") for fn in finding.functions if fn != finding.asset]
    made = []
    for identifier, name, kind in rows[:MOST_RESOURCES]:
        one = {"uid": one_line(identifier, 2_000), "name": one_line(name, 1_000), "type": one_line(kind)}
        if finding.region:
            one["region"] = one_line(finding.region)
        made.append(one)
    return made
