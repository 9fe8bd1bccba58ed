"""Dockerfiles of functions: what their images are built from, and what gets into them besides the program."""

import re
from collections.abc import Iterator

from lambdaudit.facts import Audit, runtimes
from lambdaudit.model.dockerfile import BaseImage, Dockerfile
from lambdaudit.model.finding import Confidence, Severity
from lambdaudit.model.unknown import Unknown, known
from lambdaudit.rules._publishers import AWS
from lambdaudit.rules.contract import Fail, Outcome, fail, rule, skip

_LAMBDA = re.compile(r"public\.ecr\.aws/lambda/(?P<public>[a-z]+)|docker\.io/amazon/aws-lambda-(?P<hub>[a-z]+)")
_ECR = re.compile(r"(?P<account>\d{12})\.dkr[.-]ecr(?:-fips)?\.[a-z0-9-]+\.(?:amazonaws\.com(?:\.cn)?|on\.aws)/")
_OF_AWS = re.compile(
    r"public\.ecr\.aws/(?:lambda|sam|amazonlinux|amazoncorretto|aws-cli|awsguru|aws-observability|cloudwatch-agent|codebuild|xray"
    r"|docker/library|ubuntu|debian|parameters-and-secrets|awslabs-mcp|bottlerocket|eks|eks-distro|ecs|datasync|ec2-instance-connect)/"
    r"|docker\.io/(?:library|amazon)/"
)
"""Images of AWS itself, and the official ones of Docker with their copies at AWS."""
_KNOWN = re.compile(
    r"mcr\.microsoft\.com/(?:dotnet|devcontainers|playwright|powershell)|gcr\.io/distroless/|cgr\.dev/chainguard/"
    r"|ghcr\.io/(?:astral-sh|graalvm|cargo-lambda)/|docker\.io/(?:docker|datadog|newrelic|sentry|hashicorp|grafana|otel)/"
    r"|public\.ecr\.aws/(?:datadog|newrelic-lambda-layers-for-docker|dynatrace|sentry|hashicorp|bitnami|opentelemetry)/"
    r"|registry\.access\.redhat\.com/|container-registry\.oracle\.com/"
)
"""Images of publishers that many rely on."""
_PUBLIC = re.compile(
    r"(?:docker\.io|ghcr\.io|quay\.io|gcr\.io|public\.ecr\.aws|registry\.gitlab\.com|lscr\.io|mcr\.microsoft\.com)/"
)
_TAG = re.compile(
    r"(?P<core>core)?(?P<number>\d+)(?:\.(?P<minor>\d+))?(?P<system>\.al2)?(?=[.-]|$)|(?P<os>al2023|al2|alami)(?=[.-]|$)"
)


def _images(file: Dockerfile, *roles: str) -> Iterator[BaseImage]:
    """The images of some roles. Raises NotKnown for a Dockerfile that was not read."""
    yield from (image for image in known(file.images) if image.role in roles)


def _rest(file: Dockerfile, opened: Unknown | None = None) -> None:
    """Raise NotKnown when something stayed open: a value, or a part of the file that was not understood."""
    for unknown in (opened, file.unread):
        if unknown is not None:
            known(unknown)


def _short(image: BaseImage, repository: str) -> str:
    name = repository.removeprefix("docker.io/library/").removeprefix("docker.io/")
    return name + (f":{image.tag}" if isinstance(image.tag, str) and image.tag else "")


@rule(Severity.LOW, maps=("CWE-829", "CWE-1357", "OWASP:S9:2017", "T1195.002"))
def base_image_floats(file: Dockerfile, audit: Audit) -> Outcome:
    """A function's image is built from an image that is not pinned by its digest.

    Why: Behind a tag stands another image tomorrow: who takes over its publisher, or pushes to its repository, decides what the
    next build puts into the function, and nobody can tell what the last one was built from.
    Fix: Name the digest beside the tag (name:tag@sha256:…) and let a bot raise both.
    See: https://docs.docker.com/build/building/best-practices/#pin-base-image-versions
    """
    opened: Unknown | None = None
    for image in _images(file, "base", "copied", "build", "frontend"):
        if image.digest:
            continue
        if isinstance(image.repository, Unknown) or isinstance(image.tag, Unknown):
            opened = _open(image.repository) or _open(image.tag)
            continue
        floats = image.tag in ("", "latest")
        name = _short(image, image.repository)
        yield fail(
            f"{image.where} builds on {name}, " + ("the newest image there is" if floats else "a tag that can be moved"),
            at=image.where,
            key=image.repository,
            severity=Severity.LOW if floats or not _LAMBDA.match(image.repository) else Severity.INFO,
            functions=file.functions,
        )
    _rest(file, opened)


def _open(value: str | Unknown) -> Unknown | None:
    """The Unknown of a field that may be one."""
    return value if isinstance(value, Unknown) else None


@rule(Severity.LOW, confidence=Confidence.MEDIUM, maps=("CWE-829", "OWASP:S9:2017", "T1195.002"))
def base_image_of_third_party(file: Dockerfile, audit: Audit) -> Outcome:
    """A function's image is built from, or takes files from, an image of a third party.

    Why: All of it runs with the function's role and variables; nobody on your side built or reviewed it, and who takes over the
    publisher's account decides what the next build gets.
    Fix: Build from AWS's base images or Docker's official ones, or copy the image into a repository of yours after a review.
    See: https://docs.aws.amazon.com/lambda/latest/dg/images-create.html
    """
    opened: Unknown | None = None
    for image in _images(file, "base", "copied", "build", "frontend"):
        name = image.repository
        if isinstance(name, Unknown):
            opened = name
        elif not (_OF_AWS.match(name) or name.startswith("localhost")):
            whose = _whose(name, audit)
            if isinstance(whose, Unknown):
                opened = whose
            elif whose:
                yield _foreign(image, name, whose, file)
    _rest(file, opened)


def _whose(name: str, audit: Audit) -> str | Unknown:
    """Whose image it is in words; empty for one of the own accounts or of AWS."""
    private = _ECR.match(name)
    if private is None:
        return "a third party" if _PUBLIC.match(name) or _KNOWN.match(name) else "a registry that is none of AWS's"
    account = private["account"]
    if audit.is_own(account) or account in AWS:
        return ""
    if audit.nowhere:
        return Unknown(f"{name} is in account {account}; whether that is yours is not known without --account")
    return f"account {account}"


def _foreign(image: BaseImage, name: str, whose: str, file: Dockerfile) -> Fail:
    trusted = _KNOWN.match(name) or not (_PUBLIC.match(name) or _ECR.match(name))
    how = "takes files from" if image.role == "copied" else "is read by" if image.role == "frontend" else "builds on"
    return fail(
        f"{image.where} {how} {_short(image, name)}, an image of {whose}",
        at=image.where,
        key=name,
        severity=Severity.INFO if trusted else Severity.LOW,
        functions=file.functions,
    )


@rule(Severity.MEDIUM, maps=("CWE-1104", "FSBP:Lambda.2", "CIS-Compute:4.11", "OWASP:S9:2017"))
def base_image_deprecated(file: Dockerfile, audit: Audit) -> Outcome:
    """A function's image is built on a base image of AWS whose runtime is past its deprecation date.

    Why: AWS publishes no patches for such a base image: flaws in its interpreter and operating system stay open for whoever
    reaches the function, however often it is built again.
    Fix: Build on the base image of the successor runtime.
    See: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
    """
    opened: Unknown | None = None
    applies = False
    for image in _images(file, "base"):
        if isinstance(image.repository, Unknown):
            opened = image.repository
            continue
        match = _LAMBDA.match(image.repository)
        if match is None:
            continue
        applies = True
        if isinstance(image.tag, Unknown):
            opened = image.tag
            continue
        life = _lifecycle(match["public"] or match["hub"], image.tag)
        if life and life.deprecated is not None and life.deprecated <= audit.today:
            yield fail(
                f"{image.where} builds on the base image of {life.name}, deprecated since {life.deprecated}",
                at=image.where,
                key=life.name,
                fix=f"Build on the base image of {life.successor}." if life.successor else "",
                functions=file.functions,
            )
    _rest(file, opened)
    return None if applies else skip("it is built on no base image of AWS")


def _lifecycle(language: str, tag: str) -> runtimes.Lifecycle | None:
    """The life cycle of a base image by its tag (``3.8``, ``14.2023.07.13``, ``8.al2-arm64``, ``core3.1``); None for others."""
    match = _TAG.match(tag)
    if match is None:
        return None
    number, minor = match["number"], match["minor"]
    if match["os"]:
        names = [language if match["os"] == "alami" else f"{language}.{match['os']}"]
    elif match["core"]:
        names = [f"{language}core{number}.{minor}"]
    else:
        full = [f"{language}{number}.{minor}"] if minor else []
        names = [f"{language}{number}.al2"] if match["system"] else [*full, f"{language}{number}.x", f"{language}{number}"]
    return next((life for name in names if (life := runtimes.lifecycle(name))), None)


@rule(Severity.HIGH, maps=("CWE-538", "CWE-522", "OWASP:S7:2017", "ATTACK:T1552.001"))
def private_file_copied_into_image(file: Dockerfile, audit: Audit) -> Outcome:
    """A build copies a file with credentials into a function's image.

    Why: Whoever may pull the image, or reads files through a flaw of the function, has them; deleting the file in a later
    instruction leaves it in the layer below.
    Fix: Name the file in .dockerignore, give it to the build as a secret mount, and revoke what was in it.
    See: https://docs.docker.com/build/building/secrets/
    """
    for issue in known(file.issues):
        if issue.kind == "private-file-copied":
            yield fail(
                f"{issue.where}: {issue.text}",
                at=issue.where,
                key=issue.text[:200],
                severity=Severity.HIGH if issue.confidence == "high" else Severity.MEDIUM,
                confidence=Confidence(issue.confidence),
                functions=file.functions,
            )
    _rest(file)
