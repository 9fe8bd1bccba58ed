"""Names of packages that look like the name of a widely used one."""

import re
from collections.abc import Iterator
from functools import cache

from lambdaudit.advisories.ecosystems import normal_name
from lambdaudit.facts.dependencies import shipped_index

_MOST_USED = 6000
_SHORTEST = 5
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789-"


def resembled(ecosystem: str, name: str) -> str:
    """The widely used package that a rare one's name can be mistaken for; empty when there is none.

    Names count as alike when one letter is changed, left out, doubled or swapped with its neighbour, or when they differ in
    separators only. A name that is itself among the 15,000 most used is nobody's look-alike.
    """
    packages = shipped_index().packages.get(ecosystem)
    own = normal_name(ecosystem, name)
    if packages is None or own in packages or len(own) < _SHORTEST or own.startswith("@"):
        return ""
    popular = _popular(ecosystem)
    for candidate in (*_near(own), _bare(own)):
        if (found := popular.get(candidate)) and found != own:
            return found
    return ""


@cache
def _popular(ecosystem: str) -> dict[str, str]:
    """The most used names, and their forms without separators."""
    rows = {}
    for name, newest in shipped_index().packages.get(ecosystem, {}).items():
        if newest.rank < _MOST_USED and len(name) >= _SHORTEST and not name.startswith("@"):
            rows[name] = name
            rows.setdefault(_bare(name), name)
    return rows


def _bare(name: str) -> str:
    return re.sub(r"[-_.]", "", name)


def _near(name: str) -> Iterator[str]:
    """Every name that one slip of the keyboard away."""
    for at in range(len(name)):
        yield name[:at] + name[at + 1 :]
        if at + 1 < len(name):
            yield name[:at] + name[at + 1] + name[at] + name[at + 2 :]
        for letter in _LETTERS:
            yield name[:at] + letter + name[at + 1 :]
            yield name[:at] + letter + name[at:]
    for letter in _LETTERS:
        yield name + letter
