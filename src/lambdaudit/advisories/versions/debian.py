"""Versions of Debian and Ubuntu packages: Debian Policy, section 5.6.12."""

import re
from typing import Any

_VERSION = re.compile(r"(?:([0-9]+):)?([A-Za-z0-9.+~:-]*?)(?:-([A-Za-z0-9.+~]*))?")
_PARTS = re.compile(r"([^0-9]*)([0-9]*)")


def key(version: str) -> tuple[Any, ...]:
    """Epoch, upstream version and revision; a tilde comes before everything, even before the end."""
    found = _VERSION.fullmatch(version)
    if not found or not found[2]:
        raise ValueError(f"{version!r} is no version of a Debian package")
    return int(found[1] or 0), _ordered(found[2]), _ordered(found[3] or "")


def _ordered(text: str) -> tuple[Any, ...]:
    """Words and numbers in turn. Words and the whole end with 0, the rank of "nothing", between the tilde and the letters."""
    parts = (((*(_rank(c) for c in word), 0), int(number or 0)) for word, number in _PARTS.findall(text) if word or number)
    return (*parts, ((0,), 0))


def _rank(char: str) -> int:
    if char == "~":
        return -1
    return ord(char) if char.isalpha() else ord(char) + 256
