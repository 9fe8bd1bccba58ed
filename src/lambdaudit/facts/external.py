"""What other tools reported, joined: with the functions that it concerns, with what we found ourselves, and among each other."""

from collections.abc import Iterator
from typing import NamedTuple

from lambdaudit.advisories.ecosystems import normal_name
from lambdaudit.facts.audit import Audit
from lambdaudit.facts.dependencies import Use, advisories, uses, weaknesses, weigh_by
from lambdaudit.model.code import Code
from lambdaudit.model.external import ExternalIssue, ExternalReport
from lambdaudit.model.finding import Severity
from lambdaudit.model.functions import Function
from lambdaudit.model.unknown import NotKnown, Unknown
from lambdaudit.model.where import Where

_NEAR = 1
"""Lines by which tools differ about one place: a statement's first line, or that of the argument."""
_SAME_HARM: dict[str, frozenset[str]] = {
    "process": frozenset(("CWE-78", "CWE-77", "CWE-88")),
    "code-evaluation": frozenset(("CWE-94", "CWE-95", "CWE-96", "CWE-470")),
    "template": frozenset(("CWE-94", "CWE-1336", "CWE-79")),
    "deserialisation": frozenset(("CWE-502",)),
    "sql": frozenset(("CWE-89", "CWE-564")),
    "nosql": frozenset(("CWE-943",)),
    "path": frozenset(("CWE-22", "CWE-23", "CWE-36", "CWE-73")),
    "request": frozenset(("CWE-918",)),
    "xml": frozenset(("CWE-611", "CWE-776", "CWE-20")),
    "log": frozenset(("CWE-117", "CWE-532", "CWE-200")),
    "secret": frozenset(("CWE-798", "CWE-259", "CWE-321", "CWE-312", "CWE-540")),
    "tls-verification-off": frozenset(("CWE-295", "CWE-297")),
    "weak-random": frozenset(("CWE-330", "CWE-338")),
    "weak-hash": frozenset(("CWE-327", "CWE-328", "CWE-916")),
}
"""Our kinds of harm, and the weaknesses by which other tools name them. A kind that is not here agrees with any."""


class Told(NamedTuple):
    """A fault in code or a secret that at least one other tool reports: all who do, the worst in front.

    `constant`: the walk through the code saw that no foreign data reaches this place.
    """

    issues: tuple[tuple[ExternalReport, ExternalIssue], ...]
    functions: tuple[str, ...]
    constant: bool


class Part(NamedTuple):
    """A weak component that is deployed and that at least one other tool reports.

    `use` is None when the code's components are not known and only the place of the manifest says whose it is.
    """

    issues: tuple[tuple[ExternalReport, ExternalIssue], ...]
    functions: tuple[str, ...]
    use: Use | None
    severity: Severity
    reason: str


def faults(report: ExternalReport, audit: Audit) -> Iterator[Told]:
    """The faults in the code of functions that this report is the first to tell, without those that we found ourselves."""
    for told in audit.once(("external faults",), lambda: tuple(_faults(audit))):
        if told.issues[0][0].id == report.id:
            yield told


def parts(report: ExternalReport, audit: Audit) -> Iterator[Part]:
    """The weak components of functions that this report is the first to tell, without those that our advisories name."""
    for part in audit.once(("external parts",), lambda: tuple(_parts(audit))):
        if part.issues[0][0].id == report.id:
            yield part


def left_open(report: ExternalReport, audit: Audit) -> Unknown | None:
    """Why more of a report's results about dependencies may concern functions: of some nobody knows what they carry."""
    if not any(issue.kind == "dependency" for issue in report.issues):
        return None
    codes = {code.function: code for code in audit.inventory.of(Code)}
    without = [fn for fn in audit.inventory.of(Function) if fn.id not in codes]
    unknown = next((c.components for c in codes.values() if isinstance(c.components, Unknown)), None)
    if unknown is None and without:
        return Unknown(f"the code of {len(without)} functions was not looked into (--code), {without[0].name} among them")
    return unknown


def _reported(audit: Audit) -> Iterator[tuple[ExternalReport, ExternalIssue]]:
    for report in audit.inventory.of(ExternalReport):
        for issue in report.issues:
            yield report, issue


def _faults(audit: Audit) -> Iterator[Told]:
    own, harmless = _own_places(audit, constant=False), _own_places(audit, constant=True)
    groups: dict[tuple[object, ...], list[tuple[ExternalReport, ExternalIssue]]] = {}
    for report, issue in _reported(audit):
        if issue.kind == "dependency" or not issue.functions or _found_by_us(issue, own):
            continue
        weak = tuple(sorted(i for i in issue.ids if i.startswith("CWE-")))
        what: tuple[object, ...] = weak if weak and issue.where.line else (report.tool, issue.rule, issue.text)
        groups.setdefault((issue.where.source, issue.where.line, what, issue.functions), []).append((report, issue))
    for rows in groups.values():
        rows.sort(key=lambda row: Severity(row[1].severity).rank)
        yield Told(tuple(rows), rows[0][1].functions, _found_by_us(rows[0][1], harmless))


_Places = dict[str, list[tuple[Where, str]]]


def _own_places(audit: Audit, *, constant: bool) -> _Places:
    """Places and kinds of what we found, by function. `constant`: only patterns that no foreign data reaches, else the others."""
    found: _Places = {}
    for code in audit.inventory.of(Code):
        found.setdefault(code.function, []).extend(_places(code, constant))
    return found


def _places(code: Code, constant: bool) -> Iterator[tuple[Where, str]]:
    for flow in code.flows if isinstance(code.flows, tuple) else ():
        if flow.constant is constant:
            yield flow.where, flow.kind
    if constant:
        return
    for issue in code.issues if isinstance(code.issues, tuple) else ():
        yield issue.where, issue.kind
    for secret in code.secrets if isinstance(code.secrets, tuple) else ():
        yield secret.where, "secret"


def _found_by_us(issue: ExternalIssue, own: _Places) -> bool:
    """Whether we have something of the same kind in that line, in all functions that it is about."""
    weak = {i for i in issue.ids if i.startswith("CWE-")} or ({"CWE-798"} if issue.kind == "secret" else set())
    return bool(issue.where.line) and all(
        any(
            abs(where.line - issue.where.line) <= _NEAR
            and _same_file(where.source, issue.where.source)
            and (not weak or kind not in _SAME_HARM or weak & _SAME_HARM[kind])
            for where, kind in own.get(function, ())
        )
        for function in issue.functions
    )


def found_by_us(issue: ExternalIssue, audit: Audit) -> bool:
    """Whether our own analysis found the same kind of fault in that line, in all functions that it is about."""
    return _found_by_us(issue, audit.once(("own places",), lambda: _own_places(audit, constant=False)))


def _same_file(ours: str, theirs: str) -> bool:
    """Whether two paths mean one file of a function: ours may be that in its file system, theirs that in a repository."""
    inside = ours.removeprefix("/var/task/").removeprefix("/opt/")
    return theirs in (ours, inside) or (inside != ours and theirs.endswith(f"/{inside}"))


def _parts(audit: Audit) -> Iterator[Part]:
    carried = _by_name(audit)
    groups: dict[tuple[object, ...], list[tuple[ExternalReport, ExternalIssue]]] = {}
    joined: dict[tuple[object, ...], Use | None] = {}
    for report, issue in _reported(audit):
        if issue.kind != "dependency" or not issue.package:
            continue
        for use in _carrying(issue, carried) or (None,):
            functions = use.functions if use else _without_bill(issue, audit)
            if functions and not (use and _known_to_us(use, issue, audit)):
                name = use.component.purl if use else f"{issue.package} {issue.version}"
                group = (name, _name_of(issue), functions)
                groups.setdefault(group, []).append((report, issue))
                joined[group] = use
    for key, rows in groups.items():
        rows.sort(key=lambda row: Severity(row[1].severity).rank)
        found = joined[key]
        base = Severity(rows[0][1].severity)
        weight = weigh_by(found, base, audit) if found else None
        functions = found.functions if found else _without_bill(rows[0][1], audit)
        yield Part(tuple(rows), functions, found, weight.severity if weight else base, weight.reason if weight else "")


def _by_name(audit: Audit) -> dict[str, list[Use]]:
    found: dict[str, list[Use]] = {}
    for use in uses(audit).values():
        found.setdefault(normal_name(use.component.ecosystem, use.component.name).lower(), []).append(use)
    return found


def _carrying(issue: ExternalIssue, carried: dict[str, list[Use]]) -> tuple[Use, ...]:
    """The deployed components that a result is about: of its name and ecosystem, and of its version where it tells one."""
    rows = carried.get(normal_name(issue.ecosystem, issue.package).lower(), [])
    return tuple(
        use
        for use in rows
        if (not issue.ecosystem or use.component.ecosystem.partition(":")[0] == issue.ecosystem.partition(":")[0])
        and (not issue.version or not use.component.version or use.component.version == issue.version)
    )


def _without_bill(issue: ExternalIssue, audit: Audit) -> tuple[str, ...]:
    """The functions that a result is about by its place, as far as what they carry is not known."""
    known = {code.function for code in audit.inventory.of(Code) if isinstance(code.components, tuple)}
    return tuple(function for function in issue.functions if function not in known)


def _known_to_us(use: Use, issue: ExternalIssue, audit: Audit) -> bool:
    try:
        advisories(audit)
    except NotKnown:
        return False
    names = {_name_of(issue), *issue.ids}
    return any(names & {weakness.name, *weakness.ids} for weakness in weaknesses(use, audit))


def _name_of(issue: ExternalIssue) -> str:
    """The id that a person knows a weakness by: its CVE, else another advisory, else the tool's own."""
    advisory = [i for i in issue.ids if not i.startswith("CWE-")]
    return next((i for i in advisory if i.startswith("CVE-")), advisory[0] if advisory else issue.rule)


__all__ = ["Part", "Told", "faults", "found_by_us", "left_open", "parts"]
