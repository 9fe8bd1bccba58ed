"""Versions of NuGet packages: Semantic Versioning with a fourth number, in any case of letters."""

import re
from typing import Any

from .semver import identifiers

_VERSION = re.compile(
    r"v?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(?:\.([0-9]+))?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]*)?"
)


def key(version: str) -> tuple[Any, ...]:
    """Four numbers, then pre-releases before the release; what follows a plus sign does not count."""
    found = _VERSION.fullmatch(version)
    if not found:
        raise ValueError(f"{version!r} is no version of a NuGet package")
    numbers = tuple(int(n or 0) for n in found.groups()[:4])
    pre = found[5]
    return (*numbers, 0, identifiers(pre.lower())) if pre else (*numbers, 1, ())
