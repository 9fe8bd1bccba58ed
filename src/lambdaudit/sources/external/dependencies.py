"""The own JSON of tools that check third-party software."""

import re
from collections.abc import Iterator
from typing import Any

from lambdaudit.model.external import ExternalIssue
from lambdaudit.model.where import Where

from .linters import Format
from .shape import Told, advisory_ids, from_score, mapping, number, rows, severity, text, texts, weaknesses

_ECOSYSTEMS = {
    "pip": "PyPI", "pypi": "PyPI", "poetry": "PyPI", "pipenv": "PyPI", "uv": "PyPI", "python": "PyPI", "python-pkg": "PyPI",
    "npm": "npm", "yarn": "npm", "pnpm": "npm", "node-pkg": "npm", "maven": "Maven", "gradle": "Maven", "java-archive": "Maven",
    "jar": "Maven", "pom": "Maven", "go": "Go", "golang": "Go", "gomod": "Go", "gomodules": "Go", "gobinary": "Go",
    "go-module": "Go", "gem": "RubyGems", "rubygems": "RubyGems", "bundler": "RubyGems", "nuget": "NuGet", "dotnet": "NuGet",
    "composer": "Packagist", "packagist": "Packagist", "cargo": "crates.io", "crates.io": "crates.io", "rust": "crates.io",
    "debian": "Debian", "deb": "Debian", "alpine": "Alpine", "apk": "Alpine",
}  # fmt: skip
_PURL = re.compile(r"pkg:([a-z.+-]+)/([^@?#]+)(?:@([^?#]+))?")


def _ecosystem(word: Any) -> str:
    return _ECOSYSTEMS.get(text(word).lower(), "")


def _of_purl(purl: Any) -> tuple[str, str, str]:
    """Ecosystem, name as OSV spells it, and version out of a package URL; empty texts for what is none."""
    from urllib.parse import unquote

    match = _PURL.match(text(purl, 500))
    if not match:
        return "", "", ""
    kind, name, version = match.group(1), unquote(match.group(2)), unquote(match.group(3) or "")
    if kind == "maven":
        name = name.replace("/", ":")
    return _ecosystem(kind), name, version


def _part(
    rule: Any, words: Any, package: Any, version: Any, ecosystem: str, *, weight: str, ids: tuple[str, ...],
    path: Any = "", line: Any = 0, fixed: Any = "",
) -> ExternalIssue:  # fmt: skip
    return ExternalIssue(
        kind="dependency",
        rule=text(rule, 200),
        text=text(words) or text(rule, 200),
        where=Where(text(path, 4096), line=number(line)),
        severity=weight,
        ids=ids,
        package=text(package, 300),
        version=text(version, 100),
        ecosystem=ecosystem,
        fixed=text(fixed, 100),
    )


def _npm_audit(data: Any) -> list[Told]:
    """Reports of npm 7 and later. They name no installed version; entries of ``via`` that are only names repeat another row."""
    told = Told("npm audit")
    for name, row in mapping(data.get("vulnerabilities")).items():
        for via in rows(mapping(row).get("via")):
            affected = text(via.get("range") or via.get("vulnerable_versions"), 120)
            words = f"{text(via.get('title'), 200)}" + (f" (versions {affected})" if affected else "")
            ids = (*advisory_ids(via.get("url"), via.get("title")), *weaknesses(via.get("cwe")))
            rule = ids[0] if ids else via.get("source") or via.get("id")
            told.issues.append(
                _part(rule, words, via.get("name") or name, "", "npm", weight=severity(via.get("severity")), ids=ids)
            )
    return [told]


def _pip_audit(data: Any) -> list[Told]:
    told = Told("pip-audit")
    for row in rows(data["dependencies"]):
        for found in rows(row.get("vulns")):
            fixes = texts(found.get("fix_versions"))
            ids = advisory_ids(found.get("id"), found.get("aliases"))
            told.issues.append(
                _part(found.get("id"), found.get("description"), row.get("name"), row.get("version"), "PyPI",
                      weight="medium", ids=ids, fixed=fixes[0] if fixes else "")
            )  # fmt: skip
    return [told]


def _snyk(data: Any) -> list[Told]:
    told = Told("Snyk")
    for project in rows(data if isinstance(data, list) else [data]):
        manager, path = project.get("packageManager"), project.get("displayTargetFile")
        for row in rows(project.get("vulnerabilities")):
            if row.get("type") == "license":
                continue
            names = mapping(row.get("identifiers"))
            ids = (*advisory_ids(names.get("CVE"), names.get("GHSA")), *weaknesses(names.get("CWE")))
            fixes = texts(row.get("fixedIn"))
            told.issues.append(
                _part(row.get("id"), row.get("title"), row.get("packageName") or row.get("name"), row.get("version"),
                      _ecosystem(row.get("packageManager") or manager), weight=severity(row.get("severity")), ids=ids, path=path,
                      fixed=fixes[0] if fixes else "")
            )  # fmt: skip
    return [told]


def _dependency_check(data: Any) -> list[Told]:
    told = Told("OWASP dependency-check", text(mapping(data.get("scanInfo")).get("engineVersion"), 40))
    for row in rows(data["dependencies"]):
        named = next((purl for package in rows(row.get("packages")) if (purl := _of_purl(package.get("id")))[1]), None)
        eco, name, version = named or ("", text(row.get("fileName"), 300), "")
        for found in rows(row.get("vulnerabilities")):
            score = mapping(found.get("cvssv3")).get("baseScore") or mapping(found.get("cvssv4")).get("baseScore")
            ids = (*advisory_ids(found.get("name")), *weaknesses(found.get("cwes")))
            told.issues.append(
                _part(found.get("name"), found.get("description"), name, version, eco,
                      weight=from_score(score) or severity(found.get("severity")), ids=ids, path=row.get("filePath"))
            )  # fmt: skip
    return [told]


def _trivy(data: Any) -> list[Told]:
    told = Told("Trivy")
    for result in rows(data["Results"]):
        path = result.get("Target")
        for row in rows(result.get("Vulnerabilities")):
            eco, name, version = _of_purl(mapping(row.get("PkgIdentifier")).get("PURL"))
            ids = (*advisory_ids(row.get("VulnerabilityID"), row.get("VendorIDs")), *weaknesses(row.get("CweIDs")))
            told.issues.append(
                _part(row.get("VulnerabilityID"), row.get("Title"), name or row.get("PkgName"),
                      version or row.get("InstalledVersion"), eco or _ecosystem(result.get("Type")),
                      weight=severity(row.get("Severity")), ids=ids, path=path,
                      fixed=text(row.get("FixedVersion")).partition(",")[0])
            )  # fmt: skip
        told.issues += _trivy_secrets(result, path)
    return [told]


def _trivy_secrets(result: dict[str, Any], path: Any) -> Iterator[ExternalIssue]:
    for row in rows(result.get("Secrets")):
        yield ExternalIssue(
            kind="secret",
            rule=text(row.get("RuleID"), 200),
            text=text(row.get("Title")) or "a secret",
            where=Where(text(path, 4096), line=number(row.get("StartLine"))),
            severity=severity(row.get("Severity"), "high"),
            ids=("CWE-798",),
        )


def _grype(data: Any) -> list[Told]:
    told = Told("Grype", text(mapping(data.get("descriptor")).get("version"), 40))
    for row in rows(data["matches"]):
        found, artifact = mapping(row.get("vulnerability")), mapping(row.get("artifact"))
        eco, name, version = _of_purl(artifact.get("purl"))
        fixes = texts(mapping(found.get("fix")).get("versions"))
        related = [text(one.get("id")) for one in rows(row.get("relatedVulnerabilities"))]
        place = next((text(one.get("path"), 4096) for one in rows(artifact.get("locations"))), "")
        told.issues.append(
            _part(found.get("id"), found.get("description"), name or artifact.get("name"), version or artifact.get("version"),
                  eco or _ecosystem(artifact.get("type")), weight=severity(found.get("severity")),
                  ids=advisory_ids(found.get("id"), related), path=place, fixed=fixes[0] if fixes else "")
        )  # fmt: skip
    return [told]


def _osv_scanner(data: Any) -> list[Told]:
    told = Told("OSV-Scanner")
    for result in rows(data["results"]):
        for row in rows(result.get("packages")):
            package = mapping(row.get("package"))
            for found in rows(row.get("vulnerabilities")):
                weight = severity(mapping(found.get("database_specific")).get("severity"))
                ids = (*advisory_ids(found.get("id"), found.get("aliases")),
                       *weaknesses(mapping(found.get("database_specific")).get("cwe_ids")))  # fmt: skip
                told.issues.append(
                    _part(found.get("id"), found.get("summary"), package.get("name"), package.get("version"),
                          text(package.get("ecosystem"), 80), weight=weight, ids=ids,
                          path=mapping(result.get("source")).get("path"))
                )  # fmt: skip
    return [told]


def _dependabot(data: Any) -> list[Told]:
    """Alerts as GitHub's REST interface lists them; those that were dismissed or mended are left out."""
    told = Told("Dependabot")
    for row in rows(data):
        if row.get("state", "open") != "open":
            continue
        dependency, advisory = mapping(row.get("dependency")), mapping(row.get("security_advisory"))
        about, package = mapping(row.get("security_vulnerability")), mapping(dependency.get("package"))
        affected = text(about.get("vulnerable_version_range"), 120)
        words = text(advisory.get("summary")) + (f" (versions {affected})" if affected else "")
        ids = (*advisory_ids(advisory.get("cve_id"), advisory.get("ghsa_id")),
               *weaknesses([text(one.get("cwe_id")) for one in rows(advisory.get("cwes"))]))  # fmt: skip
        told.issues.append(
            _part(ids[0] if ids else "alert", words, package.get("name"), "", _ecosystem(package.get("ecosystem")),
                  weight=severity(advisory.get("severity")), ids=ids, path=dependency.get("manifest_path"),
                  fixed=mapping(about.get("first_patched_version")).get("identifier"))
        )  # fmt: skip
    return [told]


def _has(*names: str) -> Any:
    return lambda data: isinstance(data, dict) and all(name in data for name in names)


def _is_snyk(data: Any) -> bool:
    first = next(iter(rows(data)), {}) if isinstance(data, list) else mapping(data)
    return isinstance(first.get("vulnerabilities"), list) and ("packageManager" in first or "dependencyCount" in first)


def _is_osv(data: Any) -> bool:
    if not isinstance(data, dict) or not isinstance(data.get("results"), list):
        return False
    return set(data) == {"results"} or any("packages" in row for row in list(rows(data["results"]))[:1])


DEPENDENCIES = (
    Format("npm audit", _has("auditReportVersion", "vulnerabilities"), _npm_audit),
    Format("OWASP dependency-check", _has("reportSchema", "dependencies"), _dependency_check),
    Format("pip-audit", lambda data: _has("dependencies")(data) and "reportSchema" not in data, _pip_audit),
    Format("Snyk", _is_snyk, _snyk),
    Format("Trivy", _has("SchemaVersion", "Results"), _trivy),
    Format("Grype", _has("matches", "descriptor"), _grype),
    Format("OSV-Scanner", _is_osv, _osv_scanner),
    Format("Dependabot alerts", lambda d: isinstance(d, list) and any("security_advisory" in r for r in list(rows(d))[:1]),
           _dependabot),
)  # fmt: skip
