"""Which of two versions is newer, by the rules of the ecosystem that they belong to.

Each module holds the rules of one family and gives `key(version)`: keys of one scheme are ordered as the versions are. Every
`key` raises ValueError for text that is no version there.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from . import debian, distro, maven, nuget, packagist, pypi, rubygems, semver

MAX_LENGTH = 256
"""Longer text is no version: comparing is not to cost more than the version is worth."""

SCHEMES: dict[str, Callable[[str], Any]] = {
    "pypi": pypi.key,
    "semver": semver.key,
    "go": semver.go_key,
    "maven": maven.key,
    "rubygems": rubygems.key,
    "nuget": nuget.key,
    "packagist": packagist.key,
    "debian": debian.key,
    "rpm": distro.rpm_key,
    "alpine": distro.alpine_key,
}
"""What each scheme's versions are ordered by."""


@lru_cache(maxsize=16_384)
def key(scheme: str, version: str) -> Any:
    """What a version is ordered by within a scheme of `SCHEMES`. Raises ValueError for what is no version there."""
    if len(version) > MAX_LENGTH:
        raise ValueError("it is too long for a version")
    return SCHEMES[scheme](version.strip())


def compare(scheme: str, one: str, other: str) -> int:
    """-1, 0 or 1 as `one` is older than, the same as, or newer than `other`. Raises ValueError for what is no version."""
    a, b = key(scheme, one), key(scheme, other)
    return int(a > b) - int(a < b)
