"""The call table, images and scans: the repositories and images that functions run, and what ECR and Inspector found in them.

Fewest calls: one for each hundred images of a repository, one more for each image that was scanned and has findings. Images are
asked for once all functions of a region have told theirs. Lists that can be long are read page by page up to a bound, worst
first where the service sorts; each page is a question of its own, so that a bound costs no answer.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from lambdaudit.model.images import ImageReference, running_image
from lambdaudit.sources.aws.call import SETTLED, Call, Sight, Want, fixed
from lambdaudit.sources.aws.raw import Answer, Key
from lambdaudit.sources.aws.refs import table, text

BATCH: Final = 100
"""Images of one repository that DescribeImages takes at once."""
SCAN_PAGE: Final = 1000
SCAN_PAGES: Final = 5
"""Pages of findings that are read of one image."""
INSPECTOR_PAGE: Final = 100
INSPECTOR_PAGES: Final = 100
"""Pages of findings that are read of all functions of a region."""
NAMED: Final = 10
"""Functions up to which Inspector is asked for these alone: as many values as a filter takes."""
UNSCANNED: Final = frozenset(
    {"FAILED", "IMAGE_ARCHIVED", "IMAGE_SIZE_EXCEEDED", "IN_PROGRESS", "LIMIT_EXCEEDED", "PENDING", "UNSUPPORTED_IMAGE"}
)
"""Scan states in which there are no findings to ask for."""
NO_FINDINGS: Final = "the scan found nothing"
LOOKING: Final = frozenset({"DISABLING", "ENABLED", "ENABLING", "SUSPENDING"})
"""States in which Inspector may have findings."""
OFF: Final = "Amazon Inspector does not scan functions there"
_NO_REPOSITORY: Final = "RepositoryNotFoundException"
_MORE: Final = "#"


def image_of(answer: object) -> ImageReference | None:
    """The image that a function runs, from the answer of GetFunction."""
    code = table(answer.data.get("Code")) if isinstance(answer, Answer) else {}
    return running_image(text(code.get("ImageUri")), text(code.get("ResolvedImageUri")))


def is_gone(answer: object) -> bool:
    """Whether the service said that what was asked for does not exist."""
    return isinstance(answer, Answer) and answer.absent


def page_of(subject: str, number: int) -> str:
    """The subject of a further page or batch of the same question; the first has the bare subject."""
    return subject if number == 1 else f"{subject}{_MORE}{number}"


def _named(sight: Sight) -> ImageReference | None:
    """The image in GetFunction's answer, if it is in a region that is covered."""
    image = image_of(Answer(sight.page)) if sight.page else None
    return image if image and image.region in sight.scene.regions else None


def _repositories(sight: Sight) -> Iterator[Want]:
    """The repository of a function's image, if it is one of this account's."""
    image = _named(sight)
    if image and image.account == sight.scene.account:
        yield Want(image.repository_arn, image.region)


def _registry(sight: Sight) -> Iterator[Want]:
    image = _named(sight)
    if image and image.account == sight.scene.account:
        yield Want("", image.region)


def _images_when_settled(sight: Sight) -> Iterator[Want]:
    """The images of a region, if every function has told its own; otherwise the functions that are still to tell are noted."""
    scene = sight.scene
    silent = {
        fn.arn
        for fn in scene.functions(sight.region)
        if isinstance(fn.configuration, dict)
        and fn.configuration.get("PackageType") == "Image"
        and Key("lambda", "GetFunction", scene.account, sight.region, fn.arn) not in scene.raw
    }
    scene.awaited[sight.region] = silent
    if not silent:
        yield from _batches(sight)


def _images_when_told(sight: Sight) -> Iterator[Want]:
    """The images of a region, once the last function that was still to tell its own has done so."""
    silent = sight.scene.awaited.get(sight.region)
    if silent and sight.subject in silent:
        silent.remove(sight.subject)
        if not silent:
            yield from _batches(sight)


def _batches(sight: Sight) -> Iterator[Want]:
    """The images of the region's functions, by repository, also those in the registries of other accounts."""
    scene = sight.scene
    found: dict[str, dict[str, ImageReference]] = {}
    for fn in scene.functions(sight.region):
        image = image_of(scene.raw.ask("lambda", "GetFunction", scene.account, sight.region, fn.arn))
        if image and image.digest and image.region in scene.regions:
            found.setdefault(image.repository_arn, {})[image.digest] = image
    for arn, images in found.items():
        digests = list(images)
        if len(digests) == 1:
            yield Want(images[digests[0]].image_arn, images[digests[0]].region)
            continue
        for number, start in enumerate(range(0, len(digests), BATCH), start=1):
            some = digests[start : start + BATCH]
            yield Want(page_of(arn, number), images[some[0]].region, given=_image_ids(images[some[0]], some))


def _image_ids(image: ImageReference, digests: Iterable[str]) -> dict[str, Any]:
    ids = [{"imageDigest": digest} for digest in digests]
    return {"registryId": image.account, "repositoryName": image.repository, "imageIds": ids}


def _one_by_one(sight: Sight) -> Iterator[Want]:
    """One missing image fails a whole batch: ask for its members alone, unless the repository itself is missing."""
    if sight.page == {} and "/sha256:" not in sight.subject:
        scene = sight.scene
        arn = sight.subject.partition(_MORE)[0]
        if is_gone(scene.raw.ask("ecr", "DescribeRepositories", scene.account, sight.region, arn)):
            return
        for fn in scene.functions(sight.region):
            image = image_of(scene.raw.ask("lambda", "GetFunction", scene.account, sight.region, fn.arn))
            if image and image.digest and image.repository_arn == arn:
                yield Want(image.image_arn, image.region)


def _parts(image: str) -> tuple[str, str, str]:
    """Account, repository and digest of an image's id; empty texts where it is none."""
    head, _, rest = image.partition(_MORE)[0].partition(":repository/")
    name, _, digest = rest.rpartition("/")
    return head.rpartition(":")[2], name, digest


def _image(subject: str) -> dict[str, Any]:
    account, name, digest = _parts(subject)
    return {"registryId": account, "repositoryName": name, "imageIds": [{"imageDigest": digest}]}


def _scanned_image(subject: str) -> dict[str, Any]:
    account, name, digest = _parts(subject)
    return {"registryId": account, "repositoryName": name, "imageId": {"imageDigest": digest}}


def _scans(sight: Sight) -> Iterator[Want]:
    """The findings of the images in an answer, unless their scan has found none or has not been made.

    What AWS calls the new basic scanning tells nothing here, so that only the findings themselves show whether it was done.
    """
    repository = sight.subject.partition("/sha256:")[0].partition(_MORE)[0]
    for image in sight.items("imageDetails"):
        digest = text(image.get("imageDigest"))
        counts = image.get("imageScanFindingsSummary")
        status = text(table(image.get("imageScanStatus")).get("status"))
        if not digest or status in UNSCANNED:
            continue
        nothing = isinstance(counts, dict) and counts.get("imageScanCompletedAt") and not counts.get("findingSeverityCounts")
        yield Want(f"{repository}/{digest}", inferred=NO_FINDINGS if nothing else "")


def _next_scan_page(sight: Sight) -> Iterator[Want]:
    subject, _, number = sight.subject.partition(_MORE)
    page = int(number or 1) + 1
    token = text((sight.page or {}).get("nextToken"))
    if token and page <= SCAN_PAGES:
        yield Want(page_of(subject, page), given=_scanned_image(subject) | {"nextToken": token})


def _account(sight: Sight) -> Iterator[Want]:
    yield Want(given={"accountIds": [sight.scene.account]})


def status_of(page: object, *names: str) -> list[str]:
    """The states of Inspector's scans in an answer of BatchGetAccountStatus, by the names of their resource types."""
    accounts = page.get("accounts") if isinstance(page, dict) else None
    first = table(accounts[0]) if isinstance(accounts, list) and accounts else {}
    states = table(first.get("resourceState"))
    return [text(table(states.get(name)).get("status")) for name in names]


def _inspected(sight: Sight) -> Iterator[Want]:
    """Inspector's findings about functions, if it looks at them or nobody may know whether it does."""
    states = status_of(sight.page, "lambda", "lambdaCode")
    off = bool(states[0]) and not LOOKING.intersection(states)
    yield Want(inferred=OFF if off else "", given=_criteria(sight))


def _criteria(sight: Sight) -> dict[str, Any]:
    scene = sight.scene
    criteria = {"resourceType": "AWS_LAMBDA_FUNCTION", "findingStatus": "ACTIVE", "awsAccountId": scene.account}
    found: dict[str, Any] = {name: [{"comparison": "EQUALS", "value": value}] for name, value in criteria.items()}
    names = sorted(fn.arn.rpartition(":")[2] for fn in scene.functions(sight.region))
    if sight.region not in scene.listed and len(names) <= NAMED:
        found["lambdaFunctionName"] = [{"comparison": "EQUALS", "value": name} for name in names]
    return {"filterCriteria": found}


def _next_inspector_page(sight: Sight) -> Iterator[Want]:
    page = int(sight.subject.removeprefix(_MORE) or 1) + 1
    token = text((sight.page or {}).get("nextToken"))
    if token and page <= INSPECTOR_PAGES:
        yield Want(page_of("", page), given=_criteria(sight) | {"nextToken": token})


IMAGES: Final[tuple[Call, ...]] = (
    Call(
        service="ecr",
        operation="DescribeRepositories",
        actions=("ecr:DescribeRepositories",),
        when={"lambda:GetFunction": _repositories},
        arguments=lambda subject: {"repositoryNames": [subject.partition(":repository/")[2]]},
        absent=frozenset({_NO_REPOSITORY}),
        feature="resources",
    ),
    Call(
        service="ecr",
        operation="GetRepositoryPolicy",
        actions=("ecr:GetRepositoryPolicy",),
        when={"lambda:GetFunction": _repositories},
        arguments=lambda subject: {"repositoryName": subject.partition(":repository/")[2]},
        absent=frozenset({"RepositoryPolicyNotFoundException", _NO_REPOSITORY}),
        feature="resources",
    ),
    Call(
        service="ecr",
        operation="GetRegistryScanningConfiguration",
        actions=("ecr:GetRegistryScanningConfiguration",),
        when={"lambda:GetFunction": _registry},
        feature="resources",
    ),
    Call(
        service="ecr",
        operation="DescribeImages",
        actions=("ecr:DescribeImages",),
        when={SETTLED: _images_when_settled, "lambda:GetFunction": _images_when_told, "ecr:DescribeImages": _one_by_one},
        arguments=_image,
        absent=frozenset({"ImageNotFoundException", _NO_REPOSITORY}),
        feature="resources",
    ),
    Call(
        service="ecr",
        operation="DescribeImageScanFindings",
        # With enhanced scanning ECR fetches them from Inspector with the caller's rights (ECR user guide).
        actions=("ecr:DescribeImageScanFindings", "inspector2:ListFindings", "inspector2:ListCoverage"),
        when={"ecr:DescribeImages": _scans, "ecr:DescribeImageScanFindings": _next_scan_page},
        arguments=_scanned_image,
        fixed=fixed(maxResults=SCAN_PAGE),
        absent=frozenset({"ScanNotFoundException", "ImageNotFoundException", _NO_REPOSITORY}),
        urgency=7,
        feature="scans",
    ),
    Call(
        service="inspector2",
        operation="BatchGetAccountStatus",
        actions=("inspector2:BatchGetAccountStatus",),
        when={SETTLED: _account},
        feature="scans",
    ),
    Call(
        service="inspector2",
        operation="ListFindings",
        actions=("inspector2:ListFindings",),
        when={"inspector2:BatchGetAccountStatus": _inspected, "inspector2:ListFindings": _next_inspector_page},
        # The worst first, so that what the bound leaves out is the least.
        fixed=fixed(maxResults=INSPECTOR_PAGE, sortCriteria={"field": "SEVERITY", "sortOrder": "DESC"}),
        feature="scans",
    ),
)
