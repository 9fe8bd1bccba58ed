"""References to container images in ECR: ``ACCOUNT.dkr.ecr.REGION.SUFFIX/REPOSITORY:TAG@DIGEST``."""

import re
from functools import lru_cache
from typing import NamedTuple

_REFERENCE = re.compile(
    r"(?P<account>\d{12})\.dkr[.-]ecr(?:-fips)?\.(?P<region>[a-z0-9-]{1,40})\.[a-z.]{1,60}/(?P<repository>[^:@\s]{1,256})"
    r"(?::(?P<tag>[^@\s]{1,300}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)


class ImageReference(NamedTuple):
    """The parts of a reference. `tag` and `digest` (``sha256:…``) are empty where it does not name them."""

    account: str
    region: str
    repository: str
    tag: str = ""
    digest: str = ""

    @property
    def partition(self) -> str:
        """The partition, which the region's name tells."""
        starts = {"cn-": "aws-cn", "us-gov-": "aws-us-gov", "us-iso-": "aws-iso", "us-isob-": "aws-iso-b", "eusc-": "aws-eusc"}
        return next((name for start, name in starts.items() if self.region.startswith(start)), "aws")

    @property
    def repository_arn(self) -> str:
        """The ARN of the repository."""
        return f"arn:{self.partition}:ecr:{self.region}:{self.account}:repository/{self.repository}"

    @property
    def image_arn(self) -> str:
        """The id of the image, in the form in which Inspector and Security Hub write it; empty without a digest."""
        return f"{self.repository_arn}/{self.digest}" if self.digest else ""


@lru_cache(maxsize=4096)
def parse_image(uri: str) -> ImageReference | None:
    """The parts of an image reference; None for what is not in a private ECR registry."""
    found = _REFERENCE.fullmatch(uri) if len(uri) <= 1024 else None
    return ImageReference(**{name: value or "" for name, value in found.groupdict().items()}) if found else None


def running_image(uri: str, resolved: str) -> ImageReference | None:
    """The image that a function runs: where Lambda resolved the reference to a digest, that one, with the tag of `uri`."""
    named = parse_image(uri)
    exact = parse_image(resolved)
    if exact is None or not exact.digest:
        return named
    return exact._replace(tag=named.tag if named else exact.tag)


def wildcard_matches(pattern: str, text: str) -> bool:
    """Whether a pattern in which ``*`` stands for any characters means the text; in time that grows with their lengths only."""
    first, *others = pattern.split("*")
    if not others:
        return pattern == text
    *middle, last = others
    if not text.startswith(first) or len(text) < len(first) + len(last) or not text.endswith(last):
        return False
    rest = text[len(first) : len(text) - len(last)]
    for part in middle:
        if part and part not in rest:
            return False
        rest = rest.partition(part)[2] if part else rest
    return True


def scan_filter_matches(pattern: str, repository: str) -> bool:
    """Whether a filter of a registry's scanning rules means a repository.

    Without a wildcard it means every name that contains it (ECR user guide, "Filter wildcards").
    """
    return wildcard_matches(pattern, repository) if "*" in pattern else pattern in repository


def tag_can_move(mutability: str, exclusions: tuple[str, ...], tag: str) -> bool:
    """Whether a tag can be put on another image, in a repository with that mutability and those exclusions."""
    word = mutability.upper()
    excluded = word.endswith("_WITH_EXCLUSION") and any(wildcard_matches(pattern, tag) for pattern in exclusions)
    return excluded if word.startswith("IMMUTABLE") else not excluded
