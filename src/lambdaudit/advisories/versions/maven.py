"""Versions of Maven artifacts: "Version Order Specification" in the POM reference."""

from functools import total_ordering
from itertools import zip_longest

_QUALIFIERS = {
    "alpha": 0,
    "beta": 1,
    "milestone": 2,
    "rc": 3,
    "cr": 3,
    "snapshot": 4,
    "": 5,
    "final": 5,
    "ga": 5,
    "release": 5,
    "sp": 6,
}
_SHORT = {"a": "alpha", "b": "beta", "m": "milestone"}
_RELEASE = 5
Item = int | str | list["Item"]


def key(version: str) -> "_Key":
    """The version as nested lists of numbers and qualifiers, compared item by item."""
    if not version or not version.isprintable():
        raise ValueError(f"{version!r} is no version of a Maven artifact")
    return _Key(_parsed(version.lower()))


@total_ordering
class _Key:
    __slots__ = ("items",)

    def __init__(self, items: "list[Item]") -> None:
        self.items = items

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and _compare(self.items, other.items) == 0

    def __lt__(self, other: "_Key") -> bool:
        return _compare(self.items, other.items) < 0

    def __hash__(self) -> int:
        return hash(str(self.items))


def _parsed(text: str) -> "list[Item]":
    """A hyphen, and every change between digits and letters, opens a list within the list."""
    top: list[Item] = []
    current = top
    lists = [top]
    word, start = "", 0

    def open_list() -> None:
        nonlocal current
        inner: list[Item] = []
        current.append(inner)
        current = inner
        lists.append(inner)

    def put(token: str, followed_by_digit: bool) -> None:
        if token.isascii() and token.isdigit():
            current.append(int(token))
        else:
            current.append(_SHORT.get(token, token) if followed_by_digit else token)

    for at, char in enumerate(text):
        if char in ".-":
            if at == start:
                current.append(0)
            else:
                put(text[start:at], False)
            start = at + 1
            if char == "-":
                open_list()
        elif at > start and char.isdigit() != text[at - 1].isdigit() and text[at - 1] not in ".-":
            put(text[start:at], char.isdigit())
            start = at
            open_list()
    word = text[start:]
    if word:
        put(word, False)
    for items in reversed(lists):
        _trim(items)
    return top


def _trim(items: "list[Item]") -> None:
    """Drop zeros, empty qualifiers and empty lists at the end, and before a list."""
    at = len(items) - 1
    while at >= 0:
        item = items[at]
        if item == [] or item == 0 or (isinstance(item, str) and _QUALIFIERS.get(item) == _RELEASE):
            del items[at]
        elif not isinstance(item, list):
            break
        at -= 1


def _rank(qualifier: str) -> tuple[int, str]:
    return (_QUALIFIERS[qualifier], "") if qualifier in _QUALIFIERS else (7, qualifier)


def _sign(value: bool, other: bool) -> int:
    return int(value) - int(other)


def _compare(one: "Item | None", other: "Item | None") -> int:
    if one is None and other is None:
        return 0
    if one is None:
        return -_compare(other, None)
    if isinstance(one, int):
        if other is None:
            return int(one > 0)
        return _sign(one > other, one < other) if isinstance(other, int) else 1
    if isinstance(one, str):
        if other is None:
            other = ""
        if isinstance(other, str):
            return _sign(_rank(one) > _rank(other), _rank(one) < _rank(other))
        return -1
    if isinstance(other, int):
        return -1
    if isinstance(other, str):
        return 1
    for a, b in zip_longest(one, other or []):
        if verdict := _compare(a, b):
            return verdict
    return 0
