"""Semantic Versioning 2.0.0, as npm, crates.io and Go use it, and the versions of Go itself."""

import re
from typing import Any

_VERSION = re.compile(
    r"[=v]*\s*([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(?:\.[0-9]+)*"
    r"(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.+-]*)?"
)
_GO = re.compile(r"(?:go)?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(?:(beta|rc|alpha)([0-9]+))?(?:-[A-Za-z0-9.+-]*| .*)?")
_GO_MODULE = re.compile(r"v?[0-9]+\.[0-9]+\.[0-9]+.*")

Key = tuple[int, int, int, int, tuple[Any, ...]]


def key(version: str) -> Key:
    """Order of the specification's section 11; what follows a plus sign does not count. Missing parts count as zero."""
    found = _VERSION.fullmatch(version)
    if not found:
        raise ValueError(f"{version!r} is no semantic version")
    major, minor, patch, pre = found.groups()
    numbers = int(major), int(minor or 0), int(patch or 0)
    return (*numbers, 0, identifiers(pre)) if pre else (*numbers, 1, ())


def identifiers(pre: str) -> tuple[tuple[int, int, str], ...]:
    """The dot-separated identifiers of a pre-release: numbers before words, and a longer list after its beginning."""
    return tuple((0, int(p), "") if p.isascii() and p.isdigit() else (1, 0, p) for p in pre.split("."))


def go_key(version: str) -> Key:
    """Versions of Go modules, pseudo-versions among them, and of the toolchain (``go1.21rc2`` comes before ``1.21.0``)."""
    if _GO_MODULE.fullmatch(version):
        return key(version)
    found = _GO.fullmatch(version)
    if not found:
        return key(version)
    major, minor, patch, word, number = found.groups()
    numbers = int(major), int(minor or 0), int(patch or 0)
    return (*numbers, 0, identifiers(f"{word}.{number}")) if word else (*numbers, 1, ())
