"""Patterns that are compiled when they are first used: most runs need few, and to compile all takes longer than to start."""

import re
from typing import Any, AnyStr, cast


class Lazy:
    """Stands for a pattern until one of its attributes is asked for; then holds the attribute of the compiled pattern."""

    def __init__(self, text: str | bytes, flags: int) -> None:
        self._text = text
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        # Only called for what the object does not hold yet; `re` keeps the compiled pattern for its other attributes.
        found = getattr(re.compile(self._text, self._flags), name)
        setattr(self, name, found)
        return found


def lazy(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """What :func:`re.compile` gives, compiled on first use. An error in the pattern shows only then."""
    return cast("re.Pattern[AnyStr]", Lazy(text, flags))
