"""The report as SARIF 2.1.0 (OASIS), within what GitHub code scanning takes.

* Verdicts that stay open are notifications of the invocation, one for each gap: results of kind ``open`` would be right by the
  standard, but GitHub knows no kinds and would raise an alert for each.
* With a baseline every result has its ``baselineState``. What is fixed is no result of state ``absent``, which GitHub would
  raise as an alert again, but stands in the run's properties.
* The severity of a rule is the worst of its findings here: GitHub takes ``security-severity`` from the rule alone.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final
from urllib.parse import quote

from lambdaudit.model.finding import Change, Confidence, Evidence, Finding, Past, Report, Severity, Status
from lambdaudit.version import __version__

from .diffs import Edit, edits
from .json_report import encode, ordered
from .markup import prose
from .places import Place, Places
from .ranking import gaps
from .text import block, count, cut, one_line

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
MOST_RESULTS: Final = 25_000
"""GitHub refuses more in a run; of these it shows 5,000."""
MOST_RULES: Final = 25_000
MOST_LOCATIONS: Final = 100
MOST_STEPS: Final = 1_000
MOST_TAGS: Final = 20
MOST_NOTIFICATIONS: Final = 1_000
_ROOT: Final = "%SRCROOT%"

_LEVEL: Final = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
_SCORE: Final = {Severity.CRITICAL: "9.5", Severity.HIGH: "8.0", Severity.MEDIUM: "5.5", Severity.LOW: "2.5"}
"""GitHub: above 9.0 critical, from 7.0 high, from 4.0 medium, below low; without one it is no finding about security."""
_RANK: Final = {
    Severity.CRITICAL: 95.0,
    Severity.HIGH: 80.0,
    Severity.MEDIUM: 55.0,
    Severity.LOW: 25.0,
    Severity.INFO: 5.0,
}
_STATE: Final = {Change.NEW: "new", Change.WORSE: "updated", Change.KNOWN: "unchanged"}
_CWE = re.compile(r"CWE-(\d{1,5})\Z")

Node = dict[str, Any]


def render(report: Report) -> bytes:
    """The log as UTF-8 JSON. Equal reports give equal bytes."""
    import msgspec

    report = ordered(report)
    return msgspec.json.format(encode(_log(report)), indent=1) + b"\n"


def _log(report: Report) -> Node:
    shown = report.findings[:MOST_RESULTS]
    by_rule: dict[str, list[Finding]] = defaultdict(list)
    for finding in shown:
        by_rule[finding.rule].append(finding)
    index = {rule: number for number, rule in enumerate(sorted(by_rule)[:MOST_RULES])}
    places = Places(report)
    run: Node = {
        "tool": {
            "driver": {
                "name": "lambdaudit",
                "version": __version__,
                "rules": [_rule(rule, by_rule[rule]) for rule in index],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the repository, or the audited folder."}}},
        "invocations": [_invocation(report, len(report.findings) - len(shown))],
        "results": [_result(finding, index, places) for finding in shown],
    }
    if report.coverage.folder or report.coverage.calls:
        named = report.coverage.folder or "/".join(("aws", *report.coverage.accounts[:5]))
        run["automationDetails"] = {"id": f"lambdaudit/{quote(named, errors='replace')[:200]}/"}
    if report.baseline:
        base = report.baseline
        run["properties"] = {
            "baseline": {
                "created": base.created,
                "fixed": [_past(past) for past in base.fixed[:MOST_RESULTS]],
                "notJudgedAnyMore": [_past(past) for past in base.unjudged[:MOST_RESULTS]],
            }
        }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: str, findings: Sequence[Finding]) -> Node:
    """The descriptor of a rule, from what its findings say of it; all texts have the lengths that GitHub takes."""
    first = findings[0]
    worst = min((finding.severity for finding in findings), key=lambda severity: severity.rank)
    surest = min((finding.confidence for finding in findings), key=list(Confidence).index)
    title = cut(first.title, 1_000) or cut(rule, 255)
    fixes = "\n\n".join(dict.fromkeys(block(finding.fix.text)[:2_000] for finding in findings[:3] if finding.fix.text))
    see = [one_line(address, 2_000) for address in first.see if address.startswith("https://")]
    text = "\n\n".join(part for part in (block(first.why)[:4_000], fixes and f"Fix: {fixes}", "\n".join(see)) if part)
    markdown = "\n\n".join(
        part
        for part in (
            f"**{prose(title)}**",
            first.why and f"**Why:** {prose(first.why, 4_000)}",
            fixes and f"**Fix:** {prose(fixes, 4_000)}",
            "\n".join(f"- <{quote(address, safe=':/?#=&%-._~+,')}>" for address in see),
            f"`lambdaudit explain {rule}`" if re.fullmatch(r"[a-z0-9-]+", rule) else "",
        )
        if part
    )
    properties: Node = {"tags": _tags(first, worst), "precision": surest.value}
    if worst in _SCORE:
        properties["security-severity"] = _SCORE[worst]
    made: Node = {
        "id": cut(rule, 255),
        "name": cut(rule, 255),
        "shortDescription": {"text": title},
        "fullDescription": {"text": cut(first.why, 1_000) or title},
        "help": {"text": text or title, "markdown": markdown},
        "defaultConfiguration": {"level": _LEVEL[worst], "rank": _RANK[worst]},
        "properties": properties,
    }
    if see:
        made["helpUri"] = quote(see[0], safe=":/?#=&%-._~+,")
    return made


def _tags(finding: Finding, worst: Severity) -> list[str]:
    tags = ["security"] if worst in _SCORE else []
    for name in finding.maps:
        cwe = _CWE.match(name)
        tags.append(f"external/cwe/cwe-{int(cwe[1]):03d}" if cwe else one_line(name, 100))
    return list(dict.fromkeys(tags))[:MOST_TAGS]


def _result(finding: Finding, index: dict[str, int], places: Places) -> Node:
    made: Node = {
        "ruleId": cut(finding.rule, 255),
        "level": _LEVEL[finding.severity],
        "rank": _RANK[finding.severity],
        "message": {"text": _text(finding.message) or _text(finding.title) or one_line(finding.rule)},
        "locations": [_main_location(finding, places)],
        "partialFingerprints": _fingerprints(finding),
        "properties": {
            "severity": finding.severity.value,
            "confidence": finding.confidence.value,
            "asset": one_line(finding.asset, 2_000),
            "account": one_line(finding.account),
            "region": one_line(finding.region),
            "functions": [one_line(function, 2_000) for function in finding.functions[:100]],
        },
    }
    if finding.rule in index:
        made["ruleIndex"] = index[finding.rule]
    if finding.change:
        made["baselineState"] = _STATE[finding.change]
    steps = [evidence for evidence in finding.evidence if evidence.where.line]
    if _is_flow(finding, steps):
        made["codeFlows"] = [{"threadFlows": _thread_flows(finding, steps[:MOST_STEPS], places)}]
    else:
        others = [e for e in finding.evidence if e.where != finding.where or e.text][:MOST_LOCATIONS]
        if others:
            made["relatedLocations"] = [_location(e, finding, places, number) for number, e in enumerate(others, 1)]
    if changes := _changes(edits(finding.fix.patch), places):
        made["fixes"] = [{"description": {"text": _text(finding.fix.text) or "Apply the patch."}, "artifactChanges": changes}]
    return made


def _fingerprints(finding: Finding) -> dict[str, str]:
    """The stable name under our key and under the one key that GitHub reads, so that lines may move and nothing is merged."""
    name = one_line(finding.identity or finding.fingerprint, 200)
    return {"lambdaudit/v1": name, "primaryLocationLineHash": f"{name}:1"}


def _main_location(finding: Finding, places: Places) -> Node:
    """Where the finding is shown; with the asset as logical location. GitHub wants a line always: 1 when there is none."""
    place = places.of(finding)
    return {
        "physicalLocation": _physical(place, line=place.line or 1),
        "logicalLocations": [
            {
                "name": one_line(finding.asset_name or finding.asset, 1_000),
                "fullyQualifiedName": one_line(finding.address or finding.asset, 2_000),
                "kind": "resource",
            }
        ],
    }


def _location(evidence: Evidence, finding: Finding, places: Places, number: int = 0) -> Node:
    place = places.at(evidence.where, finding)
    said = evidence.text
    if evidence.witness:
        allowed = ", ".join(f"{key} = {value}" for key, value in sorted(evidence.witness.items()))
        said = f"{said} (allowed: {allowed})" if said else f"allowed: {allowed}"
    made: Node = {"physicalLocation": _physical(place, line=place.line or 1)}
    if said or not place.real:
        made["message"] = {"text": _text(said or str(evidence.where))}
    if number:
        made["id"] = number
    return made


def _physical(place: Place, *, line: int) -> Node:
    artifact: Node = {"uri": quote(place.path, safe="/-._~", errors="replace")}
    if place.real:
        artifact["uriBaseId"] = _ROOT
    region: Node = {"startLine": line, "endLine": line}
    if place.column:
        region["startColumn"] = place.column
    return {"artifactLocation": artifact, "region": region}


def _is_flow(finding: Finding, steps: Sequence[Evidence]) -> bool:
    """Whether the proofs are steps of data through code: at least two places, the last one where the fault is."""
    return finding.asset_kind == "code" and len(steps) > 1 and len(steps) == len(finding.evidence) and _ends(steps[-1])


def _ends(step: Evidence) -> bool:
    return step.text.startswith("reaches ")


def _thread_flows(finding: Finding, steps: Iterable[Evidence], places: Places) -> list[Node]:
    """One flow for each way into the place: a step that reaches it ends one."""
    flows: list[list[Node]] = [[]]
    for step in steps:
        importance = "essential" if _ends(step) or not flows[-1] else "important"
        flows[-1].append({"location": _location(step, finding, places), "importance": importance})
        if _ends(step):
            flows.append([])
    return [{"locations": flow} for flow in flows if flow]


def _changes(made: Sequence[Edit], places: Places) -> list[Node]:
    """The edits of a patch by file."""
    files: dict[str, list[Node]] = defaultdict(list)
    for edit in made:
        region: Node = {"startLine": edit.line, "startColumn": 1, "endLine": edit.line + edit.deleted, "endColumn": 1}
        if edit.open_end >= 0:
            region |= {"endLine": edit.line + edit.deleted - 1, "endColumn": edit.open_end + 1}
        replacement: Node = {"deletedRegion": region}
        if edit.inserted:
            replacement["insertedContent"] = {"text": edit.inserted}
        files[edit.path].append(replacement)
    return [
        {
            "artifactLocation": {"uri": quote(places.inside(path), safe="/-._~", errors="replace"), "uriBaseId": _ROOT},
            "replacements": replacements,
        }
        for path, replacements in files.items()
    ]


def _invocation(report: Report, left_out: int) -> Node:
    """How the audit went: it succeeded unless it was interrupted or a rule failed; what it could not see is a notification."""
    errors = report.statistics.verdicts.get(Status.ERROR, 0)
    notes: list[Node] = []
    if left_out:
        notes.append(_note(f"{count(left_out, 'finding')} beyond {MOST_RESULTS:,} are left out, the least severe", "warning"))
    if errors:
        notes.append(_note(f"{count(errors, 'verdict')} lost to a defect of lambdaudit itself", "error"))
    if report.coverage.interrupted:
        notes.append(_note("interrupted: what was not collected is not judged", "error"))
    if report.baseline and report.baseline.unjudged:
        number = len(report.baseline.unjudged)
        notes.append(_note(f"{count(number, 'finding')} of the baseline could not be judged again", "warning"))
    for gap in gaps(report):
        on = f" on {gap.on}" if gap.on else ""
        what = f"{'missing ' if gap.denied else ''}{gap.need}{on}" if gap.need else f"{gap.reason}{on}"
        why = f": {gap.reason}" if gap.need else ""
        verdicts = f"; {count(gap.verdicts, 'verdict')} open, which is not a pass" if gap.verdicts else ""
        notes.append(_note(f"not seen: {what}{why}{verdicts}", "warning"))
    if not report.coverage.calls:
        notes += [_note(note, "note") for note in report.coverage.notes]
    return {
        "executionSuccessful": not (errors or report.coverage.interrupted),
        "toolExecutionNotifications": notes[:MOST_NOTIFICATIONS],
        "properties": {
            "complete": report.coverage.complete and not report.statistics.not_assessed,
            "functions": report.statistics.functions,
            "notAssessed": report.statistics.not_assessed,
        },
    }


def _note(text: str, level: str) -> Node:
    return {"message": {"text": _text(text)}, "level": level}


def _past(past: Past) -> Node:
    return {
        "ruleId": one_line(past.rule, 255),
        "severity": past.severity.value,
        "message": one_line(past.message, 1_000),
        "asset": one_line(past.address or past.asset, 1_000),
    }


def _text(text: str) -> str:
    """Foreign text as a SARIF message: one line that holds no link (``[text](target)``) of others."""
    return one_line(text, 2_000).replace("](", "] (")
