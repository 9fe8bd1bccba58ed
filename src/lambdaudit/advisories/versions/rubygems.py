"""Versions of Ruby gems: ``Gem::Version``. A segment with letters makes a pre-release and comes before every number."""

import re
from functools import total_ordering
from itertools import zip_longest

_VERSION = re.compile(r"[0-9]+(?:\.[0-9a-zA-Z]+)*(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?")
_SEGMENT = re.compile(r"[0-9]+|[a-zA-Z]+")


@total_ordering
class _Key:
    __slots__ = ("segments",)

    def __init__(self, segments: tuple[int | str, ...]) -> None:
        self.segments = segments

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and not self._against(other)

    def __lt__(self, other: "_Key") -> bool:
        return self._against(other) < 0

    def __hash__(self) -> int:
        return hash(tuple(s for s in self.segments if s != 0))

    def _against(self, other: "_Key") -> int:
        for a, b in zip_longest(self.segments, other.segments, fillvalue=0):
            if a == b:
                continue
            if isinstance(a, str) != isinstance(b, str):
                return -1 if isinstance(a, str) else 1
            return -1 if a < b else 1  # type: ignore[operator]
        return 0


def key(version: str) -> _Key:
    """The segments, a hyphen read as ``.pre.``; missing ones count as zero."""
    text = version or "0"
    if not _VERSION.fullmatch(text):
        raise ValueError(f"{version!r} is no version of a gem")
    return _Key(_canonical(text.replace("-", ".pre.")))


def _canonical(text: str) -> tuple[int | str, ...]:
    """Zeros at the end, and those right before the first word, do not count."""
    segments: list[int | str] = [int(s) if s.isdigit() else s for s in _SEGMENT.findall(text)]
    first = next((at for at, s in enumerate(segments) if isinstance(s, str)), len(segments))
    return (*_trimmed(segments[:first]), *_trimmed(segments[first:]))


def _trimmed(segments: list[int | str]) -> list[int | str]:
    while segments and segments[-1] == 0:
        segments.pop()
    return segments
