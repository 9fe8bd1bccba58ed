"""What other analysers found in the code of functions: joined with ours, told once."""

from collections import Counter

from lambdaudit.facts import Audit
from lambdaudit.facts.external import Part, Told, faults, left_open, parts
from lambdaudit.model.external import ExternalIssue, ExternalReport
from lambdaudit.model.finding import Confidence, Evidence, Severity
from lambdaudit.model.unknown import NotKnown, Unknown
from lambdaudit.rules.contract import Fail, Outcome, fail, rule


def _complete(report: ExternalReport) -> None:
    if report.left_out:
        raise NotKnown(Unknown(f"{report.left_out} more results of {report.tool} were not taken over"))


@rule(Severity.MEDIUM, confidence=Confidence.MEDIUM, maps=("CWE-1006",))
def external_finding(report: ExternalReport, audit: Audit) -> Outcome:
    """Another analyser reports a fault in the code of a function.

    Why: It is in code that runs in the account. The other tool knows what it means; here it is joined with the function, and left
    out where lambdaudit found the same.
    Fix: Follow the tool's own advice on its rule.
    See: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
    """
    same: Counter[str] = Counter()
    for told in faults(report, audit):
        key = f"{report.tool} {told.issues[0][1].rule} {told.issues[0][1].where.source} {told.issues[0][1].text}"[:300]
        same[key] += 1
        yield _fault(told, key if same[key] == 1 else f"{key} {same[key]}")
    _complete(report)


def _fault(told: Told, key: str) -> Fail:
    (report, issue), *_ = told.issues
    tools = " and ".join(dict.fromkeys(f"{r.tool} ({i.rule})" for r, i in told.issues))
    return fail(
        f"{issue.where if issue.where.source else report.where}: {issue.text}, says {tools}"
        + ("; no foreign data reaches it" if told.constant else ""),
        at=issue.where if issue.where.source else report.where,
        key=key,
        severity=Severity.INFO if told.constant else Severity(issue.severity),
        evidence=_evidence(told.issues),
        functions=told.functions,
    )


def _evidence(issues: tuple[tuple[ExternalReport, ExternalIssue], ...]) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(
            where=issue.where if issue.where.source else report.where,
            text=f"{report.tool}{f' {report.version}' if report.version else ''}, {issue.rule}"
            + (f", {', '.join(issue.ids[:8])}" if issue.ids else ""),
        )
        for report, issue in issues[:20]
    )


@rule(Severity.MEDIUM, confidence=Confidence.MEDIUM, maps=("CWE-1395", "CWE-937", "OWASP:S9:2017", "OWASP:A06:2021"))
def external_vulnerability(report: ExternalReport, audit: Audit) -> Outcome:
    """Another tool reports a weakness of third-party software that a function carries.

    Why: The weakness is public, and the package is in what is deployed. Weaknesses of packages that no function carries are left
    out, and those that lambdaudit's own advisories name are told by vulnerable-dependency.
    Fix: Go to the fixed version and deploy again; where there is none, replace the package or keep foreign data away from it.
    See: https://osv.dev/
    """
    for part in parts(report, audit):
        yield _weak(part)
    if open_ones := left_open(report, audit):
        raise NotKnown(open_ones)
    _complete(report)


def _weak(part: Part) -> Fail:
    (report, issue), *_ = part.issues
    name = part.use.component.name if part.use else issue.package
    version = (part.use.component.version if part.use else "") or issue.version
    known_as = next((i for i in issue.ids if i.startswith("CVE-")), issue.rule)
    fixed = next((i.fixed for _, i in part.issues if i.fixed), "")
    tools = " and ".join(dict.fromkeys(r.tool for r, _ in part.issues))
    doubt = "" if issue.version or not version else " may have"
    return fail(
        f"{name} {version}{doubt or ' has'} {known_as}: {issue.text}, says {tools}"
        + (f"; fixed in {fixed}" if fixed else "")
        + (f"; {part.reason}" if part.reason else ""),
        at=issue.where if issue.where.source else report.where,
        key=f"{name} {version} {known_as}"[:300],
        severity=part.severity,
        confidence=Confidence.LOW if doubt else None,
        evidence=_evidence(part.issues),
        fix=f"Go to {name} {fixed} or later and deploy again." if fixed else "",
        functions=part.functions,
    )
