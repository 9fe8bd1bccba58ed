"""Functions over texts whose parts may be open."""

import json
from collections.abc import Callable, Iterable
from itertools import product
from typing import Any, Final

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.cloudformation.parameters import as_text
from lambdaudit.sources.iac.values import MAX_OPTIONS, NO_VALUE, OneOf, Ref, Span, Str, Text, Value, one_of

MAX_TEXT: Final = 1_000_000
"""Characters that a text may grow to; joins inside joins could double it at every step."""


def joined(parts: Iterable[Value], span: Span | None = None) -> Value:
    """The text that parts make: a `Str`, a `Text` where one is open, a `OneOf` of texts where one is of several."""
    flat: list[Any] = []
    size = 0
    for part in parts:
        for inner in part.parts if isinstance(part, Text) else (part,):
            if inner is NO_VALUE:
                continue
            if isinstance(inner, list | dict):
                return Unknown("a list or an object stands where a text belongs")
            plain = inner if isinstance(inner, Ref | OneOf | Unknown) else as_text(inner)
            size += len(plain) if isinstance(plain, str) else 1
            if size > MAX_TEXT:
                return Unknown(f"a text longer than {MAX_TEXT:,} characters")
            if isinstance(plain, str) and flat and isinstance(flat[-1], str):
                flat[-1] += plain
            elif plain != "":
                flat.append(plain)
    choices = [part for part in flat if isinstance(part, OneOf)]
    if choices:
        return _spread(flat, choices, span)
    if not flat:
        return Str("", span)
    if len(flat) == 1:
        return Str(flat[0], span) if isinstance(flat[0], str) else flat[0]
    return Text(tuple(flat), span)


def _spread(flat: list[Any], choices: list[OneOf], span: Span | None) -> Value:
    """Every combination of the values that a text has several of; equal conditions decide alike."""
    count = 1
    for choice in choices:
        count *= len(choice.options)
    if count > MAX_OPTIONS:
        return Unknown(f"one of more than {MAX_OPTIONS} texts")
    found = {}
    for combination in product(*(choice.options for choice in choices)):
        labels = list(dict.fromkeys(label for label, _ in combination))
        if any(f"not {label}" in labels for label in labels):
            continue
        values = iter(combination)
        parts = [next(values)[1] if isinstance(part, OneOf) else part for part in flat]
        found[", ".join(labels)] = joined(parts, span)
    return one_of(found.items(), span, next((choice.why for choice in choices if choice.why), ""))


def each(value: Value, build: Callable[[Value], Value]) -> Value:
    """What `build` gives for a value, or for each of several ones."""
    if isinstance(value, OneOf):
        return one_of([(label, each(inner, build)) for label, inner in value.options], value.span, value.why)
    return build(value)


def json_text(value: Value, span: Span | None = None) -> Value:
    """The JSON text of a tree; what is open in it stays open in the text."""
    holes: list[Any] = []

    def token(inner: Any) -> Any:
        if isinstance(inner, dict):
            return {str(key).replace("\x00", "\ufffd"): token(one) for key, one in inner.items() if one is not NO_VALUE}
        if isinstance(inner, list):
            return [token(one) for one in inner if one is not NO_VALUE]
        if isinstance(inner, Ref | Text | OneOf | Unknown):
            holes.append(inner)
            return f"\x00{len(holes) - 1}\x00"
        # A NUL would read as the sign of a hole; no policy or configuration can hold one.
        return inner.replace("\x00", "\ufffd") if isinstance(inner, str) else inner

    text = json.dumps(token(value), ensure_ascii=False)
    parts: list[Any] = []
    for number, piece in enumerate(text.split("\\u0000")):
        parts.append(holes[int(piece)] if number % 2 else piece)
    return joined(parts, span)
