"""Versions of PHP packages, as Composer normalises them: four numbers, then a stability and its number."""

import re
from typing import Any

_VERSION = re.compile(
    r"v?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(?:\.([0-9]+))?"
    r"(?:[._-]?(stable|beta|b|rc|alpha|a|patch|pl|p)((?:[.-]?[0-9]+)*))?([.-]?dev)?(?:\+[^\s]*)?",
    re.IGNORECASE,
)
_STABILITY = {"alpha": 1, "a": 1, "beta": 2, "b": 2, "rc": 3, "": 4, "stable": 4, "patch": 5, "pl": 5, "p": 5}


def key(version: str) -> tuple[Any, ...]:
    """Development, alpha, beta, release candidate, release, patch. A branch (``dev-main``) has no place in this order."""
    found = _VERSION.fullmatch(version)
    if not found:
        raise ValueError(f"{version!r} is no version of a PHP package")
    *numbers, word, count, dev = found.groups()
    counts = tuple(int(n) for n in re.findall("[0-9]+", count or ""))
    stability = 0 if dev and not word else _STABILITY[(word or "").lower()]
    return (*(int(n or 0) for n in numbers), stability, counts, 0 if dev else 1)
