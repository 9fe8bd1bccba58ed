"""Which files of a folder a package takes along, by patterns in order: each takes in or, with ! in front, leaves out."""

import fnmatch
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

_MOST_PATTERNS: Final = 500
_MOST_LETTERS: Final = 500
_MOST_FORMS: Final = 64
_BRACES: Final = re.compile(r"\{([^{}]*,[^{}]*)\}")

Chosen = Callable[[str], bool]


def chosen(patterns: Sequence[str]) -> Chosen:
    """Whether a path (relative to the folder, with forward slashes) is taken: the last pattern that fits decides, else yes.

    ``*`` and ``?`` stay within a name, ``**`` stands for any number of folders, ``{a,b}`` for either.
    """
    rows = [
        (not pattern.startswith("!"), tuple(_parts(form) for form in _forms(pattern.removeprefix("!"))))
        for pattern in patterns[:_MOST_PATTERNS]
        if len(pattern) <= _MOST_LETTERS
    ]

    def taken(path: str) -> bool:
        names = tuple(path.split("/"))
        return next((takes for takes, forms in reversed(rows) if any(_fits(form, names) for form in forms)), True)

    return taken


def _forms(pattern: str) -> list[str]:
    """The pattern without braces: one for each combination of what stands in them."""
    forms = [pattern.removeprefix("./")]
    while (match := _BRACES.search(forms[0])) and len(forms) * (match[1].count(",") + 1) <= _MOST_FORMS:
        forms = [form.replace(match[0], one, 1) for form in forms for one in match[1].split(",")]
    return forms


@lru_cache(maxsize=2048)
def _parts(form: str) -> tuple[re.Pattern[str] | None, ...]:
    """A test for each name of a path; None for any number of names."""
    return tuple(None if part == "**" else re.compile(fnmatch.translate(part)) for part in form.split("/"))


def _fits(parts: tuple[re.Pattern[str] | None, ...], names: tuple[str, ...]) -> bool:
    """Whether the names fit: `ends` are the lengths of the beginnings of the path that the parts so far can stand for."""
    ends = {0}
    for part in parts:
        if part is None:
            ends = set(range(min(ends), len(names) + 1))
        else:
            ends = {end + 1 for end in ends if end < len(names) and part.match(names[end])}
        if not ends:
            return False
    return len(names) in ends
