"""Reports of other tools, in the shapes that the tools document; the values are ours."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdaudit.model.external import ExternalIssue, ExternalReport
from lambdaudit.sources.external import ExternalError, read_report

CANARY = "canary-AKIA-value"
SARIF = {
    "version": "2.1.0",
    "runs": [
        {
            "tool": {
                "driver": {
                    "name": "Checker",
                    "semanticVersion": "1.2.3",
                    "rules": [
                        {"id": "sqli", "properties": {"tags": ["security", "external/cwe/cwe-089"], "security-severity": "8.8"}},
                        {
                            "id": "weak",
                            "messageStrings": {"default": {"text": "{0} is weak"}},
                            "defaultConfiguration": {"level": "error"},
                        },
                    ],
                }
            },
            "originalUriBaseIds": {"SRCROOT": {"uri": "file:///home/ci/repo/"}},
            "artifacts": [{"location": {"uri": "src/b%20c.py"}}],
            "results": [
                {
                    "ruleId": "sqli",
                    "level": "warning",
                    "message": {"text": "query from input"},
                    "locations": [
                        {
                            "physicalLocation": {
                                "artifactLocation": {"uri": "src/a.py"},
                                "region": {"startLine": 7, "startColumn": 3},
                            }
                        }
                    ],
                },
                {
                    "ruleIndex": 1,
                    "message": {"id": "default", "arguments": ["md5"]},
                    "locations": [{"physicalLocation": {"artifactLocation": {"index": 0}, "region": {"startLine": 2}}}],
                },
                {"ruleId": "sqli", "message": {"text": "hidden"}, "suppressions": [{"kind": "inSource"}]},
                {"ruleId": "sqli", "message": {"text": "refused"}, "suppressions": [{"kind": "external", "status": "rejected"}]},
                {"ruleId": "sqli", "kind": "pass", "message": {"text": "fine"}},
                {"ruleId": "sqli", "baselineState": "absent", "message": {"text": "gone"}},
                {
                    "ruleId": "weak",
                    "message": {"text": "based"},
                    "locations": [
                        {"physicalLocation": {"artifactLocation": {"uri": "src/d.py", "uriBaseId": "SRCROOT"}}},
                    ],
                },
            ],
        }
    ],
}
BANDIT = {
    "metrics": {},
    "results": [
        {"test_id": "B608", "issue_text": "SQL by text", "filename": "./src/a.py", "line_number": 4, "issue_severity": "HIGH",
         "issue_confidence": "LOW", "issue_cwe": {"id": 89}},
    ],
}  # fmt: skip
SEMGREP = {
    "version": "1.0",
    "paths": {},
    "results": [
        {"check_id": "own.eval", "path": "src/a.js", "start": {"line": 5, "col": 2},
         "extra": {"message": "eval of input", "severity": "ERROR", "metadata": {"cwe": ["CWE-95: Eval"]}}},
    ],
}  # fmt: skip
NJSSCAN = {
    "njsscan_version": "1.0",
    "nodejs": {"node_x": {"files": [{"file_path": "a.js", "match_lines": [9, 10], "match_string": CANARY}],
                          "metadata": {"cwe": "CWE-79: XSS", "description": "xss", "severity": "WARNING"}}},
}  # fmt: skip
GOSEC = {"GosecVersion": "2", "Issues": [{"severity": "MEDIUM", "rule_id": "G401", "details": "weak", "file": "main.go",
                                          "line": "5-6", "cwe": {"id": "328"}, "code": CANARY}]}  # fmt: skip
GITLEAKS = [{"RuleID": "aws", "Description": "AWS key", "StartLine": 3, "File": "src/a.py", "Secret": CANARY, "Match": CANARY,
             "Line": CANARY}]  # fmt: skip
ESLINT = [
    {"filePath": "/home/ci/repo/src/a.js", "source": CANARY, "messages": [
        {"ruleId": "no-eval", "severity": 2, "message": "eval", "line": 1, "column": 5}, {"ruleId": None, "message": "parse"}]},
]  # fmt: skip
NPM = {
    "auditReportVersion": 2,
    "vulnerabilities": {
        "lodash": {"name": "lodash", "via": [{"source": 1, "name": "lodash", "title": "Pollution", "severity": "high",
                   "url": "https://github.com/advisories/GHSA-p6mc-m468-83gw", "cwe": ["CWE-1321"], "range": "<4.17.20"}]},
        "grunt": {"name": "grunt", "via": ["lodash"]},
    },
}  # fmt: skip
PIP_AUDIT = {"fixes": [], "dependencies": [{"name": "requests", "version": "2.19.0", "vulns": [
    {"id": "PYSEC-2018-28", "aliases": ["CVE-2018-18074"], "fix_versions": ["2.20.0"], "description": "leaks"}]}]}  # fmt: skip
SNYK = {"packageManager": "pip", "dependencyCount": 1, "displayTargetFile": "requirements.txt", "vulnerabilities": [
    {"id": "SNYK-1", "title": "leaks", "packageName": "requests", "version": "2.19.0", "severity": "high",
     "identifiers": {"CVE": ["CVE-2018-18074"], "CWE": ["CWE-201"], "GHSA": ["GHSA-x84v-xcm2-53pg"]}, "fixedIn": ["2.20.0"]},
    {"id": "lic", "type": "license", "packageName": "x", "severity": "high"}]}  # fmt: skip
DEPENDENCY_CHECK = {"reportSchema": "1.1", "scanInfo": {"engineVersion": "12"}, "dependencies": [
    {"fileName": "log4j-core-2.14.1.jar", "filePath": "lib/log4j.jar",
     "packages": [{"id": "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1"}],
     "vulnerabilities": [{"name": "CVE-2021-44228", "severity": "CRITICAL", "cvssv3": {"baseScore": 10.0}, "cwes": ["CWE-502"],
                          "description": "lookups"}]}]}  # fmt: skip
TRIVY = {"SchemaVersion": 2, "Results": [{"Target": "requirements.txt", "Type": "pip", "Vulnerabilities": [
    {"VulnerabilityID": "CVE-2018-18074", "PkgName": "requests", "InstalledVersion": "2.19.0", "FixedVersion": "2.20.0, 3",
     "Severity": "HIGH", "Title": "leaks", "PkgIdentifier": {"PURL": "pkg:pypi/requests@2.19.0"}}],
    "Secrets": [{"RuleID": "aws", "Title": "AWS", "Severity": "CRITICAL", "StartLine": 2, "Match": CANARY}]}]}  # fmt: skip
GRYPE = {"descriptor": {"name": "grype", "version": "0.8"}, "matches": [
    {"vulnerability": {"id": "GHSA-x84v-xcm2-53pg", "severity": "High", "fix": {"versions": ["2.20.0"]}, "description": "leaks"},
     "relatedVulnerabilities": [{"id": "CVE-2018-18074"}],
     "artifact": {"name": "requests", "version": "2.19.0", "type": "python", "purl": "pkg:pypi/requests@2.19.0",
                  "locations": [{"path": "/opt/python/requests"}]}}]}  # fmt: skip
OSV = {"results": [{"source": {"path": "package-lock.json"}, "packages": [
    {"package": {"name": "lodash", "version": "4.17.15", "ecosystem": "npm"},
     "vulnerabilities": [{"id": "GHSA-p6mc-m468-83gw", "aliases": ["CVE-2020-8203"], "summary": "Pollution",
                          "database_specific": {"severity": "HIGH", "cwe_ids": ["CWE-1321"]}}]}]}]}  # fmt: skip
DEPENDABOT = [
    {"number": 1, "state": "open",
     "dependency": {"manifest_path": "package.json", "package": {"ecosystem": "npm", "name": "lodash"}},
     "security_advisory": {"ghsa_id": "GHSA-p6mc-m468-83gw", "cve_id": "CVE-2020-8203", "summary": "Pollution",
                           "severity": "high", "cwes": [{"cwe_id": "CWE-1321"}]},
     "security_vulnerability": {"vulnerable_version_range": "< 4.17.20", "first_patched_version": {"identifier": "4.17.20"}}},
    {"number": 2, "state": "dismissed", "security_advisory": {}, "dependency": {"package": {"name": "x"}}},
]  # fmt: skip
ALL: dict[str, Any] = {
    "sarif": SARIF, "bandit": BANDIT, "semgrep": SEMGREP, "njsscan": NJSSCAN, "gosec": GOSEC, "gitleaks": GITLEAKS,
    "eslint": ESLINT, "npm": NPM, "pip-audit": PIP_AUDIT, "snyk": SNYK, "dependency-check": DEPENDENCY_CHECK, "trivy": TRIVY,
    "grype": GRYPE, "osv": OSV, "dependabot": DEPENDABOT,
}  # fmt: skip


def report(tmp_path: Path, data: Any) -> ExternalReport:
    """The one report in a file with this content."""
    file = tmp_path / "report.json"
    file.write_text(data if isinstance(data, str) else json.dumps(data), "utf-8")
    (found,) = read_report(file)
    return found


def said(issue: ExternalIssue) -> tuple[Any, ...]:
    """What matters of a fault in code."""
    return issue.kind, issue.rule, issue.where.source, issue.where.line, issue.severity, issue.ids


def test_sarif_results_that_count(tmp_path: Path) -> None:
    found = report(tmp_path, SARIF)
    assert (found.tool, found.version) == ("Checker", "1.2.3")
    assert [(i.text, i.severity, i.ids, i.where.source, i.where.line, i.where.column) for i in found.issues] == [
        ("query from input", "high", ("CWE-89",), "src/a.py", 7, 3),
        ("md5 is weak", "medium", (), "src/b c.py", 2, 0),
        ("refused", "high", ("CWE-89",), "", 0, 0),
        ("based", "medium", (), "/home/ci/repo/src/d.py", 0, 0),
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("bandit", ("code", "B608", "./src/a.py", 4, "medium", ("CWE-89",))),
        ("semgrep", ("code", "own.eval", "src/a.js", 5, "medium", ("CWE-95",))),
        ("njsscan", ("code", "node_x", "a.js", 9, "low", ("CWE-79",))),
        ("gosec", ("code", "G401", "main.go", 5, "medium", ("CWE-328",))),
        ("gitleaks", ("secret", "aws", "src/a.py", 3, "high", ("CWE-798",))),
        ("eslint", ("code", "no-eval", "/home/ci/repo/src/a.js", 1, "medium", ())),
    ],
)
def test_linters(tmp_path: Path, name: str, expected: tuple[Any, ...]) -> None:
    (issue,) = report(tmp_path, ALL[name]).issues
    assert said(issue) == expected


@pytest.mark.parametrize(
    ("name", "part", "known_as", "severity", "fixed"),
    [
        ("npm", ("npm", "lodash", ""), "GHSA-p6mc-m468-83gw", "high", ""),
        ("pip-audit", ("PyPI", "requests", "2.19.0"), "CVE-2018-18074", "medium", "2.20.0"),
        ("snyk", ("PyPI", "requests", "2.19.0"), "CVE-2018-18074", "high", "2.20.0"),
        ("dependency-check", ("Maven", "org.apache.logging.log4j:log4j-core", "2.14.1"), "CVE-2021-44228", "critical", ""),
        ("trivy", ("PyPI", "requests", "2.19.0"), "CVE-2018-18074", "high", "2.20.0"),
        ("grype", ("PyPI", "requests", "2.19.0"), "CVE-2018-18074", "high", "2.20.0"),
        ("osv", ("npm", "lodash", "4.17.15"), "CVE-2020-8203", "high", ""),
        ("dependabot", ("npm", "lodash", ""), "CVE-2020-8203", "high", "4.17.20"),
    ],
)
def test_dependency_checkers(
    tmp_path: Path, name: str, part: tuple[str, str, str], known_as: str, severity: str, fixed: str
) -> None:
    (issue,) = [i for i in report(tmp_path, ALL[name]).issues if i.kind == "dependency"]
    assert (issue.ecosystem, issue.package, issue.version) == part
    assert known_as in issue.ids
    assert (issue.severity, issue.fixed) == (severity, fixed)


@pytest.mark.parametrize("name", sorted(ALL))
def test_values_of_secrets_are_not_taken_over(tmp_path: Path, name: str) -> None:
    assert CANARY not in repr(report(tmp_path, ALL[name]))


@pytest.mark.parametrize("data", [[], {"results": [], "metrics": {}}, {"results": [], "paths": {}}, {"results": []}])
def test_a_tool_that_found_nothing(tmp_path: Path, data: Any) -> None:
    assert report(tmp_path, data).issues == ()


def test_a_weakness_on_many_paths_counts_once(tmp_path: Path) -> None:
    doubled = SNYK | {"vulnerabilities": [*SNYK["vulnerabilities"], *SNYK["vulnerabilities"]]}  # type: ignore[misc]
    assert len(report(tmp_path, doubled).issues) == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [("no json", "is not JSON"), ('{"a": 1}', "in no format that is known here: SARIF, bandit"), ("[" * 100_000, "is not JSON")],
)
def test_what_is_no_report_is_one_line(tmp_path: Path, content: str, words: str) -> None:
    with pytest.raises(ExternalError, match=words) as caught:
        report(tmp_path, content)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ExternalError, match="cannot read"):
        read_report(tmp_path / "none.json")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def _mutated(value: Any, draw: Any) -> Any:
    if draw(st.integers(0, 12)) == 0:
        return draw(_JSON)
    if isinstance(value, dict):
        return {key: _mutated(inner, draw) for key, inner in value.items()}
    return [_mutated(inner, draw) for inner in value] if isinstance(value, list) else value


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_odd_reports_never_crash(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    original = ALL[data.draw(st.sampled_from(sorted(ALL)))]
    file = tmp_path_factory.mktemp("odd") / "report.json"
    file.write_text(json.dumps(_mutated(original, data.draw)), "utf-8")
    try:
        found = read_report(file)
    except ExternalError:
        return
    assert all(isinstance(one, ExternalReport) for one in found)
