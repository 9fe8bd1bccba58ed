"""Container images that functions run, their repositories, and what ECR's scans and Amazon Inspector say."""

import datetime as dt
from collections import Counter
from typing import Final

from lambdaudit.facts import Audit
from lambdaudit.facts.scans import also_ours, also_ours_in_code, is_unfixable, severity_of, weak_packages
from lambdaudit.model.finding import Confidence, Evidence, Severity
from lambdaudit.model.functions import Function
from lambdaudit.model.images import ImageReference, parse_image, running_image, tag_can_move
from lambdaudit.model.resources import ContainerImage, ImageRepository, InspectedFunction, Inspector, ScanFinding
from lambdaudit.model.unknown import NotKnown, Unknown, known
from lambdaudit.model.where import Where
from lambdaudit.rules.contract import Outcome, fail, rule, skip

SCAN_DAYS: Final = 30
"""Oldest scan of an image that runs: the window of FedRAMP's "Vulnerability Scanning Requirements for Containers"."""
_NO_ONE_LOOKS: Final = {
    "FAILED": "its scan failed",
    "FINDINGS_UNAVAILABLE": "its scan gives no findings",
    "IMAGE_ARCHIVED": "it is archived, and archived images are not scanned",
    "IMAGE_SIZE_EXCEEDED": "it is too large to be scanned",
    "LIMIT_EXCEEDED": "its scan was beyond the account's limit",
    "SCAN_ELIGIBILITY_EXPIRED": "Inspector has stopped to scan it again, because it is older than the set time",
    "UNSUPPORTED_IMAGE": "its operating system or format cannot be scanned",
}
_UNDER_WAY: Final = frozenset({"IN_PROGRESS", "PENDING"})
_LOOKING: Final = frozenset({"ENABLED", "ENABLING"})
_MOST_NAMED: Final = 8
_MOST_EVIDENCE: Final = 20


@rule(Severity.LOW, maps=("CWE-1104", "FSBP:ECR.1", "OWASP:S9:2017"))
def image_not_scanned(repository: ImageRepository, audit: Audit) -> Outcome:
    """A repository of function images is not scanned, neither on push nor continuously.

    Why: AWS patches no container image; without a scan, known holes in its packages stay unseen.
    Fix: Switch scanning on push on, or enhanced scanning for the registry, with a rule that means the repository.
    See: https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning.html
    """
    if known(repository.scan_type) == "ENHANCED":
        if known(repository.scan_frequency) == "MANUAL":
            yield fail(
                f"no rule of the registry's enhanced scanning means repository {repository.name}, so that nothing scans it",
                at=repository.where,
            )
        return
    if known(repository.scan_on_push) or known(repository.scan_frequency) not in (None, "MANUAL"):
        return
    stated = repository.scan_type is None
    yield fail(
        f"repository {repository.name} does not scan images on push"
        + ("; whether the registry's own settings do is not in the source" if stated else ""),
        at=repository.where / "imageScanningConfiguration",
        confidence=Confidence.MEDIUM if stated else None,
    )


@rule(Severity.LOW, confidence=Confidence.MEDIUM, maps=("CWE-829", "OWASP:S9:2017", "T1525"))
def image_tag_floats(fn: Function, audit: Audit) -> Outcome:
    """A container-image function was deployed by a tag whose repository lets tags be overwritten.

    Why: Who can push to the repository can put other code behind the same tag, and the next deployment runs it.
    Fix: Deploy by digest (repository@sha256:…) or make the repository's tags immutable.
    See: https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
    """
    image = known(fn.image)
    if image is None or not image.uri:
        return skip("it is not a container image, or its reference was not returned")
    if "@sha256:" in image.uri:
        return None
    named = parse_image(image.uri)
    repository = audit.find(ImageRepository, named.repository_arn) if named else None
    if named is None or repository is None or _can_move(repository, named.tag):
        yield fail(f"{fn.name} is deployed from {image.uri}, a tag that can be overwritten", at=fn.where / "Code" / "ImageUri")


def _can_move(repository: ImageRepository, tag: str) -> bool:
    mutability = known(repository.tag_mutability)
    exclusions = known(repository.tag_exclusions) if mutability.upper().endswith("_WITH_EXCLUSION") else ()
    return tag_can_move(mutability, exclusions, tag)


@rule(Severity.INFO, maps=("CWE-829", "FSBP:ECR.2", "OWASP:S9:2017", "T1525"))
def image_tags_mutable(repository: ImageRepository, audit: Audit) -> Outcome:
    """A repository of images lets tags be overwritten.

    Why: Whoever can push puts other code behind a tag that people and pipelines trust, and nothing shows the change.
    Fix: Make the tags immutable; exclude by pattern those that must move, and deploy functions by digest.
    See: https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
    """
    mutability = known(repository.tag_mutability)
    if mutability.upper().startswith("IMMUTABLE"):
        return None
    for function in audit.functions_of(repository.id):
        fn = audit.find(Function, function)
        image = known(fn.image) if fn else None
        named = parse_image(image.uri) if image else None
        if named and named.repository_arn == repository.id and not named.digest and _can_move(repository, named.tag):
            return skip("image-tag-floats tells it of the functions that are deployed from such a tag")
    spared = known(repository.tag_exclusions) if mutability.upper().endswith("_WITH_EXCLUSION") else ()
    yield fail(
        f"tags of repository {repository.name} can be overwritten" + (f", except {', '.join(spared)}" if spared else ""),
        at=repository.where / "imageTagMutability",
    )


@rule(Severity.INFO, maps=("CWE-829", "OWASP:S9:2017", "T1525"))
def image_tag_moved(fn: Function, audit: Audit) -> Outcome:
    """A function runs an image to which its tag does not point any more.

    Why: What runs is not what the tag shows: whoever looks at the tag, or scans it, judges another image, and the next deployment
    changes the code without a change of the configuration. Without the image nobody can look at all.
    Fix: Deploy the image that is meant, by digest, and keep images as long as functions run them.
    See: https://docs.aws.amazon.com/lambda/latest/dg/images-create.html
    """
    config = known(fn.image)
    if config is None:
        return skip("it is not a container image")
    image = running_image(config.uri, config.resolved)
    if image is None:
        return skip("its image is in no private ECR registry")
    if not image.digest:
        raise NotKnown(Unknown("which image the tag stood for, only the deployment tells", "lambda:GetFunction"))
    at = fn.where / "Code" / "ResolvedImageUri"
    found = audit.find(ContainerImage, image.image_arn)
    if found is None:
        yield fail(f"{fn.name} runs {_short(image)}, which is not in the repository any more", at=at, severity=Severity.LOW)
    elif image.tag and image.tag not in known(found.image_tags):
        now = ", ".join(known(found.image_tags)[:_MOST_NAMED]) or "no tag"
        yield fail(f"{fn.name} runs {_short(image)}, and tag {image.tag} does not point there any more ({now} does)", at=at)


def _short(image: ImageReference) -> str:
    return f"{image.repository}@{image.digest[:19]}…"


@rule(Severity.LOW, maps=("CWE-1104", "FSBP:ECR.1", "OWASP:S9:2017"))
def image_scan_outdated(image: ContainerImage, audit: Audit) -> Outcome:
    """An image that functions run was never scanned, or not for thirty days.

    Why: New holes in old packages become known every day; only a scan that is repeated finds them in what already runs. Thirty
    days is the window that FedRAMP gives for images in use.
    Fix: Start a scan (aws ecr start-image-scan), or switch enhanced scanning on, which repeats it, and deploy anew from time to
    time.
    See: https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning.html
    """
    status = known(image.scan_status)
    if status in _UNDER_WAY:
        raise NotKnown(Unknown("its scan is under way"))
    if status == "ACTIVE":
        return
    why = "it was never scanned" if status is None else _NO_ONE_LOOKS.get(status, "")
    if not why:
        scanned = known(image.scanned)
        if scanned is None:
            raise NotKnown(Unknown(f"its scan has the state {status}, and ECR gives no time"))
        days = (audit.today - _day(scanned)).days
        why = f"its last scan was {days} days ago" if days > SCAN_DAYS else ""
    if why:
        yield fail(f"image {image.name}: {why}", at=image.where)


def _day(time: str) -> dt.date:
    try:
        return dt.date.fromisoformat(time[:10])
    except ValueError:
        raise NotKnown(Unknown("the time of its scan cannot be read")) from None


@rule(Severity.MEDIUM, maps=("CWE-1395", "CWE-937", "OWASP:S9:2017", "OWASP:A06:2021", "T1190"))
def image_vulnerable(image: ContainerImage, audit: Audit) -> Outcome:
    """ECR or Inspector knows holes in the packages of an image that functions run.

    Why: The weaknesses are public, and the image stays as it is until someone builds and deploys it anew. What our own advisories
    say about the same component is told there.
    Fix: Build the image anew from an updated base image and deploy it.
    See: https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-findings.html
    """
    findings = [f for f in known(image.findings) if not _all_ours(image, f, audit)]
    mendable = [f for f in findings if not is_unfixable(f)]
    if findings:
        worst = min(map(severity_of, mendable), key=lambda s: s.rank) if mendable else Severity.INFO
        shown = [*mendable, *(f for f in findings if is_unfixable(f))]
        yield fail(
            f"image {image.name} has {'at least ' if image.unread else ''}{_counted(findings)}: {_listed(shown)}"
            + ("" if mendable else "; the distribution has no fix for them"),
            at=image.where,
            severity=worst,
            evidence=tuple(Evidence(where=image.where, text=_told(f)) for f in shown[:_MOST_EVIDENCE]),
        )
    if image.unread:
        raise NotKnown(image.unread)


def _all_ours(image: ContainerImage, finding: ScanFinding, audit: Audit) -> bool:
    return bool(image.functions) and all(also_ours(function, finding, audit) for function in image.functions)


def _counted(findings: list[ScanFinding]) -> str:
    """The number of findings, by severity."""
    counts = Counter(severity_of(f) for f in findings)
    words = ", ".join(f"{counts[severity]} {severity.value}" for severity in Severity if counts[severity])
    return f"{len(findings)} known weakness{'es' if len(findings) != 1 else ''} ({words})"


def _listed(findings: list[ScanFinding]) -> str:
    names = list(dict.fromkeys(_brief(f) for f in findings))
    return ", ".join(names[:_MOST_NAMED]) + (f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else "")


def _brief(finding: ScanFinding) -> str:
    return f"{finding.name} in {finding.packages[0].name}" if finding.packages else finding.name


def _told(finding: ScanFinding) -> str:
    """One finding in a line: id, severity, packages, fix."""
    packages = ", ".join(f"{p.name} {p.version}" + (f" (fixed in {p.fixed})" if p.fixed else "") for p in finding.packages[:4])
    score = f" {finding.score:.1f}" if finding.score is not None else ""
    exploit = "; an exploit is known" if finding.exploit else ""
    return f"{finding.name} ({finding.severity.lower()}{score}) in {packages or 'a package that was not named'}{exploit}"


@rule(Severity.INFO, persona="strict", maps=("CWE-1104", "FSBP:Inspector.4", "OWASP:S9:2017"))
def inspector_off(inspector: Inspector, audit: Audit) -> Outcome:
    """Amazon Inspector does not look at the functions of a region.

    Why: Without it, or another scanner that is repeated, new holes in packages that are already deployed stay unseen.
    Fix: Enable Lambda standard scanning, and code scanning where it is offered.
    See: https://docs.aws.amazon.com/inspector/latest/user/scanning-lambda.html
    """
    off = [
        name
        for name, state in (("packages", known(inspector.packages)), ("code", known(inspector.code)))
        if state not in _LOOKING
    ]
    if off:
        yield fail(f"{inspector.name} does not scan the {' and the '.join(off)} of functions", at=inspector.where)


@rule(Severity.MEDIUM, maps=("CWE-1395", "CWE-937", "OWASP:S9:2017", "OWASP:A06:2021", "T1190"))
def inspector_package_vulnerability(asset: InspectedFunction, audit: Audit) -> Outcome:
    """Amazon Inspector knows a hole in a package of a function.

    Why: The weakness is public, and the package is in what is deployed. What our own advisories say about the same component is
    told by vulnerable-dependency, with Inspector as a witness.
    Fix: Go to the fixed version and deploy again; where there is none, replace the package or keep foreign data away from it.
    See: https://docs.aws.amazon.com/inspector/latest/user/findings-types.html
    """
    known(asset.findings)
    for weak in weak_packages(asset, audit):
        package, first = weak.package, weak.findings[0]
        names = [f.name for f in weak.findings]
        more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        yield fail(
            f"{package.name} {package.version} has {', '.join(names[:_MOST_NAMED])}{more}, says Amazon Inspector"
            + (f"; fixed in {package.fixed}" if package.fixed else "; no fixed version is known" if package.fixed == "" else ""),
            at=Where(package.path or asset.where.source, subject=package.origin or asset.function),
            key=f"{package.name} {package.version}",
            severity=severity_of(first),
            evidence=tuple(Evidence(where=asset.where, text=_told(f)) for f in weak.findings[:_MOST_EVIDENCE]),
            fix=f"Go to {package.name} {package.fixed} or later and deploy again." if package.fixed else "",
            functions=weak.functions,
        )
    if asset.unread:
        raise NotKnown(asset.unread)


@rule(Severity.MEDIUM, confidence=Confidence.MEDIUM, maps=("CWE-1006",))
def inspector_code_vulnerability(asset: InspectedFunction, audit: Audit) -> Outcome:
    """Amazon Inspector found a fault in the code of a function.

    Why: It is in code that runs with the function's role. Inspector's detectors name it; what our own analysis found in the same
    line is told there.
    Fix: Follow the advice of the detector.
    See: https://docs.aws.amazon.com/inspector/latest/user/findings-types.html
    """
    for finding in known(asset.findings):
        if finding.kind != "code" or also_ours_in_code(asset, finding, audit):
            continue
        at = Where(source=finding.path, subject=asset.function, line=finding.line) if finding.path else asset.where
        yield fail(
            f"{asset.name}: {finding.title or finding.name}, in {finding.path or 'its code'}, says Amazon Inspector",
            at=at,
            key=f"{finding.name} {finding.path}",
            severity=severity_of(finding),
            evidence=(Evidence(where=at, text=" ".join((finding.name, *finding.aliases, *finding.cwes))),),
            fix=finding.fix,
        )
    if asset.unread:
        raise NotKnown(asset.unread)
