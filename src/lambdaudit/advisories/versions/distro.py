"""Versions of RPM and Alpine packages."""

import re
from functools import total_ordering
from typing import Any

_RPM = re.compile(r"(?:([0-9]+):)?([A-Za-z0-9._+~^]+)(?:-([A-Za-z0-9._+~^]+))?")
_RPM_PART = re.compile(r"~|\^|[0-9]+|[A-Za-z]+")
_ALPINE = re.compile(r"([0-9]+(?:\.[0-9]+)*)([a-z])?((?:_[a-z]+[0-9]*)*)(?:~[0-9a-f]+)?(?:-r([0-9]+))?")
_SUFFIX = re.compile(r"_([a-z]+)([0-9]*)")
_SUFFIXES = {name: rank for rank, name in enumerate(("alpha", "beta", "pre", "rc", "", "cvs", "svn", "git", "hg", "p"))}


@total_ordering
class _Rpm:
    """One part (version or release) as RPM's own comparison takes it: numbers beat words, a tilde is less than the end."""

    __slots__ = ("parts",)

    def __init__(self, text: str) -> None:
        self.parts = tuple(_RPM_PART.findall(text))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Rpm) and not self._against(other)

    def __lt__(self, other: "_Rpm") -> bool:
        return self._against(other) < 0

    def __hash__(self) -> int:
        return hash(tuple(p.lstrip("0") for p in self.parts))

    def _against(self, other: "_Rpm") -> int:
        one, two = self.parts, other.parts
        for a, b in zip(one, two, strict=False):
            verdict = _rpm_part(a, b)
            if verdict:
                return verdict
        if len(one) == len(two):
            return 0
        longer, sign = (one, 1) if len(one) > len(two) else (two, -1)
        return -sign if longer[min(len(one), len(two))] == "~" else sign


def _rpm_part(a: str, b: str) -> int:
    for mark, rank in (("~", -1), ("^", -1)):
        if (a == mark) != (b == mark):
            return rank if a == mark else -rank
    if a.isdigit() != b.isdigit():
        return 1 if a.isdigit() else -1
    x, y = (int(a), int(b)) if a.isdigit() else (a, b)
    return int(x > y) - int(x < y)  # type: ignore[operator]


def rpm_key(version: str) -> tuple[Any, ...]:
    """Epoch, version and release of an RPM package; a missing release counts as the lowest."""
    found = _RPM.fullmatch(version)
    if not found:
        raise ValueError(f"{version!r} is no version of an RPM package")
    return int(found[1] or 0), _Rpm(found[2]), _Rpm(found[3] or "")


def alpine_key(version: str) -> tuple[Any, ...]:
    """Numbers, a letter, suffixes and the build of an Alpine package; a number with a leading zero compares as a fraction."""
    found = _ALPINE.fullmatch(version)
    if not found:
        raise ValueError(f"{version!r} is no version of an Alpine package")
    numbers, letter, suffixes, build = found.groups()
    first, *rest = numbers.split(".")
    order: list[Any] = [(1, int(first), "")]
    order += [(0, 0, n.rstrip("0")) if n[0] == "0" and len(n) > 1 else (1, int(n), "") for n in rest]
    ranks = []
    for name, number in _SUFFIX.findall(suffixes or ""):
        if name not in _SUFFIXES:
            raise ValueError(f"{version!r} has an unknown suffix")
        ranks.append((_SUFFIXES[name], int(number or 0)))
    return tuple(order), letter or "", (*ranks, (_SUFFIXES[""], 0)), int(build or 0)
