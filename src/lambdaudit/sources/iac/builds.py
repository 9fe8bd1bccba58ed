"""Builds of container images as configurations describe them."""

from typing import Any, Final

from lambdaudit.model.where import Where
from lambdaudit.sources.iac.values import span_of

_MOST: Final = 200


def build_arguments(written: Any, where: Where) -> dict[str, tuple[str, Where] | None]:
    """The arguments of a build by name: the text with its place (`where` when it has none), None for a value that is open."""
    found: dict[str, tuple[str, Where] | None] = {}
    for name, value in list(written.items())[:_MOST] if isinstance(written, dict) else ():
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            span = span_of(value)
            place = Where(span.source, line=span.line, column=span.column) if span else where
            found[str(name)] = (str(value), place)
        else:
            found[str(name)] = None
    return found


def option_of(written: Any, name: str) -> str:
    """The value of an option in a list of a command's words: ``--target`` ``x`` or ``--target=x``; empty when it is not there."""
    words = [str(word) for word in written[:_MOST] if isinstance(word, str)] if isinstance(written, list) else []
    for at, word in enumerate(words):
        if word == name and at + 1 < len(words):
            return words[at + 1]
        if word.startswith(f"{name}="):
            return word.partition("=")[2]
    return ""


__all__ = ["build_arguments", "option_of"]
