"""What AWS's own scanners found, joined with our advisories: by function, id of the weakness and component, each told once."""

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Final, NamedTuple

from lambdaudit.advisories.matching import Vulnerability, looked_up
from lambdaudit.facts.audit import Audit
from lambdaudit.facts.dependencies import Use, uses, weaknesses
from lambdaudit.facts.external import found_by_us
from lambdaudit.model.external import ExternalIssue
from lambdaudit.model.finding import Severity
from lambdaudit.model.resources import InspectedFunction, ScanFinding, ScannedPackage
from lambdaudit.model.unknown import Unknown
from lambdaudit.model.where import Where

OURS: Final = "vulnerable-dependency"
"""The rule that tells what our own advisories know."""
_SEVERITIES: Final = {
    "CRITICAL": Severity.CRITICAL,
    "HIGH": Severity.HIGH,
    "MEDIUM": Severity.MEDIUM,
    "LOW": Severity.LOW,
    "INFORMATIONAL": Severity.INFO,
}
_SEPARATORS: Final = re.compile(r"[-_.]+")


def severity_of(finding: ScanFinding) -> Severity:
    """The scanner's severity as one of ours; what it has not weighed counts as medium, as with our advisories."""
    return _SEVERITIES.get(finding.severity, Severity.MEDIUM)


def is_unfixable(finding: ScanFinding) -> bool:
    """Whether the scanner says that nothing mends any of the packages."""
    return bool(finding.packages) and all(package.fixed == "" for package in finding.packages)


def also_ours(function: str, finding: ScanFinding, audit: Audit) -> bool:
    """Whether our own advisories say the same about the same component of a function, in a rule that this audit runs."""
    if not _tells_ours(audit):
        return False
    by_id = audit.once(("weaknesses of functions",), lambda: _weaknesses(audit)).get(function, {})
    rows = [row for name in {finding.name, *finding.aliases} for row in by_id.get(name, ())]
    return bool(finding.packages) and all(
        any(version == package.version or _same(names, package) for names, version in rows) for package in finding.packages
    )


def _tells_ours(audit: Audit) -> bool:
    options = audit.options
    if not options.advisories or isinstance(options.advisories, Unknown):
        return False
    chosen = not options.select or any(fnmatchcase(OURS, glob.lower()) for glob in options.select)
    return chosen and not any(fnmatchcase(OURS, glob.lower()) for glob in options.ignore)


_Rows = dict[str, list[tuple[frozenset[str], str]]]


def _weaknesses(audit: Audit) -> dict[str, _Rows]:
    """By function and id of a weakness that our advisories name: the names and the version of each component that has it."""
    found: dict[str, _Rows] = {}
    for use in uses(audit).values():
        component = (frozenset((_plain(use.component.name), _plain(looked_up(use.component)[0]))), use.component.version)
        for weakness in weaknesses(use, audit):
            for function in use.functions:
                for name in weakness.ids:
                    found.setdefault(function, {}).setdefault(name, []).append(component)
    return found


def _plain(name: str) -> str:
    """A package's name without what ecosystems and scanners write differently: case, separators, the group of Maven."""
    return _SEPARATORS.sub("-", name.lower()).rpartition(":")[2]


def _same(names: Iterable[str], package: ScannedPackage) -> bool:
    return _plain(package.name) in names


def seen_by_inspector(use: Use, weakness: Vulnerability, audit: Audit) -> tuple[tuple[InspectedFunction, ScanFinding], ...]:
    """What Inspector says about a weakness that our advisories name, in the functions that carry the component."""
    by_id = audit.once(("inspected",), lambda: _by_id(audit))
    names = {_plain(use.component.name), _plain(looked_up(use.component)[0])}
    rows = {(asset.id, finding): asset for name in weakness.ids for asset, finding in by_id.get(name, ())}
    return tuple(
        (asset, finding)
        for (_, finding), asset in rows.items()
        if asset.function in use.functions and any(_same(names, package) for package in finding.packages)
    )


def _by_id(audit: Audit) -> dict[str, list[tuple[InspectedFunction, ScanFinding]]]:
    found: dict[str, list[tuple[InspectedFunction, ScanFinding]]] = {}
    for asset in audit.inventory.of(InspectedFunction):
        for finding in asset.findings if isinstance(asset.findings, tuple) else ():
            for name in {finding.name, *finding.aliases} if finding.kind == "package" else ():
                found.setdefault(name, []).append((asset, finding))
    return found


class Weak(NamedTuple):
    """A vulnerable package that Inspector found in functions: its weaknesses, the worst first, and who carries it."""

    package: ScannedPackage
    findings: tuple[ScanFinding, ...]
    functions: tuple[str, ...]


def weak_packages(asset: InspectedFunction, audit: Audit) -> Iterator[Weak]:
    """The vulnerable packages of which this function is the first to be told, without what our advisories say as well."""
    for first, weak in audit.once(("inspected packages",), lambda: _weak_packages(audit)):
        if first == asset.id:
            yield weak


def _weak_packages(audit: Audit) -> tuple[tuple[str, Weak], ...]:
    groups: dict[tuple[str, str], list[tuple[InspectedFunction, ScanFinding, ScannedPackage]]] = {}
    for asset in audit.inventory.of(InspectedFunction):
        for finding in asset.findings if isinstance(asset.findings, tuple) else ():
            if finding.kind == "package" and not also_ours(asset.function, finding, audit):
                for package in finding.packages or (ScannedPackage(name="a package that it does not name"),):
                    groups.setdefault((package.name, package.version), []).append((asset, finding, package))
    made = []
    for rows in groups.values():
        findings = {finding.name: finding for _, finding, _ in reversed(rows)}
        ordered = sorted(findings.values(), key=lambda f: (severity_of(f).rank, -(f.score or 0.0), f.name))
        weak = Weak(rows[0][2], tuple(ordered), tuple(sorted({asset.function for asset, _, _ in rows})))
        made.append((rows[0][0].id, weak))
    return tuple(made)


def also_ours_in_code(asset: InspectedFunction, finding: ScanFinding, audit: Audit) -> bool:
    """Whether our own analysis of the code found the same kind of fault in that line."""
    issue = ExternalIssue(
        kind="code",
        rule=finding.name,
        text=finding.title,
        where=Where(source=finding.path, line=finding.line),
        ids=finding.cwes,
        functions=(asset.function,),
    )
    return found_by_us(issue, audit)
