"""What a change introduced: a report compared with that of an earlier audit.

A finding is known when the baseline holds one of the same rule, asset, key and file (:mod:`lambdaudit.model.address`), each of
them once: lines and order count for nothing, a second finding of the same name is new. What the baseline holds and the audit does
not is fixed only if the rule could look: what it could not judge this time is told apart.
"""

import re
from collections import defaultdict
from collections.abc import Iterable

import msgspec

from lambdaudit.model.finding import Baseline, Change, Finding, NotAssessed, Past, Report, Severity


def compare(report: Report, earlier: Report, *, name: str, least: Severity = Severity.INFO) -> Report:
    """The report with the `change` of every finding, and what became of the others of the earlier one.

    `name` is shown, `least` the severity below which this audit leaves findings out. Equal reports give equal results.
    """
    left = _Left(earlier.findings)
    changes: dict[str, Change] = {}
    for exact in (True, False):
        for finding in sorted(report.findings, key=lambda f: (f.severity.rank, f.asset, f.key, f.fingerprint)):
            if finding.fingerprint not in changes and (past := left.take(finding, exact=exact)) is not None:
                worse = finding.severity.rank < past.severity.rank
                changes[finding.fingerprint] = Change.WORSE if worse else Change.KNOWN
    findings = tuple(
        msgspec.structs.replace(finding, change=changes.get(finding.fingerprint, Change.NEW)) for finding in report.findings
    )
    judge = _Judge(report, least)
    ended: dict[str, list[Past]] = {"fixed": [], "unjudged": [], "skipped": []}
    for old in sorted(left.rest(), key=lambda f: (f.severity.rank, f.rule, f.asset, f.key, f.fingerprint)):
        ended[judge.what_of(old)].append(_past(old))
    counts = {change: sum(finding.change is change for finding in findings) for change in Change}
    return msgspec.structs.replace(
        report,
        findings=findings,
        baseline=Baseline(
            name=name,
            created=earlier.created,
            tool=earlier.tool,
            new=counts[Change.NEW],
            worse=counts[Change.WORSE],
            known=counts[Change.KNOWN],
            skipped=len(ended["skipped"]),
            fixed=tuple(ended["fixed"]),
            unjudged=tuple(ended["unjudged"]),
        ),
    )


class _Left:
    """The findings of the baseline that are not matched yet, by their identity; the most severe of equals is taken first."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self._by_name: dict[str, list[Finding]] = defaultdict(list)
        for finding in sorted(findings, key=lambda f: (f.severity.rank, f.fingerprint)):
            self._by_name[finding.identity or finding.fingerprint].append(finding)

    def take(self, finding: Finding, *, exact: bool) -> Finding | None:
        """One that is the same finding; with `exact` only one of the same fingerprint."""
        same = self._by_name.get(finding.identity or finding.fingerprint, [])
        for index, old in enumerate(same):
            if not exact or old.fingerprint == finding.fingerprint:
                return same.pop(index)
        return None

    def rest(self) -> list[Finding]:
        """Those that nothing took."""
        return [finding for findings in self._by_name.values() for finding in findings]


class _Judge:
    """What it means that an audit does not repeat a finding."""

    def __init__(self, report: Report, least: Severity) -> None:
        self._least = least
        self._rules = {row.rule: row for row in report.rules}
        self._functions = report.statistics.functions
        self._open: dict[str, list[NotAssessed]] = defaultdict(list)
        for row in report.not_assessed:
            self._open[row.rule].append(row)
        self._unread = () if report.coverage.complete or report.coverage.calls else report.coverage.notes

    def what_of(self, old: Finding) -> str:
        """``skipped``, ``unjudged`` or ``fixed``."""
        rule = self._rules.get(old.rule)
        if rule is None or old.severity.rank > self._least.rank:
            return "skipped"
        looked_at = rule.failed + rule.passed + rule.unknown + rule.not_applicable + rule.error
        if old.asset_kind == "code" and not looked_at and self._functions:  # nobody looked into the code this time
            return "unjudged"
        if any(_concerns(row, old) for row in self._open[old.rule]) or self._in_unread_file(old):
            return "unjudged"
        return "fixed"

    def _in_unread_file(self, old: Finding) -> bool:
        """Whether a file of the finding is one that could not be read; the coverage's lines begin with its path."""
        files = {old.where.file, old.address.partition("#")[0]} - {""}
        return any(re.match(rf"{re.escape(file)}(?:[:\s]|\Z)", note) for file in files for note in self._unread)


def _concerns(row: NotAssessed, old: Finding) -> bool:
    """Whether a verdict that stayed open is about the asset of a finding; one about many is about all of a kind there."""
    if row.address and old.address:
        return row.address == old.address and row.asset_kind == old.asset_kind
    if row.asset == old.asset:
        return True
    several = row.asset.startswith("every ") or re.match(r"\d+ × |[a-z-]+ of \d+ assets of ", row.asset) is not None
    here = row.account in ("", old.account) and row.region in ("", old.region)
    return several and row.asset_kind == old.asset_kind and (here or bool(old.address))


def _past(old: Finding) -> Past:
    return Past(
        fingerprint=old.fingerprint,
        rule=old.rule,
        severity=old.severity,
        message=old.message,
        asset=old.asset,
        asset_kind=old.asset_kind,
        asset_name=old.asset_name,
        where=old.where,
        title=old.title,
        account=old.account,
        region=old.region,
        address=old.address,
        identity=old.identity,
    )
