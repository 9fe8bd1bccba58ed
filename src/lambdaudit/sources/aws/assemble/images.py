"""ECR repositories, the images in them that functions run, and what their scans found."""

from collections.abc import Iterator
from typing import Any

from lambdaudit.model.arn import account_of
from lambdaudit.model.images import ImageReference, scan_filter_matches
from lambdaudit.model.resources import ContainerImage, ImageRepository, ScanFinding
from lambdaudit.model.unknown import Maybe, Unknown
from lambdaudit.sources.aws.assemble.builder import Builder, place
from lambdaudit.sources.aws.assemble.fields import Fields, sure
from lambdaudit.sources.aws.assemble.references import Keys
from lambdaudit.sources.aws.assemble.scans import basic_finding, inspector_finding, worst
from lambdaudit.sources.aws.assemble.storage import existing
from lambdaudit.sources.aws.assemble.text import clean
from lambdaudit.sources.aws.calls_images import SCAN_PAGES, UNSCANNED, image_of, is_gone, page_of
from lambdaudit.sources.aws.raw import Answer, Key

_REPOSITORY_DULL = ("createdAt", "registryId", "repositoryArn", "repositoryName", "repositoryUri")
_IMAGE_DULL = (
    "artifactMediaType",
    "imageDigest",
    "imageManifestMediaType",
    "imageSizeInBytes",
    "lastActivatedAt",
    "lastArchivedAt",
    "registryId",
    "repositoryName",
    "subjectManifestDigest",
)
_MAX_FUNCTIONS = 10_000


def repositories(b: Builder, keys: Keys) -> None:
    """Add the ECR repositories that hold function images."""
    for key, answer in b.raw.each("ecr", "DescribeRepositories"):
        if isinstance(answer, Answer) and not answer.absent and not answer.items("repositories"):
            answer = Unknown("odd value: the answer of ecr:DescribeRepositories has no repository")
        if isinstance(answer, Unknown) or answer.absent:
            existing(b, key, answer, "image-repository")
        else:
            for record in list(b.items(key, answer, "repositories", "image-repository"))[:1]:
                _add_repository(b, key, record, keys)


def _add_repository(b: Builder, key: Key, record: Fields, keys: Keys) -> None:
    record.ignore(*_REPOSITORY_DULL)
    arn = clean(key.subject)
    one = key._replace(operation="GetRepositoryPolicy")
    name = arn.partition(":repository/")[2]
    kind, frequency = _registry(b, key, name)
    encryption = record.build("encryptionConfiguration", _encryption, ("AES256", None))
    repository = ImageRepository(
        id=arn,
        name=name,
        where=record.where,
        account=account_of(arn) or key.account,
        region=key.region,
        tags=Unknown("not asked", "ecr:ListTagsForResource"),
        policy=b.documents.resource(b.ask(one, one.operation), "policyText", name=name, where=place(one)),
        tag_mutability=record.text("imageTagMutability", "MUTABLE"),
        tag_exclusions=record.each("imageTagMutabilityExclusionFilters", lambda f: sure(f.text("filter", "")), ()),
        scan_on_push=record.build("imageScanningConfiguration", lambda f: sure(f.flag("scanOnPush", False)), False),
        scan_type=kind,
        scan_frequency=frequency,
        encryption=encryption if isinstance(encryption, Unknown) else encryption[0],
        key=encryption if isinstance(encryption, Unknown) else keys.id_of(encryption[1], key.account, key.region),
        extra=record.extra(),
    )
    b.add(repository, record)


def _encryption(settings: Fields) -> tuple[str, str | None]:
    return sure(settings.text("encryptionType", "AES256")), sure(settings.text("kmsKey", None))


def _registry(b: Builder, key: Key, name: str) -> tuple[Maybe[str | None], Maybe[str | None]]:
    """What the registry's settings say of a repository: the kind of scan, and how often."""
    answer = b.ask(key, "GetRegistryScanningConfiguration", subject="")
    one = key._replace(operation="GetRegistryScanningConfiguration", subject="")
    settings = b.single(one, answer, "scanningConfiguration")
    if isinstance(settings, Unknown):
        return settings, settings
    kind = settings.text("scanType", "BASIC")
    rules = settings.each("rules", lambda rule: _frequency(rule, name), ())
    if isinstance(rules, Unknown):
        return kind, rules
    return kind, next((word for word in ("CONTINUOUS_SCAN", "SCAN_ON_PUSH") if word in rules), "MANUAL")


def _frequency(rule: Fields, name: str) -> str:
    """How often a rule has a repository scanned; an empty text when none of its filters means the repository."""
    filters = sure(rule.each("repositoryFilters", lambda f: sure(f.text("filter", "")), ()))
    return sure(rule.text("scanFrequency", "MANUAL")) if any(scan_filter_matches(f, name) for f in filters) else ""


def container_images(b: Builder) -> None:
    """Add the images that functions run, as far as a digest tells which they are."""
    running: dict[str, tuple[ImageReference, Key, list[str]]] = {}
    for key, answer in b.raw.each("lambda", "GetFunction"):
        image = image_of(answer)
        if image and image.digest and key.subject in b.raw.functions:
            running.setdefault(image.image_arn, (image, key, []))[2].append(clean(key.subject))
    described = _described(b)
    for arn, (image, key, functions) in running.items():
        found = described.get((key.account, arn))
        if isinstance(found, Fields):
            _add_image(b, key, image, tuple(sorted(functions)[:_MAX_FUNCTIONS]), found)
            continue
        alone = b.ask(key, "DescribeImages", service="ecr", subject=arn)
        if is_gone(alone) or is_gone(b.ask(key, "DescribeRepositories", service="ecr", subject=image.repository_arn)):
            b.absent.add(arn)
            continue
        gap = found or (alone if isinstance(alone, Unknown) else alone.rest)
        if gap is None or gap.left_out:
            gap = _gap(b, key, image.repository_arn) or gap
        b.miss("container-image", gap or Unknown("ecr:DescribeImages did not tell of it"), image.account, key.region, arn)


def _described(b: Builder) -> dict[tuple[str, str], Fields]:
    """What DescribeImages told, by account that asked and id of the image."""
    found: dict[tuple[str, str], Fields] = {}
    for key, record in b.records("ecr", "DescribeImages", "imageDetails", "container-image"):
        digest = record.data.get("imageDigest")
        repository = key.subject.partition("/sha256:")[0].partition("#")[0]
        if isinstance(digest, str):
            found.setdefault((key.account, clean(f"{repository}/{digest}")), record)
    return found


def _gap(b: Builder, key: Key, repository: str) -> Unknown | None:
    """Why the batch that an image is in was not answered."""
    for other, gap in b.raw.gaps("ecr", "DescribeImages"):
        if other.account == key.account and other.subject.partition("#")[0] == repository:
            return gap
    return None


def _add_image(b: Builder, key: Key, image: ImageReference, functions: tuple[str, ...], record: Fields) -> None:
    record.ignore(*_IMAGE_DULL)
    record.about(image.image_arn)
    asset = ContainerImage(
        id=image.image_arn,
        name=f"{image.repository}@{image.digest[:19]}",
        where=record.where,
        account=image.account,
        region=image.region,
        repository=image.repository_arn,
        digest=image.digest,
        functions=functions,
        image_tags=record.texts("imageTags", ()),
        pushed=record.time("imagePushedAt", record.unsaid),
        pulled=record.time("lastRecordedPullTime", None),
        status=record.text("imageStatus", "ACTIVE"),
        **_Scan(b, key._replace(service="ecr", operation="DescribeImageScanFindings", subject=image.image_arn), record).fields(),
        extra=record.extra(),
    )
    b.add(asset, record)


class _Scan:
    """What is known of the scan of one image, from the image's record and from the pages of its findings."""

    def __init__(self, b: Builder, key: Key, record: Fields) -> None:
        self.b = b
        self.key = key
        self.status = record.build("imageScanStatus", lambda f: sure(_status(f)), None)
        self.summary = record.record("imageScanFindingsSummary")
        if isinstance(self.summary, Fields):
            self.summary.ignore("vulnerabilitySourceUpdatedAt")

    def fields(self) -> dict[str, Any]:
        """The fields of the asset that are about the scan."""
        answer = self.b.ask(self.key, self.key.operation)
        if isinstance(answer, Answer) and answer.absent:
            return {"scan_status": None, "scanned": None, "counts": (), "findings": Unknown("it was never scanned")}
        if isinstance(self.status, str) and self.status in UNSCANNED:
            said = Unknown(f"its scan has the state {self.status}")
            return {"scan_status": self.status, **self._summed(self.summary, None, said), "findings": said}
        if isinstance(answer, Unknown):
            status: Maybe[str | None] = answer if self.status is None else self.status
            return {"scan_status": status, **self._summed(self.summary, answer, answer), "findings": answer}
        if answer.inferred:
            return {"scan_status": self.status, **self._summed(self.summary, None, ()), "findings": ()}
        return self._read(Fields(answer.data, place(self.key)))

    def _summed(self, summary: "Fields | Unknown | None", never: Maybe[str | None], counts: Any) -> dict[str, Any]:
        """The time of the scan and the counts in a summary."""
        if not isinstance(summary, Fields):
            return {"scanned": summary or never, "counts": summary or counts}
        return {
            "scanned": summary.time("imageScanCompletedAt", None),
            "counts": summary.build("findingSeverityCounts", _counts, ()),
        }

    def _read(self, first: Fields) -> dict[str, Any]:
        """The scan as DescribeImageScanFindings tells it, all its pages together."""
        status = first.build("imageScanStatus", lambda f: sure(_status(f)), self.status)
        found: list[ScanFinding] = []
        unread: Unknown | None = None
        told: Fields | None = None
        for page in self._pages(first):
            if isinstance(page, Unknown):
                unread = page
                break
            result = page.record("imageScanFindings")
            if isinstance(result, Unknown):
                unread = result
            elif result is not None:
                told = told or result
                for name, build in (("findings", basic_finding), ("enhancedFindings", inspector_finding)):
                    part = result.each(name, build, ())
                    if isinstance(part, Unknown):
                        unread = unread or part
                    else:
                        found.extend(part)
        if isinstance(status, str) and status in UNSCANNED:
            unread = Unknown(f"its scan has the state {status}")
        kept, cut = worst(found)
        findings: Maybe[tuple[ScanFinding, ...]] = kept if kept or unread is None else unread
        summed = self._summed(told or self.summary, None, ())
        return {"scan_status": status, **summed, "findings": findings, "unread": unread or cut}

    def _pages(self, first: Fields) -> Iterator[Fields | Unknown]:
        page, number = first, 1
        while True:
            yield page
            if not page.text("nextToken", None):
                return
            number += 1
            subject = page_of(self.key.subject, number)
            answer = self.b.ask(self.key, self.key.operation, subject=subject)
            if number > SCAN_PAGES or not isinstance(answer, Answer) or answer.absent:
                bound = Unknown(f"more than {SCAN_PAGES} pages of findings")
                yield answer if isinstance(answer, Unknown) and number <= SCAN_PAGES else bound
                return
            page = Fields(answer.data, place(self.key, subject=subject))


def _status(fields: Fields) -> str | None | Unknown:
    fields.ignore("description")
    return fields.text("status", None)


def _counts(fields: Fields) -> tuple[tuple[str, int], ...]:
    """Findings by severity."""
    names = [name for name in fields.data if isinstance(name, str) and len(name) <= 40][:20]
    return tuple(sorted((clean(name), sure(fields.integer(name, 0))) for name in names))
