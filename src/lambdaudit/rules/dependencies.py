"""Third-party software in functions: known weaknesses, names that deceive, versions left open, files that do not belong."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from lambdaudit.advisories.ecosystems import ecosystem
from lambdaudit.advisories.matching import Vulnerability
from lambdaudit.advisories.versions import compare
from lambdaudit.facts import Audit
from lambdaudit.facts.dependencies import (
    DECLARED,
    SURE,
    Use,
    advisories,
    carried,
    carried_first,
    index,
    is_system,
    months_since,
    versionless,
    weaknesses,
    weigh,
)
from lambdaudit.facts.flows import issues_of, sharing
from lambdaudit.facts.lookalikes import resembled
from lambdaudit.facts.scans import seen_by_inspector
from lambdaudit.model.code import Code, CodeIssue, Component
from lambdaudit.model.finding import Confidence, Evidence, Severity
from lambdaudit.model.repository import Repository
from lambdaudit.model.unknown import NotKnown, Unknown, known
from lambdaudit.model.where import Where
from lambdaudit.rules.contract import Fail, Outcome, fail, rule, skip

_ABANDONED_MONTHS = 48
_MOST_NAMED = 8


@rule(Severity.MEDIUM, maps=("CWE-1395", "CWE-937", "OWASP:S9:2017", "OWASP:A06:2021", "T1190"))
def vulnerable_dependency(code: Code, audit: Audit) -> Outcome:
    """A function carries third-party software with a known weakness.

    Why: The weakness and often a working attack are public. Whoever can feed the function tries them first, and wins what its
    role may do.
    Fix: Go to the fixed version and deploy again; where there is none, replace the package or keep foreign data away from it.
    See: https://osv.dev/
    """
    parts = carried(code)
    if not parts:
        return skip("it carries no third-party software")
    source = advisories(audit)
    for use in carried_first(code, audit):
        if is_system(use.component):
            yield from _system(use, weaknesses(use, audit), audit)
            continue
        for weakness in weaknesses(use, audit):
            yield _vulnerable(use, weakness, audit)
    if unversioned := versionless(parts, source):
        raise NotKnown(
            Unknown(f"there are advisories about {', '.join(unversioned)}, and nothing tells the version that is used")
        )
    uncovered = sorted({c.ecosystem.partition(":")[0] or "programs" for c in parts if not source.covers(c.ecosystem)})
    if uncovered:
        raise NotKnown(Unknown(f"not asked: the advisories have nothing about {', '.join(uncovered)}"))


def _vulnerable(use: Use, weakness: Vulnerability, audit: Audit) -> Fail:
    component = use.component
    weight = weigh(use, weakness, audit)
    score = f" ({weakness.score:.1f})" if weakness.score is not None else ""
    summary = f": {weakness.summary.strip().rstrip('.')}" if weakness.summary else ""
    told = "has" if weakness.certain else "may have"
    mended = f"; fixed in {weakness.fixed}" if weakness.fixed else "; no fixed version is known"
    reason = f"; {weight.reason}" if weight.reason else ""
    return fail(
        f"{component.name} {component.version} {told} {weakness.name}{score}{summary}{mended}{reason}",
        at=_place(component),
        key=f"{component.purl} {weakness.name}",
        severity=weight.severity,
        confidence=Confidence.LOW if not weakness.certain else Confidence.HIGH if component.how in SURE else Confidence.MEDIUM,
        evidence=(
            *(Evidence(where=_place(c), text=f"{c.name} {c.version}, known by {c.how}") for c in use.places[:20]),
            Evidence(where=_place(component), text=f"known as {', '.join(weakness.ids[:12])}"),
            *(
                Evidence(where=asset.where, text=f"Amazon Inspector says it of {asset.name} as well ({told.severity.lower()})")
                for asset, told in seen_by_inspector(use, weakness, audit)[:20]
            ),
        ),
        fix=f"Go to {component.name} {weakness.fixed} or later and deploy again." if weakness.fixed else "",
        functions=use.functions,
    )


def _system(use: Use, found: tuple[Vulnerability, ...], audit: Audit) -> Iterator[Fail]:
    """Distributions publish hundreds of advisories about a package: one fail for those with a fix, one for the others."""
    component = use.component
    for fixable in (True, False):
        rows = [w for w in found if bool(w.fixed) is fixable]
        if not rows:
            continue
        weights = [weigh(use, w, audit) for w in rows]
        worst = min(range(len(rows)), key=lambda at: weights[at].severity.rank)
        names = [rows[worst].name, *(w.name for at, w in enumerate(rows) if at != worst)]
        shown = ", ".join(names[:_MOST_NAMED]) + (f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else "")
        mended = f"fixed in {_highest(component, rows)}" if fixable else "the distribution has no fix for them"
        yield fail(
            f"{component.name} {component.version} of the image has {shown}; {mended}",
            at=_place(component),
            key=f"{component.purl} {'fixed' if fixable else 'open'}",
            severity=weights[worst].severity,
            confidence=None if any(w.certain for w in rows) else Confidence.LOW,
            fix="Build the image anew from an updated base image." if fixable else "",
            functions=use.functions,
        )


def _highest(component: Component, rows: list[Vulnerability]) -> str:
    """The version that mends all of them."""
    known = ecosystem(component.ecosystem)
    best = rows[0].fixed
    for row in rows[1:]:
        try:
            if known and compare(known.scheme, row.fixed, best) > 0:
                best = row.fixed
        except ValueError:
            continue
    return best


def _place(component: Component) -> Where:
    return Where(source=component.path, subject=component.origin)


@rule(Severity.MEDIUM, confidence=Confidence.LOW, maps=("CWE-1357", "OWASP:S9:2017", "T1195.001"))
def dependency_look_alike(code: Code, audit: Audit) -> Outcome:
    """A function carries a rare package whose name can be mistaken for a widely used one.

    Why: Attackers publish packages under names that are one slip of the keyboard away from popular ones; their code runs with
    the function's role as soon as it is installed or imported.
    Fix: Check who publishes the package. If the popular one was meant, replace it, and treat the function's role and secrets as
    known to strangers.
    See: https://attack.mitre.org/techniques/T1195/001/
    """
    for use in carried_first(code, audit):
        component = use.component
        popular = resembled(component.ecosystem, component.name)
        if popular:
            yield fail(
                f"{component.name} {component.version} looks like {popular}, which is far more used",
                at=_place(component),
                key=component.purl.partition("@")[0] if component.ecosystem == "PyPI" else component.name,
                functions=use.functions,
            )


@rule(Severity.LOW, maps=("CWE-1357", "CWE-829", "OWASP:S9:2017", "T1195.001"))
def dependency_unpinned(code: Code, audit: Audit) -> Outcome:
    """A manifest in the package leaves open which code the next build takes.

    Why: Without fixed versions and checksums, whoever takes over a package, an address or an index puts code into the next
    deployment, and nobody sees a change.
    Fix: Fix every version, with checksums (pip: --require-hashes; npm: npm ci with a lock file), and take addresses by commit.
    See: https://pip.pypa.io/en/stable/topics/secure-installs/
    """
    yield from _told_by_file(code, audit, ("unpinned-dependency", "package-source"), "leaves open")


@rule(Severity.LOW, maps=("CWE-1357", "CWE-1104", "OWASP:S9:2017"), confidence=Confidence.MEDIUM)
def dependency_abandoned(code: Code, audit: Audit) -> Outcome:
    """A function carries a package that has had no release for four years.

    Why: Nobody mends weaknesses in it, and an abandoned name is what attackers take over.
    Fix: Replace it by one that is maintained.
    See: https://owasp.org/www-project-open-source-software-top-10/
    """
    for use in carried_first(code, audit):
        component = use.component
        newest = index(audit).find(component.ecosystem, component.name)
        months = months_since(newest.month, audit.today) if newest else None
        if newest and months is not None and months >= _ABANDONED_MONTHS:
            yield fail(
                f"{component.name} {component.version}: the newest release, {newest.version}, is of {newest.month}",
                at=_place(component),
                key=component.name,
                severity=Severity.INFO if use.reached is False else None,
                functions=use.functions,
            )


@rule(Severity.INFO, persona="strict", maps=("CWE-1104", "OWASP:S9:2017"), confidence=Confidence.MEDIUM)
def dependency_outdated(code: Code, audit: Audit) -> Outcome:
    """Packages of a function are older than the newest release.

    Why: The further behind, the harder it is to take the next security fix in a hurry.
    Fix: Update in small steps, and let a tool propose them.
    See: https://docs.github.com/en/code-security/dependabot
    """
    functions = sharing(code, audit)
    parts = carried(code)
    if functions[0] != code.function or not parts:
        return
    newest_of = index(audit)
    old = {
        (c.name, c.version, newest.version)
        for c in parts
        if c.direct is not False and c.reached is not False and (newest := newest_of.newer(c.ecosystem, c.name, c.version))
    }
    if old:
        rows = [f"{name} {version} (newest {newest})" for name, version, newest in sorted(old)]
        shown = ", ".join(rows[:_MOST_NAMED]) + (f" and {len(rows) - _MOST_NAMED} more" if len(rows) > _MOST_NAMED else "")
        yield fail(
            f"as of {newest_of.date}, {len(rows)} of its packages are outdated: {shown}", at=code.where, functions=functions
        )


@rule(Severity.INFO, persona="strict", maps=("CWE-1104", "OWASP:S9:2017"), confidence=Confidence.MEDIUM)
def dependency_updates_not_watched(code: Code, audit: Audit) -> Outcome:
    """No service of the repository proposes updates for the dependencies that a function's manifest names.

    Why: A weakness in a dependency stays until somebody happens to look.
    Fix: Add the folder of the manifest to .github/dependabot.yml, or configure Renovate.
    See: https://docs.github.com/en/code-security/dependabot/dependabot-version-updates/configuration-options-for-the-dependabot.yml-file
    """
    manifests = {(c.ecosystem, c.path) for c in known(code.components) if c.how == DECLARED and not c.path.startswith("/")}
    if not manifests:
        return skip("it has no manifest in a repository")
    repository = next(iter(audit.every(Repository)), None)
    if repository is None:
        return skip("it is not read from a repository")
    watched = known(repository.watched)
    for ecosystem_name, path in sorted(manifests):
        folder = PurePosixPath(repository.below, path).parent.as_posix().removeprefix(".")
        if not any(
            name in ("*", ecosystem_name) and (glob in ("**", folder) or fnmatchcase(folder, glob)) for name, glob in watched
        ):
            yield fail(f"nothing watches {path} for updates", at=Where(path), key=path, functions=sharing(code, audit))


@rule(Severity.LOW, maps=("CWE-1164", "CWE-489", "CWE-538", "OWASP:S9:2017"))
def development_files_in_package(code: Code, audit: Audit) -> Outcome:
    """The package holds files that only development needs: tests, version control, environment files, tools.

    Why: They tell an attacker how the system is built, often with addresses and secrets, and add code that can be misused.
    Fix: Build packages from a list of what belongs in, and leave development dependencies out.
    See: https://docs.aws.amazon.com/lambda/latest/dg/best-practices.html
    """
    yield from _told_by_file(code, audit, ("development-files",), "holds")


@rule(Severity.HIGH, maps=("CWE-312", "CWE-538", "CWE-321", "OWASP:S3:2017", "T1552.004"))
def private_key_in_package(code: Code, audit: Audit) -> Outcome:
    """The package holds a private key.

    Why: Whoever can read the code, a copy of it or an old version acts as the owner of the key, from anywhere, until it is
    replaced.
    Fix: Replace the key, keep the new one in Secrets Manager or KMS, and delete the versions that hold the old one.
    See: https://docs.aws.amazon.com/secretsmanager/latest/userguide/best-practices.html
    """
    for issue, functions in issues_of(code, audit, ("private-key-file",)):
        confidence = Confidence(issue.confidence)
        yield fail(
            f"{issue.where.source} is {issue.text}",
            at=issue.where,
            key=issue.where.source,
            severity=Severity.LOW
            if confidence is Confidence.LOW
            else Severity.MEDIUM
            if confidence is Confidence.MEDIUM
            else None,
            confidence=confidence,
            functions=functions,
        )


def _told_by_file(code: Code, audit: Audit, kinds: tuple[str, ...], verb: str) -> Iterator[Fail]:
    """One fail for each file or sort of file, with what is wrong in it."""
    rows: dict[tuple[str, str], list[CodeIssue]] = {}
    functions: tuple[str, ...] = ()
    unread: NotKnown | None = None
    try:
        for issue, carriers in issues_of(code, audit, kinds):
            functions = carriers
            group = issue.text.partition(":")[0] if issue.kind == "development-files" else issue.where.source
            rows.setdefault((issue.kind, group), []).append(issue)
    except NotKnown as error:
        unread = error
    for (kind, group), issues in sorted(rows.items()):
        texts = [i.text.partition(": ")[2] if kind == "development-files" else i.text for i in issues]
        shown = "; ".join(texts[:_MOST_NAMED]) + (f" and {len(texts) - _MOST_NAMED} more" if len(texts) > _MOST_NAMED else "")
        yield fail(
            f"{group} {verb}: {shown}" if kind != "development-files" else f"the package holds {group}: {shown}",
            at=issues[0].where,
            key=f"{kind} {group}",
            evidence=tuple(Evidence(where=i.where, text=i.text) for i in issues[:20]),
            functions=functions,
        )
    if unread is not None:
        raise unread
